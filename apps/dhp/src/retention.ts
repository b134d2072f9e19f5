/** Ends old periods of the trails of requests by a setting, in the process that owns the databases: no server may do it. docs/access.md */
import { connect } from '@dhp/postgres';
import { LockTaken, whileLocked } from '@dhp/postgres/locks';
import { trailKeys } from '@dhp/trail';
import type { Context } from './context.ts';
import type { Databases } from './databases.ts';
import { spokenLanguage } from './locale.ts';
import { auditMessages } from './texts/audit.ts';
import { trailSecret } from './server-keys.ts';
import { keepsTrail, type EnvironmentName } from './trail-heads.ts';

const day = 86_400_000;
/** Milliseconds after which an attempt that failed is made again: at first, and at most. */
const [soon, late] = [30_000, 3_600_000];

/**
 * Runs at once, and then once a day. A failed attempt is reported and repeated after half a minute, with growing pauses up to an hour: an
 * open transaction can keep a period from leaving, and a busy database may answer too late.
 * @returns a function that waits for running work, and ends it
 */
export function keepRetention(
  context: Context,
  databases: Pick<Databases, 'open'>,
  environments: readonly EnvironmentName[],
): () => Promise<void> {
  const months = context.settings.DHP_AUDIT_MONTHS;
  if (months === undefined) return () => Promise.resolve();
  const kept = environments.filter((name) => keepsTrail(context.settings, name));
  const said = auditMessages[spokenLanguage()].life;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let wait = soon;
  const isEnded = { now: false };
  const attempt = async (): Promise<boolean> => {
    let isDone = true;
    for (const environment of kept)
      await endOld(context, databases, { environment, months }).catch((error: unknown) => {
        isDone = false;
        const reason = error instanceof Error ? error.message : String(error);
        context.warn(said.notEnded({ environment, reason }));
      });
    return isDone;
  };
  const run = (): void => {
    running = attempt().then((isDone) => {
      if (isEnded.now) return;
      timer = setTimeout(run, isDone ? day : wait).unref();
      wait = isDone ? soon : Math.min(2 * wait, late);
    });
  };
  run();
  return () => {
    isEnded.now = true;
    clearTimeout(timer);
    return running;
  };
}

async function endOld(
  context: Context,
  databases: Pick<Databases, 'open'>,
  { environment, months }: { readonly environment: EnvironmentName; readonly months: number },
): Promise<void> {
  const { endOldPeriods } = await import('./trail-periods.ts');
  const keys = trailKeys(trailSecret(context.settings.DHP_SECRET_KEY ?? context.data.secretKey(), environment));
  const sql = connect(await databases.open(environment), { max: 1, applicationName: 'dhp retention' });
  try {
    const means = {
      sql,
      keys,
      now: Date.now(),
      by: 'setting:DHP_AUDIT_MONTHS',
      reason: `DHP_AUDIT_MONTHS=${String(months)}`,
    };
    const ended = await whileLocked(sql, 'fhir audit retention', (held) => endOldPeriods(means, months, held));
    for (const { period, records } of ended)
      context.progress.say(
        auditMessages[spokenLanguage()].life.ended({ environment, period, records: String(records) }),
      );
  } catch (error) {
    // Only one of several nodes does it.
    if (!(error instanceof LockTaken)) throw error;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
