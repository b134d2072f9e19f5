/** Reference integrity for callers who do not see everything: what they may not see is as missing, and stops no deletion. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';

type Json = Record<string, unknown>;
type Claims = Record<string, unknown>;

let server: TestServer;
const all = { scope: 'system/*.cruds system/AuditEvent.cruds system/Provenance.cruds' };
const ofA = { scope: 'patient/*.cruds', patient: 'a' };
const clinic = {
  scope: 'user/*.cruds',
  fhirUser: `${baseUrl}/Practitioner/doctor`,
  policies: ['user/Observation.cruds', 'user/Patient.rs?organization=Organization/clinic'],
};
const laboratory = { scope: 'system/Observation.cruds system/Patient.rs' };

before(async () => {
  server = await startServer({
    referenceIntegrity: 'enforce',
    requireIfMatch: false,
    validation: { level: 'off' },
  });
  const clinicOnly = { managingOrganization: { reference: 'Organization/clinic' } };
  for (const [path, more] of [
    ['Organization/clinic'],
    ['Patient/a', clinicOnly],
    ['Patient/b'],
    ['Practitioner/doctor'],
    ['Practitioner/other'],
    ['Observation/of-b', { subject: { reference: 'Patient/b' } }],
  ] as [string, Json?][]) {
    const [resourceType, id] = path.split('/');
    assert.equal((await server.write('PUT', `/${path}`, { resourceType, id, ...more })).status, 201);
  }
});
after(() => server.close());

async function as(claims: Claims, method: string, path: string, body?: unknown, headers: Json = {}): Promise<Reply> {
  return server.request(method, path, {
    token: await server.sso.token(claims),
    headers: { 'content-type': 'application/fhir+json', ...(headers as Record<string, string>) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

const observation = (subject: string, more: Json = {}): Json => ({
  resourceType: 'Observation',
  subject: { reference: subject },
  ...more,
});

/** The answer without what has to differ: the ids asked about, incidents, and times. */
function bare({ status, text }: Reply, id: string): string {
  return `${status} ${text.replaceAll(id, 'ID').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')}`;
}

describe('a reference to what the caller may not see', () => {
  const ways: Record<string, (target: string, id: string) => [method: string, path: string, body: unknown]> = {
    create: (target) => ['POST', '/Observation', observation('Patient/a', { derivedFrom: [{ reference: target }] })],
    'update as create': (target, id) => [
      'PUT',
      `/Observation/${id}`,
      { ...observation('Patient/a', { derivedFrom: [{ reference: target }] }), id },
    ],
    'create in a transaction': (target) => [
      'POST',
      '',
      {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          {
            resource: observation('Patient/a', {
              hasMember: [{ reference: target }, { reference: 'Observation/none' }],
            }),
            request: { method: 'POST', url: 'Observation' },
          },
        ],
      },
    ],
    'by the own URL': (target) => [
      'POST',
      '/Observation',
      observation('Patient/a', { derivedFrom: [{ reference: `${baseUrl}/${target}/_history/1` }] }),
    ],
    validate: (target) => [
      'POST',
      '/Observation/$validate',
      observation('Patient/a', { derivedFrom: [{ reference: target }] }),
    ],
  };

  for (const [way, requestOf] of Object.entries(ways)) {
    test(`gets the answer of one to what does not exist: ${way}`, async () => {
      for (const [name, claims, unseen, none] of [
        ['a patient', ofA, 'Observation/of-b', 'Observation/of-x'],
        ['a patient', ofA, 'Practitioner/other', 'Practitioner/missed'],
        ['a health worker', clinic, 'Patient/b', 'Patient/x'],
        ['a health worker', clinic, 'Practitioner/other', 'Practitioner/missed'],
        ['a laboratory', laboratory, 'Practitioner/other', 'Practitioner/missed'],
        ['who may do all', { scope: 'system/*.cruds' }, 'AuditEvent/event', 'AuditEvent/missed'],
      ] as const) {
        if (unseen === 'AuditEvent/event') {
          await as(all, 'PUT', '/AuditEvent/event', { resourceType: 'AuditEvent', id: 'event' });
        }
        const [first, second] = [
          await as(claims, ...requestOf(unseen, 'one')),
          await as(claims, ...requestOf(none, 'one')),
        ];
        assert.equal(bare(first, unseen), bare(second, none), name);
        if (way !== 'validate') assert.deepEqual([first.status, first.code], [422, 'reference-not-found'], first.text);
      }
    });
  }

  test('is no matter where it may be seen, is the own person, is stored along, or was there before', async () => {
    const performer = [{ reference: 'Practitioner/doctor' }];
    const made = await as(clinic, 'PUT', '/Observation/seen', {
      ...observation('Patient/a', { performer }),
      id: 'seen',
    });
    assert.equal(made.status, 201, made.text);
    assert.equal((await as(ofA, 'POST', '/Observation', observation('Patient/a'))).status, 201);
    const narrow = { scope: 'patient/Observation.c', patient: 'a' };
    assert.equal((await as(narrow, 'POST', '/Observation', observation('Patient/a'))).status, 201, 'the own patient');
    const others = { ...observation('Patient/a', { performer: [{ reference: 'Practitioner/other' }] }), id: 'others' };
    await as(all, 'PUT', '/Observation/others', others);
    assert.equal((await as(clinic, 'PUT', '/Observation/others', { ...others, language: 'uz' })).status, 200, 'kept');
    const more = { ...others, basedOn: [{ reference: 'Patient/b' }] };
    assert.equal((await as(clinic, 'PUT', '/Observation/others', more)).code, 'reference-not-found', 'added');
  });
});

