/** `$bulk-submit` and `$bulk-submit-status` over HTTP: manifests of another system, and which failures they survive. docs/bulk-export.md */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from '@dhp/postgres';
import type { FhirOptions } from '../src/index.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { fast } from './jobs/pace.ts';

const folder = join(tmpdir(), `dhp-submit-${crypto.randomUUID()}`);
const served = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
const asked: string[] = [];
const files = createServer((request, response) => {
  asked.push(request.url ?? '');
  const serve = served.get(request.url ?? '');
  if (serve === undefined) response.writeHead(404).end();
  else serve(request, response);
});
let host = '';
let server: TestServer;

const options = (): Partial<FhirOptions> => ({
  ...{ requireIfMatch: false, referenceIntegrity: 'enforce', exports: { folder } },
  imports: { allowedHosts: [host], most: { idle: 300, inputs: 20 } },
});

before(async () => {
  await new Promise<void>((listening) => files.listen(0, '127.0.0.1', listening));
  host = `127.0.0.1:${String((files.address() as AddressInfo).port)}`;
  server = await startServer({ ...options(), jobs: { pace: fast } });
});
after(async () => {
  files.closeAllConnections();
  files.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const person = (id: string, more: object = {}): object => ({ resourceType: 'Patient', id, active: true, ...more });
const observation = (id: string, of: string): object => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
  subject: { reference: `Patient/${of}` },
});
const urlOf = (name: string): string => `http://${host}/${name}`;
const source = 'https://source.example/fhir';

function serveLines(name: string, ...resources: readonly object[]): { readonly type: string; readonly url: string } {
  const text = resources.map((each) => `${JSON.stringify(each)}\n`).join('');
  served.set(`/${name}`, (_, response) => response.end(text));
  return { type: (resources[0] as { resourceType: string }).resourceType, url: urlOf(name) };
}

function serveManifest(name: string, output: readonly object[], more: object = {}): string {
  const body = { transactionTime: '2026-11-01T00:00:00Z', requiresAccessToken: false, output, ...more };
  served.set(`/${name}`, (_, response) => response.end(JSON.stringify(body)));
  return urlOf(name);
}

type Part = Readonly<Record<string, unknown>>;
const status = (code: string): Part => ({
  name: 'submissionStatus',
  valueCoding: { system: 'http://hl7.org/fhir/event-status', code },
});
const named = (id: string): Part[] => [
  { name: 'submitter', valueIdentifier: { system: 'urn:registry', value: 'one' } },
  { name: 'submissionId', valueString: id },
];
const manifest = (url: string): Part[] => [
  { name: 'manifestUrl', valueUrl: url },
  { name: 'fhirBaseUrl', valueUrl: source },
];
const pair = (name: string, first: Part, second: Part): Part => ({ name, part: [first, second] });
const header = (name: string, value: string): Part =>
  pair('fileRequestHeader', { name: 'headerName', valueString: name }, { name: 'headerValue', valueString: value });

const token = (scope = 'system/*.cruds', client: string = crypto.randomUUID()): Promise<string> =>
  server.sso.token({ scope, client_id: client, sub: client });

const post = (path: string, own: string, parts: readonly Part[], by = server, headers = {}): Promise<Reply> =>
  by.request('POST', path, {
    token: own,
    headers: { 'content-type': 'application/fhir+json', ...headers },
    body: JSON.stringify({ resourceType: 'Parameters', ...(parts.length > 0 && { parameter: parts }) }),
  });
const submit = (own: string, id: string, ...parts: readonly Part[]): Promise<Reply> =>
  post('/$bulk-submit', own, [...named(id), ...parts]);

async function taken(own: string, id: string, ...parts: readonly Part[]): Promise<void> {
  const reply = await submit(own, id, ...parts);
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.json['resourceType'], 'OperationOutcome');
}

