/** Bulk exports over HTTP: kick-off, status, manifest, files. https://hl7.org/fhir/uv/bulkdata/STU2/export.html */
import assert from 'node:assert/strict';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { scanJson } from '@dhp/fhir-model';
import { connect, type Sql } from '@dhp/postgres';
import { baseUrl, startServer, type Reply, type RequestOptions, type TestServer } from './environment.ts';
import { exact } from './export-exactness.ts';
import { startAudited, type Audited } from './audit/audited.ts';
import type { FhirOptions } from '../src/index.ts';
import { ExportFiles, type Making } from '../src/operations/export/files.ts';
import { openFolder } from '../src/operations/export/folder.ts';
import { walk, type Walk } from '../src/operations/export/walk.ts';
import type { Pace } from '../src/jobs/holding.ts';
import { fast } from './jobs/pace.ts';
import { activatePolicies, activateVersion } from './policies.ts';

const options = (): Partial<FhirOptions> => ({
  requireIfMatch: false,
  validation: { level: 'off' },
  exports: { folder, most: { own: 4 * 1024 ** 2 } },
});

async function startWorker(pace: Partial<Pace> = {}): Promise<TestServer> {
  const { issuer, jwksUri, revocationsUri: uri, revocationsKey: key } = server.sso;
  const jobs = { pace: { ...fast, ...pace } };
  const audit = { keys: server.keys };
  const revocations = { uri, key, every: 200 };
  return startServer({ ...options(), issuer, jwksUri, revocations, jobs, audit }, () => url);
}

const folder = join(tmpdir(), `dhp-export-${crypto.randomUUID()}`);
/** Takes exports. */
let server: Audited;
/** Makes their files. */
let worker: TestServer;
/** As a client asks, whose name each test chooses: exports of a client are counted. */
const token = (client: string, scope = 'system/*.rs'): Promise<string> =>
  server.sso.token({ scope, client_id: client, sub: client });

