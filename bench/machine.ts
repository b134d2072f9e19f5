/** Description of the machine on which the numbers were measured. */
import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { connect } from '@dhp/postgres';

export type Facts = Readonly<Record<string, string>>;

/** Superblock magic of in-memory file systems, on which a durable commit costs nothing (statfs(2)). */
const inMemory = new Set([0x01021994, 0x858458f6]);

/**
 * @param url any database of the measured cluster
 * @param folder of its files
 * @param otherLoad the load average before anything was started
 * @throws Error if commits would not be durable: such numbers are worthless
 */
export async function machineFacts(url: string, folder: string, otherLoad: number): Promise<Facts> {
  const sql = connect(url, { max: 1 });
  try {
    const [row] = await sql<Record<'version' | 'fsync' | 'commit' | 'pages' | 'buffers', string>[]>`
      select current_setting('server_version') as version, current_setting('fsync') as fsync,
        current_setting('synchronous_commit') as commit, current_setting('full_page_writes') as pages,
        current_setting('shared_buffers') as buffers`;
    if (row?.fsync !== 'on' || row.commit !== 'on' || row.pages !== 'on') {
      throw new Error(`commits are not durable here: ${JSON.stringify(row)}`);
    }
    const isInMemory = inMemory.has((await statfs(folder)).type);
    return {
      Processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores`,
      Memory: `${Math.round(totalmem() / 1024 ** 3)} GiB`,
      System: `${type()} ${release()}`,
      Node: process.version,
      PostgreSQL: `${row.version} (fsync ${row.fsync}, synchronous_commit ${row.commit}, shared_buffers ${row.buffers})`,
      'Other load': `${otherLoad.toFixed(1)} processes wanted a core in the minute before the run`,
      Disk: isInMemory ? 'IN MEMORY: a durable commit costs nothing here' : 'on disk',
    };
  } finally {
    await sql.end();
  }
}
