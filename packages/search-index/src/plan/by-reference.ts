/**
 * The order by the targets of references. Bodies give it exactly, and for a few thousand they are read. For more, the resources of the
 * possible target types are scanned in order, and for each of them the rows that refer to it: rows that refer to nothing stored here then
 * come last, as if they had no value. The next pages continue in the same order: `Position.known`.
 */
import { typeNumber } from '@dhp/fhir-model';
import type { SortKey } from '../types/sorting.ts';
import type { CostLimits, KnownFailures } from './cost-limits.ts';
import { check } from '../row-condition/check.ts';
import { type Fragment, type Sql } from '../sql/fragment.ts';
import { rank, type AccessPath } from './access-path.ts';
import { byKeys } from './access-paths.ts';
import { direction, isBackward, type Order } from '../sort/order.ts';
import { all, type RowCondition } from '../row-condition/row-condition.ts';
import { targetsOf } from '../types/reference/sorting.ts';
import type { SortColumn } from '../types/sorting.ts';
import type { PlanAlternative, Segment, PlanNode } from './plan-node.ts';

/** Resources whose bodies are read for the order, before the rows that refer to the first targets are looked up. */
const few = 100;
/** Targets of a type that are looked up then: most of them may have no referring rows. */
const targetsNear = 200;
/** The part of the candidates that are tested then. */
const short = 16;

type ByReference = Extract<SortKey['by'], { kind: 'reference' }>;

/** A search of one type that is sorted by a reference. */
export interface Sorting {
  readonly ty: number;
  readonly conditions: readonly RowCondition[];
  /** The name of the conditions. */
  readonly signature: string;
  readonly order: Order;
  readonly by: ByReference;
  /** Access paths of the conditions, the best first; `everything` leads to all rows, for a page that needs them. */
  readonly accessPaths: readonly AccessPath[];
  readonly everything: AccessPath;
  readonly failedPlans: KnownFailures;
  readonly costLimits: CostLimits;
}

/** As `planAlternatives`, in the order of a reference. */
export function alternativesByReference(sql: Sql, sorting: Sorting): PlanAlternative[] {
  const { ty, conditions, signature, order, by, accessPaths, everything, failedPlans, costLimits } = sorting;
  const [best = everything] = accessPaths;
  const collect = ({ name, sources }: AccessPath, limit?: number, kind = ''): PlanAlternative => ({
    nodes: sources.map((source) => ({ kind: 'collect', source })),
    name: `${kind}exact ${ty} ${name}`,
    ...(limit === undefined ? {} : { limit }),
  });
  const rest = all(conditions);
  const named = `${ty} ${by.refers} ${signature}`;
  const rare: PlanAlternative[] =
    by.present.bit !== undefined
      ? []
      : [{ nodes: nodesOfRare(sql, ty, by, rest), limit: costLimits.few, inOrder: true, name: `rare ${named}` }];
  // Their targets may be on another node.
  if (costLimits.apart !== undefined) return [collect(best)];
  const alternatives: PlanAlternative[] = [];
  const isKnown = order.from?.known === true;
  if (!isKnown && (best.rank === rank.patient || areFew(conditions))) return [collect(best)];
  if (!isKnown && order.from !== undefined) {
    alternatives.push(collect(best, costLimits.few), ...rare);
    return [...alternatives.filter((each) => !failedPlans.has(each.name)), collect(best)];
  }
  // For few the bodies are read. For more the first targets mostly suffice; if not, the number decides between one by one and all.
  if (!isKnown) alternatives.push(collect(best, Math.min(costLimits.few, few), 'few '));
  const near = { nodes: [orderedScan(sql, sorting, targetsNear)], limit: Math.ceil(costLimits.farEnough / short) };
  alternatives.push({ ...near, known: true, name: `near ${named}` });
  if (isKnown) alternatives.push({ ...collect(best, costLimits.few), known: true });
  else alternatives.push(collect(best, costLimits.few), ...rare);
  // If the scan does not soon fill a page, there are few matches: then all are found and sorted.
  const farEnough = conditions.length === 0 ? {} : { limit: costLimits.farEnough };
  alternatives.push({ nodes: [orderedScan(sql, sorting)], known: true, name: `known ${named}`, ...farEnough });
  if (conditions.length > 0) alternatives.push({ ...collect(best), known: isKnown });
  return alternatives.filter(({ limit, name }) => limit === undefined || !failedPlans.has(name));
}

/** Whether one id, or one of a few, is requested. */
function areFew(conditions: readonly RowCondition[]): boolean {
  return conditions.some((condition) => condition.op === 'own' && condition.any.length <= few);
}

