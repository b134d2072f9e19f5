/** `dhp audit export --requests …`: the records of requests as AuditEvents of the national profile. */
import { once } from 'node:events';
import { exportRecords } from '@dhp/fhir-store/trail';
import { publicUrls } from '../addresses.ts';
import { UsageError, type Values } from '../cli.ts';
import { onTrail } from './audit-life.ts';
import { textOf } from './shared.ts';

/** Writes a line for each record, with the progress on standard error. That it is done is recorded first. @returns the exit code */
export function exportRequests(values: Values): Promise<number> {
  const given = textOf(values, 'month');
  if (given !== undefined && !/^\d{4}-(0[1-9]|1[0-2])$/.test(given))
    throw new UsageError(`--month ${given} is no month such as 2026-01.`);
  return onTrail({ ...values, environment: values['requests'] }, async (means) => {
    const { context, environment } = means;
    const { settings, data } = context;
    const baseUrl = publicUrls(settings, data.ports())[environment];
    const server = {
      baseUrl: baseUrl ?? `urn:dhp:${environment}`,
      timeZone: settings.DHP_TIME_ZONE ?? 'Asia/Tashkent',
    };
    const { auditEventOf } = await import('@dhp/fhir');
    const step = context.progress.step(`exporting the records of requests of ${environment}`);
    let done = 0;
    for await (const { records, of } of exportRecords(means, given === undefined ? undefined : `${given}-01`)) {
      const lines = records.map((record) => `${JSON.stringify(auditEventOf(record, server))}\n`).join('');
      if (!process.stdout.write(lines)) await once(process.stdout, 'drain');
      step.update((done += records.length), of);
    }
    step.done(`${String(done)} records`);
    return 0;
  });
}
