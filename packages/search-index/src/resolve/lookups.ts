import { typeNumber } from '@dhp/fhir-model';
import { readCutTexts, readBesideContained } from './cut-texts.ts';
import { booleanOf, numberOf, textOf, type Column } from '../sql/columns.ts';
import { addedUp, together, type Merge } from '../sql/run.ts';
import { SearchNotPossible } from '../sql/search-errors.ts';
import { isOfType } from '../row-condition/check.ts';
import { compartmentSeeds } from '../row-condition/compartment-seeds.ts';
import { tried, type Finding, type FoundRows } from '../page/find-rows.ts';
import { and, joined, list, type Fragment, type Sql } from '../sql/fragment.ts';
import { forEach, tested } from '../page/candidates.ts';
import { anyOrder } from '../sort/order.ts';
import { ownHashes, type PageColumns } from '../page/page-statement.ts';
import type { Lookups } from './resolve.ts';
import { ofBranches, pagesOfShards } from '../page/pages-of-shards.ts';
import { containedOf, fewContained } from '../page/held-rows.ts';
import {
  asksOthers,
  isEverything,
  isOfContained,
  leadsAlongMany,
  ofContainedRows,
  type Join,
  type RowCondition,
} from '../row-condition/row-condition.ts';
import { listing, signature } from '../plan/plan-alternatives.ts';
import { rank, type AccessPath } from '../plan/access-path.ts';
import { accessPathOf } from '../plan/access-paths.ts';
import type { PlanAlternative } from '../plan/plan-node.ts';
import { payForEnds, payForGivenUp, payForTime, payForWords, requireRoom } from '../page/payment.ts';
import { bigintOf, createTerms } from '../row-condition/terms.ts';

export function createLookups(finding: Finding): Lookups {
  const { sql, run, costLimits, fullText, budget } = finding;
  const inTurn = turns(atOnce, () => requireRoom(budget));
  const terms = createTerms(sql, run, (texts) => payForWords(budget, texts));
  return {
    words: {
      matching: (condition) => inTurn(() => terms.matching(condition)),
      of: (parameter, most) => inTurn(() => terms.of(parameter, most)),
    },
    fullText,
    lacks: finding.lacks,
    cutTexts: (type, condition) => readCutTexts(finding, type, condition),
    cutTextsBesideContained: (type, condition) => readBesideContained(finding, type, condition),
    async few(type, where) {
      const columns = ownHashes(sql, containedOf(sql, type));
      const asked = { type, where, most: costLimits.apart ?? costLimits.ends, columns };
      const found = joinable(await inTurn(() => ends(finding, asked)), costLimits);
      if (found === undefined) return undefined;
      const isWanted = isOfContained(where) && booleanOf(found.also);
      const inside = isWanted ? await fewContained(finding, type, ofContainedRows(where)) : [];
      const held = joinable(inside, costLimits);
      if (held === undefined) return undefined;
      return { stored: found.rows.map(([own]) => bigintOf(own)), contained: held.map(({ key }) => key) };
    },
    async fewReferred(join, target) {
      const brief = { ...finding, run: finding.runBriefly };
      const most = costLimits.apart ?? finding.fewReferring ?? costLimits.few;
      return joinable(await inTurn(() => referredTo(brief, join, target, most)), costLimits);
    },
  };
}

/** The found resources; undefined for those that are then joined. @throws SearchNotPossible if they cannot be joined */
function joinable<Found>(found: Found, { apart }: Finding['costLimits']): Found {
  if (found === undefined && apart !== undefined)
    throw new SearchNotPossible(
      `The database lies on several nodes, and a chain or _has leads to more than ${apart} resources, which cannot be looked for on other nodes. Ask for fewer of them`,
    );
  return found;
}

/** Concurrent look-ups of a search: the sessions are for all requests, and the budget cannot end running ones. */
const atOnce = 4;

