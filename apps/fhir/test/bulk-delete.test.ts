/** `$bulk-delete`: many resources are counted, then deleted in a job, each as by a DELETE of its client. docs/bulk-export.md */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { scanJson } from '@dhp/fhir-model';
import { carryOutPurge } from '@dhp/fhir-store/retention';
import { connect } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { trailKeys } from '@dhp/trail';
import { startAudited, type Audited } from './audit/audited.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { holdLine } from './held-line.ts';
import { fast } from './jobs/pace.ts';
import { activatePolicies, activateVersion } from './policies.ts';

type Resource = Readonly<Record<string, unknown>> & { readonly resourceType: string; readonly id: string };
interface Count {
  readonly type: string;
  readonly found: number;
  readonly deleted?: number;
  readonly gone?: number;
  readonly refused?: number;
}
interface Result {
  readonly mode: string;
  readonly total: number;
  readonly output: readonly Count[];
  readonly error: readonly { readonly url: string; readonly count: number }[];
}

let server: Audited;
before(async () => {
  const options = { requireIfMatch: false, referenceIntegrity: 'enforce', validation: { level: 'off' } } as const;
  server = await startAudited({ ...options, jobs: { pace: fast } });
});
after(() => server.close());

const full = 'system/*.cruds dhp.bulk-delete';
const token = (scope = full, client: string = crypto.randomUUID()): Promise<string> =>
  server.sso.token({ scope, client_id: client, sub: client });
const patient = (id: string): Resource => ({ resourceType: 'Patient', id });
const observation = (id: string, of: string, more: object = {}): Resource => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
  ...{ subject: { reference: `Patient/${of}` }, ...more },
});
async function store(...resources: readonly Resource[]): Promise<void> {
  for (const resource of resources) {
    const reply = await server.write('PUT', `/${resource.resourceType}/${resource.id}`, resource);
    assert.ok(reply.status < 300, reply.text);
  }
}

const type = (...names: string[]): object[] => names.map((valueCode) => ({ name: '_type', valueCode }));
const filter = (valueString: string): object => ({ name: '_typeFilter', valueString });
const of = (name: 'patient' | 'group', reference: string): object => ({ name, valueReference: { reference } });
const deleting = (valueInteger: number): object[] => [
  { name: 'mode', valueCode: 'delete' },
  { name: 'most', valueInteger },
];

function ask(own: string, parameter: readonly object[], more: object = {}, by: TestServer = server): Promise<Reply> {
  const headers = { prefer: 'respond-async', 'content-type': 'application/fhir+json', ...more };
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  return by.request('POST', '/$bulk-delete', { token: own, headers, body });
}
const placeOf = (reply: Reply): string => {
  assert.equal(reply.status, 202, reply.text);
  return (reply.headers.get('content-location') ?? '').slice(baseUrl.length);
};
async function ended(own: string, place: string, by: TestServer = server): Promise<Reply> {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    await delay(270);
    const reply = await by.request('GET', place, { token: own });
    if (![202, 429, 503].includes(reply.status)) return reply;
  }
  assert.fail('the deletion does not end');
}
async function made(own: string, ...parameter: readonly object[]): Promise<Result & { readonly place: string }> {
  const place = placeOf(await ask(own, parameter));
  const reply = await ended(own, place);
  assert.equal(reply.status, 200, reply.text);
  return { ...(JSON.parse(reply.text) as Result), place };
}
const isThere = async (name: string): Promise<boolean> => (await server.request('GET', `/${name}`)).status === 200;

