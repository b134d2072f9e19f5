/** Bulk imports over HTTP: which requests are accepted, who may see a job, and which failures it survives. docs/bulk-export.md */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { connect } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { startServer, type Reply } from './environment.ts';
import { holdLine } from './held-line.ts';
import { byJson, counts, importBed, lines, manifest, observation, person, placeOf, type Result } from './import-bed.ts';
import { fast } from './jobs/pace.ts';

const bed = importBed();
const { folder, served, token, kickOff, ended, imported } = bed;

describe('what is asked for', () => {
  it('is refused at once where it cannot be', async () => {
    const refusals: [Reply, number, string][] = [
      [
        await bed.server.request('POST', '/$import', {
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
    const input = (name: string, type?: string) => ({ url: `http://${bed.host}/${name}`, ...(type && { type }) });
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
    // None of its files are left.
    assert.equal((await readdir(folder)).includes(place.slice(6)), false);
  });

  it('is of its client alone, and ends when that says so', async () => {
    const { place } = await imported(lines(person('bad id')));
    const other = await token();
    for (const path of [place, `${place}/rejects.ndjson`])
      assert.equal((await bed.server.request('GET', path, { token: other })).status, 404);
    served.set('/long', () => undefined);
    const own = await token();
    const running = placeOf(await kickOff(manifest({ url: `http://${bed.host}/long` }), { ...byJson, token: own }));
    assert.equal((await bed.server.request('DELETE', running, { token: own })).status, 202);
    assert.equal((await bed.server.request('GET', running, { token: own })).status, 404);
  });

  it('ends where its client is revoked: no line behind that is stored', async () => {
    const own = await token('system/*.cruds', 'revoked');
    let at = new Date();
    const heard = Promise.withResolvers<undefined>();
    served.set('/before', (_, response) => response.end(lines(person('r1'))));
    served.set('/behind', (_, response) => {
      at = bed.server.sso.revoke('client:revoked');
      const send = async (): Promise<void> => {
        // Blank lines, until the bed.server has heard of it.
        do {
          response.write('\n');
          await delay(50);
        } while ((await bed.server.request('GET', '/Patient/r1', { token: own })).status !== 401);
        response.end(lines(person('r2')));
        heard.resolve(undefined);
      };
      send().catch(heard.reject);
    });
    const inputs = ['before', 'behind'].map((name) => ({ url: `http://${bed.host}/${name}` }));
    const place = placeOf(await kickOff(manifest(...inputs), { ...byJson, token: own }));
    await heard.promise;
    const claims = { scope: 'system/*.cruds', client_id: 'revoked', sub: 'revoked', iat_ms: at.getTime() + 1 };
    const reply = await ended(await bed.server.sso.token(claims), place);
    assert.deepEqual([reply.status, reply.code], [403, 'token-revoked'], reply.text);
    assert.equal((await bed.server.request('GET', '/Patient/r2')).status, 404);
  });

  it('fails with its reason where it cannot be stored', async () => {
    const place = join(tmpdir(), `dhp-import-file-${crypto.randomUUID()}`);
    await writeFile(place, 'no folder');
    const full = await startServer({ ...bed.options(), exports: { folder: place }, jobs: { pace: fast } });
    try {
      served.set('/any', (_, response) => response.end(lines(person('d1'))));
      const own = await full.sso.token({ scope: 'system/*.cruds' });
      const headers = { prefer: 'respond-async', 'content-type': 'application/json' };
      const body = manifest({ url: `http://${bed.host}/any` });
      const path = placeOf(await full.request('POST', '/$import', { token: own, headers, body }));
      const reply = await ended(own, path, full);
      assert.deepEqual([reply.status, reply.code], [507, 'import-storage-failed'], reply.text);
    } finally {
      await full.close();
      await rm(place);
    }
  });
});

describe('an import outlives', () => {
  it('kill -9 of its process, and lost connections: every line is stored once', async () => {
    const count = 3_000;
    const text = lines(...Array.from({ length: count }, (_, n) => person(`k${String(n)}`)), person('bad id'));
    served.set('/many', (_, response) => response.end(text));
    let place = '';
    const taking = await startServer({ ...bed.options(), jobs: { works: false } }, (given) => (place = given));
    const owner = connect(taking.ownerUrl, { max: 1, applicationName: 'dhp test import' });
    const { issuer, jwksUri, revocationsUri, revocationsKey } = taking.sso;
    const revocations = { uri: revocationsUri, key: revocationsKey.toString('base64') };
    const asked = JSON.stringify({ url: place, issuer, jwksUri, revocations, folder, host: bed.host });
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
      const body = manifest({ url: `http://${bed.host}/many` });
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
