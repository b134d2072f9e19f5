/** Reasons to refuse a patient's write: the forms of references, the own Patient, records of events, national identifiers. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nationalPersonSystems } from '@dhp/fhir-validation';
import { keptElementsOfPatient } from '../src/access/patient-access.ts';
import { personTypes, requireIdentifiers } from '../src/access/national-identifiers.ts';
import type { TransactionWrite } from '@dhp/fhir-store';
import type { Access } from '../src/contract/access.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';

type Json = Record<string, unknown>;
type Claims = Record<string, unknown>;

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, validation: { level: 'off' }, healthWorkers: 'as-scoped' });
  for (const id of ['a', 'b']) await server.write('PUT', `/Patient/${id}`, { resourceType: 'Patient', id });
});
after(() => server.close());

const ofA = { scope: 'patient/*.cruds', patient: 'a' };
const practitioner = { scope: 'user/*.cruds', fhirUser: `${baseUrl}/Practitioner/p` };

async function as(claims: Claims, method: string, path: string, body?: unknown, more: Json = {}): Promise<Reply> {
  const type = method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json';
  return server.request(method, path, {
    token: await server.sso.token(claims),
    headers: { 'content-type': type, ...(more as Record<string, string>) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

function observation(subject: unknown, more: Json = {}): Json {
  return { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject, ...more };
}

const a = { reference: 'Patient/a' };
const identifier = { system: 'https://dhp.uz/fhir/core/sid/pid/uz/ni', value: '30211975910033' };

describe('a reference', () => {
  const others: Record<string, [reference: unknown, more?: Json]> = {
    'to the own URL': [{ reference: `${baseUrl}/Patient/b` }],
    'to a version': [{ reference: 'Patient/b/_history/1' }],
    'to the own URL of a version': [{ reference: `${baseUrl}/Patient/b/_history/1` }],
    'to another server': [{ reference: 'https://elsewhere.example/fhir/Patient/a' }],
    'by an identifier': [{ identifier }],
    'by an identifier of a Patient': [{ type: 'Patient', identifier }],
    'with an identifier beside it': [{ ...a, identifier }],
    'to a contained Patient': [{ reference: '#p' }, { contained: [{ resourceType: 'Patient', id: 'p' }] }],
    'to something contained that is not there': [{ reference: '#p' }],
    'to one of two contained resources': [
      { reference: '#p' },
      { contained: [{ resourceType: 'Practitioner', id: 'p' }, { resourceType: 'Patient', id: 'p' }] }, // prettier-ignore
    ],
    'to a urn': [{ reference: 'urn:uuid:0b6ef3f3-4f38-4b0e-9b0f-6c1d6a1e0d01' }],
    'that is no text': [{ reference: ['Patient/b'] }],
    'to a type that is none': [{ reference: 'patient/a' }],
    'with more behind the id': [{ reference: 'Patient/a/b' }],
    'to a Patient by a display alone': [{ type: 'Patient', display: 'b' }],
  };

  for (const [name, [reference, more]] of Object.entries(others)) {
    test(`${name} is no way around the patient of the token, as subject or performer`, async () => {
      for (const resource of [observation(reference, more), observation(a, { performer: [reference], ...more })]) {
        const reply = await as(ofA, 'POST', '/Observation', resource);
        assert.deepEqual([reply.status, reply.code], [403, 'scope-outside'], reply.text);
        assert.match(reply.diagnostics, /Observation\.(subject|performer\[0\])/);
      }
    });
  }

  test('in a contained resource is none, either', async () => {
    const contained = [{ resourceType: 'Condition', id: 'c', subject: { reference: 'Patient/b' } }];
    assert.equal((await as(ofA, 'POST', '/Observation', observation(a, { contained }))).code, 'scope-outside');
    const own = { resourceType: 'Patient', id: 'a', contained };
    assert.equal((await as(ofA, 'PUT', '/Patient/a', own)).code, 'scope-outside');
  });

  test('to the patient may be absolute or to a version, and others who are no Patients may be named', async () => {
    for (const subject of [a, { reference: `${baseUrl}/Patient/a` }, { reference: 'Patient/a/_history/1' }]) {
      assert.equal((await as(ofA, 'POST', '/Observation', observation(subject))).status, 201);
    }
    const performer = [
      { reference: 'Practitioner/p' },
      { reference: '#o' },
      { type: 'Practitioner', identifier },
      { reference: 'https://elsewhere.example/fhir/Organization/1' },
      { display: 'x' },
      a,
    ];
    const contained = [{ resourceType: 'Organization', id: 'o' }];
    const reply = await as(ofA, 'POST', '/Observation', observation(a, { performer, contained }));
    assert.equal(reply.status, 201, reply.text);
  });

  test('of a health worker in the record of one patient is held to that patient, and authorship is not asked', async () => {
    const claims = {
      ...practitioner,
      scope: 'patient/*.cruds',
      patient: 'a',
      patient_policies: true,
      policies: ['user/*.cruds'],
    };
    await server.write('PUT', '/Observation/of-lab', { ...observation(a), id: 'of-lab' });
    const amended = { ...observation(a), id: 'of-lab', status: 'amended' };
    assert.equal((await as(claims, 'PUT', '/Observation/of-lab', amended)).status, 200);
    const moved = { ...observation({ reference: 'Patient/b' }, { performer: [a] }), id: 'of-lab' };
    assert.equal((await as(claims, 'PUT', '/Observation/of-lab', moved)).code, 'scope-outside');
    assert.equal((await as({ ...ofA }, 'PUT', '/Observation/of-lab', amended)).code, 'scope-outside');
  });
});

describe('who wrote it first', () => {
  test('counts for each life of a resource, and what was written before the record of writers is of others', async () => {
    const put = async (claims: Claims, id: string, language: string): Promise<Reply> =>
      as(claims, 'PUT', `/Observation/${id}`, { ...observation(a), id, language });
    assert.equal((await put(ofA, 'life', 'uz')).status, 201);
    assert.equal((await as(ofA, 'DELETE', '/Observation/life')).status, 200);
    assert.equal((await put(ofA, 'life', 'ru')).status, 201, 'what the patient deleted, the patient brings back');
    assert.equal((await as(ofA, 'DELETE', '/Observation/life')).status, 200);
    assert.equal((await put({}, 'life', 'en')).status, 201);
    assert.equal((await put(ofA, 'life', 'uz')).code, 'scope-outside', 'it lives again by others');
    await as({}, 'DELETE', '/Observation/life');
    assert.equal((await put(ofA, 'life', 'uz')).code, 'scope-outside', 'and is not brought back by the patient');

    const imported = { type: 'Observation', id: 'seed', requireMatch: false, createAllowed: true };
    const resource = { ...observation(a), id: 'seed' };
    const { scanJson } = await import('@dhp/fhir-model');
    await server.store.update({ ...imported, resource, source: scanJson(JSON.stringify(resource)) });
    assert.equal((await put(ofA, 'seed', 'uz')).code, 'scope-outside', 'the platform wrote it');
  });

  test('is asked of a health worker in the own record, who is a patient there', async () => {
    const own = {
      scope: 'patient/*.cruds fhirUser',
      patient: 'a',
      fhirUser: `${baseUrl}/Practitioner/p`,
      policies: ['user/*.cruds'],
    };
    await server.write('PUT', '/Observation/result', { ...observation(a), id: 'result' });
    const amended = { ...observation(a), id: 'result', status: 'amended' };
    assert.equal((await as(own, 'PUT', '/Observation/result', amended)).code, 'scope-outside');
    assert.equal((await as(own, 'DELETE', '/Observation/result')).code, 'scope-outside');
    assert.equal((await as(own, 'PUT', '/Observation/own-result', { ...amended, id: 'own-result' })).status, 201);
  });

  test('is somebody who acts for the patient as the patient', async () => {
    const parent = { ...ofA, sub: 'parent', fhirUser: `${baseUrl}/RelatedPerson/r` };
    const body = { ...observation(a), id: 'for-child' };
    assert.equal((await as(parent, 'PUT', '/Observation/for-child', body)).status, 201);
    assert.equal((await as(ofA, 'PUT', '/Observation/for-child', { ...body, language: 'uz' })).status, 200);
    const ofB = { ...ofA, patient: 'b' };
    assert.equal((await as(ofB, 'PUT', '/Observation/for-child', body)).status, 404);
  });
});

describe('the own Patient', () => {
  const values: Record<string, unknown> = {
    link: [{ other: { reference: 'Patient/b' }, type: 'seealso' }],
    identifier: [{ system: 'urn:clinic', value: 'of-b' }],
    active: false,
    deceasedBoolean: true,
    deceasedDateTime: '2020-01-01',
    managingOrganization: { reference: 'Organization/o' },
    birthDate: '1990-05-14',
  };

  test('may be changed but for what others decide', async () => {
    const name = { resourceType: 'Patient', id: 'a', name: [{ text: 'A' }] };
    assert.equal((await as(ofA, 'PUT', '/Patient/a', name)).status, 200);
    assert.deepEqual(Object.keys(values), [...keptElementsOfPatient.keys()]);
    for (const [element, value] of Object.entries(values)) {
      for (const change of [{ [element]: value }, { [`_${element}`]: { id: 'x' } }]) {
        const reply = await as(ofA, 'PUT', '/Patient/a', { ...name, ...change });
        assert.deepEqual([reply.status, reply.code], [403, 'scope-outside'], element);
        assert.match(reply.diagnostics, new RegExp(`Patient\\.${element}`));
      }
      const patch = [{ op: 'add', path: `/${element}`, value }];
      assert.equal((await as(ofA, 'PATCH', '/Patient/a', patch)).status, 403, element);
      await server.write('PUT', '/Patient/a', { ...name, [element]: value });
      assert.equal((await as(ofA, 'PUT', '/Patient/a', name)).status, 403, `${element} removed`);
      const kept = { ...name, [element]: value, language: 'uz' };
      assert.equal((await as(ofA, 'PUT', '/Patient/a', kept)).status, 200, `${element} kept`);
      await server.write('PUT', '/Patient/a', name);
    }
  });

  test('is not created, deleted or brought back by a patient, and no other is reached by a link', async () => {
    const linked = { resourceType: 'Patient', id: 'linked', link: [{ other: a, type: 'seealso' }] };
    await server.write('PUT', '/Patient/linked', linked);
    assert.equal((await as(ofA, 'GET', '/Patient/linked')).status, 404);
    assert.equal((await as(ofA, 'GET', '/Patient?_id=linked,a')).json['total'], 1);
    assert.equal((await as(ofA, 'GET', '/Patient?link=Patient/a')).json['total'], 0);
    assert.equal((await as(ofA, 'PUT', '/Patient/linked', { ...linked, language: 'uz' })).status, 404);
    assert.equal((await as(ofA, 'DELETE', '/Patient/linked')).status, 404);
    assert.equal((await as(ofA, 'POST', '/Patient', linked)).status, 403);
    assert.equal((await as(ofA, 'PUT', '/Patient/new', { ...linked, id: 'new' })).status, 403);
    assert.equal((await as(ofA, 'DELETE', '/Patient/a')).status, 403);
    assert.equal((await as(ofA, 'DELETE', '/Patient?_id=a')).status, 403);
    const ofNew = { ...ofA, patient: 'nobody' };
    assert.equal((await as(ofNew, 'PUT', '/Patient/nobody', { resourceType: 'Patient', id: 'nobody' })).status, 403);
    await server.write('PUT', '/Patient/gone', { resourceType: 'Patient', id: 'gone' });
    await server.request('DELETE', '/Patient/gone');
    const ofGone = { ...ofA, patient: 'gone' };
    assert.equal((await as(ofGone, 'PUT', '/Patient/gone', { resourceType: 'Patient', id: 'gone' })).status, 403);
  });
});

describe('records of what happened', () => {
  for (const type of ['AuditEvent', 'Provenance']) {
    const record = { resourceType: type, patient: a };
    test(`${type}: a scope with * is none for it`, async () => {
      for (const claims of [ofA, { scope: 'system/*.cruds' }, practitioner]) {
        for (const [method, path, body] of [
          ['POST', `/${type}`, record],
          ['GET', `/${type}/x`],
          ['GET', `/${type}`],
          ['GET', `/${type}/_history`],
          ['PUT', `/${type}/x`, { ...record, id: 'x' }],
          ['DELETE', `/${type}/x`],
        ] as const) {
          const reply = await as(claims, method, path, body);
          assert.equal(reply.status, 403, `${method} ${path}: ${reply.text}`);
        }
      }
      const all = await as({ scope: 'system/*.rs' }, 'GET', '/_history?_count=100');
      assert.ok(!all.text.includes(`"resourceType":"${type}"`));
    });

    test(`${type}: nobody changes or deletes one`, async () => {
      for (const [n, claims] of [
        { scope: `system/${type}.cruds` },
        { ...ofA, scope: `patient/${type}.cruds` },
      ].entries()) {
        const id = `kept-${n}`;
        const own = { ...record, id, meta: { tag: [{ code: id }] } };
        assert.equal((await as(claims, 'PUT', `/${type}/${id}`, own)).status, 201);
        const changed = { ...own, language: 'uz' };
        const patch = [{ op: 'add', path: '/language', value: 'uz' }];
        const tag = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }] };
        const replies = [
          await as(claims, 'PUT', `/${type}/${id}`, changed),
          await as(claims, 'PATCH', `/${type}/${id}`, patch),
          await as(claims, 'DELETE', `/${type}/${id}`),
          await as(claims, 'DELETE', `/${type}/${id}`, undefined, { 'x-cascade': 'delete' }),
          await as(claims, 'PUT', `/${type}?_tag=${id}`, changed),
          await as(claims, 'PATCH', `/${type}?_tag=${id}`, patch),
          await as(claims, 'DELETE', `/${type}?_tag=${id}`),
          await as(claims, 'POST', `/${type}/${id}/$meta-add`, tag),
        ];
        for (const entry of [
          { resource: changed, request: { method: 'PUT', url: `${type}/${id}` } },
          { request: { method: 'DELETE', url: `${type}/${id}` } },
        ]) {
          replies.push(await as(claims, 'POST', '', { resourceType: 'Bundle', type: 'transaction', entry: [entry] }));
          const batch = await as(claims, 'POST', '', { resourceType: 'Bundle', type: 'batch', entry: [entry] });
          assert.match(batch.text, /"status":"405/);
        }
        for (const [at, reply] of replies.entries())
          assert.deepEqual([reply.status, reply.code], [405, 'record-kept'], `${at}: ${reply.text}`);
        const now = await server.request('GET', `/${type}/${id}`);
        assert.equal((now.json['meta'] as { versionId: string }).versionId, '1');
      }
    });
  }
});

describe('national identifiers', () => {
  const systems = [...Object.keys(nationalPersonSystems), 'http://DHP.uz/fhir/core/sid/pid/uz/ni/'];
  const mayIn = (type: string): Claims => ({
    ...practitioner,
    policies: ['user/*.cruds', `dhp.national-identifiers/${type}`],
  });
  const mayNot = { ...practitioner, policies: ['user/*.cruds'] };

  test('are written in no type by a role whose policy does not say so', async () => {
    for (const type of personTypes) {
      for (const system of systems) {
        const body = { resourceType: type, identifier: [{ system, value: '1' }] };
        const reply = await as(mayNot, 'POST', `/${type}`, body);
        assert.deepEqual([reply.status, reply.code], [403, 'national-identifier-not-permitted'], `${type} ${system}`);
      }
      const other = { resourceType: type, identifier: [{ system: 'urn:clinic', value: '1' }] };
      assert.equal((await as(mayNot, 'POST', `/${type}`, other)).status, 201);
      const body = { resourceType: type, identifier: [identifier] };
      assert.equal((await as(practitioner, 'POST', `/${type}`, body)).status, 403, 'no role at all');
      assert.equal((await as(mayIn(type), 'POST', `/${type}`, body)).status, 201);
      assert.equal((await as(mayIn('*'), 'POST', `/${type}`, body)).status, 201);
      const another = [...personTypes].find((each) => each !== type)!;
      assert.equal((await as(mayIn(another), 'POST', `/${type}`, body)).status, 403);
      assert.equal((await as({ scope: 'system/*.cruds' }, 'POST', `/${type}`, body)).status, 201);
    }
  });

  test('stay as they are in every change: none is added, changed or removed', async () => {
    const clinic = { system: 'urn:clinic', value: '7' };
    const passport = { system: 'https://dhp.uz/fhir/core/sid/pid/uz/ppn/local', value: 'AC1234567' };
    const stored = { resourceType: 'Patient', id: 'a', identifier: [clinic, identifier, passport] };
    const changes: Json[][] = [
      [clinic, identifier],
      [clinic, passport, identifier, { ...identifier, value: '2' }],
      [clinic, { ...identifier, value: '2' }, passport],
      [clinic, { ...identifier, use: 'old' }, passport],
      [clinic, identifier, identifier, passport],
      [],
      [clinic, identifier, passport, [{ ...identifier, value: '2' }] as unknown as Json],
    ];
    for (const claims of [ofA, mayNot]) {
      // A patient cannot change any identifier of the own Patient.
      const code = claims === ofA ? 'scope-outside' : 'national-identifier-not-permitted';
      for (const identifiers of changes) {
        await server.write('PUT', '/Patient/a', stored);
        const reply = await as(claims, 'PUT', '/Patient/a', { ...stored, identifier: identifiers });
        assert.deepEqual([reply.status, reply.code], [403, code], reply.text);
        const patch = [{ op: 'replace', path: '/identifier', value: identifiers }];
        assert.equal((await as(claims, 'PATCH', '/Patient/a', patch)).status, 403);
        const entry = [
          { resource: { ...stored, identifier: identifiers }, request: { method: 'PUT', url: 'Patient/a' } },
        ];
        for (const type of ['transaction', 'batch']) {
          const { text } = await as(claims, 'POST', '', { resourceType: 'Bundle', type, entry });
          assert.match(text, new RegExp(code));
        }
      }
      const kept = { ...stored, language: 'uz', ...(claims !== ofA && { identifier: [passport, identifier] }) };
      const reply = await as(claims, 'PUT', '/Patient/a', kept);
      assert.equal(reply.status, 200, reply.text);
      await server.write('PUT', '/Patient/a', stored);
    }
    assert.equal((await as(mayNot, 'DELETE', '/Patient/a')).code, 'national-identifier-not-permitted');
    const changed = { ...stored, identifier: [identifier] };
    assert.equal((await as(mayIn('Patient'), 'PUT', '/Patient/a', changed)).status, 200);
  });

  test('are not written by a patient, whatever the policies in the token say', async () => {
    const body = { resourceType: 'RelatedPerson', patient: a, identifier: [identifier] };
    const claims = { ...ofA, policies: ['dhp.national-identifiers/*'] };
    const reply = await as(claims, 'POST', '/RelatedPerson', body);
    assert.deepEqual([reply.status, reply.code], [403, 'national-identifier-not-permitted']);
    assert.equal((await as(claims, 'POST', '/RelatedPerson', { ...body, identifier: [] })).status, 201);
  });

  test('are compared in time that grows with their number', () => {
    const cpuOf = (count: number): number => {
      const some = Array.from({ length: count }, (_, n) => ({ ...identifier, value: String(n) }));
      const resource = { resourceType: 'Patient', identifier: some.toReversed() };
      const content = Buffer.from(JSON.stringify({ resourceType: 'Patient', identifier: some }));
      const write = { kind: 'update', type: 'Patient', id: 'a', resource } as unknown as TransactionWrite;
      const current = { type: 'Patient', id: 'a', versionId: 1, lastUpdated: new Date(), deleted: false, content };
      const begun = process.cpuUsage();
      requireIdentifiers(
        { access: { identifierTypes: new Set() } as unknown as Access, budget: undefined },
        write,
        current,
      );
      const { user, system } = process.cpuUsage(begun);
      return user + system;
    };
    cpuOf(2_000);
    const [small, large] = [cpuOf(2_000), cpuOf(32_000)];
    assert.ok(large < 48 * small + 100_000, `${String(small)} and ${String(large)} microseconds`);
  });
});