describe('what is found', () => {
  before(() =>
    store(
      ...['a', 'b'].map(patient),
      ...[observation('a1', 'a', { status: 'cancelled' }), observation('a2', 'a'), observation('b1', 'b')],
      {
        resourceType: 'Group',
        id: 'g',
        type: 'person',
        membership: 'enumerated',
        member: [{ entity: { reference: 'Patient/b' } }],
      },
    ),
  );

  it('is counted by type, and nothing is deleted', async () => {
    const own = await token();
    const { mode, total, output, error } = await made(own, ...type('Patient,Observation'));
    assert.deepEqual([mode, total, error], ['count', 5, []]);
    assert.deepEqual(output, [
      { type: 'Observation', found: 3 },
      { type: 'Patient', found: 2 },
    ]);
    for (const name of ['Patient/a', 'Observation/a1', 'Observation/b1']) assert.ok(await isThere(name), name);
  });

  it('is what meets searches, of patients and of groups', async () => {
    const own = await token();
    const total = async (...more: object[]): Promise<number> =>
      (await made(own, ...type('Observation'), ...more)).total;
    assert.equal(await total(filter('Observation?status=cancelled')), 1);
    assert.equal(await total(filter('Observation?status=cancelled'), filter('Observation?subject=Patient/b')), 2);
    assert.equal(await total(of('patient', 'Patient/a')), 2);
    assert.equal(await total(of('group', 'Group/g')), 1);
    assert.equal(await total(of('patient', 'Patient/a'), filter('Observation?status=final')), 1);
    assert.equal(await total(filter('Observation?status=amended')), 0);
  });

  it('is deleted with its count alone: where more is found by then, nothing is', async () => {
    const own = await token();
    const refused = await ended(own, placeOf(await ask(own, [...type('Observation'), ...deleting(2)])));
    assert.deepEqual([refused.status, refused.code], [412, 'delete-limit-exceeded'], refused.text);
    assert.ok(await isThere('Observation/a1'));
    const { output, error, place } = await made(
      own,
      ...type('Observation'),
      filter('Observation?status=cancelled'),
      ...deleting(1),
    );
    assert.deepEqual([output, error], [[{ type: 'Observation', found: 1, deleted: 1, gone: 0, refused: 0 }], []]);
    assert.equal((await server.request('GET', '/Observation/a1')).status, 410);
    // The deletion is a new version, and the previous one remains.
    assert.equal((await server.request('GET', '/Observation/a1/_history/1')).status, 200);
    for (const stranger of [await token(), await token('system/*.cruds dhp.bulk-delete dhp.explain')])
      for (const path of [place, `${place}/rejects.ndjson`])
        assert.equal((await server.request('GET', path, { token: stranger })).code, 'job-unknown');
  });
});

describe('what is referred to', () => {
  it('is deleted with what refers to it, in whatever order, and otherwise refused with its reason', async () => {
    // Each refers to the next one, or to the previous one, so that one of the chains is in the wrong order across several pages.
    const linked = (name: string, n: number, to: number): Resource =>
      observation(
        `${name}${n}`,
        'kept',
        to < 0 || to > 119 ? {} : { hasMember: [{ reference: `Observation/${name}${to}` }] },
      );
    const chains = Array.from({ length: 120 }, (_, n) => [linked('c', n, n + 1), linked('d', n, n - 1)]).flat();
    await store(patient('kept'), patient('free'));
    await server.store.bulkInsert(
      (async function* () {
        for (const resource of chains)
          yield { type: 'Observation', id: resource.id, source: scanJson(JSON.stringify(resource)), resource };
      })(),
    );
    await store(observation('other', 'kept'), observation('of-free', 'free'));
    const own = await token();
    const members = filter(`Observation?_id=${chains.map(({ id }) => id).join()},of-free`);
    const { output, error, place } = await made(
      own,
      ...type('Patient', 'Observation'),
      members,
      filter('Patient?_id=kept,free'),
      ...deleting(243),
    );
    assert.deepEqual(output, [
      { type: 'Observation', found: 241, deleted: 241, gone: 0, refused: 0 },
      { type: 'Patient', found: 2, deleted: 1, gone: 0, refused: 1 },
    ]);
    assert.equal(error[0]?.count, 1);
    const lines = (await server.request('GET', `${place}/rejects.ndjson`, { token: own })).text;
    const [{ reference, outcome }] = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { reference: string; outcome: object }) as [
      { reference: string; outcome: object },
    ];
    assert.equal(reference, 'Patient/kept');
    assert.match(JSON.stringify(outcome), /resource-referenced/);
    assert.ok(
      (await isThere('Patient/kept')) && (await isThere('Observation/other')) && !(await isThere('Patient/free')),
    );
  });
});