async function placeOf(own: string, id: string, by = server): Promise<string> {
  const reply = await post('/$bulk-submit-status', own, named(id), by, { prefer: 'respond-async' });
  assert.equal(reply.status, 202, reply.text);
  return (reply.headers.get('content-location') ?? '').slice(baseUrl.length);
}

interface Manifest {
  readonly submissionId: string;
  readonly manifestType: string;
  readonly transactionTime: string;
  readonly requiresAccessToken: boolean;
  readonly output: readonly unknown[];
  readonly outcome: readonly {
    readonly url: string;
    readonly manifestUrl: string;
    readonly count: number;
    readonly countSeverity: readonly { readonly code: string; readonly count: number }[];
  }[];
}
interface Outcome {
  readonly extension?: readonly { readonly url: string; readonly valueReference: { readonly reference: string } }[];
  readonly issue: readonly { readonly severity: string; readonly diagnostics: string }[];
}

async function ended(own: string, id: string, by = server): Promise<Reply> {
  const place = await placeOf(own, id, by);
  for (const end = performance.now() + 30_000; performance.now() < end;) {
    await delay(270);
    const reply = await by.request('GET', place, { token: own });
    if (reply.status !== 429 && reply.status !== 503 && reply.status !== 202) return reply;
  }
  assert.fail('the submission does not end');
}

async function outcomes(own: string, id: string): Promise<{ told: Manifest; lines: Outcome[][] }> {
  const reply = await ended(own, id);
  assert.equal(reply.status, 200, reply.text);
  const told = JSON.parse(reply.text) as Manifest;
  assert.equal(told.submissionId, id);
  assert.match(told.manifestType, /BulkSubmitStatusManifest$/);
  const lines = await Promise.all(
    told.outcome.map(async ({ url, count, countSeverity }) => {
      const file = await server.request('GET', url.slice(baseUrl.length), { token: own });
      assert.match(file.headers.get('content-type') ?? '', /ndjson/);
      const all = file.text.split('\n').slice(0, -1);
      const read = all.map((line) => JSON.parse(line) as Outcome);
      assert.equal(read.length, count);
      const issues = Object.groupBy(
        read.flatMap(({ issue }) => issue),
        ({ severity }) => severity,
      );
      const counted = Object.fromEntries(countSeverity.map((each) => [each.code, each.count]));
      assert.deepEqual(counted, Object.fromEntries(Object.entries(issues).map(([code, of]) => [code, of?.length])));
      return read;
    }),
  );
  return { told, lines };
}

const first = (lines: readonly Outcome[]): string => lines[0]!.issue[0]!.diagnostics;

