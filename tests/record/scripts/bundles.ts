/** Batches and transactions of all methods, with references between their entries. */
import type { Random } from '../../random.ts';
import type { Script } from '../session.ts';
import { randomQuery } from './searches.ts';
import { fhirJson } from './world.ts';

const urn = (n: number): string => `urn:uuid:00000000-0000-4000-8000-00000000000${n}`;

/**
 * Writes of a batch. Each entry has resources of its own, and the entries either all read or all write: they have no order, so otherwise
 * the answers would depend on timing.
 */
function writeOf(n: number, random: Random): object {
  const [id, value] = [`b${random.below(6)}x${n}`, `${random.below(3)}x${n}`];
  const reference = random.pick([
    'Patient/p1',
    'Patient/none',
    'Patient?identifier=urn:none|1',
    'Patient?_id=p2',
    '#x',
  ]);
  const observation = { resourceType: 'Observation', id, status: 'final', code: { text: 'b' }, subject: { reference } };
  const patient = { resourceType: 'Patient', id, identifier: [{ system: 'urn:bundle', value }] };
  const resource = random.oneIn(2) ? observation : patient;
  const type = resource.resourceType;
  const criteria = `identifier=urn:bundle|${value}`;
  const patch = {
    name: 'operation',
    part: [
      { name: 'type', valueCode: 'delete' },
      { name: 'path', valueString: 'Patient.active' },
    ],
  };
  const data = Buffer.from('[{"op":"add","path":"/active","value":true}]').toString('base64');
  const wrongUrl = random.pick([
    'Nothing',
    '',
    'Patient/',
    'https://playground.test/fhir/Patient',
    'https://else.test/Patient',
  ]);
  return random.pick<object>([
    { resource, request: { method: 'POST', url: type } },
    { resource: patient, request: { method: 'POST', url: 'Patient', ifNoneExist: criteria } },
    { resource, request: { method: 'PUT', url: `${type}/${id}`, ...(random.oneIn(4) && { ifMatch: 'W/"1"' }) } },
    { resource, request: { method: 'PUT', url: `${type}/${id}` } },
    { resource: patient, request: { method: 'PUT', url: `Patient?${criteria}` } },
    { request: { method: 'DELETE', url: `${type}/${id}` } },
    { request: { method: 'DELETE', url: `Patient?${criteria}` } },
    {
      resource: { resourceType: 'Parameters', parameter: [patch] },
      request: { method: 'PATCH', url: `Patient/${id}` },
    },
    {
      resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data },
      request: { method: 'PATCH', url: `Patient/${id}` },
    },
    { resource, request: { method: 'x', url: type } },
    { resource, request: { method: 'POST', url: wrongUrl } },
    { resource },
  ]);
}

function readOf(random: Random): object {
  const url = random.pick([
    `Patient/p${random.below(26)}`,
    `Observation?${randomQuery('Observation', random)}`,
    `Patient?${randomQuery('Patient', random)}`,
    ...[
      'Patient/p1/_history',
      'Patient/p1/$everything',
      'metadata',
      'Patient/p1/_history/1',
      'Nothing/1',
      'Observation/none',
    ],
  ]);
  return random.pick<object>([
    { request: { method: 'GET', url } },
    { request: { method: 'GET', url, ...(random.oneIn(2) && { ifNoneMatch: 'W/"1"' }) } },
    { request: { method: 'HEAD', url: 'Patient/p1' } },
    { resource: { resourceType: 'Parameters' }, request: { method: 'POST', url: 'Patient/$validate' } },
  ]);
}

function bundleOf(type: 'batch' | 'transaction', random: Random): string {
  const reads = random.oneIn(2);
  const entry = Array.from({ length: random.oneIn(20) ? 0 : 1 + random.below(6) }, (_, n) => ({
    ...(random.oneIn(2) && { fullUrl: urn(n) }),
    ...((type === 'transaction' ? random.oneIn(4) : reads) ? readOf(random) : writeOf(n, random)),
  }));
  return JSON.stringify({ resourceType: 'Bundle', type: random.oneIn(25) ? 'collection' : type, entry });
}

/** Creates and updates alone, which can be carried out: most transactions of all methods are refused as a whole. */
function writesOf(random: Random): string {
  const entry = Array.from({ length: 1 + random.below(8) }, (_, n) => {
    const isPatient = n === 0 || random.oneIn(4);
    const id = `t${random.below(20)}x${n}`;
    const resource = isPatient
      ? { resourceType: 'Patient', id, active: random.oneIn(2) }
      : { resourceType: 'Observation', id, status: 'final', code: { text: 't' }, subject: { reference: urn(0) } };
    const url = resource.resourceType;
    const request = random.oneIn(3) ? { method: 'PUT', url: `${url}/${id}` } : { method: 'POST', url };
    return { fullUrl: urn(n), resource, request };
  });
  return JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
}

function bundles(type: 'batch' | 'transaction', share: number): Script {
  return {
    kind: type,
    share,
    async run(session) {
      const { random } = session;
      while (session.left > 0) {
        const body = type === 'transaction' && random.oneIn(2) ? writesOf(random) : bundleOf(type, random);
        const headers = {
          ...fhirJson,
          ...(random.oneIn(4) && {
            prefer: random.pick(['return=minimal', 'return=representation', 'return=OperationOutcome']),
          }),
          ...(random.oneIn(6) && { accept: 'application/fhir+xml' }),
          ...(random.oneIn(6) && { 'accept-language': random.pick(['uz', 'ru']) }),
        };
        await session.send({ method: 'POST', path: random.oneIn(30) ? '/Bundle' : '', headers, body });
      }
    },
  };
}

export const batches = (share: number): Script => bundles('batch', share);
export const transactions = (share: number): Script => bundles('transaction', share);
