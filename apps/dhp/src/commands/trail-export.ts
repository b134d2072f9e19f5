/** `dhp audit export --requests …`: the records of requests as AuditEvents of the national profile. */
import { once } from 'node:events';
import { exportRecords } from '@dhp/fhir-store/trail';
import { publicUrls } from '../addresses.ts';
import { UsageError, type Values } from '../cli.ts';
import { followed, unfinished, warnOfFailures } from '../jobs/follow.ts';
import type { TrailExportOutcome } from '../jobs/trail-export.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { print } from '../output.ts';
import { stopSignal } from '../stop-signal.ts';
import { auditMessages } from '../texts/audit.ts';
import { operationMessages } from '../texts/operation.ts';
import { onTrail, type LifeWork } from './audit-life.ts';
import { textOf } from './shared.ts';

/** Writes a line for each record, with the progress on standard error. That it is done is recorded first. @returns the exit code */
export function exportRequests(values: Values): Promise<number> {
  const given = textOf(values, 'month');
  const said = auditMessages[spokenLanguage()].export;
  if (given !== undefined && !/^\d{4}-(0[1-9]|1[0-2])$/.test(given)) throw new UsageError(said.notMonth({ given }));
  const folder = textOf(values, 'to');
  if (folder === undefined && values['json'] === true) throw new UsageError(said.toRequests);
  const month = given === undefined ? undefined : `${given}-01`;
  return onTrail({ ...values, environment: values['requests'] }, async (means) => {
    if (folder !== undefined) return exportAsJob(means, { folder, month, asJson: values['json'] === true });
    const { context, environment } = means;
    const { settings, data } = context;
    const baseUrl = publicUrls(settings, data.ports())[environment];
    const server = {
      baseUrl: baseUrl ?? `urn:dhp:${environment}`,
      timeZone: settings.DHP_TIME_ZONE ?? 'Asia/Tashkent',
    };
    const { auditEventOf } = await import('@dhp/fhir');
    const step = context.progress.step(said.step({ environment }));
    let done = 0;
    for await (const { records, of } of exportRecords(means, month)) {
      const lines = records.map((record) => `${JSON.stringify(auditEventOf(record, server))}\n`).join('');
      if (!process.stdout.write(lines)) await once(process.stdout, 'drain');
      step.update((done += records.length), of);
    }
    step.done(said.records({ count: done }));
    return 0;
  });
}

/** Asks for the job, unless it is under way, and takes part in it. @returns the exit code */
async function exportAsJob(
  means: LifeWork,
  o: { readonly folder: string; readonly month: string | undefined; readonly asJson: boolean },
): Promise<number> {
  const { folder, month, asJson } = o;
  const { context, environment } = means;
  const said = auditMessages[spokenLanguage()].export;
  const { takePart } = await import('@dhp/fhir/jobs');
  const { openJobs } = await import('@dhp/fhir-store/job-store');
  const { askForTrailExport, runTrailExport, sweepExports, trailExports } = await import('../jobs/trail-export.ts');
  const { givenUp } = await import('../jobs/workers.ts');
  const { jobs, close } = openJobs(means.url);
  try {
    const id = await askForTrailExport(jobs, means, month);
    await sweepExports(means, folder);
    const job = takePart<TrailExportOutcome>(
      jobs,
      { kind: trailExports, id },
      {
        ...{ run: (running) => runTrailExport(means, folder, running), givenUp },
        onError: warnOfFailures(context, environment),
      },
    );
    const ended = await followed(context.progress, job, { title: said.step({ environment }), signal: stopSignal() });
    if (ended.kind !== 'ended') return unfinished(context.progress, { id, asJson }, ended);
    const { outcome } = ended;
    if (outcome.status !== 200) {
      const gaveUp = operationMessages[spokenLanguage()].jobs.gaveUp({ job: id });
      process.stderr.write(`${outcome.status === 409 ? outcome.reason : gaveUp}\n`);
      return 1;
    }
    const { file, records, sha256 } = outcome;
    if (asJson) print({ job_id: id, file, records, sha256 });
    else process.stdout.write(`${said.written({ file, records: grouped(records), sha256 })}\n`);
    return 0;
  } finally {
    await close();
  }
}
