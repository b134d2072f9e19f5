/** Conditional create, update, patch, delete and read. */
import type { Random } from '../../random.ts';
import type { Sent } from '../entry.ts';
import type { Script } from '../session.ts';
import { fhirJson } from './world.ts';

const system = 'urn:conditional';

/** Criteria of few values, so that none, one or several match. */
function criteriaOf(random: Random): string {
  const value = random.below(12);
  return random.pick([
    `identifier=${system}|${value}`,
    `identifier=${system}|${value}`,
    `identifier=${system}|`,
    `_id=p${value}`,
    `identifier=${system}|${value}&active=true`,
    'identifier=',
    'x=y',
    '',
    '_count=1',
  ]);
}

function patientOf(random: Random): string {
  const value = String(random.below(12));
  return JSON.stringify({
    ...{ resourceType: 'Patient', identifier: [{ system, value }], active: random.oneIn(2) },
    ...(random.oneIn(4) && { id: `c${value}` }),
    ...(random.oneIn(2) && { name: [{ family: `F${value}` }] }),
  });
}

function conditionalRequest(random: Random): Sent {
  const criteria = criteriaOf(random);
  const ifMatch = random.oneIn(3) ? { 'if-match': random.pick(['W/"1"', 'W/"2"', '*', 'x']) } : {};
  const body = patientOf(random);
  switch (random.below(8)) {
    case 0:
    case 1:
      return { method: 'POST', path: '/Patient', headers: { ...fhirJson, 'if-none-exist': criteria }, body };
    case 2:
    case 3:
      return { method: 'PUT', path: `/Patient?${criteria}`, headers: { ...fhirJson, ...ifMatch }, body };
    case 4: {
      const patch = [{ op: 'replace', path: '/active', value: random.oneIn(2) }];
      const headers = { 'content-type': 'application/json-patch+json', ...ifMatch };
      return { method: 'PATCH', path: `/Patient?${criteria}`, headers, body: JSON.stringify(patch) };
    }
    case 5:
      return { method: 'DELETE', path: `/Patient?${criteria}`, headers: ifMatch };
    case 6: {
      const headers = {
        ...(random.oneIn(2) && { 'if-none-match': random.pick(['W/"1"', 'W/"2", W/"3"', '*', 'x']) }),
        ...(random.oneIn(2) && {
          'if-modified-since': random.pick(['Fri, 01 Jan 2100 00:00:00 GMT', 'Sat, 01 Jan 2000 00:00:00 GMT', 'x']),
        }),
      };
      return { method: 'GET', path: `/Patient/p${random.below(26)}`, headers };
    }
    default: {
      const id = `c${random.below(12)}`;
      const headers = { ...fhirJson, ...ifMatch, ...(random.oneIn(3) && { 'if-none-match': '*' }) };
      return { method: 'PUT', path: `/Patient/${id}`, headers, body: JSON.stringify({ ...JSON.parse(body), id }) };
    }
  }
}

export function conditional(share: number): Script {
  return {
    kind: 'conditional interactions',
    share,
    async run(session) {
      while (session.left > 0) await session.send(conditionalRequest(session.random));
    },
  };
}
