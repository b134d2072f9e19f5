/** `dhp restore`: restores the embedded database to a moment, and ends everything that was issued before. docs/operations/backup.md */
import { giveUpRestore, restoreBackup, type Restored } from '@dhp/postgres/backup';
import { backupFolder } from '../backup-folder.ts';
import { UsageError, type Command, type Values } from '../cli.ts';
import { openContext, readSettings, type Context } from '../context.ts';
import type { CutOff } from '../cut-off.ts';
import { embeddedDatabaseOf } from '../databases.ts';
import { openDataDirectory } from '../data-directory.ts';
import { spokenLanguage } from '../locale.ts';
import { progressOn, silent, stepsOn } from '../progress.ts';
import { operationMessages, type OperationMessages } from '../texts/operation.ts';
import { print } from '../output.ts';
import { json, reason, reasonOf, textOf, wholeNumber } from './shared.ts';

const said = (): OperationMessages['restore'] => operationMessages[spokenLanguage()].restore;

/** In UTC, to the microsecond: a Date would truncate it. @throws UsageError for a text that is not a moment with a zone */
function momentOf(values: Values): string | undefined {
  const given = textOf(values, 'at');
  if (given === undefined) return undefined;
  const [isMoment, fraction = ''] =
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.(\d{1,6}))?)?(?:Z|[+-]\d\d:\d\d)$/.exec(given) ?? [];
  const moment = new Date(isMoment ?? NaN);
  if (Number.isNaN(moment.getTime())) throw new UsageError(said().moment({ given }));
  return `${moment.toISOString().slice(0, 19)}.${fraction.padEnd(6, '0')}Z`;
}

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'Restore the embedded database to a moment, with the platform stopped; tokens, sessions and open jobs end',
  options: {
    at: {
      type: 'string',
      value: 'TIME',
      help: 'the moment, such as 2026-11-30T08:15:00+05:00; default: the end of the log',
    },
    backup: {
      type: 'string',
      value: 'BACKUP',
      help: 'the base backup to begin with; default: the newest that leads there',
    },
    timeline: {
      type: 'string',
      value: 'N',
      help: 'follow another timeline: a future that an earlier restore has cut off',
    },
    'give-up': { type: 'boolean', help: 'give up a restore that was not finished; the database stays as it was' },
    reason,
    json,
  },
  examples: [
    "dhp restore --reason 'the disk failed'",
    "dhp restore --at 2026-11-30T08:15:00+05:00 --reason 'an import went wrong'",
  ],
  run: async (values) => {
    const isJson = values['json'] === true;
    const place = backupFolder({ settings: readSettings() });
    const opened = openContext(isJson ? silent : progressOn(process.stderr), { create: true });
    // An absent key is not created: a new one could not open anything that was sealed.
    const context: Context = { ...opened, create: false, data: openDataDirectory(opened.data.path, { create: false }) };
    const { database: directory } = context.data;
    if (values['give-up'] === true) {
      const isGivenUp = await giveUpRestore(directory);
      process.stdout.write(`${isGivenUp ? said().givenUp : said().nothing}\n`);
      return isGivenUp ? 0 : 1;
    }
    const why = reasonOf(values);
    if (why === undefined) throw new UsageError(said().needsReason);
    const [id, at, timeline] = [textOf(values, 'backup'), momentOf(values), wholeNumber(values, 'timeline')];
    const steps = stepsOn(context.progress, said().steps);
    let ended: CutOff | undefined;
    const restored = await restoreBackup({
      ...{ directory, place, onStep: steps.show },
      ...(id !== undefined && { id }),
      ...(at !== undefined && { at }),
      ...(timeline !== undefined && { timeline }),
      prove: async (url, { manifest }) => {
        const [{ compareFeeds }, { requireKey }] = await Promise.all([
          import('../kept-proofs.ts'),
          import('../cut-off.ts'),
        ]);
        const at = embeddedDatabaseOf(url);
        await compareFeeds(at, manifest.proofs);
        await requireKey(at, context);
      },
      afterwards: async (url, { manifest, to }) => {
        const { cutOff } = await import('../cut-off.ts');
        ended = await cutOff(
          embeddedDatabaseOf(url),
          context,
          `restored to ${to.toISOString()} from backup ${manifest.id}: ${why}`,
        );
      },
    });
    steps.done();
    tell(isJson, restored, ended);
    return 0;
  },
};

function tell(isJson: boolean, { manifest, to, timeline, before }: Restored, ended: CutOff | undefined): void {
  const { sessions = 0, jobs = 0 } = ended ?? {};
  if (isJson)
    print({ backup: manifest.id, to: to.toISOString(), timeline, before, sessions_ended: sessions, jobs_ended: jobs });
  else
    process.stdout.write(
      `${said().done({ moment: to.toISOString(), sessions, jobs })}\n${before === undefined ? '' : `${said().before({ folder: before })}\n`}${said().look}\n`,
    );
}
