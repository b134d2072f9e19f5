/** Random searches of the synthetic population, each beside an equally selective one by a code: which ways to ask cost more than their answers are worth. */
import { setTimeout as delay } from 'node:timers/promises';
import { migrations, openStore, type FhirStore } from '@dhp/fhir-store';
import type { Sql } from '@dhp/postgres';
import { understandSearch } from '@dhp/search-index';
import { SearchFault } from '@dhp/fhir-search';
import { SearchNotPossible } from '@dhp/search-index/search';
import { testDatabase } from '@dhp/postgres/testing';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { markdownTable } from '../markdown-table.ts';
import { randomSource } from '../random.ts';
import { measuring, reading, type Measure, type Price } from './prices/measure.ts';
import { poolsOf, pricedSearch, type PricedSearch } from './prices/shapes.ts';
import { markOf, marks, storeMarked, type MarkedWorld } from './prices/world.ts';
import type { Proof, Proven } from './proof.ts';

export const prices: Proof = {
  name: 'prices',
  claim:
    'A random search of the synthetic population costs PostgreSQL at most three times what an equally selective search by a code costs with the same page and total, and where it costs more, no more than a stated limit.',
  takes: 'a quarter of an hour',
  settings: { patients: 1_000, searches: 1_500, seed: 1, from: 0 },
  run: prove,
};

/** Times what the equally selective search costs. */
const most = 3;
/** Milliseconds that a search costs at least for this claim: what is below is the statement itself. */
const floor = 1;
/** Milliseconds that no search may cost: what the limits of candidates, of rows that are looked at and of time leave. */
const limit = 60;

interface Priced {
  readonly search: PricedSearch;
  readonly matching: number;
  readonly price: Price;
  readonly plain: Price;
  readonly ratio: number;
}

async function prove(
  progress: Progress,
  _only?: readonly string[],
  { patients = 0, searches = 0, seed = 1, from = 0 }: Readonly<Record<string, number>> = {},
): Promise<Proven> {
  const database = await testDatabase({ name: 'prices', migrations: [migrations] });
  const store = await openStore({ url: database.url, timeZone: 'Asia/Tashkent' });
  try {
    const storing = progress.step('resources');
    const world = await storeMarked(store, patients, (stored) => storing.update(stored, patients * 78, 'stored'));
    await keepWords(store, database.sql, [...world.counts.keys()]);
    await database.sql.unsafe('vacuum (analyze)').simple();
    storing.done();
    const measure = measuring(store, database.sql);
    const plain = plainly(measure, world);
    const pools = poolsOf(world);
    const step = progress.step('searches');
    const priced: Priced[] = [];
    let refused = 0;
    for (let n = from; n < from + searches; n += 1) {
      const search = pricedSearch(randomSource(seed, n), world, pools);
      const one = await pricedOf(search, measure, plain);
      if (one === undefined) refused += 1;
      else priced.push(one);
      if (one !== undefined && isDear(one)) progress.say(line(one));
      step.update(n + 1 - from, searches, `${String(priced.filter(isDear).length)} dear`);
    }
    const resources = [...world.counts.values()].reduce((sum, each) => sum + each, 0);
    return {
      holds: priced.every((one) => !isDear(one)),
      report: reportOf(priced, { resources, refused, seed }),
    };
  } finally {
    await store.close();
    await database.drop();
  }
}

/** Words are kept in the background from the first question on: what they cost before they are is no matter here. */
async function keepWords(store: Pick<FhirStore, 'search'>, sql: Sql, types: readonly string[]): Promise<void> {
  for (const type of types) {
    const { query } = understandSearch({ type }, [['_content', 'none']], reading());
    await store.search({ query, access: () => true, count: 1 });
  }
  const left = async (): Promise<boolean> => {
    const [row] = await sql`select (select count(*) from fhir.text) < (select count(*) from fhir.search) as some`;
    return row!['some'] === true;
  };
  while (await left()) await delay(200);
}