describe('a submission', () => {
  it('takes the files of all its manifests as if of one, and only when it is completed', async () => {
    const own = await token();
    const one = serveManifest('m1', [serveLines('m1-o', observation('s2', 's1'))]);
    const second = serveLines('m2-p2', person('s3'), { ...person('s4'), birthDate: 'yesterday' });
    const next = { link: [{ relation: 'next', url: serveManifest('m2-next', [second]) }] };
    const two = serveManifest('m2', [serveLines('m2-p', person('s1'))], next);
    await taken(own, 'a', ...manifest(one));
    await taken(own, 'a', ...manifest(two), status('in-progress'));
    const place = await placeOf(own, 'a');
    const before = await server.request('GET', place, { token: own });
    assert.equal(before.status, 202, before.text);
    assert.ok(!asked.includes('/m1'), 'nothing is fetched yet');
    await taken(own, 'a', status('completed'));
    const { told, lines } = await outcomes(own, 'a');
    assert.deepEqual(
      told.outcome.map(({ manifestUrl }) => manifestUrl),
      [one, two],
    );
    assert.deepEqual(told.output, []);
    assert.match(first(lines[0]!), /m1-o: 1 created, 0 updated, 0 unchanged, 0 rejected/);
    const rejected = lines[1]!.find(({ extension }) => extension !== undefined)!;
    assert.equal(rejected.extension?.[0]?.valueReference.reference, `${source}/Patient/s4`);
    assert.match(JSON.stringify(rejected.issue), /Patient\.birthDate.*Line 2 of .*m2-p2/);
    for (const [type, id] of [
      ['Patient', 's1'],
      ['Observation', 's2'],
      ['Patient', 's3'],
    ])
      assert.equal((await server.request('GET', `/${type!}/${id!}`)).status, 200);
    // A Provenance accounts for it, as for any import.
    assert.equal((await server.request('GET', '/Provenance?target=Patient/s3')).json['total'], 1);
  });

  /** Returns the stored header fields, and the requests that have any. */
  async function stored(): Promise<string> {
    const owner = connect(server.ownerUrl, { max: 1, applicationName: 'dhp test submit' });
    try {
      const [row] = await owner<{ kept: string }[]>`
        select string_agg(m.headers, '') || coalesce(string_agg(case when j.input || coalesce(j.body::text, '') like '%abc.def%' then 'abc.def' end, ''), '') as kept
        from fhir.submission_manifest m join fhir.submission s on s.job = m.job join fhir.job j on j.id = m.job
        where s.submission = 'h'`;
      return row!.kept;
    } finally {
      await owner.end({ timeout: 5 });
    }
  }

  it('sends its header fields with each fetch, tells them to nobody, and forgets them', async () => {
    const own = await token();
    const secret = 'Bearer abc.def';
    const file = serveLines('h-p', person('h1'));
    const url = serveManifest('h', [file]);
    for (const path of ['/h', '/h-p']) {
      const open = served.get(path)!;
      served.set(path, (request, response) =>
        request.headers.authorization === secret ? open(request, response) : response.writeHead(401).end(),
      );
    }
    await taken(own, 'h', ...manifest(url), header('Authorization', secret));
    assert.doesNotMatch(await stored(), /abc\.def/, 'it is sealed');
    await taken(own, 'h', status('completed'));
    const { told, lines } = await outcomes(own, 'h');
    assert.match(first(lines[0]!), /1 created/);
    const list = (await server.request('GET', '/$job', { token: own })).text;
    assert.doesNotMatch(list + JSON.stringify([told, lines]), /abc\.def/);
    assert.equal(await stored(), '', 'it is forgotten');
  });

  it('takes the manifest that replaces another, and nothing of one that is stopped', async () => {
    const own = await token();
    const wrong = serveManifest('r1', [serveLines('r1-p', person('r1'))]);
    const right = serveManifest('r2', [serveLines('r2-p', person('r2'))]);
    await taken(own, 'r', ...manifest(wrong));
    const replaces = { name: 'replacesManifestUrl', valueUrl: wrong };
    await taken(own, 'r', ...manifest(right), replaces, status('completed'));
    const { lines } = await outcomes(own, 'r');
    assert.match(first(lines[0]!), /was replaced/);
    assert.match(first(lines[1]!), /1 created/);
    assert.equal((await server.request('GET', '/Patient/r1')).status, 404);
    const gone = serveManifest('r3', [serveLines('r3-p', person('r3'))]);
    await taken(own, 'stopped', ...manifest(gone));
    await taken(own, 'stopped', status('stopped'));
    assert.match(first((await outcomes(own, 'stopped')).lines[0]!), /was stopped/);
    assert.deepEqual(
      ['/r1', '/r3'].filter((path) => asked.includes(path)),
      [],
    );
    const late = await submit(own, 'stopped', ...manifest(right));
    assert.deepEqual([late.status, late.code], [409, 'submission-conflict']);
  });

  it('creates only, where that is wanted, and is as good the second time', async () => {
    const own = await token();
    const mode = pair(
      'import',
      { name: 'parameterUrl', valueUri: 'urn:dhp:import-mode' },
      { name: 'parameterValue', valueString: 'create' },
    );
    const file = serveLines('c-p', person('c1'));
    const all = [...manifest(serveManifest('c', [file])), mode, status('completed')];
    await taken(own, 'c', ...all);
    // The answer was lost: the same again is no other request.
    await taken(own, 'c', ...all);
    await outcomes(own, 'c');
    serveLines('c-p', person('c1', { active: false }), person('c2'));
    await taken(own, 'c again', ...all);
    assert.match(first((await outcomes(own, 'c again')).lines[0]!), /1 created, 0 updated, 0 unchanged, 1 rejected/);
    assert.equal((await server.request('GET', '/Patient/c1')).json['active'], true);
  });

  it('tells of a manifest, or a file, that cannot be had, and takes the others', async () => {
    const own = await token();
    served.set('/f-text', (_, response) => response.end('no manifest'));
    served.set('/f-moved', (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end());
    served.set('/f-hangs', () => undefined);
    const good = serveLines('f-p', person('f1'));
    const faults = [
      [urlOf('f-text'), /is no JSON/],
      [urlOf('f-moved'), /answered with 302/],
      [urlOf('f-hangs'), /f-hangs: .*(nothing|did not answer)/],
      [serveManifest('f-deleted', [good], { deleted: [{ url: urlOf('x') }] }), /has deleted/],
      [serveManifest('f-by', [good], { outputOrganizedBy: 'Patient' }), /outputOrganizedBy/],
      [serveManifest('f-loop', [], { link: [{ relation: 'next', url: urlOf('f-loop') }] }), /one of them again/],
      [serveManifest('f-type', [{ type: 'Nothing', url: good.url }]), /no resource type/],
      [
        serveManifest(
          'f-many',
          Array.from({ length: 21 }, () => good),
        ),
        /more than the \d+ files/,
      ],
      [serveManifest('f-inside', [{ type: 'Patient', url: 'https://10.0.0.1/x' }]), /internal address/],
    ] as const;
    for (const [url] of faults) await taken(own, 'f', ...manifest(url));
    await taken(own, 'f', ...manifest(serveManifest('f', [good, serveLines('f-none', person('f2'))])));
    served.delete('/f-none');
    await taken(own, 'f', ...manifest(serveManifest('f-empty', [])), status('completed'));
    const { told, lines } = await outcomes(own, 'f');
    for (const [n, [url, why]] of faults.entries()) {
      assert.equal(told.outcome[n]!.manifestUrl, url);
      assert.match(JSON.stringify(lines[n]), why);
      assert.equal(lines[n]![0]!.issue[0]!.severity, 'error');
    }
    assert.match(first(lines[9]!), /f-p: 1 created/);
    assert.match(JSON.stringify(lines[9]), /f-none: it was answered with 404/);
    assert.match(first(lines[10]!), /names no files/);
  });
});

describe('rights', () => {
  it('are those of the client, line by line, and nobody else hears of a submission', async () => {
    const own = await token('system/Patient.cu');
    const both = [serveLines('o-p', person('o1')), serveLines('o-o', observation('o2', 'o1'))];
    await taken(own, 'o', ...manifest(serveManifest('o', both)), status('completed'));
    const { told, lines } = await outcomes(own, 'o');
    assert.match(JSON.stringify(lines[0]), /o-o: 0 created, 0 updated, 0 unchanged, 1 rejected.*scope-insufficient/);
    assert.equal((await server.request('GET', '/Observation/o2')).status, 404);
    const place = await placeOf(own, 'o');
    for (const other of [await token(), await token('system/*.cruds', 'x')]) {
      assert.equal((await post('/$bulk-submit-status', other, named('o'))).code, 'job-unknown');
      for (const path of [place, told.outcome[0]!.url.slice(baseUrl.length)])
        assert.deepEqual([(await server.request('GET', path, { token: other })).code], ['job-unknown']);
      // Another client has its own submission under the same name.
      assert.equal((await submit(other, 'o', status('completed'))).code, 'job-unknown');
    }
    const reader = await token('system/*.rs');
    const ofPerson = await server.sso.token({ scope: 'user/*.cruds' });
    for (const refused of [reader, ofPerson]) {
      const reply = await submit(refused, 'o', ...manifest(urlOf('o')));
      assert.deepEqual([reply.status, /^scope-/.test(reply.code)], [403, true], reply.text);
    }
    assert.equal((await post('/$bulk-submit-status', ofPerson, named('o'))).status, 403);
  });

  it('end with the client', async () => {
    const own = await token('system/*.cruds', 'revoked');
    let at = new Date();
    const file = serveLines('v-p', person('v1'));
    const heard = Promise.withResolvers<undefined>();
    served.set('/v', (_, response) => {
      at = server.sso.revoke('client:revoked');
      const send = async (): Promise<void> => {
        // White space, until the server has heard of it.
        do {
          response.write('\n');
          await delay(50);
        } while ((await server.request('GET', '/metadata/x', { token: own })).status !== 401);
        response.end(JSON.stringify({ output: [file] }));
        heard.resolve(undefined);
      };
      send().catch(heard.reject);
    });
    await taken(own, 'v', ...manifest(urlOf('v')), status('completed'));
    const place = await placeOf(own, 'v').catch(() => undefined);
    await heard.promise;
    const claims = { scope: 'system/*.cruds', client_id: 'revoked', sub: 'revoked', iat_ms: at.getTime() + 1 };
    const anew = await server.sso.token(claims);
    const reply = await ended(anew, 'v');
    assert.deepEqual([reply.status, reply.code], [403, 'token-revoked'], `${String(place)} ${reply.text}`);
    assert.equal((await server.request('GET', '/Patient/v1')).status, 404);
  });
});

describe('what is submitted', () => {
  it('is refused at once where it cannot be', async () => {
    const own = await token();
    const url = serveManifest('w', []);
    const ofMode = (value: string, name = 'urn:dhp:import-mode'): Part =>
      pair('import', { name: 'parameterUrl', valueUri: name }, { name: 'parameterValue', valueString: value });
    const wrong: readonly (readonly Part[])[] = [
      [],
      [{ name: 'manifestUrl', valueUrl: url }],
      manifest('https://10.0.0.1/m'),
      manifest('http://example.org/m'),
      manifest('file:///etc/passwd'),
      manifest('m'),
      [...manifest(url), status('done')],
      [...manifest(url), { name: 'outputFormat', valueString: 'application/fhir+ndjson; fhirVersion=4.0' }],
      [...manifest(url), { name: 'outputFormat', valueString: 'application/parquet' }],
      [...manifest(url), { name: 'oauthMetadataUrl', valueUrl: 'https://example.org/.well-known/smart-configuration' }],
      [...manifest(url), { name: 'fileEncryptionKey', part: [{ name: 'value', valueString: 'x' }] }],
      [...manifest(url), header('Host', 'example.org')],
      [...manifest(url), header('x-secret', 'a\r\nhost: b')],
      [...manifest(url), header('x-secret', 'a'), header('X-Secret', 'b')],
      [...manifest(url), ofMode('history')],
      [...manifest(url), ofMode('upsert', 'https://example.org/other')],
      [...manifest(url), { name: 'submitter', valueIdentifier: { value: 'two' } }],
    ];
    for (const parts of wrong) {
      const reply = await submit(own, 'w', ...parts);
      assert.deepEqual(
        [reply.status, reply.code],
        [400, 'parameter-invalid'],
        `${JSON.stringify(parts)} ${reply.text}`,
      );
      assert.doesNotMatch(reply.text, /host: b/);
    }
    const note = pair(
      'metadata',
      { name: 'parameterUrl', valueUri: 'https://x.test/a' },
      { name: 'parameterValue', valueString: 'b' },
    );
    assert.equal((await submit(own, 'w', ...manifest(url), note)).status, 400);
    const lenient = { prefer: 'handling=lenient' };
    assert.equal(
      (await post('/$bulk-submit', own, [...named('w'), ...manifest(url), note], server, lenient)).status,
      200,
    );
    const conflicts: readonly (readonly Part[])[] = [
      [...manifest(url), header('x-other', 'a')],
      [...manifest(serveManifest('w2', [])), ofMode('create')],
      [...manifest(urlOf('w2')), { name: 'replacesManifestUrl', valueUrl: urlOf('w3') }],
    ];
    for (const parts of conflicts) {
      const reply = await submit(own, 'w', ...parts);
      assert.deepEqual([reply.status, reply.code], [409, 'submission-conflict'], reply.text);
    }
    assert.equal((await submit(own, 'none', status('completed'))).code, 'job-unknown');
    assert.equal((await server.request('GET', '/$bulk-submit', { token: own })).status, 405);
    assert.equal((await server.request('POST', '/$bulk-submit', { token: null })).status, 401);
    for (const n of [1, 2, 3]) await taken(own, `w${String(n)}`, ...manifest(url));
    const more = await submit(own, 'w4', ...manifest(url));
    assert.deepEqual([more.status, more.code], [429, 'too-many-requests']);
    const place = await placeOf(own, 'w1');
    assert.equal((await server.request('DELETE', place, { token: own })).status, 202);
    assert.equal((await server.request('GET', place, { token: own })).status, 404);
    await taken(own, 'w4', ...manifest(url));
  });
});

describe('a submission outlives', () => {
  it('kill -9 of its process: every line is stored once, and no manifest is read twice', async () => {
    const count = 1_500;
    serveLines('k-p', ...Array.from({ length: count }, (_, n) => person(`k${String(n)}`)), person('bad id'));
    const url = serveManifest('k', [{ type: 'Patient', url: urlOf('k-p') }]);
    let place = '';
    const taking = await startServer({ ...options(), jobs: { works: false } }, (given) => (place = given));
    const owner = connect(taking.ownerUrl, { max: 1, applicationName: 'dhp test submit' });
    const { issuer, jwksUri, revocationsUri, revocationsKey } = taking.sso;
    const revocations = { uri: revocationsUri, key: revocationsKey.toString('base64') };
    const given = JSON.stringify({ url: place, issuer, jwksUri, revocations, folder, host });
    const node = (): ReturnType<typeof spawn> =>
      spawn(process.execPath, [fileURLToPath(new URL('./import-node.ts', import.meta.url)), given], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    const versions = async (): Promise<number> =>
      Number(
        (await owner<{ n: string }[]>`select count(*) as n from fhir.resource where ver = 1 and id like 'k%'`)[0]?.n,
      );
    let child = node();
    try {
      const own = await taking.sso.token({ scope: 'system/*.cruds' });
      const parts = [...named('k'), ...manifest(url), status('completed')];
      assert.equal((await post('/$bulk-submit', own, parts, taking)).status, 200);
      for (const end = performance.now() + 60_000; (await versions()) < 200;) {
        assert.ok(performance.now() < end, 'there are never 200 lines');
        await delay(10);
      }
      child.kill('SIGKILL');
      await once(child, 'exit');
      const before = await versions();
      assert.ok(before < count, `${String(before)} lines were stored before the kill`);
      served.set('/k', (_, response) => response.end('{}'));
      child = node();
      const reply = await ended(own, 'k', taking);
      assert.equal(reply.status, 200, reply.text);
      const [outcome] = (JSON.parse(reply.text) as Manifest).outcome;
      const file = await taking.request('GET', outcome!.url.slice(baseUrl.length), { token: own });
      assert.match(file.text, new RegExp(`${String(count)} created, 0 updated, 0 unchanged, 1 rejected`));
      assert.equal(await versions(), count);
      const [{ n }] = await owner<[{ n: string }]>`select count(*) as n from fhir.history`;
      assert.equal(n, '0', 'no line was stored twice');
      assert.equal(asked.filter((path) => path === '/k').length, 1);
    } finally {
      child.kill('SIGKILL');
      await owner.end({ timeout: 5 });
      await taking.close();
    }
  });
});
