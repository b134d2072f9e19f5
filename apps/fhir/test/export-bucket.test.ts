/**
 * Files of jobs in a bucket, encrypted, over HTTP: one node makes them and another one serves them.
 * docs/decisions/0160-files-of-jobs-in-s3.md
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '@dhp/postgres/testing';
import { baseUrl, type Reply } from './environment.ts';
import { exportBedIn, observation, placeOf, type Manifest } from './export-bed.ts';
import { accessKey, openObjectServer, type ObjectServer } from '../../../tests/object-storage/object-server.ts';

const bucket = 'exports-of-tests';
const home = mkdtempSync(join(tmpdir(), 'dhp-bucket-'));
const credentials = join(home, 'credentials');
writeFileSync(credentials, `aws_access_key_id=${accessKey.id}\naws_secret_access_key=${accessKey.secret}\n`);
// Started before the hook of the bed, which needs its address. In a file that runs alone, hooks do not wait for one another.
const server: ObjectServer = await openObjectServer({ bucket, page: 1_000 });
after(async () => {
  await server.close();
  rmSync(home, { recursive: true });
});
const bed = exportBedIn(
  () => ({
    folder: {
      ...{ endpoint: server.endpoint, bucket, prefix: 'dhp/', region: 'us-east-1', credentials },
      patience: { idle: 500, whole: 1_000, attempts: 1 },
    },
    sealing: { key: Buffer.alloc(32, 7), isOn: true },
  }),
  { resourceType: 'Patient', id: 'p1' },
  { resourceType: 'Organization', id: 'o1', name: 'x' },
);
const { token, store, kickOff, ended } = bed;

const keysOf = (place: string): string[] =>
  [...server.objects.keys()].filter((key) => key.includes(place.split('/')[2]!));

/** @param address of the base URL, as the platform names it */
function take(own: string | null, address: string, headers: Record<string, string> = {}): Promise<Reply> {
  const path = address.startsWith(baseUrl) ? address.slice(baseUrl.length) : address;
  return bed.server.request('GET', path, { token: own, headers: { 'accept-encoding': 'identity', ...headers } });
}

async function whileIt(fault: ObjectServer['fault'], work: () => Promise<void>): Promise<void> {
  server.fault = fault;
  try {
    await work();
  } finally {
    server.fault = () => undefined;
  }
}

describe('an export into a bucket', () => {
  let own: string;
  let place: string;
  let address: string;
  let text: string;
  before(async () => {
    own = await token('bucket');
    await store(...Array.from({ length: 40 }, (_, n) => observation(`many-${n}`, 'p1')));
    place = placeOf(await kickOff(own, '/$export?_type=Observation,Organization'));
    const reply = await ended(own, place);
    assert.equal(reply.status, 200, reply.text);
    const { output } = JSON.parse(reply.text) as Manifest;
    assert.deepEqual(
      output.map(({ type, count }) => [type, count]),
      [
        ['Observation', 40],
        ['Organization', 1],
      ],
    );
    address = output[0]!.url;
    text = (await take(own, address)).text;
  });

  it('has files of which the node that made none sends all, a part, a head, and a compressed form', async () => {
    assert.equal(text.split('\n').length, 41);
    const whole = await take(own, address);
    assert.equal(whole.headers.get('content-length'), String(text.length));
    const part = await take(own, address, { range: 'bytes=300-499' });
    assert.deepEqual([part.status, part.text], [206, text.slice(300, 500)]);
    assert.equal((await take(own, address, { range: `bytes=${text.length}-` })).status, 416);
    const path = address.slice(baseUrl.length);
    const head = await bed.server.request('HEAD', path, { token: own, headers: { 'accept-encoding': 'identity' } });
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(text.length)]);
    const headers = { authorization: `Bearer ${own}`, 'accept-encoding': 'gzip' };
    const coded = await fetch(bed.server.url + path, { headers });
    assert.deepEqual([coded.headers.get('content-encoding'), await coded.text()], ['gzip', text]);
  });

  it('has files for nobody else, by whatever name', async () => {
    for (const other of [await token('stranger'), await token('bucket', 'system/Patient.rs')])
      assert.equal((await take(other, address)).code, 'job-unknown');
    assert.equal((await take(null, address)).status, 401);
    const job = place.split('/')[2]!;
    for (const name of [
      '0-1.ndjson',
      '0-1.sealed',
      '..%2F0.ndjson',
      `..%2F${job}%2F0.ndjson`,
      '00000000',
      '0.ndjson%2F00000000',
      '%00',
    ])
      assert.ok([400, 404].includes((await take(own, `${place}/${name}`)).status), name);
  });

  it('is answered for the moment where the storage is away, busy or slow, and nothing else is', async () => {
    for (const fault of [{ status: 503, code: 'SlowDown' }, { status: 403, code: 'AccessDenied' }, 'silent'] as const)
      await whileIt(
        () => fault,
        async () => {
          const reply = await take(own, address);
          assert.deepEqual([reply.status, reply.code], [503, 'files-unavailable'], reply.text);
          assert.ok(!reply.text.includes(bucket) && !reply.text.includes('localhost:'), reply.text);
          const [status, job] = [await take(own, place), await take(own, '/Patient/p1')];
          assert.deepEqual([status.status, job.status], [200, 200]);
        },
      );
    assert.equal((await take(own, address)).text, text);
  });

  it('is not given where somebody has changed it in the bucket, which has nothing of it in the clear', async () => {
    const [key, object] = [...server.objects].find(([name]) => name.includes('/0-1.sealed/'))!;
    for (const each of server.objects.values())
      assert.doesNotMatch(each.toString('latin1'), /Observation|many-|resourceType/);
    const changed = Buffer.from(object);
    changed[500]! ^= 1;
    const [, second] = [...server.objects].find(([name]) => name.includes('/1-1.sealed/'))!;
    for (const other of [object.subarray(0, 400), changed, second, Buffer.from(text), Buffer.alloc(0)]) {
      server.objects.set(key, other);
      for (const headers of [{}, { range: 'bytes=0-9' }]) {
        const reply = await take(own, address, headers);
        assert.deepEqual([reply.status, reply.code], [503, 'files-unavailable'], reply.text);
        assert.match(reply.diagnostics, /damaged/);
      }
    }
    server.objects.set(key, object);
    assert.equal((await take(own, address)).text, text);
  });

  it('leaves no object when it is deleted, nor when the storage is away then', async () => {
    assert.ok(keysOf(place).length > 0);
    assert.equal((await bed.server.request('DELETE', place, { token: own })).status, 202);
    assert.deepEqual(keysOf(place), []);
    const other = placeOf(await kickOff(own, '/$export?_type=Organization'));
    assert.equal((await ended(own, other)).status, 200);
    await whileIt(
      () => ({ status: 503, code: 'SlowDown' }),
      async () => {
        assert.equal((await bed.server.request('DELETE', other, { token: own })).status, 202);
        assert.equal((await take(own, other)).code, 'job-unknown');
      },
    );
    assert.ok(keysOf(other).length > 0);
    server.objects.set('dhp/of-others/x', Buffer.from('x'));
    // A process looks for leftover files at its start and every minute.
    await bed.makeBy({});
    await until('the files are gone', () => keysOf(other).length === 0);
    assert.ok(server.objects.has('dhp/of-others/x'), 'what is not of a job is nobody’s');
  });
});

