/** Bulk imports over HTTP: what is taken, what is not and why, and what they outlive. docs/bulk-export.md */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { connect } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import type { FhirOptions } from '../src/index.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { holdLine } from './held-line.ts';
import { fast } from './jobs/pace.ts';

type Resource = Readonly<Record<string, unknown>> & { readonly resourceType: string; readonly id?: string };

const folder = join(tmpdir(), `dhp-import-${crypto.randomUUID()}`);
const served = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
const files = createServer((request, response) => {
  const serve = served.get(request.url ?? '');
  if (serve === undefined) response.writeHead(404).end();
  else serve(request, response);
});
let host = '';
let server: TestServer;

const options = (): Partial<FhirOptions> => ({
  requireIfMatch: false,
  referenceIntegrity: 'enforce',
  exports: { folder },
  imports: { allowedHosts: [host], most: { input: 2 * 1024 ** 2, idle: 300, kept: 200 } },
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

const person = (id: string, more: object = {}): Resource => ({ resourceType: 'Patient', id, active: true, ...more });
const observation = (id: string, of: string, more: object = {}): Resource => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
  subject: { reference: `Patient/${of}` },
  ...more,
});
const lines = (...resources: readonly (Resource | string)[]): string =>
  resources.map((each) => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`).join('');

interface Told {
  readonly inputUrl?: string;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly rejected: number;
  readonly importedBefore?: string;
  readonly failure?: { readonly issue: readonly { readonly diagnostics: string }[] };
}
interface Result {
  readonly output: readonly Told[];
  readonly error: readonly { readonly url: string; readonly count: number }[];
  readonly rejectsNotKept?: number;
}
interface Reject {
  readonly line: number;
  readonly source?: string;
  readonly outcome: {
    readonly issue: readonly { readonly details: { readonly coding: readonly { code: string }[] } }[];
  };
}

const token = (scope = 'system/*.cruds', client: string = crypto.randomUUID()): Promise<string> =>
  server.sso.token({ scope, client_id: client, sub: client });

interface Sending {
  readonly token?: string;
  readonly query?: string;
  readonly type?: string;
  readonly encoding?: string;
}

async function kickOff(body: string | Buffer, { query = '', type, encoding, ...own }: Sending = {}): Promise<Reply> {
  const headers = {
    prefer: 'respond-async',
    'content-type': type ?? 'application/fhir+ndjson',
    ...(encoding !== undefined && { 'content-encoding': encoding }),
  };
  return server.request('POST', `/$import${query}`, { token: own.token ?? (await token()), headers, body });
}

const placeOf = (reply: Reply): string => {
  assert.equal(reply.status, 202, reply.text);
  return (reply.headers.get('content-location') ?? '').slice(baseUrl.length);
};

async function ended(own: string, place: string, by = server): Promise<Reply> {
  for (const end = performance.now() + 30_000; performance.now() < end;) {
    await delay(270);
    const reply = await by.request('GET', place, { token: own });
    if (reply.status !== 429 && reply.status !== 503 && reply.status !== 202) return reply;
    if (reply.status === 202) assert.match(reply.headers.get('x-progress') ?? '', /^(waiting|running)/);
  }
  assert.fail('the import does not end');
}

async function imported(
  body: string | Buffer,
  sending: Sending = {},
): Promise<{ result: Result; rejects: Reject[]; place: string; own: string }> {
  const own = sending.token ?? (await token());
  const place = placeOf(await kickOff(body, { ...sending, token: own }));
  const reply = await ended(own, place);
  assert.equal(reply.status, 200, reply.text);
  const result = JSON.parse(reply.text) as Result;
  const [file] = result.error;
  if (file === undefined) return { result, rejects: [], place, own };
  const text = (await server.request('GET', file.url.slice(baseUrl.length), { token: own })).text;
  const rejects = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Reject);
  assert.equal(rejects.length, file.count);
  return { result, rejects, place, own };
}

const manifest = (...inputs: readonly { readonly url: string; readonly type?: string }[]): string =>
  JSON.stringify({ inputFormat: 'application/fhir+ndjson', inputSource: 'https://source.test', input: inputs });
const byJson = { type: 'application/json' };

function counts({ created, updated, unchanged, rejected }: Told): number[] {
  return [created, updated, unchanged, rejected];
}
const codes = (rejects: readonly Reject[]): [number, string][] =>
  rejects.map(({ line, outcome }) => [line, outcome.issue[0]!.details.coding[0]!.code]);

async function read(path: string): Promise<Record<string, unknown>> {
  const reply = await server.request('GET', path);
  assert.equal(reply.status, 200, reply.text);
  return reply.json;
}

describe('an import', () => {
  it('stores its lines with versions, index and a Provenance that names them', async () => {
    const all = lines(person('i1', { name: [{ family: 'Imported' }] }), observation('i2', 'i1'));
    const { result, place } = await imported(all);
    assert.deepEqual(result.output.map(counts), [[2, 0, 0, 0]]);
    const found = await read('/Patient?family=Imported');
    assert.equal(found['total'], 1);
    const about = await read('/Provenance?target=Observation/i2');
    const [{ resource }] = about['entry'] as [{ resource: Record<string, unknown> }];
    assert.deepEqual(
      (resource['target'] as { reference: string }[]).map(({ reference }) => reference),
      ['Patient/i1/_history/1', 'Observation/i2/_history/1'],
    );
    assert.match(JSON.stringify(resource['entity']), new RegExp(`urn:uuid:${place.slice(6)}.*lines 1 to 2 of sha256:`));
    const checked = await server.write('POST', '/Provenance/$validate', resource);
    assert.doesNotMatch(checked.text, /"severity":"(error|fatal)"/);
  });

  it('stores a thousand lines together, and fewer behind lines that it refuses', async () => {
    const many = Array.from({ length: 1_600 }, (_, n) => person(`many-${String(n + 1)}`));
    many[4] = person('many-5', { active: 'yes' });
    const { result, rejects } = await imported(lines(...many));
    assert.deepEqual(result.output.map(counts), [[1_599, 0, 0, 1]]);
    assert.deepEqual(codes(rejects), [[5, 'resource-invalid']]);
    const sql = connect(server.ownerUrl, { max: 1, applicationName: 'test' });
    try {
      const pages = await sql`
        select count(*)::int as count from fhir.resource where id like 'many-%' group by txid order by min(rid)`;
      // How many lines the pages behind these have depends on how long they took.
      const [first, second] = pages.map(({ count }) => count as number);
      assert.deepEqual([first, second], [999, 250]);
      // Each names so many that it can be shown: whoever asks sees those that it may see.
      const named = await sql`
        select jsonb_array_length(content::jsonb -> 'target') as count
        from fhir.resource where content like '%/many-%' and content like '%bulk import%' order by rid`;
      const targets = named.map(({ count }) => count as number);
      assert.deepEqual(targets.slice(0, 5), [250, 250, 250, 249, 250]);
      assert.equal(
        targets.reduce((sum, count) => sum + count, 0),
        1_599,
      );
    } finally {
      await sql.end();
    }
  });

  it('writes no version of what is the same, and nothing of a file that was taken before', async () => {
    const own = await token();
    const text = lines(person('s1'), person('s2'));
    await imported(text, { token: own });
    const other = await imported(lines(person('s1'), person('s2', { active: false })), { token: own });
    assert.deepEqual(other.result.output.map(counts), [[0, 1, 1, 0]]);
    assert.equal((await read('/Patient/s1/_history'))['total'], 1);
    // None about what was not stored.
    assert.equal((await read('/Provenance?target=Patient/s1'))['total'], 1);
    const again = await imported(text, { token: own });
    assert.deepEqual(again.result.output.map(counts), [[0, 0, 0, 0]]);
    assert.match(again.result.output[0]!.importedBefore ?? '', /^[\da-f-]{36}$/);
    assert.equal((await read('/Patient/s2/_history'))['total'], 2);
    // Another client's file is another matter.
    assert.deepEqual((await imported(text)).result.output.map(counts), [[0, 1, 1, 0]]);
  });

  it('creates and changes nothing that is there, where that is wanted', async () => {
    await imported(lines(person('c1')));
    const { result, rejects } = await imported(
      lines(person('c1', { active: false }), person('c2'), { resourceType: 'Basic', code: { text: 'x' } }),
      { query: '?mode=create' },
    );
    assert.deepEqual(result.output.map(counts), [[2, 0, 0, 1]]);
    assert.deepEqual(
      rejects.map(({ line }) => line),
      [1],
    );
    assert.equal((await read('/Patient/c1'))['active'], true);
  });

  it('replaces what is there where updates need If-Match, and creates only where that is wanted', async () => {
    const strict = await startServer({ ...options(), requireIfMatch: true, jobs: { pace: fast } });
    try {
      const own = await strict.sso.token({ scope: 'system/*.cruds', client_id: 'strict', sub: 'strict' });
      const send = async (text: string, query = ''): Promise<number[]> => {
        const headers = { prefer: 'respond-async', 'content-type': 'application/fhir+ndjson' };
        const reply = await strict.request('POST', `/$import${query}`, { token: own, headers, body: text });
        const { text: told } = await ended(own, placeOf(reply), strict);
        return counts((JSON.parse(told) as Result).output[0]!);
      };
      assert.deepEqual(await send(lines(person('m1'), person('m2'))), [2, 0, 0, 0]);
      assert.deepEqual(await send(lines(person('m1', { active: false }), person('m2'), person('m3'))), [1, 1, 1, 0]);
      assert.deepEqual(await send(lines(person('m1'), person('m4')), '?mode=create'), [1, 0, 0, 1]);
      // A request by itself says which version it replaces, as before.
      const headers = { 'content-type': 'application/fhir+json' };
      const put = await strict.request('PUT', '/Patient/m1', {
        token: own,
        headers,
        body: JSON.stringify(person('m1')),
      });
      assert.equal(put.status, 412, put.text);
    } finally {
      await strict.close();
    }
  });

  it('takes references in any order, and the same resource twice in the order of its lines', async () => {
    const many = Array.from({ length: 130 }, (_, n) => observation(`o${String(n)}`, 'last'));
    const twice = [observation('o5', 'last', { status: 'amended' }), observation('o6', 'nobody')];
    const { result, rejects } = await imported(
      lines(...many, ...twice, person('last'), observation('o6', 'last', { status: 'amended' })),
    );
    assert.deepEqual(result.output.map(counts), [[131, 2, 0, 1]]);
    assert.deepEqual(codes(rejects), [[132, 'reference-not-found']]);
    const [five, six] = [await read('/Observation/o5'), await read('/Observation/o6')];
    assert.deepEqual([five['status'], six['status']], ['amended', 'amended']);
    assert.equal((await read('/Observation/o5/_history'))['total'], 2);
    // A line that waited was stored without its end, as others are: the same again changes nothing.
    const { result: again } = await imported(lines(person('last'), observation('o0', 'last')));
    assert.deepEqual(again.output.map(counts), [[0, 0, 2, 0]]);
  });
});

describe('a Bundle', () => {
  const byBundle = { type: 'application/fhir+json' };
  const bundle = (type: string, ...entry: readonly object[]): string =>
    JSON.stringify({ resourceType: 'Bundle', type, entry }, null, 2);

  it('is the lines of its entries, as they stand there, with references to each other', async () => {
    const [urn, other] = [
      'urn:uuid:0198c0de-0000-7000-8000-00000000000a',
      'urn:uuid:0198c0de-0000-7000-8000-00000000000b',
    ];
    const text = bundle(
      'collection',
      { resource: { ...observation('bu1', 'x'), subject: { reference: urn }, valueQuantity: { value: 9_999 } } },
      { fullUrl: urn, resource: person('bu2', { name: [{ text: `"reference": "${urn}"` }] }) },
      { fullUrl: 'https://other.example/fhir/Patient/bu3', resource: person('bu3') },
      { resource: { resourceType: 'Basic', id: 'bu4', code: { text: 'x' }, subject: { reference: other } } },
    ).replace('9999', '1.10');
    const { result, rejects } = await imported(text, byBundle);
    // No entry of the Bundle has the name that the last one refers to: it stays as it is, and leads nowhere.
    assert.deepEqual(result.output.map(counts), [[3, 0, 0, 1]]);
    assert.deepEqual(
      rejects.map(({ line, outcome }) => [line, JSON.stringify(outcome).includes(other)]),
      [[4, true]],
    );
    const stored = await server.request('GET', '/Observation/bu1');
    assert.match(stored.text, /"value":\s*1\.10\b/);
    assert.deepEqual(stored.json['subject'], { reference: 'Patient/bu2' });
    assert.deepEqual((await read('/Patient/bu2'))['name'], [{ text: `"reference": "${urn}"` }]);
    assert.deepEqual((await imported(text, byBundle)).result.output.map(counts), [[0, 0, 3, 1]]);
  });

  it('is what a search has found, and is refused by lines as they are', async () => {
    const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'informational' }] };
    const { result, rejects } = await imported(
      bundle(
        'searchset',
        { search: { mode: 'match' }, resource: person('bs1') },
        { search: { mode: 'outcome' }, resource: outcome },
        { search: { mode: 'include' }, resource: observation('bs2', 'bs1', { status: 'nothing' }) },
      ),
      byBundle,
    );
    assert.deepEqual(result.output.map(counts), [[1, 0, 0, 1]]);
    assert.deepEqual(codes(rejects), [[2, 'resource-invalid']]);
  });

  it('of another type is refused, with where it belongs', async () => {
    const urn = 'urn:uuid:0198c0de-0000-7000-8000-00000000000a';
    const { id: _, ...nameless } = person('x');
    for (const [text, reason] of [
      [bundle('transaction', { resource: person('bx') }), /POST it to \[base\]/],
      [bundle('batch', { resource: person('bx') }), /POST it to \[base\]/],
      [bundle('document', { resource: person('bx') }), /send it as a line/],
      [bundle('history', { resource: person('bx') }), /newest of each/],
      [JSON.stringify({ resourceType: 'Bundle', entry: [] }), /not null/],
      [bundle('collection'), /no entry with a resource/],
      [bundle('collection', { fullUrl: urn }), /no entry with a resource/],
      [JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: [1] }), /entry\[0\] is no object/],
      [
        JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: 'x' }] }),
        /resource is no object/,
      ],
      [
        bundle(
          'collection',
          { fullUrl: urn, resource: nameless },
          { resource: observation('by', 'x', { subject: { reference: urn } }) },
        ),
        /entry\[1\] refers to urn:uuid.* has no id/,
      ],
    ] as const) {
      const reply = await kickOff(text, byBundle);
      assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], reply.text);
      assert.match(reply.diagnostics, reason);
    }
    assert.equal((await server.request('GET', '/Patient/bx')).status, 404);
  });
});

describe('lines that are no good', () => {
  it('are told by their numbers, and the others are taken', async () => {
    const bad = Buffer.concat([
      Buffer.from('\ufeff'),
      Buffer.from(`${JSON.stringify(person('b1'))}\r\n\r\n \t\n`),
      Buffer.from('{"resourceType":"Patient","id":"b2","name":[{"family":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}]}\n'),
      Buffer.from(
        lines(
          '{"resourceType":"Patient",',
          '[1]',
          JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: [] }),
          JSON.stringify({ id: 'x' }),
          person('bad id'),
          observation('b3', 'b1', { status: 'nonsense' }),
          `${JSON.stringify(person('b4'))}},{"resource":${JSON.stringify(person('b5'))}`,
          { resourceType: 'Observatory', id: 'b6' },
        ),
      ),
      Buffer.from(JSON.stringify(person('b8'))),
    ]);
    const { result, rejects } = await imported(gzipSync(bad), { encoding: 'gzip' });
    assert.deepEqual(codes(rejects), [
      [4, 'encoding-invalid'],
      [5, 'json-invalid'],
      [6, 'import-line-refused'],
      [7, 'import-line-refused'],
      [8, 'import-line-refused'],
      [9, 'import-line-refused'],
      [10, codes(rejects)[6]![1]],
      [11, 'json-invalid'],
      [12, 'import-line-refused'],
    ]);
    assert.match(JSON.stringify(rejects[6]), /Observation\.status/);
    assert.doesNotMatch(JSON.stringify(rejects), /Bundle/);
    assert.deepEqual(result.output.map(counts), [[2, 0, 0, 9]]);
    for (const id of ['b4', 'b5']) assert.equal((await server.request('GET', `/Patient/${id}`)).status, 404);
  });

  it('of another type than was said are not taken; of more than are kept the number is told', async () => {
    const { result, rejects } = await imported(
      lines(person('t1'), ...Array.from({ length: 210 }, (_, n) => observation(`t${String(n)}`, 't1'))),
      { query: '?type=Patient' },
    );
    assert.deepEqual(result.output.map(counts), [[1, 0, 0, 210]]);
    assert.deepEqual([rejects.length, result.rejectsNotKept], [200, 10]);
  });

  it('are those that the token would not write by PUT', async () => {
    const own = await token('system/Patient.cu');
    const { result, rejects } = await imported(lines(person('r1'), observation('r2', 'r1')), { token: own });
    assert.deepEqual(result.output.map(counts), [[1, 0, 0, 1]]);
    assert.deepEqual(codes(rejects), [[2, 'scope-insufficient']]);
    const refused = await kickOff(lines(observation('r3', 'r1')), { token: own, query: '?type=Observation' });
    assert.deepEqual([refused.status, refused.code], [403, 'scope-insufficient']);
    const ofPerson = await server.sso.token({ scope: 'user/*.cruds' });
    assert.equal((await kickOff(lines(person('r4')), { token: ofPerson })).status, 403);
  });
});

describe('what is asked for', () => {
  it('is refused at once where it cannot be', async () => {
    const refusals: [Reply, number, string][] = [
      [
        await server.request('POST', '/$import', {
          body: lines(person('x')),
          headers: { 'content-type': 'application/fhir+ndjson' },
        }),
        400,
        'async-required',
      ],
      [await kickOff('x', { type: 'text/plain' }), 415, 'media-type-unsupported'],
      [await kickOff(manifest(), byJson), 400, 'parameter-invalid'],
      [await kickOff(manifest({ url: 'https://10.0.0.1/x' }), byJson), 400, 'parameter-invalid'],
      [await kickOff(manifest({ url: 'https://169.254.169.254/x' }), byJson), 400, 'parameter-invalid'],
      [await kickOff(manifest({ url: 'http://example.org/x' }), byJson), 400, 'parameter-invalid'],
      [await kickOff(manifest({ url: 'https://example.org/x', type: 'Nothing' }), byJson), 400, 'parameter-invalid'],
      [
        await kickOff(manifest(...Array.from({ length: 10_000 }, () => ({ url: 'https://example.org/x' }))), byJson),
        400,
        'parameter-invalid',
      ],
      [await kickOff(lines(person('x')), { query: '?mode=history' }), 400, 'parameter-invalid'],
    ];
    for (const [reply, status, code] of refusals)
      assert.deepEqual([reply.status, reply.code], [status, code], reply.text);
  });

  it('is fetched, out of gzip too, and what cannot be had is told of that input alone', async () => {
    served.set('/patients', (_, response) => response.end(gzipSync(lines(person('f1'), person('f2')))));
    served.set('/observations', (_, response) => response.end(lines(observation('f3', 'f1'))));
    served.set('/away', (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end());
    served.set('/hangs', () => undefined);
    served.set('/drips', (_, response) => void response.write('{"resourceType":'));
    const bomb = gzipSync(Buffer.alloc(64 * 1024 ** 2, 0x20));
    served.set('/bomb', (_, response) => response.end(bomb));
    const long = person('f5', { text: { status: 'generated', div: 'x'.repeat(1024 ** 2) } });
    served.set('/longline', (_, response) => response.end(lines(long, person('f6'))));
    served.set('/torn', (_, response) => response.end(gzipSync(lines(person('f4'))).subarray(0, 30)));
    const input = (name: string, type?: string) => ({ url: `http://${host}/${name}`, ...(type && { type }) });
    const parameter = [
      { name: 'inputFormat', valueCode: 'application/fhir+ndjson' },
      ...[
        input('observations', 'Observation'),
        input('patients', 'Patient'),
        ...['away', 'hangs', 'drips', 'bomb', 'torn', 'longline'].map((name) => input(name)),
      ].map(({ url: address, type }) => ({
        name: 'input',
        part: [...(type === undefined ? [] : [{ name: 'type', valueCode: type }]), { name: 'url', valueUri: address }],
      })),
    ];
    const { result, place } = await imported(JSON.stringify({ resourceType: 'Parameters', parameter }), {
      type: 'application/fhir+json',
    });
    const told = new Map(result.output.map((each) => [each.inputUrl?.split('/').at(-1), each]));
    assert.deepEqual([...told.keys()].slice(0, 2), ['patients', 'observations']);
    assert.deepEqual([told.get('patients')!, told.get('observations')!].map(counts), [
      [2, 0, 0, 0],
      [1, 0, 0, 0],
    ]);
    assert.deepEqual(counts(told.get('longline')!), [1, 0, 0, 1]);
    const why = (name: string): string => told.get(name)?.failure?.issue[0]?.diagnostics ?? '';
    assert.match(why('away'), /answered with 302/);
    assert.match(why('hangs'), /sent nothing for 300 ms/);
    assert.match(why('drips'), /sent nothing for 300 ms/);
    assert.match(why('bomb'), /more than 2097152 bytes/);
    assert.match(why('torn'), /unexpected end of file/);
    // Nothing of it lies there any more.
    assert.equal((await readdir(folder)).includes(place.slice(6)), false);
  });

  it('is of its client alone, and ends when that says so', async () => {
    const { place } = await imported(lines(person('bad id')));
    const other = await token();
    for (const path of [place, `${place}/rejects.ndjson`])
      assert.equal((await server.request('GET', path, { token: other })).status, 404);
    served.set('/long', () => undefined);
    const own = await token();
    const running = placeOf(await kickOff(manifest({ url: `http://${host}/long` }), { ...byJson, token: own }));
    assert.equal((await server.request('DELETE', running, { token: own })).status, 202);
    assert.equal((await server.request('GET', running, { token: own })).status, 404);
  });

  it('ends where its client is revoked: no line behind that is stored', async () => {
    const own = await token('system/*.cruds', 'revoked');
    let at = new Date();
    const heard = Promise.withResolvers<undefined>();
    served.set('/before', (_, response) => response.end(lines(person('r1'))));
    served.set('/behind', (_, response) => {
      at = server.sso.revoke('client:revoked');
      const send = async (): Promise<void> => {
        // Blank lines, until the server has heard of it.
        do {
          response.write('\n');
          await delay(50);
        } while ((await server.request('GET', '/Patient/r1', { token: own })).status !== 401);
        response.end(lines(person('r2')));
        heard.resolve(undefined);
      };
      send().catch(heard.reject);
    });
    const inputs = ['before', 'behind'].map((name) => ({ url: `http://${host}/${name}` }));
    const place = placeOf(await kickOff(manifest(...inputs), { ...byJson, token: own }));
    await heard.promise;
    const claims = { scope: 'system/*.cruds', client_id: 'revoked', sub: 'revoked', iat_ms: at.getTime() + 1 };
    const reply = await ended(await server.sso.token(claims), place);
    assert.deepEqual([reply.status, reply.code], [403, 'token-revoked'], reply.text);
    assert.equal((await server.request('GET', '/Patient/r2')).status, 404);
  });

  it('fails with its reason where it cannot be stored', async () => {
    const place = join(tmpdir(), `dhp-import-file-${crypto.randomUUID()}`);
    await writeFile(place, 'no folder');
    const full = await startServer({ ...options(), exports: { folder: place }, jobs: { pace: fast } });
    try {
      served.set('/any', (_, response) => response.end(lines(person('d1'))));
      const own = await full.sso.token({ scope: 'system/*.cruds' });
      const headers = { prefer: 'respond-async', 'content-type': 'application/json' };
      const body = manifest({ url: `http://${host}/any` });
      const path = placeOf(await full.request('POST', '/$import', { token: own, headers, body }));
      const reply = await ended(own, path, full);
      assert.deepEqual([reply.status, reply.code], [507, 'import-storage-failed'], reply.text);
    } finally {
      await full.close();
      await rm(place);
    }
  });
});

