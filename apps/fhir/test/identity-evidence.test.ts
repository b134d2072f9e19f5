/** The recorded writer of an identifier, which only the Single Sign-On server may request. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { startServer, type TestServer } from './environment.ts';

let server: TestServer;
let databaseUrl = '';
before(async () => {
  server = await startServer({ healthWorkers: 'as-scoped', requireIfMatch: false }, (url) => (databaseUrl = url));
});
after(() => server.close());

const system = 'https://dhp.uz/fhir/core/sid/pid/uz/ni';
const registry = { client_id: 'registry', sub: 'registry', scope: 'system/*.cruds' };
const stranger = { client_id: 'app', sub: 'app', scope: 'system/*.cruds' };
const doctor = {
  ...{ client_id: 'registry', sub: 'account-1', scope: 'user/*.cruds' },
  fhirUser: 'https://playground.test/fhir/Practitioner/p',
  policies: ['user/*.cruds', 'dhp.national-identifiers/Patient'],
};
const sso = { client_id: 'dhp-sso', sub: 'dhp-sso', scope: 'system/Patient.rs dhp.identity-evidence' };
const [byRegistry, byStranger, byDoctor] = [
  { kind: 'system', client: 'registry', subject: 'registry' },
  { kind: 'system', client: 'app', subject: 'app' },
  { kind: 'user', client: 'registry', subject: 'account-1' },
];

type Claims = Record<string, unknown>;
type Content = Record<string, unknown>;

async function write(claims: Claims, id: string, content: Content | undefined, type = 'Patient'): Promise<void> {
  const token = await server.sso.token(claims);
  const headers = { 'content-type': 'application/fhir+json' };
  const body = content && { body: JSON.stringify({ resourceType: type, id, ...content }) };
  const reply = await server.request(content === undefined ? 'DELETE' : 'PUT', `/${type}/${id}`, {
    token,
    headers,
    ...body,
  });
  assert.ok(reply.status < 300, reply.text);
}

async function ask(
  value: string,
  o: { claims?: Claims; type?: string; body?: unknown } = {},
): Promise<{ status: number; records: unknown }> {
  const token = await server.sso.token(o.claims ?? sso);
  const parameter = [{ name: 'identifier', valueIdentifier: { system, value } }];
  const reply = await server.request('POST', `/${o.type ?? 'Patient'}/$identity-evidence`, {
    token,
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify(o.body ?? { resourceType: 'Parameters', parameter }),
  });
  return { status: reply.status, records: reply.json['records'] };
}

const having = (value: string, more: Content = {}): Content => ({ identifier: [{ system, value, ...more }] });

interface Case {
  is: string;
  steps: readonly (readonly [Claims, Content | undefined])[];
  /** Undefined: the record does not count as having it. */
  writer: object | null | undefined;
}

const v = 'VALUE';
const yesterday = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
const cases: Case[] = [
  { is: 'written once', steps: [[registry, having(v)]], writer: byRegistry },
  {
    is: 'kept by others',
    steps: [
      [registry, having(v)],
      [stranger, { ...having(v), gender: 'male' }],
      [doctor, { ...having(v), gender: 'female' }],
    ],
    writer: byRegistry,
  },
  {
    is: 'added by a stranger',
    steps: [
      [registry, { gender: 'male' }],
      [stranger, having(v)],
      [registry, { ...having(v), gender: 'male' }],
    ],
    writer: byStranger,
  },
  {
    is: 'taken away and put back',
    steps: [
      [registry, having(v)],
      [stranger, { gender: 'male' }],
      [stranger, having(v)],
    ],
    writer: byStranger,
  },
  {
    is: 'put back by the source',
    steps: [
      [stranger, having(v)],
      [registry, { gender: 'male' }],
      [registry, having(v)],
    ],
    writer: byRegistry,
  },
  {
    is: 'deleted and brought back',
    steps: [
      [registry, having(v)],
      [registry, undefined],
      [stranger, having(v)],
    ],
    writer: byStranger,
  },
  { is: 'written by a person through the client of a source', steps: [[doctor, having(v)]], writer: byDoctor },
  {
    is: 'taken away',
    steps: [
      [registry, having(v)],
      [stranger, { gender: 'male' }],
    ],
    writer: undefined,
  },
  {
    is: 'deleted',
    steps: [
      [registry, having(v)],
      [registry, undefined],
    ],
    writer: undefined,
  },
  { is: 'an old one', steps: [[registry, having(v, { use: 'old' })]], writer: undefined },
  { is: 'over', steps: [[registry, having(v, { period: { end: yesterday } })]], writer: undefined },
  {
    is: 'made current again by a stranger',
    steps: [
      [registry, having(v, { use: 'old' })],
      [stranger, having(v)],
    ],
    writer: byStranger,
  },
  { is: 'of a record out of use', steps: [[registry, { ...having(v), active: false }]], writer: undefined },
  {
    is: 'of a record brought into use by a stranger',
    steps: [
      [registry, { ...having(v), active: false }],
      [stranger, { ...having(v), active: true }],
    ],
    writer: byStranger,
  },
];

