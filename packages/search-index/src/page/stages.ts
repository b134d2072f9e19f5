/**
 * Rows without a sort value come last, in the order of their rids, and no index has those of one type in that order. The index of rids has the rows
 * of all types: if few rows have no value, the whole table would be read for a type with few resources.
 * docs/decisions/0176-what-few-have-in-common.md
 */
import { and, type Fragment, type Sql } from '../sql/fragment.ts';
import { direction, isBackward, type Order } from '../sort/order.ts';
import type { Segment } from '../plan/plan-node.ts';

/** Rows of all types that are read in their order first: where many have no value, they fill a page. */
const first = 1_000;
/** Rows of a type up to which all of them are read and sorted then; of more, the rows of all types are gone through to the end. */
const fewOfType = 10_000;

/** The stages of reading a segment, each only if the previous ones have left room. */
export function stagesOf(sql: Sql, order: Order, segment: Segment): readonly Segment[] {
  const { ofType } = segment;
  if (ofType === undefined) return [segment];
  const type = sql`${ofType}::smallint`;
  const number = sql`(select count(*) from (select 1 from fhir.search t where t.ty = ${type} limit ${fewOfType + 1}) t)`;
  // The index of the type alone can serve it: the planner would take that of rids, which needs no sorting.
  const all = sql`(select * from fhir.search t where t.ty = ${type} offset 0) c`;
  const ofFew = { ...segment, from: all, gate: sql`${number} <= ${fewOfType}` };
  const ofMany = { ...segment, gate: sql`${number} > ${fewOfType}` };
  // Where further columns sort, all of them are read.
  if (order.columns.length > 1) return [ofFew, ofMany];
  const down = order.columns[0]!.descending !== isBackward(order);
  const near = (columns: Fragment): Fragment =>
    sql`select ${columns} from fhir.search t where ${behind(sql, order, down)} order by ${direction(sql, sql`t.rid`, down)} limit ${first}`;
  const last = down ? sql`min` : sql`max`;
  const end = sql`(select ${last}(n.rid) from (${near(sql`t.rid`)}) n)`;
  const beyond = down ? sql`c.rid < ${end}` : sql`c.rid > ${end}`;
  const further = (stage: Segment): Segment => ({ ...stage, where: and(sql, [stage.where, beyond]) });
  return [{ ...segment, from: sql`(${near(sql`t.*`)}) c` }, further(ofFew), further(ofMany)];
}

/** Behind a position among the rows without a value. */
function behind(sql: Sql, { from }: Order, down: boolean): Fragment {
  if (from === undefined || (from.values[0] ?? null) !== null) return sql`true`;
  return down ? sql`t.rid < ${from.rid}::bigint` : sql`t.rid > ${from.rid}::bigint`;
}
