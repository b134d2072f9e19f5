/**
 * The order of what resources refer to. Bodies tell it exactly, and of a few thousand they are read. Of more, the resources of the types
 * that a reference may lead to are walked along, and to each of them the rows that refer to it: what refers to nothing that is stored
 * here then comes last, as if it had no value. A page of one order goes on in that order: `Position.known`.
 */
import { typeNumber } from '@dhp/fhir-model';
import type { SortKey } from '@dhp/fhir-search';
import type { Effort, Memory } from './attempts.ts';
import { check } from './check.ts';
import { list, ofTypes, type Fragment, type Sql } from './fragment.ts';
import { rank, type Lead } from './lead.ts';
import { byKeys } from './leads.ts';
import type { Order } from './order.ts';
import { all, type RowCondition } from './row-condition.ts';
import type { SortColumn } from './sort-columns.ts';
import type { Attempt, Segment, Way } from './way.ts';

type ByReference = Extract<SortKey['by'], { kind: 'reference' }>;

/** `Type/id` of a resource that the row refers to and that is stored here: the first of them, or null. */
export function referredTo(
  sql: Sql,
  row: Fragment,
  { refers, targets }: Pick<ByReference, 'refers' | 'targets'>,
  first: (sql: Sql, value: Fragment) => Fragment,
): Fragment {
  if (targets.length === 0) return sql`null::text`;
  const names = list(
    sql,
    targets.map((type) => sql`(${typeNumber(type)!}::smallint, ${type}::text)`),
  );
  return sql`(select ${first(sql, sql`(n.name || '/' || o.id) collate "C"`)} from ${targetsOf(sql, row, refers, targets)}
    cross join lateral (select id from fhir.resource where rid = t.rid and shard = t.shard limit 1) o
    join (values ${names}) as n (ty, name) on n.ty = t.ty)`;
}

/** The search rows `t` of what the row refers to. */
function targetsOf(sql: Sql, row: Fragment, refers: bigint, targets: readonly string[]): Fragment {
  const types = targets.map((type) => typeNumber(type)!);
  return sql`unnest(${row}.keys) as k (key) cross join lateral (
    select * from fhir.search t where t.own = k.key # ${refers.toString()}::bigint and ${ofTypes(sql, sql`t.ty`, types)} limit 1) t`;
}

/** What of a search is put in the order of a reference. */
export interface Sorting {
  readonly ty: number;
  readonly conditions: readonly RowCondition[];
  /** The name of the conditions. */
  readonly signature: string;
  readonly order: Order;
  readonly by: ByReference;
  /** Those of the conditions, the best first; and, where a page needs them all, to all rows. */
  readonly leads: readonly Lead[];
  readonly everything: Lead;
  readonly memory: Memory;
  readonly effort: Effort;
}

/** As `attemptsOf`, in the order of a reference. */
export function attemptsByReference(sql: Sql, sorting: Sorting): Attempt[] {
  const { ty, conditions, signature, order, by, leads, everything, memory, effort } = sorting;
  const [best = everything] = leads;
  const gather = ({ name, sources }: Lead, limit?: number): Attempt => ({
    ways: sources.map((source) => ({ kind: 'gather', source })),
    name: `exact ${ty} ${name}`,
    ...(limit === undefined ? {} : { limit }),
  });
  const rest = all(conditions);
  const named = `${ty} ${by.refers} ${signature}`;
  const rare: Attempt[] =
    by.present.bit !== undefined
      ? []
      : [{ ways: rareWays(sql, ty, by, rest), limit: effort.few, inOrder: true, name: `rare ${named}` }];
  const attempts: Attempt[] = [];
  if (order.from?.known !== true) {
    if (best.rank === rank.own || best.rank === rank.patient) return [gather(best)];
    attempts.push(gather(best, effort.few), ...rare);
    if (order.from !== undefined) return [...attempts.filter((each) => !memory.has(each.name)), gather(best)];
  }
  // What fills no page soon is little: it is sorted when all of it is found.
  const farEnough = conditions.length === 0 ? {} : { limit: effort.farEnough };
  attempts.push({ ways: [walk(sql, sorting)], known: true, name: `known ${named}`, ...farEnough });
  if (conditions.length > 0) attempts.push({ ...gather(best), known: order.from?.known === true });
  return attempts.filter(({ limit, name }) => limit === undefined || !memory.has(name));
}

/** What few resources have is gathered, and all others, which come last, walked along. */
function rareWays(sql: Sql, ty: number, { present }: ByReference, rest: RowCondition): Way[] {
  const sources = byKeys(sql, [ty], [present.key], rank.some).sources.map((source) => ({ ...source, rest }));
  const without = check(sql, { op: 'keys', any: [present.key], expect: 'most' }, sql`c`);
  return [
    ...sources.map((source): Way => ({ kind: 'gather', source })),
    { kind: 'walk', segments: [rows(sql, sql`c.ty = ${ty}::smallint and not ${without}`, rest)] },
  ];
}

function rows(sql: Sql, where: Fragment, rest: RowCondition): Segment {
  return { row: true, repeats: false, from: sql`fhir.search c`, where, rest, column: undefined };
}

/** The ids of a type in their order, and to each the rows that refer to it, type after type; behind them the rows that refer to none. */
function walk(sql: Sql, { ty, conditions, order, by }: Sorting): Way {
  const [column] = order.columns;
  const rest = all(conditions);
  const refers = sql`${by.refers.toString()}::bigint`;
  const { known, descending } = column!;
  const segments = presentOf(known!).map((type): Segment => {
    const prefix = `${type}/`;
    return {
      ...{ row: false, repeats: false, rest, prefix, column: sql`c.v`, where: sql`true` },
      from: sql`(select i.id as v, o.rid, o.shard from fhir.identity i
        cross join lateral (select own from fhir.search where rid = i.rid and shard = i.shard limit 1) t
        cross join lateral (
          select s.rid, s.shard from fhir.search s where s.keys @> array[t.own # ${refers}] and (s.ty = ${ty}::smallint) is true) o
        where i.ty = ${typeNumber(type)!}::smallint) c`,
      joined: () => sql`true`,
      ...(by.single ? {} : { also: sql`${prefix}::text || c.v = ${known!.value(sql, sql`s`)}` }),
    };
  });
  const none = sql`not exists (select from ${targetsOf(sql, sql`c`, by.refers, presentOf(known!))})`;
  const present = check(
    sql,
    by.present.bit === undefined
      ? { op: 'keys', any: [by.present.key], expect: 'most' }
      : { op: 'present', key: by.present.key, bit: by.present.bit },
    sql`c`,
  );
  const ofPatient = sql`(c.pat # ${refers} = any(c.keys) and exists (select from fhir.search p where p.own = c.pat)) is true`;
  const without = sql`case when not ${present} then true when ${ofPatient} then false else ${none} end`;
  return {
    kind: 'walk',
    segments: [
      ...(descending ? segments.toReversed() : segments),
      rows(sql, sql`c.ty = ${ty}::smallint and ${without}`, rest),
    ],
  };
}

function presentOf({ by }: SortColumn): readonly string[] {
  return by.kind === 'reference' ? by.targets : [];
}
