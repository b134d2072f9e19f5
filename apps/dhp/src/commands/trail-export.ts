/** `dhp audit export --requests …`: the records of requests as AuditEvents of the national profile. */
import { once } from 'node:events';
import { exportRecords } from '@dhp/fhir-store/trail';
import { publicUrls } from '../addresses.ts';
import { UsageError, type Values } from '../cli.ts';
import { spokenLanguage } from '../locale.ts';
import { auditMessages } from '../texts/audit.ts';
import { onTrail } from './audit-life.ts';
import { textOf } from './shared.ts';

/** Writes a line for each record, with the progress on standard error. That it is done is recorded first. @returns the exit code */
export function exportRequests(values: Values): Promise<number> {
  const given = textOf(values, 'month');
  const said = auditMessages[spokenLanguage()].export;
  if (given !== undefined && !/^\d{4}-(0[1-9]|1[0-2])$/.test(given)) throw new UsageError(said.notMonth({ given }));
  return onTrail({ ...values, environment: values['requests'] }, async (means) => {
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
    for await (const { records, of } of exportRecords(means, given === undefined ? undefined : `${given}-01`)) {
      const lines = records.map((record) => `${JSON.stringify(auditEventOf(record, server))}\n`).join('');
      if (!process.stdout.write(lines)) await once(process.stdout, 'drain');
      step.update((done += records.length), of);
    }
    step.done(said.records({ count: done }));
    return 0;
  });
}