/** Runs functions, at most so many at a time, in the order of calls; an error of `begin` stops those that have not begun. */
function turns(most: number, begin: () => void): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running === most) await new Promise<void>((resolved) => waiting.push(resolved));
    else running += 1;
    try {
      begin();
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

interface EndsAsked {
  readonly type: string;
  readonly where: RowCondition;
  readonly most: number;
  readonly columns: PageColumns;
}

/** Rows of a type that meet a condition if an index leads to few of them; undefined otherwise. */
async function ends(finding: Finding, { type, where, most, columns }: EndsAsked): Promise<FoundRows | undefined> {
  const { failedPlans, budget, costLimits } = finding;
  const path = endsPath(finding, { type, where, limit: costLimits.apart ?? costLimits.few, most });
  if (path === undefined) return undefined;
  const { limit } = path;
  const alternative: PlanAlternative = {
    nodes: path.accessPath.sources.map((source) => ({ kind: 'collect', source })),
    limit,
    name: path.candidates,
  };
  const run = leadsAlongMany(where) ? finding.runBriefly : finding.run;
  const asked = { order: anyOrder, rows: most + 1, columns };
  const merge = asksOthers(where) ? undefined : ofBranches(pagesOfShards(asked, undefined), [{ type, where }]);
  const found = await tried({ ...finding, run }, [alternative], asked, merge);
  if (found === undefined) payForGivenUp(budget, limit);
  else payForEnds(budget, { where, candidates: numberOf(found.candidates), rows: found.rows.length });
  if (found !== undefined && found.rows.length <= most) return found;
  failedPlans.add(found === undefined ? path.candidates : path.matches);
  return undefined;
}

/** A way to few rows of a type, and the names under which it is remembered that it led to too many candidates, or to too many that meet the condition. */
interface EndsPath {
  readonly accessPath: AccessPath;
  /** Candidates after which it is given up. */
  readonly limit: number;
  readonly candidates: string;
  readonly matches: string;
}

/**
 * An index that leads to few rows of a type that meet a condition; without one, all rows of the type, which are few for many types: institutions and
 * their staff. Undefined if it is known to lead to too many, and for Patients if they can be joined: resources about one of many soon fill a page.
 * @param limit candidates of an index
 * @param most the same for all rows
 */
function endsPath(
  { sql, failedPlans, costLimits }: Finding,
  { type, where, limit, most }: { type: string; where: RowCondition; limit: number; most: number },
): EndsPath | undefined {
  const types = [typeNumber(type)!];
  const narrow = accessPathOf(sql, types, where);
  const isNarrow = narrow !== undefined && narrow.rank <= rank.many;
  const matches = `ends ${limit} ${type} ${signature(where)}`;
  const candidates = isNarrow ? matches : `ends ${most} ${type} all`;
  const isJoined = costLimits.apart === undefined;
  if ((!isNarrow && type === 'Patient' && isJoined) || failedPlans.has(matches) || failedPlans.has(candidates))
    return undefined;
  const ways = isNarrow ? { accessPath: narrow, limit } : { accessPath: listing(sql, types, where), limit: most };
  return { ...ways, candidates, matches };
}

/**
 * Own hashes of the resources of a type to which the rows of a join refer, each once, as one list: the order of these rows does not matter, and they
 * are read where they are found. Undefined if an index leads to more than `most` rows, or to more such resources.
 */
async function referredTo(
  finding: Finding,
  join: Join,
  target: string,
  most: number,
): Promise<readonly bigint[] | undefined> {
  const { sql, run, budget, failedPlans } = finding;
  const { type, where, seeds } = join;
  const path = endsPath(finding, { type, where, limit: most, most });
  if (path === undefined) return undefined;
  const isApart = finding.costLimits.apart !== undefined;
  const merge = asksOthers(where) ? undefined : listsOfShards;
  const [row] = await payForTime(budget, () =>
    run(sql, referredStatement(finding, path.accessPath, join, { target, isApart }, most), 'ends', merge),
  );
  const [candidates, rows] = [numberOf(row![0]), numberOf(row![1])];
  const listed = candidates > most || row![2] === null ? undefined : textOf(row![2]).slice(1, -1);
  const found = listed === undefined || !isApart ? listed : await thoseOfType(finding, listed, target);
  if (found === undefined) payForGivenUp(budget, most);
  else payForEnds(budget, { where, candidates, rows, follows: { from: type, seeds, to: target } });
  const each = found === undefined || found === '' ? [] : found.split(',');
  if (found !== undefined && each.length <= most) return each.map(BigInt);
  failedPlans.add(found === undefined ? path.candidates : path.matches);
  return undefined;
}

/** For several shards the numbers are added, and the lists concatenated; without a list if one of them has none. */
const listsOfShards: Merge = (answers) => {
  const rows = answers.map(([row]) => row!);
  const lists = rows
    .map((row) => row[2] as Column)
    .map((list) => (list === null ? undefined : textOf(list).slice(1, -1)));
  const all = lists.some((list) => list === undefined) ? null : lists.filter((list) => list !== '').join(',');
  const [[candidates, found]] = addedUp(rows.map((row) => [row.slice(0, 2)])) as [Column[]];
  return [[candidates!, found!, all === null ? null : Buffer.from(`{${all}}`)]];
};

/** Of hashes that may be those of resources of a type, all that are, in any shard; undefined for more than can be requested at once. */
async function thoseOfType({ sql, run }: Finding, listed: string, type: string): Promise<string | undefined> {
  const each = listed === '' ? [] : [...new Set(listed.split(','))];
  if (each.length === 0) return '';
  if (each.length > mostListed) return undefined;
  const asked = `{${each.join(',')}}`;
  const of = sql`select t.own from fhir.search t where t.own = any(${asked}::bigint[]) and ${isOfType(sql, sql`t`, type)}`;
  const rows = await run(sql, of, 'ends', together);
  return rows.map(([own]) => textOf(own)).join(',');
}

/** Each reference of a row, of any parameter, may be one of these. */
const mostListed = 200_000;

/** One row: the number of candidates, at most one too many; how many of them meet the condition; and the list, unless they were too many. */
function referredStatement(
  { sql }: Finding,
  { sources }: AccessPath,
  { seeds }: Join,
  { target, isApart }: { target: string; isApart: boolean },
  most: number,
): Fragment {
  const parts = sources.map((source, n) => {
    const name = sql`${sql(`a${n}`)}`;
    const { test, ...tellable } = source;
    const { probes, tests } = tested(sql, tellable, { order: anyOrder, needed: true });
    const ofRow = isEverything(source.rest) ? sql`c.rid, c.shard, c.pat, c.keys, c.tn` : sql`c.*`;
    const needed = source.row ? ofRow : sql`c.rid, c.shard ${test === undefined ? sql`` : sql`, c.txid`}`;
    const all = forEach(sql, source, sql`select ${needed} from ${source.from} where ${source.where}`);
    const row = source.row ? sql`c` : sql`s`;
    return {
      name,
      before: sql`${name} as materialized (${all} limit ${most + 1})`,
      rows: sql`select ${row}.pat, ${row}.keys[coalesce(${row}.tn, 0) + 1:] as keys from ${name} c ${probes}
        where ${and(sql, [sql`(select count(*) from ${name}) <= ${most}`, ...(test === undefined ? [] : [test]), tests])}`,
    };
  });
  const counts = joined(
    sql,
    parts.map(({ name }) => sql`(select count(*) from ${name})`),
    sql` + `,
  )!;
  const isEnough = and(
    sql,
    parts.map(({ name }) => sql`(select count(*) from ${name}) <= ${most}`),
  );
  const rows = joined(
    sql,
    parts.map((part) => part.rows),
    sql` union all `,
  )!;
  return sql`with ${list(
    sql,
    parts.map(({ before }) => before),
  )}, found as materialized (${rows})
    select case when ${isEnough} then ${counts} else ${most + 1} end, (select count(*) from found),
      case when ${isEnough} then array(${isApart ? hashesOf(sql, seeds) : targetsOf(sql, seeds, target)}) end`;
}

/** All hashes to which rows `found` may refer by some seeds, each once. */
function hashesOf(sql: Sql, seeds: readonly bigint[]): Fragment {
  const each = seeds.map(
    (seed) => sql`select k.key # ${seed.toString()}::bigint from found t cross join unnest(t.keys) as k (key)`,
  );
  return joined(sql, each, sql` union `)!;
}

/**
 * The resources of a type to which rows `found` refer by some seeds, each once. The hash shows which of a row's keys is such a reference: the key
 * without the seed is the hash of the target, and another key gives a hash of no resource. The index sorts all keys, looks those up once that rows
 * share, and reads each of its pages once: most keys are none of these references. Those of codes with postings, the first of a row, were left out
 * before.
 */
function targetsOf(sql: Sql, seeds: readonly bigint[], target: string): Fragment {
  const each = seeds.map((seed): Fragment => {
    const bits = sql`${seed.toString()}::bigint`;
    const byKeys = (which: Fragment): Fragment => sql`select distinct s.own from fhir.search s where s.own = any(array(
        select k.key # ${bits} from found t cross join unnest(t.keys) as k (key) where ${which}
      )) and ${isOfType(sql, sql`s`, target)}`;
    if (target !== 'Patient' || !compartmentSeeds().has(seed)) return byKeys(sql`true`);
    return sql`select t.pat from found t where t.pat is not null and (t.pat # ${bits}) = any(t.keys) union ${byKeys(sql`t.pat is null`)}`;
  });
  return joined(sql, each, sql` union `)!;
}