let url = '';
before(async () => {
  server = await startAudited({ ...options(), jobs: { works: false } }, (given) => (url = given));
  worker = await startWorker();
  await store(
    { resourceType: 'Patient', id: 'p1', active: true, name: [{ family: 'Karimova' }], birthDate: '1990-05-14' },
    { resourceType: 'Patient', id: 'p2', active: false },
    { resourceType: 'Patient', id: 'p3' },
    { resourceType: 'Organization', id: 'o1', name: 'x' },
    { resourceType: 'Group', id: 'g2', type: 'person', membership: 'enumerated', member: [member('p1'), member('p2')] },
    {
      resourceType: 'Group',
      id: 'g1',
      type: 'person',
      membership: 'enumerated',
      member: [member('p1'), member('p3'), { ...member('p2'), inactive: true }],
    },
    ...[1, 2, 3].map((n) => observation(`b${n}`, `p${n}`)),
    { ...observation('both', 'p3'), performer: [{ reference: 'Patient/p1' }] },
  );
});
after(async () => {
  await worker.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

type Resource = Readonly<Record<string, unknown>> & { readonly resourceType: string; readonly id: string };

function member(id: string): object {
  return { entity: { reference: `Patient/${id}` } };
}

function observation(id: string, patient: string, status = 'final'): Resource {
  const subject = { reference: `Patient/${patient}` };
  return { resourceType: 'Observation', id, status, code: { text: 'x' }, subject, valueQuantity: { value: 1 } };
}

async function store(...resources: readonly Resource[]): Promise<void> {
  for (const resource of resources) {
    const reply = await server.write('PUT', `/${resource.resourceType}/${resource.id}`, resource);
    assert.ok(reply.status < 300, reply.text);
  }
}

interface Manifest {
  readonly transactionTime: string;
  readonly request: string;
  readonly requiresAccessToken: boolean;
  readonly output: readonly { readonly type: string; readonly url: string; readonly count: number }[];
  readonly deleted: Manifest['output'];
  readonly error: Manifest['output'];
}

const asynchronously = { prefer: 'respond-async', accept: 'application/fhir+json' };

async function kickOff(
  own: string,
  path: string,
  parameter?: readonly object[],
  prefer = asynchronously.prefer,
): Promise<Reply> {
  const headers = { ...asynchronously, prefer };
  if (parameter === undefined) return server.request('GET', path, { token: own, headers });
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  return server.request('POST', path, {
    token: own,
    headers: { ...headers, 'content-type': 'application/fhir+json' },
    body,
  });
}

async function ended(own: string, place: string): Promise<Reply> {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    const reply = await server.request('GET', place, { token: own });
    if (reply.status === 429) {
      await delay(270);
      continue;
    }
    if (reply.status !== 202) return reply;
    assert.ok(Number(reply.headers.get('retry-after')) >= 1 && (reply.headers.get('x-progress') ?? '').length > 0);
    await delay(270);
  }
  assert.fail('the export does not end');
}

const placeOf = (reply: Reply): string => {
  assert.equal(reply.status, 202, reply.text);
  return (reply.headers.get('content-location') ?? '').slice(baseUrl.length);
};

/** Makes an export, and forgets it. @returns the manifest, and the lines of each kind by name, in their order */
async function exported(
  own: string,
  path: string,
  parameter?: readonly object[],
  prefer?: string,
): Promise<{ manifest: Manifest; lines: Record<'output' | 'deleted' | 'error', Resource[]> }> {
  const place = placeOf(await kickOff(own, path, parameter, prefer));
  const reply = await ended(own, place);
  assert.equal(reply.status, 200, reply.text);
  const manifest = JSON.parse(reply.text) as Manifest;
  const linesOf = async (files: Manifest['output']): Promise<Resource[]> => {
    const all: Resource[] = [];
    for (const { url, type, count } of files) {
      const file = await server.request('GET', url.slice(baseUrl.length), { token: own });
      assert.deepEqual([file.status, file.headers.get('content-type')], [200, 'application/fhir+ndjson'], file.text);
      const lines = file.text.split('\n');
      assert.equal(lines.pop(), '');
      assert.equal(lines.length, count);
      const resources = lines.map((line) => JSON.parse(line) as Resource);
      assert.ok(resources.every(({ resourceType }) => resourceType === type));
      all.push(...resources);
    }
    return all;
  };
  const lines = {
    output: await linesOf(manifest.output),
    deleted: await linesOf(manifest.deleted),
    error: await linesOf(manifest.error),
  };
  assert.equal((await server.request('DELETE', place, { token: own })).status, 202);
  return { manifest, lines };
}

const named = (resources: readonly Resource[]): string[] =>
  resources.map(({ resourceType, id }) => `${resourceType}/${id}`).sort();

async function namesOf(...asked: Parameters<typeof exported>): Promise<string[]> {
  return named((await exported(...asked)).lines.output);
}

const reference = (patient: string): object => ({
  name: 'patient',
  valueReference: { reference: `Patient/${patient}` },
});

describe('an export from its beginning to its end', () => {
  it('has all that the token gives, as it is read, in files of one type', async () => {
    const own = await token('whole');
    const begun = Date.now();
    const { manifest, lines } = await exported(own, '/$export?_outputFormat=ndjson');
    assert.deepEqual([manifest.requiresAccessToken, manifest.deleted, manifest.error], [true, [], []]);
    assert.equal(manifest.request, `${baseUrl}/$export?_outputFormat=ndjson`);
    assert.ok(Math.abs(new Date(manifest.transactionTime).getTime() - begun) < 60_000, manifest.transactionTime);
    const all = ['Group/g1', 'Group/g2', 'Observation/b1', 'Observation/b2', 'Observation/b3', 'Observation/both'];
    assert.deepEqual(named(lines.output), [...all, 'Organization/o1', 'Patient/p1', 'Patient/p2', 'Patient/p3']);
    for (const line of lines.output)
      assert.deepEqual(line, (await server.request('GET', `/${line.resourceType}/${line.id}`)).json);
  });

  it('is of the scopes of the token alone', async () => {
    assert.deepEqual(await namesOf(await token('some', 'system/Organization.rs system/Group.rs'), '/$export'), [
      'Group/g1',
      'Group/g2',
      'Organization/o1',
    ]);
  });

  it('keeps each line in one, whatever the resource was written like', async () => {
    const written = `{\r\n  "resourceType": "Basic",\n\t"id": "lines", "code": { "text": "a\\nb\\u2028c" } }\n`;
    const headers = { 'content-type': 'application/fhir+json' };
    assert.equal((await server.request('PUT', '/Basic/lines', { headers, body: written })).status, 201);
    const { lines } = await exported(await token('lines'), '/$export?_type=Basic');
    assert.deepEqual(
      lines.output.map(({ code }) => code),
      [{ text: 'a\nb\u2028c' }],
    );
  });

  it('is of the records of patients alone, of all or of some', async () => {
    const own = await token('patients');
    const records = ['Observation/b1', 'Observation/b2', 'Observation/b3', 'Observation/both'];
    assert.deepEqual(await namesOf(own, '/Patient/$export'), [
      'Group/g1',
      'Group/g2',
      ...records,
      'Patient/p1',
      'Patient/p2',
      'Patient/p3',
    ]);
    const type = { name: '_type', valueString: 'Patient,Observation' };
    assert.deepEqual(await namesOf(own, '/Patient/$export', [type, reference('p1')]), [
      'Observation/b1',
      'Observation/both',
      'Patient/p1',
    ]);
    assert.deepEqual(await namesOf(own, '/Patient/$export', [type, reference('p2'), reference('p1')]), [
      'Observation/b1',
      'Observation/b2',
      'Observation/both',
      'Patient/p1',
      'Patient/p2',
    ]);
  });

  it('is of the members of a group, those who are not active left out', async () => {
    const own = await token('group');
    const records = ['Observation/b1', 'Observation/b3', 'Observation/both', 'Patient/p1', 'Patient/p3'];
    assert.deepEqual(await namesOf(own, '/Group/g1/$export?_type=Observation&_type=Patient'), records);
    const type = { name: '_type', valueCode: 'Patient' };
    assert.deepEqual(await namesOf(own, '/Group/g1/$export', [type, reference('p3')]), ['Patient/p3']);
  });

  it('is of the elements that are asked for, marked so', async () => {
    const { lines } = await exported(
      await token('elements'),
      '/$export?_type=Patient,Observation&_elements=Patient.birthDate,status',
    );
    const [first] = lines.output.filter(({ id }) => id === 'p1');
    const { meta, ...rest } = first!;
    assert.deepEqual(rest, { resourceType: 'Patient', id: 'p1', active: true, birthDate: '1990-05-14' });
    assert.equal((meta as { tag: { code: string }[] }).tag[0]?.code, 'SUBSETTED');
    const one = lines.output.find(({ id }) => id === 'b1')!;
    assert.deepEqual(Object.keys(one).sort(), ['code', 'id', 'meta', 'resourceType', 'status']);
  });

  it('is of what meets one of the filters of its type', async () => {
    await store(observation('draft', 'p2', 'preliminary'), observation('wrong', 'p2', 'entered-in-error'));
    const own = await token('filters');
    const filters = [
      'Observation?status=preliminary&subject=Patient/p2',
      'Observation?status=entered-in-error,cancelled',
    ];
    const query = new URLSearchParams({ _type: 'Observation,Organization', _typeFilter: filters.join() });
    assert.deepEqual(await namesOf(own, `/$export?${query}`), [
      'Observation/draft',
      'Observation/wrong',
      'Organization/o1',
    ]);
    const repeated = filters.map((filter) => ({ name: '_typeFilter', valueString: filter }));
    assert.deepEqual(await namesOf(own, '/$export', [{ name: '_type', valueString: 'Observation' }, ...repeated]), [
      'Observation/draft',
      'Observation/wrong',
    ]);
  });
});

describe('what has changed since the export before', () => {
  it('comes once, with what was deleted, and a time can be gone back to', async () => {
    const own = await token('since');
    const { manifest: first } = await exported(own, '/$export?_type=Patient');
    await store(
      { resourceType: 'Patient', id: 'p1', active: false },
      { resourceType: 'Patient', id: 'new' },
      { resourceType: 'Patient', id: 'gone' },
    );
    assert.equal((await server.request('DELETE', '/Patient/gone')).status, 200);
    const since = encodeURIComponent(first.transactionTime);
    const { manifest, lines } = await exported(own, `/$export?_type=Patient&_since=${since}`);
    assert.deepEqual(named(lines.output), ['Patient/new', 'Patient/p1']);
    const entry = [{ request: { method: 'DELETE', url: 'Patient/gone' } }];
    assert.deepEqual(lines.deleted, [{ resourceType: 'Bundle', type: 'transaction', entry }]);
    await store(observation('gone', 'p1'));
    assert.equal((await server.request('DELETE', '/Observation/gone')).status, 200);
    const ofPatients = await exported(own, `/Patient/$export?_type=Patient,Observation&_since=${since}`);
    assert.deepEqual(
      ofPatients.lines.deleted.map(({ entry: one }) => one),
      [[{ request: { method: 'DELETE', url: 'Observation/gone' } }], entry],
    );
    const ofGroup = await exported(own, `/Group/g2/$export?_type=Patient,Observation&_since=${since}`);
    assert.deepEqual(
      ofGroup.lines.deleted.map(({ entry: one }) => one),
      [[{ request: { method: 'DELETE', url: 'Observation/gone' } }]],
    );
    const behind = encodeURIComponent(manifest.transactionTime);
    assert.deepEqual((await exported(own, `/$export?_type=Patient&_since=${behind}`)).lines, {
      output: [],
      deleted: [],
      error: [],
    });
    const group = { resourceType: 'Group', id: 'left', type: 'person', membership: 'enumerated' };
    await store(
      { resourceType: 'Patient', id: 'left' },
      { ...group, member: [member('left'), member('p2')] },
      observation('left', 'left'),
    );
    for (const gone of ['Observation/left', 'Patient/left'])
      assert.equal((await server.request('DELETE', `/${gone}`)).status, 200);
    const { manifest: last, lines: ofMembers } = await exported(
      own,
      `/Group/left/$export?_type=Patient,Observation&_since=${since}`,
    );
    assert.deepEqual(
      [named(ofMembers.output), ofMembers.deleted.map(({ entry: one }) => one)],
      [[], ['Observation/left', 'Patient/left'].map((url) => [{ request: { method: 'DELETE', url } }])],
    );
    const afterwards = encodeURIComponent(last.transactionTime);
    assert.deepEqual(
      (await exported(own, `/Group/left/$export?_type=Patient,Observation&_since=${afterwards}`)).lines,
      {
        output: [],
        deleted: [],
        error: [],
      },
    );
    assert.equal((await server.request('DELETE', '/Group/left')).status, 200);
    const before = encodeURIComponent(new Date(new Date(first.transactionTime).getTime() + 1).toISOString());
    const then = (await exported(own, `/$export?_type=Patient&_until=${before}`)).lines.output;
    assert.deepEqual(
      then.map(({ id, active }) => [id, active]),
      [
        ['p1', true],
        ['p2', false],
        ['p3', undefined],
      ],
    );
  });
});

describe('a file', () => {
  let own: string;
  let place: string;
  let address: string;
  let text: string;
  before(async () => {
    own = await token('files');
    await store(...Array.from({ length: 40 }, (_, n) => observation(`many-${n}`, 'p1')));
    place = placeOf(await kickOff(own, '/$export?_type=Observation'));
    const { output } = JSON.parse((await ended(own, place)).text) as Manifest;
    assert.equal(output.length, 1);
    address = output[0]!.url.slice(baseUrl.length);
    text = (await file()).text;
  });
  const file = (headers: Record<string, string> = {}, options: RequestOptions = {}): Promise<Reply> =>
    server.request('GET', address, { token: own, headers: { 'accept-encoding': 'identity', ...headers }, ...options });

  it('is taken in parts', async () => {
    assert.equal((await file()).headers.get('content-length'), String(text.length));
    const tag = (await file()).headers.get('etag')!;
    for (const [range, first, last] of [
      ['bytes=0-99', 0, 99],
      ['bytes=500-', 500, text.length - 1],
      ['bytes=-50', text.length - 50, text.length - 1],
      ['bytes=300-99999999', 300, text.length - 1],
    ] as const) {
      const part = await file({ range });
      assert.deepEqual([part.status, part.text], [206, text.slice(first, last + 1)], range);
      assert.equal(part.headers.get('content-range'), `bytes ${first}-${last}/${text.length}`);
    }
    const beyond = await file({ range: `bytes=${text.length}-` });
    assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, `bytes */${text.length}`]);
    for (const [name, value] of [
      ['if-range', '"other"'],
      ['x', 'y'],
    ] as const)
      assert.equal((await file({ range: name === 'x' ? 'bytes=0-1,4-5' : 'bytes=0-1', [name]: value })).status, 200);
    assert.equal((await file({ range: 'bytes=0-1', 'if-range': tag })).status, 206);
    assert.equal((await file({ 'if-none-match': tag })).status, 304);
  });

  it('is told of by its head without being read', async () => {
    const head = await server.request('HEAD', address, { token: own, headers: { 'accept-encoding': 'identity' } });
    assert.deepEqual([head.status, head.headers.get('content-length'), head.text], [200, String(text.length), '']);
  });

  it('is compressed for who takes that', async () => {
    const response = await fetch(server.url + address, {
      headers: { authorization: `Bearer ${own}`, 'accept-encoding': 'gzip' },
    });
    assert.equal(response.headers.get('content-encoding'), 'gzip');
    assert.equal(await response.text(), text);
  });

  it('is not gone on with where the part before it was compressed', async () => {
    const whole = await file();
    assert.deepEqual(
      ['etag', 'accept-ranges'].map((name) => whole.headers.get(name)?.slice(0, 1)),
      ['"', 'b'],
    );
    for (const coding of ['gzip', 'br']) {
      const coded = await file({ 'accept-encoding': coding });
      const tag = coded.headers.get('etag')!;
      assert.deepEqual([coded.headers.get('accept-ranges'), tag.slice(0, 3)], ['none', 'W/"'], coding);
      const again = await file({ range: 'bytes=100-', 'if-range': tag, 'accept-encoding': coding });
      assert.equal(again.status, 200, coding);
      const same = await file({ 'if-none-match': tag, 'accept-encoding': coding });
      assert.deepEqual([same.status, same.headers.get('etag')], [304, tag]);
    }
  });

  it('is there for nobody else, and no longer when the export is deleted', async () => {
    for (const other of [
      await token('stranger'),
      await token('files', 'system/Patient.rs'),
      await token('files', 'system/*.cruds'),
    ]) {
      for (const path of [place, address]) {
        const reply = await server.request('GET', path, { token: other });
        assert.deepEqual([reply.status, reply.code], [404, 'job-unknown'], path);
      }
      assert.equal((await server.request('DELETE', place, { token: other })).status, 404);
    }
    assert.equal((await server.request('GET', address, { token: null })).status, 401);
    for (const wrong of [address.replace('0.ndjson', '7.ndjson'), address.replace('.ndjson', ''), `${place}/..%2F..`])
      assert.ok([400, 404].includes((await server.request('GET', wrong, { token: own })).status), wrong);
    assert.ok((await readdir(folder)).includes(place.split('/')[2]!));
    assert.equal((await server.request('DELETE', place, { token: own })).status, 202);
    for (const path of [place, address])
      assert.equal((await server.request('GET', path, { token: own })).code, 'job-unknown');
    assert.ok(!(await readdir(folder)).includes(place.split('/')[2]!));
  });
});