describe('lines that an import fetches', () => {
  it('lie in the bucket as long as they are needed, encrypted', async () => {
    const lines = [0, 1, 2].map((n) => ({ resourceType: 'Basic', id: `i${n}`, code: { text: 'x' } }));
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const source = createServer((_, response) => response.end(text));
    await new Promise<void>((done) => source.listen(0, '127.0.0.1', done));
    const { port } = source.address() as AddressInfo;
    const before = server.asked.length;
    const put: string[] = [];
    const noted: ObjectServer['fault'] = (operation, key) => {
      if (operation === 'put') put.push(key.split('/').slice(2).join('/'));
      return undefined;
    };
    await whileIt(noted, async () => {
      const own = await token('importing', 'system/*.cruds');
      const input = { inputFormat: 'application/fhir+ndjson', input: [{ url: `http://localhost:${port}/lines` }] };
      const headers = { prefer: 'respond-async', 'content-type': 'application/json' };
      const body = JSON.stringify(input);
      const place = placeOf(await bed.server.request('POST', '/$import', { token: own, headers, body }));
      const reply = await ended(own, place);
      assert.equal(reply.status, 200, reply.text);
      assert.equal((await take(own, '/Basic/i2')).status, 200);
      assert.deepEqual(put, ['0-1.sealed/00000000']);
      assert.ok(server.asked.slice(before).includes('get'), 'the lines are read from there');
      assert.deepEqual(keysOf(place), []);
    });
    source.close();
  });
});

describe('an export whose storage fails', () => {
  it('has failed, with the reason, and leaves nothing', async () => {
    const own = await token('refused');
    for (const [status, code] of [
      [403, 'AccessDenied'],
      [507, 'XMinioStorageFull'],
      [404, 'NoSuchBucket'],
    ] as const)
      await whileIt(
        (operation) => (operation === 'put' ? { status, code } : undefined),
        async () => {
          const place = placeOf(await kickOff(own, '/$export?_type=Organization'));
          const reply = await ended(own, place);
          assert.deepEqual([reply.status, reply.code], [507, 'export-storage-failed'], reply.text);
          assert.match(reply.diagnostics, new RegExp(`${code} \\(write\\)`));
          assert.deepEqual(keysOf(place), []);
          await bed.server.request('DELETE', place, { token: own });
        },
      );
  });

  it('is tried again where it may pass, behind the files that are whole', async () => {
    const own = await token('again');
    let refused = 0;
    const fault: ObjectServer['fault'] = (operation, key) => {
      if (operation !== 'put' || !key.endsWith('/1-1.sealed/00000000')) return undefined;
      refused += 1;
      return { status: 503, code: 'SlowDown' };
    };
    await whileIt(fault, async () => {
      const place = placeOf(await kickOff(own, '/$export?_type=Observation,Organization'));
      const reply = await ended(own, place);
      assert.equal(reply.status, 200, reply.text);
      assert.equal(refused, 1);
      assert.deepEqual(
        keysOf(place).map((key) => key.split('/').slice(2).join('/')),
        ['0-1.sealed/00000000', '1-2.sealed/00000000'],
      );
      await bed.server.request('DELETE', place, { token: own });
    });
  });

  it('has failed, with the reason, when it stays away for all attempts', async () => {
    const own = await token('away');
    await whileIt(
      (operation) => (operation === 'put' ? { status: 503, code: 'SlowDown' } : undefined),
      async () => {
        const place = placeOf(await kickOff(own, '/$export?_type=Organization'));
        const reply = await ended(own, place);
        assert.deepEqual([reply.status, reply.code], [507, 'export-storage-failed'], reply.text);
        assert.match(reply.diagnostics, /SlowDown \(write\)/);
        await bed.server.request('DELETE', place, { token: own });
      },
    );
    const { manifest } = await bed.exported(own, '/$export?_type=Organization');
    assert.equal(manifest.output.length, 1);
  });
});
