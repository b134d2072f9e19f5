/** The files of bulk exports: how they are fetched, made and removed. https://hl7.org/fhir/uv/bulkdata/STU2/export.html */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { scanJson } from '@dhp/fhir-model';
import { connect, type Sql } from '@dhp/postgres';
import { baseUrl, type Reply, type RequestOptions } from './environment.ts';
import { exportBed, observation, placeOf, untilRests, type Manifest } from './export-bed.ts';
import { openFolder } from '../src/job-files/folder.ts';
import { ExportFiles, type Making } from '../src/operations/export/files.ts';
import { walk, type Walk } from '../src/operations/export/walk.ts';
import { activatePolicies, activateVersion } from './policies.ts';

const bed = exportBed({ resourceType: 'Patient', id: 'p1' }, { resourceType: 'Organization', id: 'o1', name: 'x' });
const { token, store, kickOff, ended } = bed;

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
    bed.server.request('GET', address, {
      token: own,
      headers: { 'accept-encoding': 'identity', ...headers },
      ...options,
    });

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
    const head = await bed.server.request('HEAD', address, { token: own, headers: { 'accept-encoding': 'identity' } });
    assert.deepEqual([head.status, head.headers.get('content-length'), head.text], [200, String(text.length), '']);
  });

  it('is broken off where less is there than there was, and gone on with from there', async () => {
    const path = join(bed.folder, place.split('/')[2]!, '0-1.ndjson');
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, 200));
    await assert.rejects(file(), /terminated|aborted|closed|reset|hang up/i);
    await writeFile(path, whole);
    assert.equal(text.slice(0, 200) + (await file({ range: 'bytes=200-' })).text, text);
  });

  it('is compressed for who takes that', async () => {
    const response = await fetch(bed.server.url + address, {
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
        const reply = await bed.server.request('GET', path, { token: other });
        assert.deepEqual([reply.status, reply.code], [404, 'job-unknown'], path);
      }
      assert.equal((await bed.server.request('DELETE', place, { token: other })).status, 404);
    }
    assert.equal((await bed.server.request('GET', address, { token: null })).status, 401);
    for (const wrong of [address.replace('0.ndjson', '7.ndjson'), address.replace('.ndjson', ''), `${place}/..%2F..`])
      assert.ok([400, 404].includes((await bed.server.request('GET', wrong, { token: own })).status), wrong);
    assert.ok((await readdir(bed.folder)).includes(place.split('/')[2]!));
    assert.equal((await bed.server.request('DELETE', place, { token: own })).status, 202);
    for (const path of [place, address])
      assert.equal((await bed.server.request('GET', path, { token: own })).code, 'job-unknown');
    assert.ok(!(await readdir(bed.folder)).includes(place.split('/')[2]!));
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
    const exports = { store, files: openFolder(bed.folder), most: { own: 1e9, all: 1e9 } };
    const services = { policies: { fresh: () => Promise.resolve(), current: () => undefined } };
    const files = new ExportFiles({ services, exports, work, client: 'x' } as unknown as Making, 0);
    await files.turnTo('Basic');
    const place = { type: 'Basic', part: 0, behind: 'a' };
    await files.reached(place);
    await files.add('output', Buffer.from('{}\n'));
    await files.reached(place);
    await files.finish();
    assert.deepEqual(done, ['rests for 0 bytes', 'rests for 0 bytes', 'noted', 'rests for 3 bytes']);
    await exports.files.remove(job);
  });
});