describe('the trail', () => {
  it('has the run with what it has put into files, and the patients of what is taken', async () => {
    const own = await token('trail');
    const id = 'export-trail';
    const headers = { ...asynchronously, 'x-request-id': id };
    const place = placeOf(await server.request('GET', '/$export?_type=Patient,Organization', { token: own, headers }));
    const { output } = JSON.parse((await ended(own, place)).text) as Manifest;
    const [asked, run, ...more] = await server.of(id);
    assert.deepEqual([asked?.content['interaction'], asked?.content['status'], more], ['$export', 202, []]);
    const counts = Object.fromEntries(output.map(({ type, count }) => [type, count]));
    const count = Object.values(counts).reduce((sum, one) => sum + one, 0);
    assert.deepEqual([run?.content['status'], run?.content['counts'], run?.content['count']], [200, counts, count]);
    assert.deepEqual([run?.content['client'], run?.patient], ['trail', null]);
    const file = output.find(({ type }) => type === 'Patient')!.url.slice(baseUrl.length);
    const patients = async (request: string, range?: string): Promise<string[]> => {
      const asking = { 'accept-encoding': 'identity', 'x-request-id': request, ...(range !== undefined && { range }) };
      const { text } = await server.request('GET', file, { token: own, headers: asking });
      const found = (await server.of(request)).flatMap(({ patient }) => patient ?? []);
      const names = new Map(['new', 'p1', 'p2', 'p3'].map((name) => [server.pseudonym(name), name]));
      return [...found.map((one) => names.get(one) ?? one).sort(), text];
    };
    const [text, ...all] = (await patients('whole')).reverse();
    assert.deepEqual(all.reverse(), ['new', 'p1', 'p2', 'p3']);
    // Nor does a line of some elements keep it from the trail whose it is, or an escape, as JSON permits, what is in others.
    const raw =
      '{"resourceType":"Observation","id":"escaped","status":"final","code":{"text":"\\u0041\\/"},"subject":{"reference":"Patient\\/p1"}}';
    const stored = await server.request('PUT', '/Observation/escaped', {
      headers: { 'content-type': 'application/fhir+json' },
      body: raw,
    });
    assert.equal(stored.status, 201, stored.text);
    const parts = placeOf(await kickOff(own, '/$export?_type=Observation&_elements=code'));
    const [observations] = (JSON.parse((await ended(own, parts)).text) as Manifest).output;
    const taking = { 'accept-encoding': 'identity', 'x-request-id': 'partly' };
    const taken = await server.request('GET', observations!.url.slice(baseUrl.length), { token: own, headers: taking });
    assert.ok(!taken.text.includes('Patient/') && taken.text.includes('"escaped"'));
    const recorded = new Set((await server.of('partly')).map(({ patient }) => patient));
    for (const name of ['p1', 'p2', 'p3']) assert.ok(recorded.has(server.pseudonym(name)), name);
    // A range that begins and ends within a line tells of its patient.
    const at = text!.indexOf('"id":"p2"') + 8;
    assert.deepEqual((await patients('part', `bytes=${at}-${at + 3}`)).slice(0, -1), ['p2']);
  });
});