describe('who may', () => {
  it('has the scope of its own beside search and delete of the type, as a system', async () => {
    for (const [scope, status, code] of [
      ['system/*.cruds', 403, 'scope-insufficient'],
      ['system/*.cruds dhp.audit', 403, 'scope-insufficient'],
      ['dhp.bulk-delete', 403, 'scope-insufficient'],
      ['system/Observation.s dhp.bulk-delete', 403, 'scope-insufficient'],
      ['system/Observation.d dhp.bulk-delete', 403, 'scope-insufficient'],
      ['system/Patient.cruds dhp.bulk-delete', 403, 'scope-insufficient'],
      ['system/Observation.ds dhp.bulk-delete', 202, ''],
    ] as const) {
      const reply = await ask(await token(scope), type('Observation'));
      assert.deepEqual([reply.status, reply.code], [status, code], scope);
    }
    const person = await server.sso.token({ scope: 'user/*.cruds dhp.bulk-delete', authority: 'user' });
    assert.equal((await ask(person, type('Observation'))).status, 403);
    assert.equal((await server.request('POST', '/$bulk-delete', { token: null })).status, 401);
  });

  it('counts and deletes nothing of what a consent withholds', async () => {
    await store(...['open', 'shut'].map(patient), observation('open1', 'open'), observation('shut1', 'shut'));
    await server.store.buildConsents(); // so that they take effect with the policies
    await activatePolicies(server, { others: 'as-scoped', rules: [], consent: 'enforced' });
    try {
      const actor = [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'held' } } }];
      await store({
        ...{ resourceType: 'Consent', id: 'held', status: 'active', decision: 'permit' },
        ...{ subject: { reference: 'Patient/shut' }, provision: [{ actor }] },
      });
      const own = await token(full, 'held');
      const ids = filter('Observation?_id=open1,shut1');
      const { output } = await made(own, ...type('Observation'), ids, ...deleting(2));
      assert.deepEqual(output, [{ type: 'Observation', found: 1, deleted: 1, gone: 0, refused: 0 }]);
    } finally {
      await activateVersion(server, undefined);
      await server.request('DELETE', '/Consent/held');
    }
    assert.ok((await isThere('Observation/shut1')) && !(await isThere('Observation/open1')));
  });

  it('is recorded with the patients of what is deleted', async () => {
    await store(patient('told'), observation('told1', 'told'));
    const headers = { 'x-request-id': 'bulk-told' };
    const own = await token();
    // The search does not mention the patient, so only the deleted resources do.
    const ids = filter('Observation?_id=told1');
    const reply = await ask(own, [...type('Observation'), ids, ...deleting(1)], headers);
    assert.equal((await ended(own, placeOf(reply))).status, 200);
    const records = await server.of('bulk-told');
    const deletions = records.filter(({ patient: one }) => one?.includes(server.pseudonym('told')) === true);
    assert.ok(deletions.length > 0, JSON.stringify(records).slice(0, 2_000));
  });
});

describe('a purge', () => {
  before(() => store(patient('pu'), observation('pu1', 'pu'), observation('pu2', 'pu')));

  it('is asked for by a mode, with what was deleted: an operator carries it out', async () => {
    const own = await token();
    const purging = [
      { name: 'mode', valueCode: 'purge' },
      { name: 'most', valueInteger: 3 },
    ];
    const { mode, output, place } = await made(
      own,
      ...type('Patient,Observation'),
      of('patient', 'Patient/pu'),
      ...purging,
    );
    assert.deepEqual([mode, output.map(({ deleted }) => deleted)], ['purge', [2, 1]]);
    const request = place.slice('/$job/'.length);
    const sql = connect(server.ownerUrl, { max: 1 });
    try {
      const items = await sql<{ name: string }[]>`
        select type || '/' || id as name from fhir.purge_item where request = ${request}::uuid and state = 'asked' order by 1`;
      assert.deepEqual(
        items.map(({ name }) => name),
        ['Observation/pu1', 'Observation/pu2', 'Patient/pu'],
      );
      const requests = await sql`select from fhir.purge_request`;
      assert.equal(requests.length, 1, 'other deletions ask for none');
      // The server itself may not purge: the versions remain until an operator does it.
      assert.equal((await server.request('GET', '/Observation/pu1/_history/1')).status, 200);
      const keys = trailKeys(Buffer.alloc(32, 1));
      const by = { sql, keys, now: Date.now() + 1, by: 'cli:test', reason: 'request 7' };
      const certificate = await carryOutPurge(by, { request, patient: 'pu' });
      assert.match(certificate.statement, /"resources":3,"held":0,"back":0/);
      for (const name of ['Observation/pu1', 'Patient/pu']) {
        assert.equal((await server.request('GET', `/${name}`)).status, 410, name);
        const reply = await server.request('GET', `/${name}/_history/1`);
        assert.deepEqual([reply.status, reply.code], [404, 'version-not-found'], name);
        const versions = JSON.parse((await server.request('GET', `/${name}/_history`)).text) as { entry: unknown[] };
        assert.equal(versions.entry.length, 1, 'the deletion alone');
      }
    } finally {
      await sql.end();
    }
  });
});

