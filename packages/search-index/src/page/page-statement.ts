import { joined, list, or, type Fragment, type Sql } from '../sql/fragment.ts';
import { direction, isBackward, orderBy, orderedTerms, ridDescends, valueName, type Order } from '../sort/order.ts';
import type { Score } from '../types/special/sorting.ts';
import { partsOf, type Part } from './page-parts.ts';
import type { PlanAlternative } from '../plan/plan-node.ts';
import type { Unlabelled } from '../condition/condition.ts';
import { mayBeLabelled } from '../row-condition/unlabelled.ts';

/**
 * The statement of one page: the first matches of each plan node, each a materialized part; merged, and each resource once; then the `columns` of the
 * rows `p` of the page. Its first columns are the snapshot with its server, whether an alternative was cancelled (the page is then invalid), the
 * further value, and the number of candidates read; they are returned even without matches, followed by nulls.
 * @param alternatives one for each type; at least one of them has a node
 */
export function pageStatement(
  sql: Sql,
  { alternatives, order, rows }: { alternatives: readonly PlanAlternative[]; order: Order; rows: number },
  { columns, joins, also, counted = false }: PageColumns,
): Fragment {
  const parts = alternatives.flatMap((alternative, n) =>
    partsOf({ sql, order, rows, limit: alternative.limit, counted }, alternative, n),
  );
  return sql`
    with ${list(sql, [...parts.flatMap((part) => part.before), ...pageOf(sql, parts, { order, rows })])}
    select h.*, m.* from (
      select ${sql.commits.currentSnapshot(sql)}::text || '@' || fhir.server_name() as snapshot, ${givenUp(sql, parts)} as given_up, ${also ?? sql`null`} as also,
        ${counted ? candidatesOf(sql, parts) : sql`null`} as candidates
    ) h left join (
      select ${columns}
      from page p ${joins}
      order by ${list(sql, orderedAgain(sql, order))}
    ) m on not h.given_up`;
}

/** The parts, and the page merged from them; a single one that has each resource once, in the order, is the page. */
function pageOf(sql: Sql, parts: readonly Part[], { order, rows }: { order: Order; rows: number }): Fragment[] {
  const [first] = parts;
  if (parts.length === 1 && first!.isPage) return [sql`page as materialized (${first!.select})`];
  const values = order.columns.map((_, index) => valueName(sql, index));
  const shared = list(sql, [...values, sql`rid`, sql`shard`, sql`cut`]);
  const union = joined(
    sql,
    parts.map(({ name }) => sql`select ${shared} from ${name}`),
    sql` union all `,
  );
  return [
    ...parts.map(({ name, select }) => sql`${name} as materialized (${select})`),
    sql`page as materialized (
      select distinct on (${orderedTerms(sql, order)}) * from (${union!}) u
      order by ${orderBy(sql, order)}, cut desc limit ${rows})`,
  ];
}

/** An ordered scan that was given up is only if the page gets there. */
function givenUp(sql: Sql, parts: readonly Part[]): Fragment {
  const collections = parts.flatMap(({ givenUp }) =>
    givenUp === undefined || givenUp === 'when cut' ? [] : [givenUp],
  );
  const areOrdered = parts.some((part) => part.givenUp === 'when cut')
    ? [sql`exists (select 1 from page where cut)`]
    : [];
  return or(sql, [...areOrdered, ...collections]);
}

/** How many were read. A single part that is the page is called so. */
function candidatesOf(sql: Sql, parts: readonly Part[]): Fragment {
  const isAlone = parts.length === 1 && parts[0]!.isPage;
  const counts = parts.flatMap(({ name, candidates }) => candidates?.(isAlone ? sql`page` : name) ?? []);
  return joined(sql, counts, sql` + `) ?? sql`0`;
}

/** Columns of a page's statement, and the tables that they need, joined to `p`. */
export interface PageColumns {
  readonly columns: Fragment;
  readonly joins: Fragment;
  /** An additional value that is returned once. */
  readonly also?: Fragment;
  /** The number of candidates that were read is requested. */
  readonly counted?: boolean;
  /** The index of the rid among the columns, with the values of the order after it; absent if the rows may come in any order. */
  readonly ridAt?: number;
  /** The name of columns that depend only on the order; absent if they depend on more. */
  readonly form?: string;
}

/** Questions about the rows of a page beside their versions. */
interface AskedOfBodies {
  readonly score?: Score | undefined;
  readonly marks?: Score | undefined;
  /** As `SearchRequest.labels`: `also` is whether one of them has a label, or may inherit one. */
  readonly labels?: Pick<Unlabelled, 'inheriting'> | undefined;
}

/** The versions themselves, their score, the result of `marks`, the rid and the sort values. */
export function bodies(sql: Sql, order: Order, { score, marks, labels }: AskedOfBodies): PageColumns {
  const values = order.columns.map((_, index) => sql`p.${valueName(sql, index)}::text`);
  const resource = sql`join fhir.resource r on r.rid = p.rid and r.shard = p.shard`;
  return {
    ...(score === undefined && marks === undefined && { form: `bodies ${labels?.inheriting.join() ?? ''}` }),
    ...(labels !== undefined && { also: mayHaveLabels(sql, labels) }),
    ridAt: 7,
    columns: sql`r.ty, r.id, r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.content,
      ${score === undefined ? sql`null::float8` : score(sql, sql`t`)},
      ${marks === undefined ? sql`null::text` : marks(sql, sql`t`)}, p.rid, ${list(sql, values)}`,
    joins:
      score === undefined && marks === undefined
        ? resource
        : sql`${resource} join fhir.search t on t.rid = p.rid and t.shard = p.shard`,
  };
}

/** Whether a row of the page has a label, or leads to others that may have one. */
function mayHaveLabels(sql: Sql, labels: Pick<Unlabelled, 'inheriting'>): Fragment {
  return sql`exists (select 1 from page p
    cross join lateral (select * from fhir.search s where s.rid = p.rid and s.shard = p.shard limit 1) s
    where ${mayBeLabelled(sql, labels, sql`s`)})`;
}

/** Only which versions they are. */
export function identities(sql: Sql): PageColumns {
  const joins = sql`join fhir.resource r on r.rid = p.rid and r.shard = p.shard`;
  return { form: 'identities', columns: sql`r.id, r.ver`, joins };
}

/** The hashes of `Type/<id>`. */
export function ownHashes(sql: Sql, also: Fragment): PageColumns {
  return {
    columns: sql`t.own`,
    joins: sql`join fhir.search t on t.rid = p.rid and t.shard = p.shard`,
    also,
    counted: true,
  };
}

/** The order once more, of rows `p`. */
function orderedAgain(sql: Sql, order: Order): Fragment[] {
  const back = isBackward(order);
  const terms = order.columns.flatMap((column, index) => {
    const value = sql`p.${valueName(sql, index)}`;
    const by = column.type === 'text' ? sql`${value} collate "C"` : value;
    const missing = column.canMiss ? [direction(sql, sql`(${value} is null)`, back)] : [];
    return [...missing, direction(sql, by, column.descending !== back)];
  });
  return [...terms, direction(sql, sql`p.rid`, ridDescends(order))];
}
