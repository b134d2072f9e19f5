/** The result of an export of tables. https://sql-on-fhir.org/ig/OperationDefinition-ViewDefinitionExport.html */
import type { ExportFile, JobStanding } from '@dhp/fhir-store/jobs';
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { fail } from '../../http/errors.ts';
import { json } from '../../http/respond.ts';
import type { Position } from '../export/files.ts';
import type { ExportTold } from '../export/run.ts';
import { fileName, type FileFormat } from './frames.ts';

/** Facts about an ended table export, for its owner. */
export interface TablesTold extends ExportTold {
  /** ISO 8601 */
  readonly ended: string;
  readonly format: FileFormat;
  readonly clientTrackingId: string | undefined;
}

/** The last part of the address of a result, behind that of its job. */
export const resultName = 'result';

/** 303: the export has ended, and its result has another address, whether or not it has failed. */
export function seeResult({ baseUrl }: Services, { expires }: JobStanding, id: string): Answer {
  const headers = {
    location: `${baseUrl}/$job/${id}/${resultName}`,
    expires: expires.toUTCString(),
    'cache-control': 'private, no-cache',
  };
  return { status: 303, headers };
}

interface Outcome {
  readonly status: number;
  readonly isRefused: boolean;
  readonly first: number;
  readonly told: TablesTold;
}

/**
 * Parameters with the names and addresses of the tables; for a failed export its failure, with its status. Undefined for a job without a
 * result.
 */
export async function tablesResult(services: Services, call: Call): Promise<Answer | undefined> {
  const { jobs, exports } = services;
  const { id, access } = call;
  if (jobs === undefined || access === undefined) return undefined;
  if (exports === undefined) fail('exports-off', {}, { diagnostics: 'DHP_EXPORTS is off at this node.' });
  const standing = await jobs.store.pollJob(id, jobs.ownerOf(access));
  if (standing?.state !== 'ended' || !['view-export', 'sql-export'].includes(standing.kind)) return undefined;
  const outcome = standing.outcome as Outcome;
  const headers = { expires: standing.expires.toUTCString(), 'cache-control': 'private, no-cache' };
  if (outcome.isRefused) {
    const parts: Buffer[] = [];
    for await (const part of jobs.store.partsOf({ id, attempt: standing.attempt }, outcome.first)) parts.push(part);
    // It concerns the token of the job; the requesting token is valid.
    return { ...json(Buffer.concat(parts), headers), status: outcome.status === 401 ? 403 : outcome.status };
  }
  const parameter = parametersOf(services, id, outcome.told, await exports.store.filesOf(id));
  return json(JSON.stringify({ resourceType: 'Parameters', parameter }), headers);
}

function parametersOf({ baseUrl }: Services, id: string, told: TablesTold, files: readonly ExportFile[]): object[] {
  const { transactionTime, ended, format, clientTrackingId } = told;
  const seconds = Math.max(0, Math.round((Date.parse(ended) - Date.parse(transactionTime)) / 1000));
  const place = `${baseUrl}/$job/${id}`;
  const outputs = new Map<number, object[]>();
  for (const { number, position } of files) {
    const { table } = position as Position;
    if (table === undefined) continue;
    const part = outputs.get(table.view) ?? [{ name: 'name', valueString: table.name }];
    part.push({ name: 'location', valueUri: `${place}/${fileName(table, number)}` });
    outputs.set(table.view, part);
  }
  const errors = files.filter(({ kind }) => kind === 'error');
  return [
    { name: 'exportId', valueString: id },
    ...(clientTrackingId === undefined ? [] : [{ name: 'clientTrackingId', valueString: clientTrackingId }]),
    { name: 'status', valueCode: 'completed' },
    { name: 'location', valueUri: place },
    { name: '_format', valueCode: format },
    { name: 'exportStartTime', valueInstant: transactionTime },
    { name: 'exportEndTime', valueInstant: ended },
    { name: 'exportDuration', valueInteger: seconds },
    ...[...outputs.values()].map((part) => ({ name: 'output', part })),
    ...errors.map(({ number }) => ({ name: 'error', valueUri: `${place}/${String(number)}.ndjson` })),
  ];
}