describe('what is wrong', () => {
  it('is told with its cure before a job is made', async () => {
    const own = await token();
    for (const [parameter, status, code, said] of [
      [[], 400, 'parameter-invalid', /needs the parameter _type/],
      [type(''), 400, 'parameter-invalid', /_type/],
      [type('Pateint'), 400, 'parameter-invalid', /Pateint/],
      [type('AuditEvent'), 400, 'parameter-invalid', /trail has a life of its own/],
      [
        [...type('Observation'), { name: 'mode', valueCode: 'erase' }],
        400,
        'parameter-invalid',
        /count, delete or purge/,
      ],
      [[...type('Observation'), { name: 'mode', valueCode: 'purge' }], 400, 'parameter-invalid', /most/],
      [[...type('Observation'), { name: 'mode', valueCode: 'delete' }], 400, 'parameter-invalid', /most/],
      [[...type('Observation'), ...deleting(-1)], 400, 'parameter-invalid', /most/],
      [[...type('Observation'), ...deleting(200_001)], 400, 'parameter-invalid', /200000/],
      [[...type('Observation'), filter('Patient?active=true')], 400, 'parameter-invalid', /not asked for/],
      [[...type('Observation'), filter('Observation?_include=x')], 400, 'parameter-invalid', /about the answer/],
      [[...type('Observation'), filter('Observation?nothing=x')], 400, 'search-parameter-unknown', /nothing/],
      [[...type('Observation'), of('patient', 'Patient/nobody')], 400, 'parameter-invalid', /no Patient\/nobody/],
      [[...type('Device'), of('patient', 'Patient/a')], 404, 'compartment-member-unknown', /Device/],
      [[...type('Observation'), { name: 'purge', valueBoolean: true }], 400, 'parameter-unknown', /purge/],
    ] as const) {
      const reply = await ask(own, parameter);
      assert.deepEqual([reply.status, reply.code], [status, code], `${JSON.stringify(parameter)} ${reply.text}`);
      assert.match(reply.text, said);
    }
    const now = await ask(own, type('Observation'), { prefer: 'return=minimal' });
    assert.deepEqual([now.status, now.code], [400, 'async-required'], now.text);
    assert.equal((await server.request('GET', '/$bulk-delete?_type=Observation', { token: own })).status, 405);
  });

  it('is not that somebody else has deleted some meanwhile', async () => {
    await store(patient('gone'), observation('gone1', 'gone'), observation('gone2', 'gone'));
    const own = await token();
    const sql = connect(server.ownerUrl, { max: 1 });
    try {
      // Simulates a deletion by somebody else after the resource was found.
      await sql.unsafe(`create function fhir.t25() returns trigger language plpgsql as $$ begin perform pg_sleep(1.5); return new; end $$;
        create trigger t25 before update on fhir.deletion for each row execute function fhir.t25()`);
      const place = placeOf(await ask(own, [...type('Observation'), of('patient', 'Patient/gone'), ...deleting(2)]));
      await delay(700);
      assert.equal((await server.request('DELETE', '/Observation/gone1')).status, 200);
      const reply = await ended(own, place);
      assert.deepEqual((JSON.parse(reply.text) as Result).output, [
        { type: 'Observation', found: 2, deleted: 1, gone: 1, refused: 0 },
      ]);
    } finally {
      await sql.unsafe('drop function fhir.t25 cascade');
      await sql.end();
    }
  });
});

