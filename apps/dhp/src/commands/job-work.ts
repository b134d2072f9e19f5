/** `dhp job work`: carries out jobs that commands have requested, on any node, with rights that servers do not have. docs/jobs.md */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from '../cli.ts';
import { spokenLanguage } from '../locale.ts';
import { print } from '../output.ts';
import { stopSignal } from '../stop-signal.ts';
import { operationMessages } from '../texts/operation.ts';
import { onTrail } from './audit-life.ts';
import { environment, json, textOf } from './shared.ts';

/** Milliseconds between two checks for remaining work. */
const lookEvery = 500;

export const jobWorkCommand: Command = {
  name: 'job work',
  summary: 'Carry out the jobs that commands have asked for and servers may not do, until there is none',
  options: {
    environment,
    archive: {
      type: 'string',
      value: 'FOLDER',
      help: 'take also purges that write to archives, in this folder',
    },
    exports: {
      type: 'string',
      value: 'FOLDER',
      help: 'take also exports of the trail of requests, and write them to this folder',
    },
    stay: { type: 'boolean', help: 'wait for further ones, until it is stopped' },
    json,
  },
  examples: ['dhp job work --environment production', 'dhp job work --stay --environment production'],
  run: (values) => {
    const signal = stopSignal();
    return onTrail({ ...values, reason: 'to carry out jobs' }, async (means) => {
      const { openJobs } = await import('@dhp/fhir-store/job-store');
      const { sweepExports } = await import('../jobs/trail-export.ts');
      const { kindsOf, workOn } = await import('../jobs/workers.ts');
      const said = operationMessages[spokenLanguage()].jobs;
      const { context, environment: of, url } = means;
      const exports = textOf(values, 'exports');
      const removed = async (): Promise<void> => {
        if (exports !== undefined) await sweepExports(means, exports);
      };
      await removed();
      const { jobs, close } = openJobs(url);
      const kinds = kindsOf(means, { archive: textOf(values, 'archive'), exports });
      let count = 0;
      const worker = workOn(jobs, kinds, {
        begun: ({ job }) => context.progress.say(said.begun({ kind: job.kind, job: job.id })),
        ended: () => (count += 1),
        removed,
        onError: (error) =>
          context.progress.say(
            said.failed({ environment: of, reason: error instanceof Error ? error.message : String(error) }),
          ),
      });
      try {
        const isIdle = async (): Promise<boolean> =>
          values['stay'] !== true && (await jobs.nextJobDue(Object.keys(kinds))) === undefined;
        while (!signal.aborted && !(await isIdle()))
          await delay(lookEvery, undefined, { signal }).catch(() => undefined);
      } finally {
        await worker.close();
        await close();
      }
      if (values['json'] === true) print({ jobs: count });
      else process.stdout.write(`${said.done({ count })}\n`);
      return 0;
    });
  },
};