describe('what is refused before it begins', () => {
  const cases: readonly (readonly [
    path: string,
    status: number,
    code: string,
    told: RegExp,
    parameter?: readonly object[],
  ])[] = [
    ['/$export?_type=Patiemt', 400, 'parameter-invalid', /Patiemt/],
    ['/$export?_type=AuditEvent', 400, 'parameter-invalid', /trail/],
    ['/$export?_type=Binary', 400, 'parameter-invalid', /Binary/],
    ['/Patient/$export?_type=Organization', 400, 'parameter-invalid', /compartment/],
    ['/$export?_outputFormat=text/csv', 400, 'parameter-invalid', /ndjson/],
    ['/$export?_since=yesterday', 400, 'parameter-invalid', /instant/],
    ['/$export?_since=2026-01-02T00:00:00Z&_until=2026-01-01T00:00:00Z', 400, 'parameter-invalid', /_until/],
    ['/$export?_elements=Patient.name.family', 400, 'parameter-invalid', /_elements/],
    ['/$export?_elements=colour', 400, 'parameter-invalid', /colour/],
    ['/$export?_typeFilter=Patient', 400, 'parameter-invalid', /_typeFilter/],
    ['/$export?_type=Patient&_typeFilter=Observation%3Fstatus=final', 400, 'parameter-invalid', /not exported/],
    ['/$export?_typeFilter=Observation%3F_include=Observation:subject', 400, 'parameter-invalid', /_include/],
    ['/$export?_typeFilter=Observation%3Fsubject.name=x', 400, 'parameter-invalid', /chains/],
    ['/$export?_typeFilter=Observation%3Fcolour=x', 400, 'search-parameter-unknown', /colour/],
    ['/$export?organizeOutputBy=Patient', 400, 'parameter-unknown', /_typeFilter/],
    ['/$export?includeAssociatedData=LatestProvenanceResources', 400, 'parameter-unknown', /_type/],
    ['/Patient/$export?patient=Patient/p1', 400, 'parameter-invalid', /POST/],
    ['/Patient/$export', 400, 'parameter-invalid', /Patient\/nobody/, [reference('nobody')]],
    ['/Group/g1/$export', 400, 'parameter-invalid', /no member/, [reference('p2')]],
    ['/Group/none/$export', 404, 'resource-not-found', /none/],
    ['/$export', 400, 'parameter-unknown', /knows/, [reference('p1')]],
  ];
  for (const [path, status, code, told, parameter] of cases)
    it(`${parameter === undefined ? 'GET' : 'POST'} ${path}`, async () => {
      const reply = await kickOff(await token('refused'), path, parameter);
      assert.deepEqual([reply.status, reply.code], [status, code], reply.text);
      assert.match(reply.diagnostics, told);
    });

  it('without Prefer: respond-async, and says so', async () => {
    for (const path of ['/$export', '/Patient/$export', '/Group/g1/$export']) {
      const reply = await server.request('GET', path, { token: await token('refused') });
      assert.deepEqual([reply.status, reply.code], [400, 'async-required']);
      assert.match(reply.diagnostics, /Prefer: respond-async/);
    }
  });

  it('the token of a person, one that reads nothing, and a type that it does not give', async () => {
    for (const claims of [
      { scope: 'patient/*.rs', patient: 'p1' },
      { scope: 'user/*.rs', fhirUser: `${baseUrl}/Practitioner/d` },
      { scope: 'system/Patient.c' },
    ]) {
      const reply = await kickOff(await server.sso.token({ client_id: 'people', ...claims }), '/$export');
      assert.equal(reply.status, 403, reply.text);
    }
    const own = await token('people', 'system/Patient.rs');
    assert.equal((await kickOff(own, '/$export?_type=Observation')).code, 'scope-insufficient');
    assert.equal((await kickOff(await token('people', 'system/Patient.r'), '/$export?_type=Patient')).status, 403);
  });

  it('a third export beside two that are not ended', async () => {
    const own = await token('eager');
    const places: string[] = [];
    let last: Reply | undefined;
    for (let n = 0; n < 12 && last?.status !== 429; n += 1) {
      last = await kickOff(own, '/$export?_type=Organization');
      if (last.status === 202) places.push(placeOf(last));
    }
    assert.deepEqual(
      [last?.status, last?.code, last?.headers.get('retry-after') !== null],
      [429, 'too-many-requests', true],
    );
    for (const place of places) assert.equal((await server.request('DELETE', place, { token: own })).status, 202);
  });

  it('but what a lenient client sends beside', async () => {
    const prefer = 'respond-async, handling=lenient';
    const own = await token('lenient');
    assert.deepEqual(
      await namesOf(
        own,
        '/Patient/$export?_type=Patient,Organization&organizeOutputBy=Patient&_type=Colour',
        undefined,
        prefer,
      ),
      [...['Patient/new', 'Patient/p1', 'Patient/p2', 'Patient/p3']],
    );
    const more = [
      { name: 'colour', valueString: 'red' },
      { name: '_type', valueString: 'Organization' },
    ];
    assert.deepEqual(await namesOf(own, '/$export', more, prefer), ['Organization/o1']);
  });
});

