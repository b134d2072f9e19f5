/** JSON Patch and FHIRPath Patch of resources that are there. */
import type { Random } from '../../random.ts';
import type { Sent } from '../entry.ts';
import type { Script } from '../session.ts';
import { fhirJson } from './world.ts';

const jsonPatch = { 'content-type': 'application/json-patch+json' } as const;

function jsonPatchOf(random: Random): string {
  const operation = (): object =>
    random.pick<object>([
      { op: 'add', path: '/active', value: random.oneIn(2) },
      { op: 'replace', path: '/gender', value: random.pick(['male', 'female', 'x']) },
      { op: 'remove', path: random.pick(['/birthDate', '/name/0', '/x', '/generalPractitioner']) },
      { op: 'add', path: '/name/-', value: { family: `N${random.below(9)}` } },
      { op: 'add', path: '/name', value: [{ family: 'Whole', given: ['One'] }] },
      { op: 'test', path: '/active', value: true },
      { op: 'copy', from: '/name/0', path: '/name/-' },
      { op: 'move', from: '/name/0', path: '/name/1' },
      { op: 'replace', path: '/id', value: 'other' },
      { op: 'add', path: '/meta/tag', value: [{ system: 'urn:t', code: 'a' }] },
      { op: 'x', path: '/active' },
      { path: '/active' },
    ]);
  return JSON.stringify(Array.from({ length: 1 + random.below(3) }, operation));
}

function fhirPathPatchOf(random: Random): string {
  const operation = (): object => {
    const type = random.pick(['add', 'insert', 'delete', 'replace', 'move', 'x']);
    const path = random.pick([
      'Patient',
      'Patient.name',
      'Patient.name[0]',
      'Patient.name[0].family',
      'Patient.birthDate',
      'Patient.x',
      '1 +',
    ]);
    const part: object[] = [
      { name: 'type', valueCode: type },
      { name: 'path', valueString: path },
      ...(random.oneIn(2) ? [{ name: 'name', valueString: random.pick(['active', 'contact', 'x']) }] : []),
      ...(random.oneIn(2)
        ? [
            {
              name: 'value',
              ...random.pick<object>([
                { valueBoolean: true },
                { valueString: 'Y' },
                { valueDate: '1990-01-02' },
                { valueHumanName: { family: 'Z' } },
              ]),
            },
          ]
        : []),
      ...(random.oneIn(3) ? [{ name: 'index', valueInteger: random.below(3) }] : []),
      ...(type === 'move'
        ? [
            { name: 'source', valueInteger: 0 },
            { name: 'destination', valueInteger: random.below(2) },
          ]
        : []),
    ];
    return { name: 'operation', part };
  };
  const parameter = Array.from({ length: 1 + random.below(2) }, operation);
  return JSON.stringify({ resourceType: 'Parameters', parameter });
}

function patchOf(random: Random): Sent {
  const path = `/Patient/p${random.below(26)}`;
  const headers = {
    ...(random.oneIn(3) && { 'if-match': `W/"${1 + random.below(5)}"` }),
    ...(random.oneIn(4) && { prefer: random.pick(['return=minimal', 'return=OperationOutcome']) }),
    ...(random.oneIn(6) && { accept: 'application/fhir+xml' }),
  };
  if (random.oneIn(2))
    return { method: 'PATCH', path, headers: { ...jsonPatch, ...headers }, body: jsonPatchOf(random) };
  if (random.oneIn(8))
    return { method: 'PATCH', path, headers: { 'content-type': 'application/merge-patch+json' }, body: '{}' };
  return { method: 'PATCH', path, headers: { ...fhirJson, ...headers }, body: fhirPathPatchOf(random) };
}

export function patches(share: number): Script {
  return {
    kind: 'patches',
    share,
    async run(session) {
      while (session.left > 0) {
        const sent = patchOf(session.random);
        await session.send(sent);
        if (session.random.oneIn(4) && session.left > 0) await session.send({ method: 'GET', path: sent.path });
      }
    },
  };
}
