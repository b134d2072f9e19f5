/** Questions of the pages of data to the FHIR server. */
import { jsonOf, type Caller, type NotAnswered } from './fhir.ts';
import { isOfTables, jobsIn, manifestIn, tablesIn, type Job, type Manifest } from './jobs.ts';

/** The request that lists the jobs of an application. */
export const ownJobs = { method: 'GET', path: '/$job', isReading: true } as const;

export async function jobsOf(caller: Caller): Promise<Job[] | NotAnswered> {
  const answered = await caller.call(ownJobs);
  return 'not' in answered ? answered : jobsIn(jsonOf(answered));
}

/** The files of an ended export, or its error. */
export async function manifestOf(caller: Caller, { id, kind }: Job): Promise<Manifest | NotAnswered> {
  const path = isOfTables(kind) ? `/$job/${id}/result` : `/$job/${id}`;
  const answered = await caller.call({ method: 'GET', path, headers: { accept: '*/*' } });
  if ('not' in answered) return answered;
  return isOfTables(kind) ? tablesIn(jsonOf(answered)) : manifestIn(jsonOf(answered));
}

/** Id of the job that a kick-off has made; undefined if the answer names none. */
export function jobIdIn(headers: Headers): string | undefined {
  return /\/\$job\/([\da-f-]{36})$/.exec(headers.get('content-location') ?? '')?.[1];
}
