/** The caller's jobs, so that a client that has lost an address, or a page about them, finds them again. docs/jobs.md */
import { formatInstant } from '@dhp/fhir-model/instant';
import type { JobStore } from '@dhp/fhir-store/jobs';
import type { Answer } from '../contract/answer.ts';
import type { Call, Services } from '../contract/interaction.ts';
import { json } from '../http/respond.ts';
import { queryString, readParameters } from '../search/parameters.ts';
import type { KeptRequest } from './deferred.ts';

type OwnJob = Awaited<ReturnType<JobStore['listOwnJobs']>>[number];

/** Jobs of one list: a client has fewer of all kinds but imports. */
const most = 200;

/**
 * Parameters with a `job` for each job of this client and person with exactly these rights, newest first; empty if jobs are off. Each has
 * the state that its status address would show; listing does not count as polling.
 */
export async function jobList(services: Services, call: Call): Promise<Answer> {
  const { jobs } = services;
  if (call.access === undefined) throw new Error('jobs were asked for without access');
  const found = await jobs?.store.listOwnJobs({
    ...{ client: call.access.clientId, owner: jobs.ownerOf(call.access), most },
  });
  const parameter = found?.map((job) => ({ name: 'job', part: partsOf(services, job) }));
  const body = { resourceType: 'Parameters', ...(parameter !== undefined && parameter.length > 0 && { parameter }) };
  return json(JSON.stringify(body), { 'cache-control': 'private, no-cache' });
}

function partsOf({ baseUrl, timeZone }: Services, job: OwnJob): object[] {
  const { id, kind, state, share, done, attempt, asked, expires, status } = job;
  const { method, path, query = {} } = job.input as KeptRequest;
  const given = queryString(readParameters(query).searched);
  return [
    { name: 'location', valueUri: `${baseUrl}/$job/${id}` },
    { name: 'kind', valueCode: kind },
    { name: 'request', valueString: `${method} ${baseUrl}${path}${given === '' ? '' : `?${given}`}` },
    { name: 'state', valueCode: state },
    ...(share === null ? [] : [{ name: 'share', valueDecimal: Number(share.toFixed(3)) }]),
    { name: 'done', valueInteger64: String(done) },
    { name: 'attempt', valueInteger: attempt },
    { name: 'asked', valueInstant: formatInstant(asked, timeZone) },
    { name: 'expires', valueInstant: formatInstant(expires, timeZone) },
    ...(status === null ? [] : [{ name: 'status', valueInteger: status }]),
  ];
}
