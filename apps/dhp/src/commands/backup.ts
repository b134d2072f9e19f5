/** `dhp backup`: base backups of the embedded database. docs/operations/backup.md */
import { connect } from '@dhp/postgres';
import { listBackups, openPlace, placeOf, removeOld, takeBackup, type Manifest } from '@dhp/postgres/backup';
import { backupFolder } from '../backup-folder.ts';
import type { Command } from '../cli.ts';
import { openCommandDatabases, openContext } from '../context.ts';
import { spokenLanguage } from '../locale.ts';
import { progressOn, silent } from '../progress.ts';
import { operationMessages, type OperationMessages } from '../texts/operation.ts';
import { print, table } from '../output.ts';
import { json, wholeNumber } from './shared.ts';
import { sized } from '../doctor/node-checks.ts';

const said = (): OperationMessages['backup'] => operationMessages[spokenLanguage()].backup;

function shown({ id, ended, bytes, timeline, proofs }: Manifest): Record<string, unknown> {
  return { id, ended, bytes, timeline, proofs };
}

const backup: Command = {
  name: 'backup',
  summary: 'Make a base backup of the embedded database, while it is used, in the folder that DHP_BACKUPS names',
  options: {
    keep: {
      type: 'string',
      value: 'N',
      help: 'remove older backups but the newest N, and the log that only they need',
    },
    json,
  },
  examples: ['dhp backup', 'dhp backup --keep 7'],
  run: async (values) => {
    const keep = wholeNumber(values, 'keep');
    const context = openContext(values['json'] === true ? silent : progressOn(process.stderr));
    const folder = backupFolder(context);
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    const databases = await openCommandDatabases(context);
    try {
      const server = databases.server!;
      const step = context.progress.step(said().step);
      const manifest = await takeBackup({
        ...{ url: server, directory: context.data.database, place: folder, signal: stop.signal },
        prove: async () => (await import('../kept-proofs.ts')).proveFeeds(databases.address),
        onProgress: (done, total) => step.update(done, total),
      });
      step.done(sized(manifest.bytes));
      const place = placeOf(folder);
      const removed = keep === undefined ? 0 : await removeOld(place, await listBackups(place), keep);
      const isArchived = await archives(server);
      if (values['json'] === true) print({ ...shown(manifest), removed, archived: isArchived });
      else {
        process.stdout.write(`${said().done({ id: manifest.id, folder })}\n`);
        if (removed > 0) process.stdout.write(`${said().removed({ count: removed })}\n`);
        if (!isArchived) context.warn(said().notArchived);
      }
      return 0;
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      context.progress.say(said().aborted);
      return 1;
    } finally {
      await databases.close();
    }
  },
};

/** A server that was started without DHP_BACKUPS archives nothing before its next start. */
async function archives(server: string): Promise<boolean> {
  const sql = connect(server, { max: 1, applicationName: 'dhp backup' });
  try {
    const [row] = await sql<{ mode: string }[]>`select current_setting('archive_mode') as mode`;
    return row?.mode !== 'off';
  } finally {
    await sql.end({ timeout: 1 });
  }
}

const list: Command = {
  name: 'backup list',
  summary: 'Show the base backups, the oldest first',
  options: { json },
  run: async (values) => {
    const context = openContext(silent, { create: true });
    const folder = backupFolder(context);
    const place = await openPlace(folder, context.data.database);
    const unreadable: string[] = [];
    const backups = await listBackups(place, (file) => unreadable.push(file));
    if (values['json'] === true) print({ backups: backups.map(shown), ...(unreadable.length > 0 && { unreadable }) });
    else if (backups.length === 0) process.stdout.write(`${said().none}\n`);
    else {
      const rows = backups.map(({ id, ended, bytes, timeline }) => [id, ended, sized(bytes), String(timeline)]);
      process.stdout.write(table(['BACKUP', 'RESTORES FROM', 'SIZE', 'TIMELINE'], rows));
    }
    if (values['json'] !== true)
      for (const file of unreadable) process.stderr.write(`${said().unreadable({ file })}\n`);
    return 0;
  },
};

export const backupCommands: readonly Command[] = [backup, list];
