/**
 * The limit of the same PostgreSQL: one row of the same bytes read by primary key, and one row inserted and committed, by `pgbench` with
 * prepared statements; if that is not installed, by a bare loop over the driver.
 */
import { execFileSync } from 'node:child_process';
import { connect } from '@dhp/postgres';
import type { Watched } from '../cpu.ts';
import type { Run } from '../load/measure.ts';
import { driverLoop } from './driver-loop.ts';
import { pgbench, program, type Script } from './pgbench.ts';

export interface DatabaseFloor {
  /** Name of the measuring program, for the table. */
  readonly tool: string;
  run(script: Script, connections: number, seconds: number): Promise<Run>;
}

/** Rows to read from; as many as there are Patients to read. */
const rows = 1_000;

/**
 * Creates the table and its rows in the measured cluster.
 * @param url of a dedicated database
 * @param content the text of each row
 */
export async function openDatabaseFloor(url: string, content: string, watched: Watched): Promise<DatabaseFloor> {
  const sql = connect(url, { max: 1 });
  try {
    // Stored as the platform stores it: no compression, which this body would pay for with CPU.
    await sql.unsafe('create table floor (id bigint generated always as identity primary key, content text not null)');
    await sql.unsafe('alter table floor alter column content set storage external');
    await sql`insert into floor (content) select ${content} from generate_series(1, ${rows})`;
  } finally {
    await sql.end();
  }
  const version = pgbenchVersion();
  if (version === undefined) {
    const run: DatabaseFloor['run'] = (script, connections, seconds) =>
      driverLoop({ url, script, rows, content, connections, seconds }, watched);
    return { tool: 'a bare driver loop (pgbench is not installed)', run };
  }
  return {
    tool: version,
    run: (script, connections, seconds) => pgbench({ url, script, rows, content, connections, seconds }, watched),
  };
}

function pgbenchVersion(): string | undefined {
  try {
    const told = execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return `pgbench ${/[\d.]+/.exec(told)?.[0] ?? ''}`.trimEnd();
  } catch {
    return undefined;
  }
}
