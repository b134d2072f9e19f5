/** Requests of callers who may do some things, and of those who are refused at the door. */
import type { Random } from '../../random.ts';
import { limited, refused } from '../callers.ts';
import type { Sent } from '../entry.ts';
import type { Script } from '../session.ts';
import { criterion, randomType } from './criteria.ts';
import { fhirJson, residents } from './world.ts';

function readOf(random: Random): Sent {
  const { resourceType, id } = random.pick(residents);
  const path = `/${resourceType}/${id}`;
  return {
    method: random.oneIn(9) ? 'HEAD' : 'GET',
    path: path + random.pick(['', '', '', '/_history', '/_history/1', '/$meta', '?_summary=true']),
  };
}

function searchOf(random: Random): Sent {
  const type = randomType(random);
  const query = criterion(type, random);
  return {
    method: 'GET',
    path: random.pick([
      `/${type}?${query}`,
      `/${type}?${query}&_total=accurate`,
      `/${type}?_count=4&_include=*&_revinclude=*`,
      `/Patient/p${random.below(6)}/${type}?${query}`,
      `?_type=${type},Patient&_count=5`,
      `/${type}/_history?_count=5`,
      '/_history?_count=5',
      `/Patient/p${random.below(6)}/$everything`,
      '/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender',
      '/Patient?_has:Observation:patient:status=final',
      '/Observation?patient.name=kar',
    ]),
  };
}

function observationOf(random: Random, id: string): string {
  return JSON.stringify({
    ...{ resourceType: 'Observation', id, status: random.pick(['final', 'amended']), code: { text: 'a' } },
    ...(!random.oneIn(5) && { subject: { reference: `Patient/p${random.below(6)}` } }),
  });
}

function writeOf(random: Random): Sent {
  const id = `a${random.below(20)}`;
  const body = observationOf(random, id);
  const patch = JSON.stringify([{ op: 'replace', path: '/status', value: random.pick(['final', 'amended']) }]);
  const entry = [
    { resource: JSON.parse(body) as object, request: { method: 'POST', url: 'Observation' } },
    { request: { method: 'GET', url: `Observation/${id}` } },
  ];
  const type = random.pick(['batch', 'transaction']);
  return random.pick<Sent>([
    { method: 'POST', path: '/Observation', headers: fhirJson, body },
    { method: 'PUT', path: `/Observation/${id}`, headers: fhirJson, body },
    {
      method: 'PUT',
      path: `/Observation/o${random.below(20)}`,
      headers: fhirJson,
      body: body.replace(`"${id}"`, `"o${random.below(20)}"`),
    },
    {
      method: 'PATCH',
      path: `/Observation/${id}`,
      headers: { 'content-type': 'application/json-patch+json' },
      body: patch,
    },
    { method: 'DELETE', path: `/Observation/${id}` },
    { method: 'DELETE', path: `/Observation?_id=${id}` },
    { method: 'PUT', path: `/Observation?_id=${id}`, headers: fhirJson, body },
    { method: 'POST', path: '/Observation', headers: { ...fhirJson, 'if-none-exist': `_id=${id}` }, body },
    { method: 'POST', path: '/Patient', headers: fhirJson, body: '{"resourceType":"Patient"}' },
    { method: 'POST', path: '/Observation/$validate', headers: fhirJson, body },
    { method: 'POST', path: '', headers: fhirJson, body: JSON.stringify({ resourceType: 'Bundle', type, entry }) },
  ]);
}

export function access(share: number): Script {
  return {
    kind: 'access',
    share,
    async run(session) {
      const { random } = session;
      while (session.left > 0) {
        const sent = random.pick([readOf, searchOf, searchOf, writeOf])(random);
        const as = random.pick(random.oneIn(6) ? refused : limited);
        const headers = { ...sent.headers, 'accept-language': random.pick(['en', 'uz', 'ru']) };
        await session.send({ ...sent, as, headers });
      }
    },
  };
}
