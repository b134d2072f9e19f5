/** Judges what hostile requests of n, 2n and 4n get, and what they cost. */
import { mostGrowth } from '../growth.ts';
import type { Answer, Sent } from '../shape.ts';
import type { Work } from '../work.ts';
import type { Hostile } from './generator.ts';

/** The cost of one request. */
export interface Cost {
  readonly answer: Answer;
  /** Units that it was charged; undefined where it ended before it had a budget. */
  readonly units: number | undefined;
  /** Blocks of code that it ran. */
  readonly work: Work;
}

export interface Instruments {
  /** @throws Error when the connection is lost, or nothing comes */
  readonly measure: (sent: Sent) => Promise<Cost>;
  /** Pages of the database that a search reads; undefined for what is none. */
  readonly pages: (sent: Sent) => Promise<number | undefined>;
}

export interface Judged {
  readonly name: string;
  readonly n: number;
  readonly statuses: readonly number[];
  readonly units: readonly (number | undefined)[];
  /** At n and 4n. */
  readonly pages: readonly (number | undefined)[];
  readonly faults: readonly string[];
}

/** Codes of a server that names the limit which ended a request. */
const limited = /"code":"(?:time-limit-exceeded|server-full|search-timeout|statement-timeout)"/;
/** Blocks that may be run for each unit, and without one: as in tests/cost.test.ts. */
const [blocksOfUnit, free] = [40, 5_000];
/** Fewer blocks, or units, are those of every request. */
const [least, leastUnits] = [300, 2_000];
/** Pages that may be read for each unit, and without one. Of units, whatever is looked up by itself costs a hundred and more. */
const [pagesOfUnit, freePages] = [0.1, 1_000];

type Costs = readonly [Cost, Cost, Cost];
/** How often what looks too steep is measured again: other work of the process may fall into a measurement. */
const repeats = 2;

const cheaper = (a: Cost, b: Cost): Cost => (b.answer.status === a.answer.status && b.work.all > a.work.all ? a : b);
const lesser = (a: Costs, b: Costs): Costs => [cheaper(a[0], b[0]), cheaper(a[1], b[1]), cheaper(a[2], b[2])];

/** Sends the requests, and finds what is wrong with their answers and with what they cost. */
export async function judge(hostile: Hostile, { measure, pages }: Instruments): Promise<Judged> {
  const { name, n, make } = hostile;
  const faults: string[] = [];
  try {
    let costs = await costsAt(n, hostile, measure);
    faults.push(...faultsOf(costs, n));
    if (faults.length === 0 && growthOf(costs).length > 0) {
      // A square stays one, but not a step, as from a statement that is kept by its shape to one with more values than that is done for.
      costs = await costsAt(4 * n, hostile, measure);
      faults.push(...faultsOf(costs, 4 * n), ...growthOf(costs));
    }
    const read = [await pages(make(n)), await pages(make(4 * n))];
    faults.push(...databaseOf(costs, read));
    const statuses = costs.map(({ answer }) => answer.status);
    return { name, n, statuses, units: costs.map(({ units }) => units), pages: read, faults };
  } catch (error) {
    return { name, n, statuses: [], units: [], pages: [], faults: [...faults, `no answer: ${String(error)}`] };
  }
}

/** Of n, 2n and 4n, the least of several where that looks too steep. */
async function costsAt(n: number, { make }: Hostile, measure: Instruments['measure']): Promise<Costs> {
  const round = async (): Promise<Costs> => [
    await measure(make(n)),
    await measure(make(2 * n)),
    await measure(make(4 * n)),
  ];
  await measure(make(n)); // what is made once is made
  let costs = await round();
  for (let again = 0; again < repeats && growthOf(costs).length > 0; again += 1) costs = lesser(costs, await round());
  return costs;
}

function faultsOf(costs: Costs, n: number): string[] {
  return costs.flatMap(({ answer: { status, text } }, i) =>
    status < 500 || limited.test(text) ? [] : [`${status} at ${n * 2 ** i}: ${text.slice(0, 300)}`],
  );
}

/** Only requests of one outcome can be compared: a limit, or a fault of the input, ends the larger one early. */
function growthOf([one, two, four]: Costs): string[] {
  if (one.answer.status !== four.answer.status || two.answer.status !== four.answer.status) return [];
  const faults: string[] = [];
  const [few, many] = [Math.max(one.work.all, least), four.work.all];
  if (many > mostGrowth * few) faults.push(`${few} blocks of code at n, ${many} at 4n`);
  if (one.units === undefined || four.units === undefined || two.units === undefined) return faults;
  const [step, next] = [Math.max(0, two.units - one.units), four.units - two.units];
  if (next > 2.6 * step + leastUnits)
    faults.push(`units ${one.units}, ${two.units}, ${four.units} grow faster than n·log n`);
  const work = many - four.work.scanning - one.work.all + one.work.scanning;
  const units = four.units - one.units;
  if (work > free + blocksOfUnit * units) faults.push(`${work} blocks of code more are charged ${units} units`);
  return faults;
}

function databaseOf([one, , four]: Costs, [few, many]: readonly (number | undefined)[]): string[] {
  if (few === undefined || many === undefined || one.units === undefined || four.units === undefined) return [];
  const units = four.units - one.units;
  return many - few <= freePages + pagesOfUnit * units
    ? []
    : [`${few} pages of the database at n and ${many} at 4n, for ${units} units`];
}