describe('the store', () => {
  /** As somebody would who sends each line by PUT, and those that refer to what is not there once more later, in the order of the lines of a resource. */
  async function byPut(all: readonly Resource[]): Promise<number[]> {
    let waiting = all.map((resource, index) => ({ resource, index }));
    const rejected: number[] = [];
    for (let isOver = false; !isOver;) {
      isOver = true;
      const held = new Set<string>();
      const next: typeof waiting = [];
      for (const each of waiting) {
        const { resourceType, id } = each.resource;
        const name = `${resourceType}/${String(id)}`;
        const reply = held.has(name) ? undefined : await server.write('PUT', `/${name}`, each.resource);
        if (reply !== undefined && reply.status < 300) isOver = false;
        else if (reply === undefined || reply.code === 'reference-not-found') {
          held.add(name);
          next.push(each);
        } else rejected.push(each.index);
      }
      waiting = next;
      const first = waiting.find((each, at) =>
        waiting.some(
          ({ resource }, behind) =>
            behind > at && resource.id === each.resource.id && resource.resourceType === each.resource.resourceType,
        ),
      );
      if (isOver && first !== undefined) {
        waiting = waiting.filter((each) => each !== first);
        rejected.push(first.index);
        isOver = false;
      }
      if (waiting.length === 0) isOver = true;
    }
    return [...rejected, ...waiting.map(({ index }) => index)].sort((a, b) => a - b);
  }

  /** By a seed, so that what fails can be done again. */
  function random(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
  }

  function generated(prefix: string, below: (below: number) => number, count: number): Resource[] {
    const id = (n: number): string => `${prefix}${String(n)}`;
    return Array.from({ length: count }, () => {
      const n = below(12);
      const patient = id(below(9));
      switch (below(5)) {
        case 0:
          return person(id(below(6)), { active: below(2) === 0 });
        case 1:
          return observation(id(n), patient, { status: ['final', 'amended', 'nonsense'][below(3)] });
        case 2:
          return observation(id(n), patient, { hasMember: [{ reference: `Observation/${id(below(12))}` }] });
        case 3:
          return {
            resourceType: 'Basic',
            id: id(n),
            code: { text: 'x' },
            subject: { reference: `Observation/${id(below(12))}` },
          };
        default:
          return person(id(below(6)), { birthDate: ['1990-01-01', 'yesterday'][below(2)] });
      }
    });
  }

  const without = ({ resource: { meta: _, ...resource } }: { resource: Record<string, unknown> }): unknown => resource;

  async function stateOf(prefix: string): Promise<unknown[]> {
    const all: unknown[] = [];
    for (const type of ['Patient', 'Observation', 'Basic'])
      for (let n = 0; n < 12; n += 1) {
        const reply = await server.request('GET', `/${type}/${prefix}${String(n)}/_history`);
        const entries = (reply.json['entry'] ?? []) as { resource: Record<string, unknown> }[];
        // The order of two resources is not that of lines: that of the versions of one is.
        all.push(
          `${type} ${String(n)}`,
          ...entries.map((entry) => JSON.stringify(without(entry)).replaceAll(prefix, '')),
        );
      }
    return all;
  }

  for (const seed of [1, 2])
    it(`is as after a loop of PUTs (seed ${String(seed)})`, async () => {
      const [ours, naive] = [`g${String(seed)}a-`, `g${String(seed)}b-`];
      const rejected = await byPut(generated(naive, random(seed), 40));
      const { rejects } = await imported(lines(...generated(ours, random(seed), 40)));
      assert.deepEqual(await stateOf(ours), await stateOf(naive));
      assert.deepEqual(
        rejects.map(({ line }) => line - 1),
        rejected,
      );
    });
});