describe('the files of a holder that has lost the job', () => {
  it('are removed, and those of the next holder are not', async () => {
    const job = crypto.randomUUID();
    const files = openFolder(bed.folder);
    for (const [number, attempt] of [
      [0, 1],
      [1, 1],
      [1, 2],
      [1, 3],
    ] as const)
      await (await files.create(job, { number, attempt })).close();
    await files.removeOthers(job, [{ number: 0, attempt: 1 }], 2);
    assert.deepEqual((await readdir(join(bed.folder, job))).sort(), ['0-1.ndjson', '1-3.ndjson']);
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

describe('what is wrong while it runs', () => {
  it('is told of a disk that takes nothing, and no file is left', async () => {
    const own = await token('disk');
    const aside = `${bed.folder}-aside`;
    await mkdir(aside, { recursive: true });
    await rename(bed.folder, `${aside}/kept`);
    await writeFile(bed.folder, 'a file in the place of the folder');
    try {
      const place = placeOf(await kickOff(own, '/$export?_type=Organization'));
      const reply = await ended(own, place);
      assert.deepEqual([reply.status, reply.code], [507, 'export-storage-failed'], reply.text);
      assert.match(reply.diagnostics, /ENOTDIR|EEXIST/);
      assert.ok(!reply.text.includes(bed.folder), 'no path of the server is told');
      await bed.server.request('DELETE', place, { token: own });
    } finally {
      await rm(bed.folder);
      await rename(`${aside}/kept`, bed.folder);
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
    assert.ok(!(await readdir(bed.folder)).includes(place.split('/')[2]!));
  });
});

describe('an export that takes long', () => {
  /** More than is written at once; after that a worker pauses. */
  const many = 700;
  let sql: Sql;
  before(async () => {
    await bed.makeBy({ share: 0.1, sign: 50 });
    sql = connect(bed.server.ownerUrl, { max: 1 });
    await store(...[5, 6].map((n) => ({ resourceType: 'Patient', id: `p${n}` })), {
      resourceType: 'Basic',
      id: 'first',
      code: { text: 'x' },
    });
    await bed.server.store.bulkInsert(
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

  it('is gone on with by the next holder, behind the files that are whole', async () => {
    const own = await token('resumed');
    const place = placeOf(await kickOff(own, '/$export?_type=Basic,Observation'));
    const job = place.split('/')[2]!;
    // Simulates a killed holder whose lease has expired and who wakes up while another has the job. Done at the moment when the first file
    // is complete, by a statement that waits for nothing, because on a busy machine the holder could otherwise finish.
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
    const all = await bed.server.store.statistics();
    for (const { type, count } of output) assert.equal(count, all.find((one) => one.type === type)?.count, type);
    assert.equal((await readdir(join(bed.folder, job))).length, 2, 'what the first holder left is gone');
    await bed.server.request('DELETE', place, { token: own });
  });

  it('ends when its client is revoked while it runs, and leaves no file', async () => {
    // The worker pauses long enough for the revocation to arrive.
    await bed.makeBy({ share: 0.01, sign: 50 });
    const own = await token('revoked');
    const place = placeOf(await kickOff(own, '/$export?_type=Observation'));
    await untilRests(bed.server, own, place);
    const at = bed.server.sso.revoke('client:revoked');
    const claims = { scope: 'system/*.rs', client_id: 'revoked', sub: 'revoked', iat_ms: at.getTime() + 1 };
    const reply = await ended(await bed.server.sso.token(claims), place);
    // The token of this request is valid; 401 would be about that one.
    assert.deepEqual([reply.status, reply.code], [403, 'token-revoked'], reply.text);
    assert.ok(!(await readdir(bed.folder)).includes(place.split('/')[2]!));
    await bed.makeBy({ share: 0.1, sign: 50 });
  });

  it('follows a consent that comes while it runs, and says that some came', async () => {
    const own = await token('followed');
    await activatePolicies(bed.server, { others: 'as-scoped', rules: [], consent: 'enforced' });
    try {
      // No line of the Observations names its patient.
      const place = placeOf(await kickOff(own, '/$export?_type=Observation,Patient&_elements=Observation.note'));
      await untilRests(bed.server, own, place);
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
        const { text } = await bed.server.request('GET', file.slice(baseUrl.length), { token: own });
        assert.doesNotMatch(text, /"id":"(p5|long-\d*[02468])"/, `${type} tells of the patient`);
        assert.equal(text.split('\n').length - 1, count);
        if (type === 'Observation') assert.ok(count >= many / 2 && text.includes('"id":"long-1"'));
      }
      const told = await bed.server.request('GET', error[0]!.url.slice(baseUrl.length), { token: own });
      assert.equal(error.length, 1);
      assert.match(told.text, /"export-rules-changed"/);
      assert.ok(!told.text.includes('p5'));
    } finally {
      await activateVersion(bed.server, undefined);
    }
  });
});
