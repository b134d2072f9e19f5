/** Searches of several types, and within compartments. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { conditionOf } from '@dhp/search-index';
import { observation } from './bundles.ts';
import { compartments, compartmentUrl, membersOf } from '../src/search/compartments.ts';
import { patient, startServer, type TestServer } from './environment.ts';
import { entriesOf, found, idsOf, linkTo, post, put, search } from './searches.ts';

const encounter = (id: string, subject: string): Record<string, unknown> => ({
  resourceType: 'Encounter',
  ...{
    id,
    status: 'completed',
    subject: { reference: subject },
    participant: [{ actor: { reference: 'Practitioner/d' } }],
  },
});

let server: TestServer;
before(async () => {
  server = await startServer();
  await put(
    server,
    patient({ id: 'a', meta: { tag: [{ code: 'vip' }] } }),
    patient({ id: 'b' }),
    { resourceType: 'Practitioner', id: 'd', meta: { tag: [{ code: 'vip' }] } },
    { resourceType: 'Device', id: 'v' },
    { resourceType: 'RelatedPerson', id: 'r', patient: { reference: 'Patient/b' } },
    encounter('e', 'Patient/a'),
    encounter('f', 'Patient/b'),
    observation('Patient/a', { id: 'o1', encounter: { reference: 'Encounter/e' }, device: { reference: 'Device/v' } }),
    observation('Patient/b', { id: 'o2', encounter: { reference: 'Encounter/f' } }),
    // In the compartment of a by the performer only.
    observation('Patient/b', { id: 'o3', performer: [{ reference: 'Patient/a' }, { reference: 'RelatedPerson/r' }] }),
    { resourceType: 'Medication', id: 'm' },
  );
});
after(() => server.close());

describe('of several types', () => {
  test('finds in those that _type names', async () => {
    assert.deepEqual(await found(server, '/?_type=Patient,Encounter'), [
      'Encounter/e',
      'Encounter/f',
      'Patient/a',
      'Patient/b',
    ]);
    assert.deepEqual(await found(server, '/?_type=Medication'), ['Medication/m']);
    assert.deepEqual(await found(server, '/?_type=Patient,Practitioner&_tag=vip'), ['Patient/a', 'Practitioner/d']);
    assert.deepEqual(await found(server, '/?_type=Encounter,Observation&subject=Patient/a'), [
      'Encounter/e',
      'Observation/o1',
    ]);
  });

  test('finds in all without _type', async () => {
    assert.deepEqual(await found(server, '/?_tag=vip'), ['Patient/a', 'Practitioner/d']);
    assert.deepEqual(await found(server, '?_id=m,d'), ['Medication/m', 'Practitioner/d']);
    const reply = await search(server, '/');
    assert.equal(entriesOf(reply).length, 11);
    assert.equal(linkTo(reply, 'self'), '?_count=20');
  });

  test('has pages and a total', async () => {
    const seen: string[] = [];
    let next: string | undefined = '?_type=Patient,Observation,Encounter&_count=3&_total=accurate';
    while (next !== undefined) {
      const reply = await search(server, next);
      assert.equal(reply.json['total'], 7);
      seen.push(...idsOf(reply));
      next = linkTo(reply, 'next');
    }
    assert.equal(seen.length, 7);
    assert.equal(new Set(seen).size, 7);
  });

  test('may come as a form', async () => {
    const reply = await post(server, '/_search?_type=Patient', '_tag=vip');
    assert.deepEqual(idsOf(reply), ['Patient/a']);
    assert.equal(linkTo(reply, 'self'), '?_type=Patient&_tag=vip&_count=20');
  });

  test('shows the elements that are asked for, of whatever type', async () => {
    for (const path of ['/?_type=Patient,Encounter&_elements=', '/Patient/a/*?_type=Patient,Encounter&_elements=']) {
      for (const names of ['name,status', 'Patient.name,Encounter.status']) {
        const [encounter, person] = ['Encounter', 'Patient'].map(
          async (type) =>
            entriesOf(await search(server, path + names)).find(({ resource }) => resource.resourceType === type)
              ?.resource,
        );
        assert.ok((await person)?.['name'] !== undefined, path + names);
        assert.ok((await encounter)?.['status'] !== undefined);
        assert.equal((await encounter)?.['participant'], undefined);
      }
    }
  });

  test('refuses types that there are not, and parameters that not all of them have', async () => {
    const unknown = await server.request('GET', '/?_type=Patient,Pateint');
    assert.deepEqual([unknown.status, unknown.code], [400, 'search-type-unknown']);
    assert.match(unknown.diagnostics, /Did you mean Patient/);
    const birthdate = await server.request('GET', '/?_type=Patient,Encounter&birthdate=2000');
    assert.deepEqual([birthdate.status, birthdate.code], [400, 'search-parameter-unknown']);
    assert.equal((await server.request('GET', '/?colour=red')).status, 400);
  });
});

describe('within a compartment', () => {
  test('of a patient, by the parameters of its definition', async () => {
    assert.deepEqual(await found(server, '/Patient/a/Observation'), ['Observation/o1', 'Observation/o3']);
    assert.deepEqual(await found(server, '/Patient/a/Observation?encounter=Encounter/e'), ['Observation/o1']);
    assert.deepEqual(await found(server, '/Patient/b/Encounter'), ['Encounter/f']);
    assert.deepEqual(await found(server, '/Patient/nobody/Encounter'), []);
  });

  test('of the others', async () => {
    assert.deepEqual(await found(server, '/Encounter/e/Observation'), ['Observation/o1']);
    assert.deepEqual(await found(server, '/Encounter/e/Encounter'), ['Encounter/e']);
    assert.deepEqual(await found(server, '/Practitioner/d/Encounter?patient=Patient/b'), ['Encounter/f']);
    assert.deepEqual(await found(server, '/RelatedPerson/r/Observation'), ['Observation/o3']);
    assert.deepEqual(await found(server, '/Device/v/Observation'), ['Observation/o1']);
  });

  test('of all types', async () => {
    const all = ['Encounter/e', 'Observation/o1', 'Observation/o3', 'Patient/a'];
    assert.deepEqual(await found(server, '/Patient/a/*'), all);
    assert.deepEqual(await found(server, '/Patient/a/*?_type=Encounter,Patient'), ['Encounter/e', 'Patient/a']);
    assert.deepEqual(await found(server, '/Encounter/e/*'), ['Encounter/e', 'Observation/o1']);
    assert.deepEqual(idsOf(await post(server, '/Patient/a/_search', '')).sort(), all);
    assert.deepEqual(idsOf(await post(server, '/Patient/a/*/_search', '_type=Encounter')), ['Encounter/e']);
    const outside = await server.request('GET', '/Patient/a/*?_type=Medication');
    assert.deepEqual([outside.status, outside.code], [400, 'search-combination-invalid']);
  });

  test('has links of its own', async () => {
    const reply = await search(server, '/Patient/a/Observation?_count=1');
    assert.equal(linkTo(reply, 'self'), '/Patient/a/Observation?_count=1');
    const next = linkTo(reply, 'next') ?? '';
    assert.equal(idsOf(await search(server, next)).length, 1);
    const moved = await server.request('GET', next.replace('/Patient/a/', '/Patient/b/'));
    assert.equal(moved.code, 'page-link-invalid');
    const form = await post(server, '/Patient/a/Observation/_search', 'encounter=Encounter/e');
    assert.deepEqual(idsOf(form), ['Observation/o1']);
  });

  test('is 404 where there is none', async () => {
    for (const path of ['/Patient/a/Medication', '/Medication/m/Observation', '/Medication/m/*']) {
      const reply = await server.request('GET', path);
      assert.deepEqual([reply.status, reply.code], [404, 'compartment-member-unknown'], path);
    }
    assert.equal((await server.request('GET', '/Patient/a/Obervation')).code, 'type-unknown');
    assert.equal((await server.request('GET', '/patient/a/Observation')).code, 'type-unknown');
    assert.equal((await server.request('GET', '/Patient/a_b/Observation')).code, 'id-malformed');
  });
});

describe('the compartments', () => {
  const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.core/package.json')));
  interface Definition {
    url: string;
    code: string;
    resource: { code: string; param?: string[] }[];
  }
  const definitions = readdirSync(folder)
    .filter((file) => /^CompartmentDefinition-(?!example)/.test(file))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Definition);

  test('are those of R5', () => {
    assert.deepEqual(definitions.map(({ code }) => code).sort(), [...compartments].sort());
    for (const { url, code, resource } of definitions) {
      const compartment = compartments.find((each) => each === code)!;
      assert.equal(compartmentUrl(compartment), url);
      const members = resource.flatMap(({ code: type, param }) =>
        param === undefined ? [] : [[type, param.filter((name) => name !== '{def}')] as const],
      );
      assert.deepEqual([...membersOf(compartment)], members);
    }
  });

  test('are searched by parameters that there are', () => {
    const options = { timeZone: 'UTC', now: new Date(), ownBases: [], lenient: false };
    for (const compartment of compartments) {
      for (const [type, parameters] of membersOf(compartment)) {
        for (const parameter of parameters) conditionOf(type, [[parameter, `${compartment}/1`]], options);
      }
    }
  });
});