describe('an import outlives', () => {
  it('kill -9 of its process, and lost connections: every line is stored once', async () => {
    const count = 3_000;
    const text = lines(...Array.from({ length: count }, (_, n) => person(`k${String(n)}`)), person('bad id'));
    served.set('/many', (_, response) => response.end(text));
    let place = '';
    const taking = await startServer({ ...options(), jobs: { works: false } }, (given) => (place = given));
    const owner = connect(taking.ownerUrl, { max: 1, applicationName: 'dhp test import' });
    const { issuer, jwksUri, revocationsUri, revocationsKey } = taking.sso;
    const revocations = { uri: revocationsUri, key: revocationsKey.toString('base64') };
    const asked = JSON.stringify({ url: place, issuer, jwksUri, revocations, folder, host });
    const node = (): ReturnType<typeof spawn> =>
      spawn(process.execPath, [fileURLToPath(new URL('./import-node.ts', import.meta.url)), asked], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    const versions = async (): Promise<number> =>
      Number(
        (await owner<{ n: string }[]>`select count(*) as n from fhir.resource where ver = 1 and id like 'k%'`)[0]?.n,
      );
    const untilStored = (wanted: number): Promise<unknown> =>
      until(`${String(wanted)} lines are stored`, async () => (await versions()) >= wanted);
    const letGo = await holdLine(owner, 'k1500');
    let child = node();
    try {
      const own = await taking.sso.token({ scope: 'system/*.cruds' });
      const headers = { prefer: 'respond-async', 'content-type': 'application/json' };
      const body = manifest({ url: `http://${host}/many` });
      const path = placeOf(await taking.request('POST', '/$import', { token: own, headers, body }));
      await untilStored(200);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const before = await versions();
      await letGo();
      assert.ok(before < count, `${String(before)} lines were stored before the kill`);
      // The next fetch would bring another file: the file that is there counts.
      served.set('/many', (_, response) => response.end('{}'));
      child = node();
      await untilStored(before + 300);
      await owner`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and application_name not like 'dhp test%'`;
      const reply = await ended(own, path, taking);
      assert.equal(reply.status, 200, reply.text);
      const { output, error } = JSON.parse(reply.text) as Result;
      assert.deepEqual([output.map(counts), error[0]?.count], [[[count, 0, 0, 1]], 1]);
      assert.equal(await versions(), count);
      const [{ n }] = await owner<[{ n: string }]>`select count(*) as n from fhir.history`;
      assert.equal(n, '0', 'no line was stored twice');
      const [{ targets }] = await owner<[{ targets: string }]>`
        select sum(jsonb_array_length(r.content::jsonb -> 'target')) as targets
        from fhir.resource r where r.content like '%"resourceType":"Provenance"%'`;
      assert.equal(Number(targets), count);
    } finally {
      child.kill('SIGKILL');
      await owner.end({ timeout: 5 });
      await taking.close();
    }
  });
});