describe('a deletion', () => {
  async function own(id: string): Promise<void> {
    assert.equal((await as(ofA, 'PUT', `/Observation/${id}`, { ...observation('Patient/a'), id })).status, 201);
  }
  const refersTo = (id: string, subject: string, name: string): Json => ({
    ...observation(subject, { derivedFrom: [{ reference: `Observation/${id}` }] }),
    id: name,
  });

  test('is not stopped by what the caller does not see, which goes on to refer to it and may be changed', async () => {
    await own('free');
    const unseen = refersTo('free', 'Patient/b', 'unseen');
    assert.equal((await as(all, 'PUT', '/Observation/unseen', unseen)).status, 201);
    const plain = await as(ofA, 'DELETE', '/Observation/free');
    assert.equal(plain.status, 200, plain.text);
    const changed = await as(all, 'PUT', '/Observation/unseen', { ...unseen, language: 'uz' });
    assert.equal(changed.status, 200, changed.text);
    const added = { ...refersTo('free', 'Patient/b', 'late') };
    assert.equal((await as(all, 'PUT', '/Observation/late', added)).code, 'reference-not-found');
    const elsewhere = { ...unseen, hasMember: [{ reference: 'Observation/none' }] };
    assert.equal((await as(all, 'PUT', '/Observation/unseen', elsewhere)).code, 'reference-not-found');
  });

  test('is stopped by what the caller sees, which alone is named, also for more unseen than an answer names', async () => {
    await own('held');
    for (let n = 0; n < 30; n += 1) {
      await as(all, 'PUT', `/Observation/many-${n}`, refersTo('held', 'Patient/b', `many-${n}`));
    }
    const seen = refersTo('held', 'Patient/a', 'mine');
    assert.equal((await as(ofA, 'PUT', '/Observation/mine', seen)).status, 201);
    const refused = await as(ofA, 'DELETE', '/Observation/held');
    assert.deepEqual([refused.status, refused.code], [409, 'resource-referenced']);
    assert.ok(refused.text.includes('Observation/mine') && !refused.text.includes('many-'), refused.text);
    const cascade = await as(ofA, 'DELETE', '/Observation/held', undefined, { 'x-cascade': 'delete' });
    assert.equal(cascade.status, 200, cascade.text);
    assert.ok(!cascade.text.includes('many-'));
    assert.equal((await as(all, 'GET', '/Observation/mine')).status, 410);
    assert.equal((await as(all, 'GET', '/Observation/many-7')).status, 200);
  });

  test('by criteria and in a transaction is the same', async () => {
    for (const id of ['c1', 'c2']) {
      await own(id);
      await as(all, 'PUT', `/Observation/unseen-${id}`, refersTo(id, 'Patient/b', `unseen-${id}`));
    }
    assert.ok((await as(ofA, 'DELETE', '/Observation?_id=c1')).status < 300);
    const entry = [{ request: { method: 'DELETE', url: 'Observation/c2' } }];
    const reply = await as(ofA, 'POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
    assert.equal(reply.status, 200, reply.text);
  });

  test('is not stopped by records of what happened, whoever deletes, and a cascade leaves them', async () => {
    for (const [n, headers] of [{}, { 'x-cascade': 'delete' }].entries()) {
      await as(all, 'PUT', `/Observation/t${n}`, { ...observation('Patient/a'), id: `t${n}` });
      const provenance = { resourceType: 'Provenance', id: `p${n}`, target: [{ reference: `Observation/t${n}` }] };
      assert.equal((await as(all, 'PUT', `/Provenance/p${n}`, provenance)).status, 201);
      const deleted = await as(all, 'DELETE', `/Observation/t${n}`, undefined, headers);
      assert.equal(deleted.status, 200, deleted.text);
      assert.equal((await as(all, 'GET', `/Provenance/p${n}`)).status, 200);
    }
  });
});
