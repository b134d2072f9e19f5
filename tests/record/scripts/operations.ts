/** `$validate`, `$everything`, `$meta` and its changes, `$document`, the definitions of operations and what knows no operation. */
import { mutated, textOf } from '../../../apps/fhir/test/fuzz/mutations.ts';
import type { Random } from '../../random.ts';
import type { Sent } from '../entry.ts';
import { exampleTexts } from '../examples.ts';
import type { Script } from '../session.ts';
import { linkOf } from './searches.ts';
import { fhirJson } from './world.ts';

const languages = ['uz', 'ru', 'en', 'uz-Cyrl', 'de, ru;q=0.5'];

function validateRequest(random: Random): Sent {
  const { type, resource, text, id } = random.pick(exampleTexts());
  const headers = { ...fhirJson, 'accept-language': random.pick(languages) };
  const bent = (): Buffer => textOf(mutated(resource, random), random);
  switch (random.below(6)) {
    case 0:
      return { method: 'POST', path: `/${type}/$validate`, headers, body: text };
    case 1: {
      const mode = random.pick(['create', 'update', 'delete', 'profile', 'x']);
      const parameter = [
        { name: 'resource', resource },
        { name: 'mode', valueCode: mode },
        ...(random.oneIn(3)
          ? [
              {
                name: 'profile',
                valueCanonical: `http://hl7.org/fhir/StructureDefinition/${random.pick([type, 'vitalsigns', 'x'])}`,
              },
            ]
          : []),
      ];
      return {
        method: 'POST',
        path: `/${type}/$validate`,
        headers,
        body: JSON.stringify({ resourceType: 'Parameters', parameter }),
      };
    }
    case 2:
      return {
        method: 'GET',
        path: `/${type}/${id ?? 'x'}/$validate${random.pick(['', '?mode=delete', '?mode=profile', '?profile=x'])}`,
        headers: { 'accept-language': headers['accept-language'] },
      };
    default:
      return { method: 'POST', path: `/${random.oneIn(9) ? 'Patient' : type}/$validate`, headers, body: bent() };
  }
}

export function validate(share: number): Script {
  return {
    kind: 'validate',
    share,
    async run(session) {
      while (session.left > 0) await session.send(validateRequest(session.random));
    },
  };
}

const everythingQueries = [
  ...[
    '',
    '',
    '?_count=3',
    '?_count=1',
    '?_type=Observation',
    '?_type=Observation,Encounter&_count=4',
    '?_type=x',
    '?_since=2020-01-01',
  ],
  ...[
    '?_since=2100-01-01T00:00:00Z',
    '?start=2021',
    '?start=2021&end=2022-06',
    '?end=x',
    '?_cursor=x',
    '?_elements=id',
    '?_summary=true',
    '?x=y',
  ],
];

function operationRequest(random: Random): Sent {
  const id = `p${random.below(26)}`;
  const meta = {
    tag: [{ system: 'urn:t', code: random.pick(['a', 'b', 'c']) }],
    profile: [random.pick(['http://example.org/p', 'http://example.org/q'])],
  };
  const parameters = JSON.stringify({
    resourceType: 'Parameters',
    parameter: [random.oneIn(9) ? { name: 'x' } : { name: 'meta', valueMeta: meta }],
  });
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
      return {
        method: random.oneIn(8) ? 'POST' : 'GET',
        path: `/Patient/${id}/$everything${random.pick(everythingQueries)}`,
      };
    case 3:
      return {
        method: 'GET',
        path: `/${random.pick(['Encounter/e1', 'Group/family', 'Practitioner/d1', 'Patient'])}/$everything`,
      };
    case 4:
      return {
        method: 'GET',
        path: `${random.pick(['', '/Patient', `/Patient/${id}`, `/Patient/${id}/_history/1`])}/$meta`,
      };
    case 5:
      return { method: 'POST', path: `/Patient/${id}/$meta-add`, headers: fhirJson, body: parameters };
    case 6:
      return { method: 'POST', path: `/Patient/${id}/$meta-delete`, headers: fhirJson, body: parameters };
    case 7:
      return {
        method: 'GET',
        path: `/Composition/${random.pick(['summary', 'none'])}/$document${random.pick(['', '?persist=false', '?graph=x'])}`,
      };
    case 8:
      return {
        method: 'GET',
        path: `/OperationDefinition${random.pick(['/dhp-Resource-meta', '/dhp-Resource-validate', '/none', ''])}`,
      };
    default:
      return {
        method: random.pick(['GET', 'POST', 'DELETE']),
        path: `${random.pick(['', '/Patient', `/Patient/${id}`])}/$${random.pick(['x', 'match', 'versions', 'everything', ''])}`,
      };
  }
}

export function operations(share: number): Script {
  return {
    kind: 'operations',
    share,
    async run(session) {
      while (session.left > 0) {
        let answer = await session.send(operationRequest(session.random));
        for (let pages = 0; pages < 3 && session.left > 0; pages += 1) {
          const next = linkOf(answer, 'next');
          if (next === undefined) break;
          answer = await session.send({ method: 'GET', path: next });
        }
      }
    },
  };
}