describe('a deletion that takes long', () => {
  const count = 1_500;

  it('is gone on with after kill -9, deletes each once, and can be cancelled', async () => {
    const taking = await startServer({ requireIfMatch: false, referenceIntegrity: 'enforce', jobs: { works: false } });
    const owner = connect(taking.ownerUrl, { max: 1, applicationName: 'dhp test bulk delete' });
    const { issuer, jwksUri, revocationsUri, revocationsKey } = taking.sso;
    const revocations = { uri: revocationsUri, key: revocationsKey.toString('base64') };
    const [{ url }] = [{ url: taking.ownerUrl }];
    const asked = JSON.stringify({
      url,
      issuer,
      jwksUri,
      revocations,
      folder: join(tmpdir(), `dhp-bulk-${crypto.randomUUID()}`),
      host: '127.0.0.1:9',
    });
    const node = (): ReturnType<typeof spawn> =>
      spawn(process.execPath, [fileURLToPath(new URL('./import-node.ts', import.meta.url)), asked], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    const deleted = async (): Promise<number> =>
      Number(
        (await owner<{ n: string }[]>`select count(*) as n from fhir.deletion_item where state = 'deleted'`)[0]?.n,
      );
    const untilDeleted = (wanted: number): Promise<unknown> =>
      until(`${String(wanted)} are deleted`, async () => (await deleted()) >= wanted);
    await taking.store.bulkInsert(
      (async function* () {
        yield { type: 'Patient', id: 'p', source: scanJson(JSON.stringify(patient('p'))), resource: patient('p') };
        for (let n = 0; n < count; n += 1) {
          const resource = observation(`k${n}`, 'p');
          yield { type: 'Observation', id: resource.id, source: scanJson(JSON.stringify(resource)), resource };
        }
      })(),
    );
    const letGo = await holdLine(owner, 'k700');
    let child = node();
    try {
      const own = await taking.sso.token({ scope: full });
      const place = placeOf(await ask(own, [...type('Observation', 'Patient'), ...deleting(count + 1)], {}, taking));
      await untilDeleted(200);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const before = await deleted();
      await letGo();
      assert.ok(before < count, `${before} were deleted before the kill`);
      child = node();
      const reply = await ended(own, place, taking);
      assert.equal(reply.status, 200, reply.text);
      assert.deepEqual((JSON.parse(reply.text) as Result).output, [
        { type: 'Observation', found: count, deleted: count, gone: 0, refused: 0 },
        { type: 'Patient', found: 1, deleted: 1, gone: 0, refused: 0 },
      ]);
      const [{ n }] = await owner<[{ n: string }]>`select count(*) as n from fhir.history`;
      assert.equal(Number(n), count + 1, 'each has one version before its deletion');
    } finally {
      child.kill('SIGKILL');
      await owner.end({ timeout: 5 });
      await taking.close();
    }
  });

  it('is cancelled: what is left stays, and its address is unknown', async () => {
    await store(patient('stays'), ...Array.from({ length: 3 }, (_, n) => observation(`stays${n}`, 'stays')));
    const own = await token();
    const sql = connect(server.ownerUrl, { max: 1 });
    try {
      await sql.unsafe(`create function fhir.t25() returns trigger language plpgsql as $$ begin perform pg_sleep(1.5); return new; end $$;
        create trigger t25 before update on fhir.deletion for each row execute function fhir.t25()`);
      const place = placeOf(await ask(own, [...type('Observation'), of('patient', 'Patient/stays'), ...deleting(3)]));
      await delay(700);
      assert.equal((await server.request('DELETE', place, { token: own })).status, 202);
      assert.equal((await server.request('GET', place, { token: own })).code, 'job-unknown');
      await delay(2_000);
      for (let n = 0; n < 3; n += 1) assert.ok(await isThere(`Observation/stays${n}`));
    } finally {
      await sql.unsafe('drop function fhir.t25 cascade');
      await sql.end();
    }
  });
});
