import type { StoredDefinitions } from './index-definition.ts';
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** Names the server that a statement runs on, as `DatabaseMemory` knows it. */
export function serverName(sql: Session): Fragment {
  return sql`fhir.server_name()`;
}

/** The state of one server from which the rows of a statement were made. */
export interface Basis {
  /** Server whose numbers of rows, terms and versions were used. */
  readonly server: string;
  /** The definitions of the index that were stored then: for statements without rows, which are deletions. */
  readonly stored: StoredDefinitions;
  /** When the rows were stamped, in milliseconds by the clock of the database; undefined if they are not. */
  readonly stamped?: number;
}

/**
 * Milliseconds by which a stamp may be older, or newer, than the statement that stores it: a write that waits longer is stamped again. The
 * times at which histories are settled rely on it (`settled.ts`).
 */
export const stampGoodFor = 20_000;

/**
 * True when the statement runs on the server of its basis, while the stamps are good; else it ends with an error that `isStaleDefinition` knows, and
 * `leastStamp` where later stamps were shown already.
 */
export function onServer(sql: Session, { server, stamped }: Omit<Basis, 'stored'>): Fragment {
  const inTime =
    stamped === undefined
      ? sql``
      : sql`and abs(date_part('epoch', statement_timestamp()) * 1000 - ${stamped}::bigint) <= ${stampGoodFor}
          and (select fhir.may_stamp(${stamped}::bigint))`;
  return sql`case when ${serverName(sql)} = ${server}::text ${inTime} then true else fhir.outdated() end`;
}

/** Numbers of unused blocks of rids, and the server to which they belong. */
export async function takeBlocks(sql: Session, count: number): Promise<{ server: string; blocks: number[] }> {
  const rows = await sql<{ server: string; block: string }[]>`
    select ${serverName(sql)} as server, nextval('fhir.rid_block') as block from generate_series(1, ${count})`;
  return { server: rows[0]!.server, blocks: rows.map(({ block }) => Number(block)) };
}