/** Undefined for a search that is refused, as one that cannot be sorted so. */
async function pricedOf(
  search: PricedSearch,
  measure: Measure,
  plain: ReturnType<typeof plainly>,
): Promise<Priced | undefined> {
  try {
    const price = await measure(search);
    const { type, parameters } = search;
    const criteria = parameters.filter(([name]) => name !== '_sort');
    const counted =
      price.total?.accurate === true
        ? price
        : await measure({ type, parameters: criteria, count: 0, total: 'accurate' });
    const matching = counted.total?.value ?? 0;
    const beside = await plain(search, matching);
    const ratio = price.postgres / Math.max(floor, beside.postgres);
    return { search, matching, price, plain: beside, ratio };
  } catch (error) {
    if (error instanceof SearchFault || error instanceof SearchNotPossible) return undefined;
    throw error;
  }
}

/** The cost of a search by a mark that about as many have, each once. */
function plainly(measure: Measure, { counts }: MarkedWorld) {
  const known = new Map<string, Promise<Price>>();
  return ({ type, count, total }: PricedSearch, matching: number): Promise<Price> => {
    const mark = markOf(matching, counts.get(type)!);
    const key = [type, mark, count, total].join();
    let found = known.get(key);
    if (found === undefined)
      known.set(key, (found = measure({ type, parameters: [['_tag', `${marks}|${mark}`]], count, total })));
    return found;
  };
}

function isDear({ price, ratio }: Priced): boolean {
  return price.ended || (ratio > most && price.postgres > floor) || price.postgres > limit;
}

const written = ({ type, parameters, count, total }: PricedSearch): string =>
  `${type}?${parameters.map(([name, value]) => `${name}=${value}&`).join('')}_count=${String(count)}${total === 'none' ? '' : `&_total=${total}`}`;

function line({ search, matching, price, plain, ratio }: Priced): string {
  return `${ratio.toFixed(1)} × ${price.postgres.toFixed(1)} ms (plain ${plain.postgres.toFixed(1)}) ${String(matching)} · ${search.kind} · ${written(search)}${price.ended ? ' · ended' : ''}`;
}

interface Run {
  readonly resources: number;
  readonly refused: number;
  readonly seed: number;
}

function reportOf(priced: readonly Priced[], { resources, refused, seed }: Run): string {
  const dear = priced.filter(isDear);
  const sum = (of: (one: Priced) => number): number => priced.reduce((all, one) => all + of(one), 0);
  const quantile = (part: number): string => {
    const sorted = priced.map(({ price }) => price.postgres).toSorted((a, b) => a - b);
    return `${(sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(2)} ms`;
  };
  const facts = [
    ['Resources', String(resources)],
    ['Searches', String(priced.length)],
    ['Refused, as they cannot be sorted so', String(refused)],
    ['CPU of PostgreSQL, mean', `${(sum(({ price }) => price.postgres) / priced.length).toFixed(2)} ms`],
    ['the same of those by a mark', `${(sum(({ plain }) => plain.postgres) / priced.length).toFixed(2)} ms`],
    ['median', quantile(0.5)],
    ['of the dearest tenth at least', quantile(0.9)],
    ['of the dearest hundredth at least', quantile(0.99)],
    ['the dearest', quantile(1)],
    ['CPU of Node, mean', `${(sum(({ price }) => price.node) / priced.length).toFixed(2)} ms`],
    [`Above ${String(most)} times and ${String(floor)} ms, or above ${String(limit)} ms`, String(dear.length)],
    ['Seed', String(seed)],
  ];
  const kinds = [...Map.groupBy(dear, ({ search }) => search.kind)]
    .map(([kind, all]) => ({ kind, all, worst: all.toSorted((a, b) => b.price.postgres - a.price.postgres)[0]! }))
    .toSorted((a, b) => b.worst.price.postgres - a.worst.price.postgres);
  const rows = kinds
    .slice(0, 100)
    .map(({ kind, all, worst }) => [
      kind,
      String(all.length),
      worst.price.postgres.toFixed(1),
      worst.plain.postgres.toFixed(1),
      String(worst.matching),
      `\`${written(worst.search).replaceAll('|', String.raw`\|`)}\``,
    ]);
  return `${markdownTable(['', ''], facts)}

${markdownTable(['Asked by', 'Dear', 'ms', 'ms by a mark', 'Matches', 'The dearest'], rows, [1, 2, 3, 4])}
`;
}