describe('the files that are made', () => {
  const job = crypto.randomUUID();

  it('rest when they are whole and noted, and behind each page, whether it has lines or not', async () => {
    const done: string[] = [];
    const store = {
      sizes: () => Promise.resolve({ all: 0, own: 0 }),
      addFiles: () => Promise.resolve(done.push('noted') > 0),
    };
    const work = {
      attempt: { id: job, attempt: 1, holder: 'x' },
      made: (bytes: number) => Promise.resolve(void done.push(`rests for ${bytes} bytes`)),
    };
    const exports = { store, folder: openFolder(folder), most: { own: 1e9, all: 1e9 } };
    const services = { policies: { fresh: () => Promise.resolve(), current: () => undefined } };
    const files = new ExportFiles({ services, exports, work, client: 'x' } as unknown as Making, 0);
    await files.turnTo('Basic');
    const place = { type: 'Basic', part: 0, behind: 'a' };
    await files.reached(place);
    await files.add('output', Buffer.from('{}\n'));
    await files.reached(place);
    await files.finish();
    assert.deepEqual(done, ['rests for 0 bytes', 'rests for 0 bytes', 'noted', 'rests for 3 bytes']);
    await exports.folder.remove(job);
  });
});

describe('the files of a holder that has lost the job', () => {
  it('are removed, and those of the next holder are not', async () => {
    const job = crypto.randomUUID();
    const files = openFolder(folder);
    for (const [number, attempt] of [
      [0, 1],
      [1, 1],
      [1, 2],
      [1, 3],
    ] as const)
      await (await files.create(job, { number, attempt })).close();
    await files.removeOthers(job, [{ number: 0, attempt: 1 }], 2);
    assert.deepEqual((await readdir(join(folder, job))).sort(), ['0-1.ndjson', '1-3.ndjson']);
    await files.remove(job);
  });
});

