import type { Session } from '@dhp/postgres';

type Fragment = ReturnType<Session>;

/**
 * Parts of a statement that move the other rows of resources whose shard changes; the statement itself moves the current version and its
 * search row. Every other table that carries the shard is named here.
 * @param moving a part of the statement that has rid, shard, new_shard, ty and id, its alias, and the beginning of a condition on its rows
 */
export function movedRows(sql: Session, moving: { part: Fragment; row: Fragment; which: Fragment }): Fragment {
  const { part, row, which } = moving;
  return sql`identity_moved as (
      update fhir.identity d set shard = ${row}.new_shard
      from ${part} ${row} where ${which} d.ty = ${row}.ty and d.id = ${row}.id
    ), history_moved as (
      update fhir.history h set shard = ${row}.new_shard
      from ${part} ${row} where ${which} h.rid = ${row}.rid and h.shard = ${row}.shard
    )`;
}
