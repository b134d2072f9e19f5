import { serverName } from './server.ts';
import type { Session } from './session.ts';

/** Numbers of blocks of rids that nobody else has, and the server that they are of. */
export async function takeBlocks(sql: Session, count: number): Promise<{ server: string; blocks: number[] }> {
  const rows = await sql<{ server: string; block: string }[]>`
    select ${serverName(sql)} as server, nextval('fhir.rid_block') as block from generate_series(1, ${count})`;
  return { server: rows[0]!.server, blocks: rows.map(({ block }) => Number(block)) };
}