describe('the writer of an identifier', () => {
  for (const [n, { is, steps, writer }] of cases.entries()) {
    it(is, async () => {
      const [id, value] = [`e-${String(n)}`, `3010190000${String(n).padStart(4, '0')}`];
      for (const [claims, content] of steps) {
        const text = content && (JSON.parse(JSON.stringify(content).replaceAll(v, value)) as Content);
        await write(claims, id, text);
      }
      assert.deepEqual(await ask(value), { status: 200, records: writer === undefined ? [] : [{ id, writer }] });
    });
  }

  it('is found behind many versions', async () => {
    await write(registry, 'many', having('30101901000001'));
    for (let n = 0; n < 60; n += 1)
      await write(stranger, 'many', { ...having('30101901000001'), language: n % 2 === 0 ? 'uz' : 'ru' });
    assert.deepEqual((await ask('30101901000001')).records, [{ id: 'many', writer: byRegistry }]);
  });

  it('is told of each of several records', async () => {
    await write(registry, 'two-a', having('30101901000002'));
    await write(stranger, 'two-b', having('30101901000002'));
    const records = (await ask('30101901000002')).records as { id: string }[];
    assert.deepEqual(records.map(({ id }) => id).sort(), ['two-a', 'two-b']);
  });

  it('is not hidden by many records that had the identifier, or have it by others', async () => {
    const value = '30101901000005';
    const entry = (n: number, more: Content): object => ({
      resource: { resourceType: 'Patient', id: `crowd-${String(n)}`, ...having(value, more) },
      request: { method: 'PUT', url: `Patient/crowd-${String(n)}` },
    });
    const crowd = async (from: number, more: Content): Promise<void> => {
      const body = {
        ...{ resourceType: 'Bundle', type: 'transaction' },
        entry: Array.from({ length: 15 }, (_, n) => entry(from + n, more)),
      };
      const headers = { 'content-type': 'application/fhir+json' };
      const token = await server.sso.token(stranger);
      const reply = await server.request('POST', '', { token, headers, body: JSON.stringify(body) });
      assert.equal(reply.status, 200, reply.text);
    };
    await crowd(0, { use: 'old' });
    await write(registry, 'in-crowd', having(value));
    await crowd(15, { use: 'old' });
    assert.deepEqual((await ask(value)).records, [{ id: 'in-crowd', writer: byRegistry }]);
    await crowd(30, {});
    const records = (await ask(value)).records as { id: string; writer: object }[];
    assert.equal(records.length, 16);
    assert.deepEqual(records.find(({ id }) => id === 'in-crowd')?.writer, byRegistry);
  });

  it('is of the person, not of a diploma of the person', async () => {
    const claims = { ...sso, scope: 'system/Practitioner.rs dhp.identity-evidence' };
    const qualification = [{ ...having('30101901000003'), code: { text: 'doctor' } }];
    await write(registry, 'd', { qualification }, 'Practitioner');
    assert.deepEqual((await ask('30101901000003', { type: 'Practitioner', claims })).records, []);
  });

  it('is not known of versions from before it was recorded', async () => {
    await write(registry, 'before', having('30101901000004'));
    const sql = connect(databaseUrl, { max: 1 });
    await sql`update fhir.resource set writer = null from fhir.identity d where d.rid = resource.rid and d.id = 'before'`;
    await sql.end();
    assert.deepEqual((await ask('30101901000004')).records, [{ id: 'before', writer: null }]);
  });
});

describe('the question', () => {
  it('is for the Single Sign-On server alone', async () => {
    const others: Claims[] = [
      registry,
      { ...registry, scope: 'system/*.cruds dhp.identity-evidence' },
      { ...sso, sub: 'account-1' },
      { ...sso, client_id: 'app' },
      { ...sso, scope: 'system/*.cruds' },
      { ...doctor, client_id: 'dhp-sso', scope: 'user/*.cruds dhp.identity-evidence' },
    ];
    for (const claims of others) assert.equal((await ask('x', { claims })).status, 403, JSON.stringify(claims));
  });

  it('is answered for one identifier with system and value, of people', async () => {
    const of = (parameter: unknown): unknown => ({ resourceType: 'Parameters', parameter });
    const identifier = { name: 'identifier', valueIdentifier: { system, value: 'x' } };
    const wrong = [
      of([]),
      of([identifier, identifier]),
      of([{ name: 'identifier', valueIdentifier: { value: 'x' } }]),
      of([{ name: 'identifier', valueIdentifier: { system } }]),
      of([{ name: 'other', valueIdentifier: { system, value: 'x' } }]),
      of([{ name: 'identifier', valueIdentifier: { system, value: 'x\u0001' } }]),
      of([{ name: 'identifier', valueIdentifier: { system: `${system}\u001f`, value: 'x' } }]),
    ];
    for (const body of wrong) assert.equal((await ask('x', { body })).status, 400, JSON.stringify(body));
    assert.equal((await ask('x', { type: 'Organization' })).status, 404);
    assert.deepEqual((await ask('a|b,c$d\\e')).records, []);
  });

  it('stands in no statement about the API', async () => {
    const { text } = await server.request('GET', '/metadata', { token: null });
    assert.ok(!text.includes('identity-evidence'));
  });
});
