/** `dhp retention set|list|remove|run`: how long versions are kept. docs/operations/retention.md */
import type { JobStore } from '@dhp/fhir-store/jobs';
import type { PurgeReport } from '@dhp/fhir-store/retention';
import { UsageError, type Command, type Values } from '../cli.ts';
import type { PurgeOutcome } from '../jobs/retention.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import type { ProgressStep } from '../progress.ts';
import { stopSignal } from '../stop-signal.ts';
import { operationMessages } from '../texts/operation.ts';
import { retentionMessages, type RetentionMessages } from '../texts/retention.ts';
import { onTrail, type LifeWork } from './audit-life.ts';
import { print, table } from '../output.ts';
import { environment, json, reason, textOf, wholeNumber } from './shared.ts';

/** Loaded when the command runs: the help does not need it. */
const retention = async () => import('@dhp/fhir-store/retention');

const said = (): RetentionMessages => retentionMessages[spokenLanguage()];

const set: Command = {
  name: 'retention set',
  summary: 'Set for how long versions of a type are kept; what no rule names is kept for good',
  argument: 'TYPE',
  options: {
    environment,
    earlier: { type: 'string', value: 'DAYS', help: 'days since a version was replaced, of resources that are there' },
    deleted: { type: 'string', value: 'DAYS', help: 'days since a resource was deleted, of all its versions' },
    reason,
    json,
  },
  examples: [
    "dhp retention set Observation --earlier 3650 --deleted 9125 --environment production --reason 'order 12'",
  ],
  run: async (values, type) => {
    const { faultOfRule, setRule } = await retention();
    const rule = { type, earlier: wholeNumber(values, 'earlier'), deleted: wholeNumber(values, 'deleted') };
    const fault = faultOfRule(rule);
    if (fault === 'nothing') throw new UsageError(said().rule.faults.nothing);
    if (fault !== undefined) throw new UsageError(said().rule.faults[fault]({ type }));
    return onTrail(values, async (means) => {
      await setRule(means, rule);
      if (values['json'] === true) print(rule);
      else {
        const { earlier = 'none', deleted = 'none' } = rule;
        process.stdout.write(`${said().rule.set({ type, earlier: String(earlier), deleted: String(deleted) })}\n`);
      }
      return 0;
    });
  },
};

const list: Command = {
  name: 'retention list',
  summary: 'List the rules',
  options: { environment, json },
  examples: ['dhp retention list --environment production'],
  run: (values) =>
    onTrail({ ...values, reason: 'to look' }, async ({ sql }) => {
      const { rulesOf } = await retention();
      const rules = await rulesOf(sql);
      if (values['json'] === true)
        print({
          rules: rules.map(({ setBy, changed, ...rule }) => ({
            ...rule,
            set_by: setBy,
            changed_at: changed.toISOString(),
          })),
        });
      else if (rules.length === 0) process.stdout.write(`${said().rule.none}\n`);
      else {
        const rows = rules.map(({ type, earlier = '', deleted = '', changed, setBy, reason: why }) =>
          [type, earlier, deleted, changed.toISOString(), setBy, why].map(String),
        );
        process.stdout.write(table(['TYPE', 'EARLIER', 'DELETED', 'SET', 'BY', 'REASON'], rows));
      }
      return 0;
    }),
};

const remove: Command = {
  name: 'retention remove',
  summary: 'Remove the rule of a type: all its versions are kept from now on',
  argument: 'TYPE',
  options: { environment, reason, json },
  examples: ["dhp retention remove Observation --environment production --reason 'order 13'"],
  run: (values, type) =>
    onTrail(values, async (means) => {
      const { removeRule } = await retention();
      if (!(await removeRule(means, type))) throw new UsageError(said().rule.unknown({ type }));
      if (values['json'] === true) print({ type, removed: true });
      else process.stdout.write(`${said().rule.removed({ type })}\n`);
      return 0;
    }),
};

const run: Command = {
  name: 'retention run',
  summary: 'Purge the versions that are old by the rules and under no hold, or count them; one that was ended goes on',
  options: {
    environment,
    count: { type: 'boolean', help: 'count what would be purged; nothing is removed' },
    archive: {
      type: 'string',
      value: 'FOLDER',
      help: 'write what is purged to a file of this folder first, which dhp archive reads',
    },
    'archive-lost': { type: 'boolean', help: 'the file of the purge that was ended is lost: end that one without it' },
    reason,
    json,
  },
  examples: [
    'dhp retention run --count --environment production',
    "dhp retention run --environment production --reason 'order 12'",
  ],
  run: (values) => (values['count'] === true ? count(values) : purge(values)),
};

