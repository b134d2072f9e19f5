/** `dhp audit periods|archive|retain|forget`: the life of the trail of requests of an environment. docs/access.md */
import { destroyKeysOfPatient, type LifeMeans, periodsOf, removePeriod, TrailActRefused } from '@dhp/fhir-store/trail';
import { operatingSystemUser } from '@dhp/sso-kit';
import { trailKeys } from '@dhp/trail';
import { UsageError, type Command, type Option, type Values } from '../cli.ts';
import { openContext, withOwnedDatabase, type Context } from '../context.ts';
import { progressOn, silent } from '../progress.ts';
import { spokenLanguage } from '../locale.ts';
import { auditMessages } from '../texts/audit.ts';
import { trailSecret } from '../server-keys.ts';
import { writeArchive } from '../trail-archive.ts';
import { endOldPeriods, isOld } from '../trail-periods.ts';
import type { EnvironmentName } from '../trail-heads.ts';
import { print, table } from '../output.ts';
import { environment, environmentOf, json, reason, reasonOf, textOf, wholeNumber } from './shared.ts';

const months: Option = {
  type: 'string',
  value: 'N',
  help: 'periods that ended so many months ago or earlier, 1 or more',
  required: true,
};

export interface LifeWork extends LifeMeans {
  readonly context: Context;
  readonly environment: EnvironmentName;
  /** Of its database, with the login of the owner. */
  readonly url: string;
}

/** Opens the database of an environment as its owner, with the keys of its trail. @throws UsageError without a reason */
export async function onTrail(values: Values, work: (means: LifeWork) => Promise<number>): Promise<number> {
  const why = reasonOf(values);
  if (why === undefined) throw new UsageError(auditMessages[spokenLanguage()].life.needsReason);
  const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
  const where = environmentOf(values);
  const keys = trailKeys(trailSecret(context.settings.DHP_SECRET_KEY ?? context.data.secretKey(), where));
  const means = { context, environment: where, keys, now: Date.now(), by: `cli:${operatingSystemUser()}`, reason: why };
  try {
    return await withOwnedDatabase(context, where, (sql, url) => work({ ...means, sql, url }));
  } catch (error) {
    if (!(error instanceof TrailActRefused)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

const periods: Command = {
  name: 'audit periods',
  summary: 'Show the periods of the trail of requests: here, archived or ended',
  options: { environment, json },
  examples: ['dhp audit periods --environment production'],
  run: (values) =>
    onTrail({ reason: 'to look', ...values }, async ({ sql, keys }) => {
      const all = await periodsOf(sql, keys);
      if (values['json'] === true) print({ periods: all });
      else
        process.stdout.write(
          table(
            ['period', 'state', 'file'],
            all.map(({ month, state, archive }) => [month.slice(0, 7), state, archive?.file ?? '']),
          ),
        );
      return 0;
    }),
};

const archive: Command = {
  name: 'audit archive',
  summary: 'Move old periods of the trail of requests from the database to files; their keys stay',
  argument: 'FOLDER',
  options: { environment, months, reason, json },
  examples: ["dhp audit archive /mnt/archive --environment production --months 12 --reason 'order 12'"],
  run: (values, folder) =>
    onTrail(values, async (means) => {
      const { context, sql, keys, now } = means;
      const least = wholeNumber(values, 'months')!;
      const old = (await periodsOf(sql, keys)).filter((one) => one.state !== 'ended' && isOld(one, least, now));
      const moved: object[] = [];
      for (const { month, state, archive: known } of old.filter(
        (one) => one.state === 'here' || one.state === 'leaving',
      )) {
        if (state === 'leaving' && known === undefined) continue; // it is leaving permanently
        const step = context.progress.step(
          auditMessages[spokenLanguage()].life.archiving({ month: month.slice(0, 7) }),
        );
        const { records } = await removePeriod(means, {
          month,
          archive: (all, count, listed) =>
            writeArchive(
              folder,
              { ...means, month },
              counted(all, (done) => step.update(done, count)),
              listed,
            ),
        });
        step.done();
        moved.push({ period: month.slice(0, 7), records });
      }
      return told(values, { archived: moved });
    }),
};

const retain: Command = {
  name: 'audit retain',
  summary:
    'End old periods of the trail of requests: their records and keys are destroyed, also those of their archives',
  options: { environment, months, reason, json },
  examples: ["dhp audit retain --environment production --months 120 --reason 'order 12'"],
  run: (values) =>
    onTrail(values, async (means) =>
      told(values, { ended: await endOldPeriods(means, wholeNumber(values, 'months')!) }),
    ),
};

const forget: Command = {
  name: 'audit forget',
  summary:
    'Destroy the keys of a patient in the trail of requests: no record changes, and none tells of the patient any more',
  options: {
    environment,
    patient: { type: 'string', value: 'ID', help: 'of the Patient', required: true },
    reason,
    json,
  },
  examples: ["dhp audit forget --environment production --patient 42 --reason 'decision of the court'"],
  run: (values) =>
    onTrail(values, async (means) => told(values, await destroyKeysOfPatient(means, textOf(values, 'patient')!))),
};

function told(values: Values, result: object): number {
  if (values['json'] === true) print(result);
  else process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  return 0;
}

async function* counted<Item>(all: AsyncIterable<Item>, onProgress: (done: number) => void): AsyncGenerator<Item> {
  let done = 0;
  for await (const each of all) {
    yield each;
    onProgress((done += 1));
  }
}

export const auditLifeCommands: readonly Command[] = [periods, archive, retain, forget];
