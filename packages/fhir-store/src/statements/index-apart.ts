/** Index rows of current versions on several nodes, where resources are locked before the statement, one shard at a time. */
import type { Sql } from '@dhp/postgres';
import { numberOf, numbers, booleans, type Column } from './columns.ts';
import { rowName, type Indexing } from './index-anew.ts';
import { allAgain, leftIn, shardOfLeft, type LeftIn } from './index-again.ts';
import type { StoredDefinitions } from './index-definition.ts';
import { columns, indexArguments, indexParts, indexValues, named, upToDate, type IndexPart } from './index-input.ts';
import { lockApart } from './look.ts';
import { within } from '../placement/held.ts';
import type { Session } from './session.ts';
import type { Basis } from './server.ts';

/**
 * As `indexAnew`, for rows on several nodes. Waits for writers of the resources, and leaves out those changed by then. All rows of a resource are
 * deleted and made again.
 * @throws isStaleDefinition; nothing is stored
 * @returns the resources that were not left out, by `rowName`
 */
export async function indexApart(
  sql: Sql,
  rows: readonly Indexing[],
  { stored, basis }: { readonly stored: StoredDefinitions; readonly basis: Basis },
): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const found = await sql.begin(async (session) => {
    const indexes = rows.map((row) => row.index);
    const parts = indexParts(session, indexes, { stored });
    const left = await leftIn(parts.active, rows);
    const leftBeside = parts.next && (await leftIn(parts.next, rows));
    const others = [...left.values(), ...(leftBeside?.values() ?? [])];
    const held = await lockApart(session, rows, others);
    return session`
      with changes as materialized (
        select r.rid, ${shardOfLeft(session, session`r`, left)} as shard, r.shard as new_shard, r.ty, r.deleted as gone, ${indexValues(session, parts.active.version)}
        from unnest(${numbers(rows.map((row) => row.rid))}::bigint[], ${numbers(rows.map((row) => row.shard))}::int[],
                    ${numbers(rows.map((row) => row.ver))}::int[], ${booleans(indexes.map((index) => index === undefined))}::boolean[],
                    ${indexArguments(session, parts.active.rows)})
               as i (rid, shard, ver, deleted, ${named(session, columns.sent)})
        join fhir.resource r on r.rid = i.rid and r.shard = i.shard and ${within(session, session`r`, held)}
        where r.ver = i.ver and r.deleted = i.deleted
      ), ${allAgain(session, parts, { ...held, shards: [...held.shards, ...others] }, (part) => changesBeside(session, part, rows, leftBeside))}
      select rid, new_shard from changes where ${upToDate(session, indexes, basis)}`.raw();
  });
  return new Set(
    (found as unknown as Column[][]).map(([rid, shard]) => rowName({ rid: numberOf(rid), shard: numberOf(shard) })),
  );
}

/** The part `changes` of the definition that is built beside. */
function changesBeside(
  sql: Session,
  { sql: own, version, rows: values }: IndexPart,
  rows: readonly Indexing[],
  left: LeftIn = new Map(),
) {
  return own`changes as materialized (
      select c.rid, ${shardOfLeft(sql, sql`i`, left)} as shard, c.new_shard, c.ty, c.gone, ${indexValues(sql, version)}
      from ${sql`changes`} c join unnest(
        ${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(rows.map(({ shard }) => shard))}::int[], ${indexArguments(sql, values)})
        as i (rid, shard, ${named(sql, columns.sent)}) on i.rid = c.rid and i.shard = c.new_shard
    )`;
}