describe('the patients of a part', () => {
  it('are the only ones that are read, whoever else has changed', async () => {
    const asked: unknown[] = [];
    const snapshots = {
      changedSince: () => Promise.resolve(['a', 'other']),
      pageOf: (_type: string, _times: unknown, ids: readonly string[]) => {
        asked.push(ids);
        return Promise.resolve({ versions: [], last: undefined });
      },
    };
    const patients = { ids: ['a', 'hidden'], places: new Map([['a', 0]]), gone: new Set() };
    const times = { until: new Date(), since: new Date(0) };
    const of = { services: { unguarded: { snapshots } }, asked: { types: ['Patient'] }, times, patients };
    for await (const { place } of walk(of as unknown as Walk)) assert.equal(place.part, 0);
    assert.deepEqual(asked, [['a']]);
  });
});

describe('beside those who write', () => {
  it('has exactly what was stored up to its time, each resource once, and the exports that follow have the rest', async () => {
    const own = await token('exact');
    const found = await exact(server, { writers: 6, writes: 25, resources: 40, tag: 'short' }, (path) =>
      exported(own, path),
    );
    assert.deepEqual(found.faults, []);
    assert.ok(found.versions > 100 && found.exports >= 3, JSON.stringify(found));
  });
});

describe('what is wrong while it runs', () => {
  it('is told of a disk that takes nothing, and no file is left', async () => {
    const own = await token('disk');
    const aside = `${folder}-aside`;
    await mkdir(aside, { recursive: true });
    await rename(folder, `${aside}/kept`);
    await writeFile(folder, 'a file in the place of the folder');
    try {
      const place = placeOf(await kickOff(own, '/$export?_type=Organization'));
      const reply = await ended(own, place);
      assert.deepEqual([reply.status, reply.code], [507, 'export-storage-failed'], reply.text);
      assert.match(reply.diagnostics, /ENOTDIR|EEXIST/);
      assert.ok(!reply.text.includes(folder), 'no path of the server is told');
      await server.request('DELETE', place, { token: own });
    } finally {
      await rm(folder);
      await rename(`${aside}/kept`, folder);
      await rm(aside, { recursive: true });
    }
  });

  it('is told of files that are too large, and no file is left', async () => {
    const own = await token('large');
    const text = { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${'x'.repeat(900_000)}</div>` };
    await store(...[1, 2, 3, 4, 5].map((n) => ({ resourceType: 'Device', id: `d${n}`, text })));
    const place = placeOf(await kickOff(own, '/$export?_type=Device'));
    const reply = await ended(own, place);
    assert.deepEqual([reply.status, reply.code], [422, 'export-too-large'], reply.text);
    assert.ok(!(await readdir(folder)).includes(place.split('/')[2]!));
  });
});

describe('what the rules of access hide', () => {
  it('is in no file and no count: by policies, and by a consent', async () => {
    const own = await token('limited');
    const rule = {
      name: 'hidden',
      effect: 'deny',
      who: { client: ['limited'] },
      types: ['Patient'],
      interactions: ['read', 'search'],
      criteria: '_id=p2',
    } as const;
    const limit = {
      name: 'parts',
      effect: 'limit',
      who: { client: ['limited'] },
      types: ['Patient'],
      interactions: [],
      hide: ['birthDate', 'name'],
    } as const;
    const actor = [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'limited' } } }];
    await store({
      resourceType: 'Consent',
      id: 'no',
      status: 'active',
      decision: 'permit',
      subject: { reference: 'Patient/p3' },
      provision: [{ actor }],
    });
    await server.store.buildConsents();
    await activatePolicies(server, { others: 'as-scoped', rules: [rule, limit], consent: 'enforced' });
    try {
      const { manifest, lines } = await exported(own, '/$export?_type=Patient,Observation');
      const patients = lines.output.filter(({ resourceType }) => resourceType === 'Patient');
      assert.deepEqual(named(patients), ['Patient/new', 'Patient/p1']);
      assert.ok(patients.every((one) => one['birthDate'] === undefined && one['name'] === undefined));
      const text = JSON.stringify(lines.output);
      assert.ok(!text.includes('Patient/p3'), 'the consent holds');
      assert.equal(manifest.output.find(({ type }) => type === 'Patient')?.count, 2);
      // A group is in the compartments of its members: what one of them refuses is not there, as for a read.
      assert.equal((await kickOff(own, '/Group/g1/$export')).code, 'resource-not-found');
      assert.deepEqual(await namesOf(own, '/Group/g2/$export?_type=Patient'), ['Patient/p1']);
      const hidden = await kickOff(own, '/Patient/$export', [reference('p2')]);
      const never = await kickOff(own, '/Patient/$export', [reference('p9')]);
      assert.deepEqual([hidden.status, hidden.diagnostics], [never.status, never.diagnostics.replace('p9', 'p2')]);
    } finally {
      await activateVersion(server, undefined);
    }
  });
});

describe('an export that takes long', () => {
  /** More than what is written at once, behind which a worker rests. */
  const many = 700;
  let sql: Sql;
  before(async () => {
    await worker.close();
    worker = await startWorker({ share: 0.1, sign: 50 });
    sql = connect(server.ownerUrl, { max: 1 });
    await store(...[5, 6].map((n) => ({ resourceType: 'Patient', id: `p${n}` })), {
      resourceType: 'Basic',
      id: 'first',
      code: { text: 'x' },
    });
    await server.store.bulkInsert(
      (async function* () {
        for (let n = 0; n < many; n += 1) {
          const resource = {
            ...observation(`long-${n}`, n % 2 === 0 ? 'p5' : 'p6'),
            note: [{ text: 'x'.repeat(2_000) }],
          };
          yield { type: 'Observation', id: resource.id, source: scanJson(JSON.stringify(resource)), resource };
        }
      })(),
    );
  });
  after(async () => {
    await sql.end();
  });

  /** Waits until a part of its last file is written. */
  async function rests(own: string, place: string): Promise<void> {
    for (const end = performance.now() + 60_000; performance.now() < end;) {
      const reply = await server.request('GET', place, { token: own });
      const [, made = '0'] = /running, ([\d.]+) MB/.exec(reply.headers.get('x-progress') ?? '') ?? [];
      assert.ok(reply.status === 202 || reply.status === 429, 'it is still running');
      if (Number(made) >= 1) return;
      await delay(260);
    }
    assert.fail('nothing is written');
  }

  it('is gone on with by the next holder, behind the files that are whole', async () => {
    const own = await token('resumed');
    const place = placeOf(await kickOff(own, '/$export?_type=Basic,Observation'));
    const job = place.split('/')[2]!;
    // As when the holder was killed, and its time is over: it wakes up while another one has the job. In the moment in which the first file is whole,
    // by a statement that waits for nobody: on a busy machine the holder would be through.
    const end = performance.now() + 60_000;
    let moved = 0;
    while (moved === 0 && performance.now() < end) {
      const { count } = await sql`
        update fhir.job set holder = gen_random_uuid(), due = now() where id = ${job}::uuid
          and exists (select from fhir.export_file where job = ${job}::uuid)`;
      moved = count;
      await delay(2);
    }
    const reply = await ended(own, place);
    assert.equal(reply.status, 200, reply.text);
    const { output } = JSON.parse(reply.text) as Manifest;
    const files = await sql<{ attempt: number; type: string }[]>`
      select attempt, type from fhir.export_file where job = ${job}::uuid order by number`;
    assert.deepEqual(
      files.map(({ attempt, type }) => [attempt, type]),
      [
        [1, 'Basic'],
        [2, 'Observation'],
      ],
    );
    const all = await server.store.statistics();
    for (const { type, count } of output) assert.equal(count, all.find((one) => one.type === type)?.count, type);
    assert.equal((await readdir(join(folder, job))).length, 2, 'what the first holder left is gone');
    await server.request('DELETE', place, { token: own });
  });

  it('ends when its client is revoked while it runs, and leaves no file', async () => {
    const own = await token('revoked');
    const place = placeOf(await kickOff(own, '/$export?_type=Observation'));
    await rests(own, place);
    const at = server.sso.revoke('client:revoked');
    const claims = { scope: 'system/*.rs', client_id: 'revoked', sub: 'revoked', iat_ms: at.getTime() + 1 };
    const reply = await ended(await server.sso.token(claims), place);
    // The token of who asks is good: 401 would speak of that.
    assert.deepEqual([reply.status, reply.code], [403, 'token-revoked'], reply.text);
    assert.ok(!(await readdir(folder)).includes(place.split('/')[2]!));
  });

  it('follows a consent that comes while it runs, and says that some came', async () => {
    const own = await token('followed');
    await activatePolicies(server, { others: 'as-scoped', rules: [], consent: 'enforced' });
    try {
      // Of the Observations no line says whose it is.
      const place = placeOf(await kickOff(own, '/$export?_type=Observation,Patient&_elements=Observation.note'));
      await rests(own, place);
      const actor = [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'followed' } } }];
      await store({
        resourceType: 'Consent',
        id: 'late',
        status: 'active',
        decision: 'permit',
        subject: { reference: 'Patient/p5' },
        provision: [{ actor }],
      });
      const { output, error } = JSON.parse((await ended(own, place)).text) as Manifest;
      for (const { url: file, count, type } of output) {
        const { text } = await server.request('GET', file.slice(baseUrl.length), { token: own });
        assert.doesNotMatch(text, /"id":"(p5|long-\d*[02468])"/, `${type} tells of the patient`);
        assert.equal(text.split('\n').length - 1, count);
        if (type === 'Observation') assert.ok(count >= many / 2 && text.includes('"id":"long-1"'));
      }
      const told = await server.request('GET', error[0]!.url.slice(baseUrl.length), { token: own });
      assert.equal(error.length, 1);
      assert.match(told.text, /"export-rules-changed"/);
      assert.ok(!told.text.includes('p5'));
    } finally {
      await activateVersion(server, undefined);
    }
  });
});
