import { ofTypes, type Sql } from './fragment.ts';
import { attemptsByReference } from './by-reference.ts';
import { anyOrder, type Order } from './order.ts';
import type { SortColumn } from './sort-columns.ts';
import { all, conjuncts, isNothing, type RowCondition } from './row-condition.ts';
import { rank, type Lead } from './lead.ts';
import { byKeys, leadOf, withRest } from './leads.ts';
import { walkByValue } from './walk-by-value.ts';
import { listByDate, walksByDate } from './walks.ts';
import type { Attempt, Way } from './way.ts';

/** Numbers of rows after which a search tries something else. */
export interface Effort {
  /** Candidates of a lead that should have been narrow. */
  readonly few: number;
  /** Candidates of a walk that should have filled its page. */
  readonly farEnough: number;
  /** Ends of a chain that are looked up before the search. */
  readonly ends: number;
}

export const usualEffort: Effort = { few: 5_000, farEnough: 20_000, ends: 1_000 };

/** The part of these that is tried first where a lead may have very few candidates or very many. */
const short = 16;

/** What was given up lately, by the attempt's name. */
export interface Memory {
  has(name: string): boolean;
}

/**
 * The attempts to find the matches of some types in an order, the best one first. Every one but the last has a limit; the last
 * one always finds them.
 */
export function attemptsOf(
  sql: Sql,
  {
    types,
    where,
    order,
    memory,
    effort,
  }: {
    types: readonly number[];
    where: RowCondition;
    order: Order;
    memory: Memory;
    effort: Effort;
  },
): Attempt[] {
  if (isNothing(where)) return [{ ways: [], name: '' }];
  const conditions = conjuncts(where);
  const leads = leadsOf(sql, types, conditions);
  const { columns } = order;
  const { by, ofContained } = columns[0]!;
  if (by.kind === 'reference' && columns.length === 1 && types.length === 1 && ofContained !== true) {
    const named = { signature: signature(where), everything: listing(sql, types, where) };
    return attemptsByReference(sql, { ...named, ty: types[0]!, conditions, order, by, leads, memory, effort });
  }
  const walk = walkOf(sql, { types, conditions, columns });

  const attempts: Attempt[] = [];
  const gather = (lead: Lead, limit?: number, kind = ''): void => {
    const name = `${kind}${types.join()} ${lead.name}`;
    if (limit !== undefined && memory.has(name)) return;
    attempts.push({ ways: gatherings(lead), name, ...(limit === undefined ? {} : { limit }) });
  };

  const go = (limit: number | undefined, kind = ''): void => {
    if (walk.ways === undefined) return;
    const name = `${kind}${types.join()} walk ${signature(where)} ${JSON.stringify(columns[0]!.by, text)}`;
    if (limit !== undefined && memory.has(name)) return;
    attempts.push({ ways: walk.ways, name, ...(limit === undefined ? {} : { limit }) });
  };

  const [best] = leads;
  if (best?.rank === rank.own) {
    gather(best);
    return attempts;
  }
  const narrow = leads.filter((lead) => lead.rank <= rank.text && lead.rank !== rank.patient)[0];
  if (narrow?.rank === rank.text && !walk.within) {
    // A text is rare or common, and nobody knows before. What is common fills a page soon.
    gather(narrow, Math.ceil(effort.few / short), 'few ');
    go(Math.ceil(effort.farEnough / short), 'near ');
  }
  if (narrow !== undefined && !(walk.within && narrow.rank > rank.one)) gather(narrow, effort.few);
  if (walk.ways !== undefined && (walk.within || walk.checksNothing)) {
    attempts.push({ ways: walk.ways, name: '' });
    return attempts;
  }
  const patient = leads.find((lead) => lead.rank === rank.patient);
  if (patient !== undefined) {
    gather(patient);
    return attempts;
  }
  go(leads.length === 0 ? undefined : effort.farEnough);
  if (walk.ways !== undefined && leads.length === 0) return attempts;
  const value = leads.find((lead) => lead.rank === rank.value || lead.rank === rank.time);
  if (value !== undefined) gather(value, effort.few);
  const last = byAllKeys(sql, types, conditions) ?? leads[0] ?? listing(sql, types, where);
  gather(last);
  return attempts;
}

