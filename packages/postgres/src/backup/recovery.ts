/**
 * The server that replays the log of a restore.
 * https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-PITR-RECOVERY
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../connect.ts';
import { dataOf } from '../embedded/cluster.ts';
import { startEmbedded, type EmbeddedPostgres } from '../embedded/start.ts';
import { archiveSettings, restoreCommand } from './archive.ts';
import { BackupError } from './failure.ts';
import type { BackupPlace } from './place.ts';
import { historyName, parseHistory } from './segments.ts';

interface Recovery {
  readonly place: BackupPlace;
  readonly sources: readonly string[];
  readonly timeline: number;
  readonly at: string | undefined;
}

/** A server that has replayed the log up to the wanted point, and accepts connections. */
export async function startRecovery(
  work: string,
  { place, sources, timeline, at }: Recovery,
): Promise<EmbeddedPostgres> {
  const lines: string[] = [];
  const server = await startEmbedded({
    ...{
      directory: work,
      name: 'dhp restore',
      attach: false,
      writes: [place.wal],
      log: (line) => void lines.push(line),
    },
    settings: {
      ...archiveSettings(place),
      // Segments are marked for archiving, and are archived once this becomes the database: if the restore is given up, the archive gets
      // nothing from it.
      archive_command: '',
      // No query arrives before the end, so the settings of the backed-up server need not be known.
      ...{ hot_standby: 'off', restore_command: restoreCommand(sources), recovery_target_timeline: String(timeline) },
      ...(at && {
        // PostgreSQL does not know abbreviations of zones yet when it reads this.
        recovery_target_time: at.replace('T', ' ').replace('Z', '+00'),
        recovery_target_action: 'promote',
        recovery_target_inclusive: 'on',
      }),
    },
  }).catch((error: unknown) => {
    throw explained((error as Error).message);
  });
  const ended = server.exited.then(() => true);
  for (;;) {
    if (await takesConnections(server.url)) return server;
    if (await Promise.race([ended, delay(100, false)])) throw explained(lines.slice(-20).join('\n'));
  }
}

async function takesConnections(url: string): Promise<boolean> {
  const sql = connect(url, { max: 1, applicationName: 'dhp restore' });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** @returns the last transaction that was replayed (null: none), the timeline that began, and the segment in which the log ended */
export async function endOfLog(
  url: string,
  work: string,
  segmentSize: number,
): Promise<{ to: Date | null; now: number; end: bigint }> {
  const sql = connect(url, { max: 1, applicationName: 'dhp restore' });
  try {
    await sql`checkpoint`;
    const [row] = await sql<{ to: Date | null; now: number }[]>`
      select pg_last_xact_replay_timestamp() as to, timeline_id as now from pg_control_checkpoint()`;
    const history = await readFile(join(dataOf(work), 'pg_wal', historyName(row!.now)), 'utf8').catch(() => '');
    const at = parseHistory(history).at(-1)?.at ?? 0n;
    // A position at the first byte of a segment is the end of the previous one: the segment itself has no data yet.
    return { ...row!, end: (at > 0n ? at - 1n : at) / BigInt(segmentSize) };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** @param message the end of the log of PostgreSQL, which says there why it ends */
function explained(message: string): Error {
  if (message.includes('recovery ended before configured recovery target was reached'))
    return new BackupError(
      'backup-too-late',
      'The log ends before that moment: name an earlier one, or none to restore all that there is',
    );
  if (/WAL ends before (end of online backup|consistent recovery point)/.test(message))
    return new BackupError('backup-log-missing', 'The log of the time of the backup is not whole');
  return new Error(`The log could not be replayed:\n${message}`);
}