function count(values: Values): Promise<number> {
  const signal = stopSignal();
  return onTrail({ reason: 'to count', ...values }, async ({ context, sql, now }) => {
    const { countOld } = await retention();
    const steps = new Map<string, ProgressStep>();
    const onStep = (type: string, looked: number): void => {
      const step = steps.get(type) ?? context.progress.step(said().purge.step({ type }));
      steps.set(type, step);
      step.update(looked, 0);
    };
    try {
      tell(values, await countOld(sql, now, { signal, onStep }), true);
      return 0;
    } catch (error) {
      if (!signal.aborted) throw error;
      return 3;
    } finally {
      for (const step of steps.values()) step.done();
    }
  });
}

/** Requests the job, unless it is under way, and takes part in it. */
function purge(values: Values): Promise<number> {
  const signal = stopSignal();
  return onTrail(values, async (means) => {
    const { purgeOld, rulesOf } = await retention();
    // Nothing is to be checked: an open purge by earlier rules ends.
    if ((await rulesOf(means.sql)).length === 0) {
      tell(values, await purgeOld(means), false);
      return 0;
    }
    const { openJobs } = await import('@dhp/fhir-store/job-store');
    const { jobs, close } = openJobs(means.url);
    try {
      for (;;) {
        const ended = await purgeAsJob(values, { means, jobs, signal });
        if (ended !== undefined) return ended;
      }
    } finally {
      await close();
    }
  });
}

/** @returns the exit code; undefined if another job must be requested, as the rules have changed since that one was begun */
async function purgeAsJob(
  values: Values,
  { means, jobs, signal }: { readonly means: LifeWork; readonly jobs: JobStore; readonly signal: AbortSignal },
): Promise<number | undefined> {
  const { askForPurge, runPurge } = await import('../jobs/retention.ts');
  const { followed, unfinished, warnOfFailures } = await import('../jobs/follow.ts');
  const { takePart } = await import('@dhp/fhir/jobs');
  const { givenUp } = await import('../jobs/workers.ts');
  const { context, environment: of } = means;
  const folder = textOf(values, 'archive');
  const { kind, id } = await askForPurge(jobs, means, { folder, isLost: values['archive-lost'] === true });
  const job = takePart<PurgeOutcome>(
    jobs,
    { kind, id },
    {
      ...{ run: (running) => runPurge(means, folder, running), givenUp },
      onError: warnOfFailures(context, of),
    },
  );
  const ended = await followed(context.progress, job, { title: said().purge.work({ environment: of }), signal });
  if (ended.kind !== 'ended') return unfinished(context.progress, { id, asJson: values['json'] === true }, ended);
  const { outcome } = ended;
  if (outcome.status !== 200) {
    const gaveUp = operationMessages[spokenLanguage()].jobs.gaveUp({ job: id });
    process.stderr.write(`${outcome.status === 409 ? outcome.reason : gaveUp}\n`);
    return 1;
  }
  if (outcome.isOvertaken) return undefined;
  tell(values, outcome, false, id);
  return 0;
}

function tell(values: Values, { run: id, types, versions }: PurgeReport, isCount: boolean, job?: string): void {
  if (values['json'] === true) {
    print({ ...(job !== undefined && { job_id: job }), ...(id !== undefined && { run_id: id, versions }), types });
    return;
  }
  const { counted, done, all, nothing } = said().purge;
  const lines = types.map(({ type, old, held, bytes }) => {
    const about = { type, old: grouped(old), held: grouped(held), bytes: (bytes / 1e6).toFixed(1) };
    return (isCount ? counted : done)(about);
  });
  if (types.length === 0) lines.push(said().rule.none);
  else if (id !== undefined) lines.push(all({ run: id, versions: grouped(versions) }));
  else if (!isCount) lines.push(nothing);
  process.stdout.write(`${lines.join('\n')}\n`);
}

export const retentionCommands: readonly Command[] = [set, list, remove, run];