/** The ways to count the matches of one type, whatever their order. */
export function countingWays(sql: Sql, ty: number, where: RowCondition): readonly Way[] {
  const conditions = conjuncts(where);
  const types = [ty];
  const leads = leadsOf(sql, types, conditions);
  const [best] = leads;
  if (best !== undefined && best.rank <= rank.text) return gatherings(best);
  const walk = walkOf(sql, { types, conditions, columns: anyOrder.columns });
  if (walk.checksNothing) return walk.ways!;
  const lead = byAllKeys(sql, types, conditions) ?? best;
  return lead === undefined ? walk.ways! : gatherings(lead);
}

/** The first lead of each rank, the best first: a second one is never tried, and each holds all other conditions. */
function leadsOf(sql: Sql, types: readonly number[], conditions: readonly RowCondition[]): Lead[] {
  const byRank = new Map<number, { lead: Lead; condition: RowCondition }>();
  for (const condition of conditions) {
    const lead = leadOf(sql, types, condition);
    if (lead !== undefined && !byRank.has(lead.rank)) byRank.set(lead.rank, { lead, condition });
  }
  return [...byRank.values()]
    .map(({ lead, condition }) => withRest(lead, without(conditions, condition)))
    .sort((a, b) => a.rank - b.rank);
}

function without(conditions: readonly RowCondition[], one: RowCondition): readonly RowCondition[] {
  const at = conditions.indexOf(one);
  return at < 0 ? conditions : conditions.toSpliced(at, 1);
}

function gatherings({ sources }: Lead): Way[] {
  return sources.map((source) => ({ kind: 'gather', source }));
}

/** The walk in the order asked for, if there is one. `within`: it stays within a patient. */
function walkOf(
  sql: Sql,
  {
    types,
    conditions,
    columns,
  }: { types: readonly number[]; conditions: readonly RowCondition[]; columns: readonly SortColumn[] },
): { ways: Way[] | undefined; within: boolean; checksNothing: boolean } {
  const [column] = columns;
  const none = { ways: undefined, within: false, checksNothing: false };
  if (columns.length > 1 || column!.ofContained === true) return none;
  if (column!.by.kind !== 'main-date') {
    // The values of each type have keys of their own.
    const way = types.length > 1 ? undefined : walkByValue(sql, types[0]!, column!, conditions);
    return way === undefined ? none : { ways: [way], within: false, checksNothing: conditions.length === 0 };
  }
  const { descending } = column!;
  const sorted = conditions.toSorted((a, b) => Number(b.op === 'patient') - Number(a.op === 'patient'));
  for (const condition of sorted) {
    const others = without(conditions, condition);
    const ways = walksByDate(sql, types, { condition, others, descending });
    if (ways !== undefined) {
      return { ways, within: condition.op === 'patient', checksNothing: others.every(isMainDate) };
    }
  }
  return {
    ways: [listByDate(sql, types, conditions, descending)],
    within: false,
    checksNothing: conditions.every(isMainDate),
  };
}

function isMainDate(condition: RowCondition): boolean {
  return condition.op === 'date' && condition.key === 'main';
}

/** All keys that must be there at once: the index finds where their lists meet. */
function byAllKeys(sql: Sql, types: readonly number[], conditions: readonly RowCondition[]): Lead | undefined {
  const keys = conditions.filter((each) => each.op === 'keys');
  if (keys.length === 0) return undefined;
  const others = conditions.filter((each) => each.op !== 'keys');
  const leads = keys.map((condition) => byKeys(sql, types, condition.any, rank.many));
  const sources = leads.map((lead) => lead.sources[0]!);
  const where = sources.slice(1).reduce((joined, source) => sql`${joined} and ${source.where}`, sources[0]!.where);
  const source = { ...sources[0]!, where, rest: all(others) };
  return { rank: rank.many, name: leads.map((lead) => lead.name).join(' '), sources: [source] };
}

/** Every row of the types. */
function listing(sql: Sql, types: readonly number[], where: RowCondition): Lead {
  const source = {
    row: true,
    repeats: false,
    from: sql`fhir.search c`,
    where: ofTypes(sql, sql`c.ty`, types),
    rest: where,
  };
  return { rank: rank.most, name: 'all', sources: [source] };
}

export function signature(where: RowCondition): string {
  return JSON.stringify(where, text);
}

function text(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