/** Plan nodes for a rare reference: the few resources that have it are collected; all others, which come last, are scanned in order. */
function nodesOfRare(sql: Sql, ty: number, { present }: ByReference, rest: RowCondition): PlanNode[] {
  const sources = byKeys(sql, [ty], [present.key], rank.some).sources.map((source) => ({ ...source, rest }));
  const without = check(sql, { op: 'keys', any: [present.key], expect: 'most' }, sql`c`);
  return [
    ...sources.map((source): PlanNode => ({ kind: 'collect', source })),
    { kind: 'ordered-scan', segments: [rows(sql, ty, sql`not ${without}`, rest)] },
  ];
}

function rows(sql: Sql, ty: number, which: Fragment, rest: RowCondition): Segment {
  const where = sql`c.ty = ${ty}::smallint and ${which}`;
  return { row: true, repeats: false, from: sql`fhir.search c`, where, rest, column: undefined, ofType: ty };
}

/**
 * The ids of a type in their order, and for each the rows that refer to it, type after type; at the end the rows without references.
 * @param each the most ids of a type (default: all)
 */
function orderedScan(sql: Sql, { ty, conditions, order, by }: Sorting, each?: number): PlanNode {
  const [column] = order.columns;
  const rest = all(conditions);
  const refers = sql`${by.refers.toString()}::bigint`;
  const { known, descending } = column!;
  const segments = presentOf(known!).map((type): Segment => {
    const prefix = `${type}/`;
    const ids = sql`select i.id, i.rid, i.shard, t.own from fhir.identity i
      cross join lateral (select own from fhir.search where rid = i.rid and shard = i.shard limit 1) t
      where i.ty = ${typeNumber(type)!}::smallint`;
    const referring = sql`select s.rid, s.shard from fhir.search s where s.keys @> array[i.own # ${refers}] and (s.ty = ${ty}::smallint) is true`;
    return {
      ...{ row: false, repeats: false, rest, prefix, column: sql`c.v`, where: sql`true` },
      ...(each === undefined
        ? { from: sql`(select i.id as v, o.rid, o.shard from (${ids}) i cross join lateral (${referring}) o) c` }
        : firstTargets(sql, { ids, referring, each, order, prefix })),
      joined: () => sql`true`,
      ...(by.single ? {} : { also: sql`${prefix}::text || c.v = ${known!.value(sql, sql`s`)}` }),
    };
  });
  const none = sql`not exists (select 1 from ${targetsOf(sql, sql`c`, by.refers, presentOf(known!))})`;
  const present = check(
    sql,
    by.present.bit === undefined
      ? { op: 'keys', any: [by.present.key], expect: 'most' }
      : { op: 'present', key: by.present.key, bit: by.present.bit },
    sql`c`,
  );
  const ofPatient = sql`(c.pat # ${refers} = any(c.keys) and exists (select 1 from fhir.search p where p.own = c.pat)) is true`;
  const without = sql`case when not ${present} then true when ${ofPatient} then false else ${none} end`;
  return {
    kind: 'ordered-scan',
    segments: [...(descending ? segments.toReversed() : segments), rows(sql, ty, without, rest)],
  };
}

/** The first ids of a type up to the limit, and one more, which represents the rest and is returned instead of rows that refer to it. */
function firstTargets(
  sql: Sql,
  { ids, referring, each, order, prefix }: FirstTargets,
): Pick<Segment, 'from' | 'unread'> {
  const down = order.columns[0]!.descending !== isBackward(order);
  const at = order.from?.values[0] ?? null;
  const id = at?.startsWith(prefix) === true ? sql`${at.slice(prefix.length)}::text` : undefined;
  const behind = id === undefined ? sql`` : down ? sql`and i.id <= ${id}` : sql`and i.id >= ${id}`;
  const first = sql`select i.*, row_number() over (order by ${direction(sql, sql`i.id`, down)}) as n from (
    ${ids} ${behind} order by ${direction(sql, sql`i.id`, down)} limit ${each + 1}) i`;
  const from = sql`(select i.id as v, o.* from (${first}) i cross join lateral (
      select *, false as unread from (${referring} and i.n <= ${each}) s
      union all select i.rid, i.shard, true where i.n > ${each}) o) c`;
  return { from, unread: sql`c.unread` };
}

interface FirstTargets {
  /** Selects the ids `i` of one type, and `referring` the rows that refer to one of them. */
  readonly ids: Fragment;
  readonly referring: Fragment;
  readonly each: number;
  readonly order: Order;
  readonly prefix: string;
}

function presentOf({ by }: SortColumn): readonly string[] {
  return by.kind === 'reference' ? by.targets : [];
}
