/**
 * Manifests of running bulk exports, and the status of an export besides that of the request. https://hl7.org/fhir/uv/bulkdata/export.html
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { baseUrl, type Reply } from './environment.ts';
import { placeOf, untilRests, type Resource } from './export-bed.ts';
import { blocksOf, fileOf, parametersBed, rights, storeBlocks, type Organized } from './export-parameters-bed.ts';

const bed = parametersBed();
const { token, store, kickOff } = bed;
interface Partial extends Organized {
  readonly link?: readonly [{ readonly relation: string; readonly url: string }];
  readonly transactionTime: string;
}

describe('an export of much', () => {
  before(() => storeBlocks(bed));

  describe('manifests while an export runs', () => {
    const all = '/$export?_type=Group,Observation,Organization,Patient,Practitioner&allowPartialManifests=true';
    const large = `${all}&_maximumFileSize=${1024 ** 2}`;

    it('have files that can be taken, and lead to the next: what was told stays as it is', async () => {
      const own = await token('early', rights);
      await store({ resourceType: 'Practitioner', id: 'd1' });
      await bed.makeBy({ share: 0.02, sign: 50 });
      const place = placeOf(await kickOff(own, large));
      const ask = (path: string): Promise<Reply> => bed.server.request('GET', path, { token: own });
      let early: Reply | undefined;
      for (const end = performance.now() + 60_000; early === undefined && performance.now() < end;) {
        await delay(270);
        const reply = await ask(place);
        if (reply.status === 429) continue;
        assert.equal(reply.status, 202, 'the worker is slow');
        if (reply.text !== '') early = reply;
      }
      assert.match(early!.headers.get('content-type') ?? '', /^application\/json/);
      assert.ok(Number(early!.headers.get('retry-after')) >= 1);
      const { link: none, ...first } = early!.json as unknown as Partial;
      assert.deepEqual([first.output.length, none], [4, undefined]);
      const taken = await Promise.all(first.output.map(({ url }) => fileOf(bed, own, url)));
      const isRunning = await ask(place);
      assert.ok(isRunning.status === 202 || isRunning.status === 429, 'files were taken while it ran');
      const notYet = await ask(`${place}/manifest-1.json`);
      assert.deepEqual([notYet.status, notYet.code], [404, 'job-unknown']);
      assert.equal((await bed.server.request('GET', place, { token: await token('other', rights) })).status, 404);
      await bed.makeBy({});
      const reply = await bed.ended(own, place);
      const { link, ...same } = reply.json as unknown as Partial;
      assert.deepEqual(same, first);
      assert.deepEqual(await Promise.all(first.output.map(({ url }) => fileOf(bed, own, url))), taken);
      assert.deepEqual(link, [{ relation: 'next', url: `${baseUrl}${place}/manifest-1.json` }]);
      const second = await ask(`${place}/manifest-1.json`);
      assert.equal(second.status, 200, second.text);
      const { link: last, ...rest } = second.json as unknown as Partial;
      assert.equal(last, undefined);
      const { output, ...others } = rest;
      const { output: _, ...expected } = first;
      assert.deepEqual(others, expected, 'all but the lists is the same');
      const types = [...first.output, ...output].map(({ type }) => type!);
      assert.deepEqual([...new Set(types)], ['Group', 'Observation', 'Organization', 'Patient', 'Practitioner']);
      for (const { url, type } of output) {
        const lines = (await fileOf(bed, own, url)).trimEnd().split('\n');
        assert.ok(lines.every((line) => (JSON.parse(line) as Resource).resourceType === type));
      }
      for (const beyond of [
        'manifest-2.json',
        'manifest-0.json',
        'manifest-99999999999.json',
        'manifest-1.json.ndjson',
      ])
        assert.equal((await ask(`${place}/${beyond}`)).status, 404, beyond);
      assert.equal((await bed.server.request('DELETE', place, { token: own })).status, 202);
      for (const gone of [place, `${place}/manifest-1.json`, first.output[0]!.url.slice(baseUrl.length)])
        assert.equal((await ask(gone)).status, 404, gone);
    });

    it('are recorded by the patients of each line, of blocks too, where a file is taken early', async () => {
      const own = await token('early-blocks', rights);
      await bed.makeBy({ share: 0.1, sign: 50 });
      // No Observation names its patient.
      const asked = `_type=Observation,Patient&_maximumFileSize=${1024 ** 2}&_elements=Observation.note,Patient.active`;
      const query = `organizeOutputBy=Patient&allowPartialManifests=true&${asked}`;
      const place = placeOf(await kickOff(own, `/Patient/$export?${query}`));
      const job = place.split('/')[2]!;
      let text = '';
      const take = (range: string, request: string): Promise<Reply> => {
        const headers = { range, 'x-request-id': request, 'accept-encoding': 'identity' };
        return bed.server.request('GET', `${place}/0.ndjson`, { token: own, headers });
      };
      for (const end = performance.now() + 60_000; text === '' && performance.now() < end;) {
        await delay(50);
        const reply = await take('bytes=0-', 'early-whole');
        if (reply.status === 206) ({ text } = reply);
      }
      assert.equal(blocksOf(text)[0]!.patient, 'Patient/n000');
      const [state] = await bed.server.owner<{ state: string }[]>`select state from fhir.job where id = ${job}::uuid`;
      assert.equal(state?.state, 'running');
      const at = text.indexOf('"id":"l') + 30;
      for (const [range, request] of [
        [`bytes=${at}-${at + 3}`, 'early-observation'],
        [`bytes=0-9`, 'early-header'],
        [`bytes=${text.indexOf('\n') + 5}-${text.indexOf('\n') + 9}`, 'early-patient'],
      ] as const) {
        assert.equal((await take(range, request)).status, 206, request);
        const recorded = (await bed.server.of(request)).flatMap(({ patient }) => patient ?? []);
        assert.deepEqual([...new Set(recorded)], [bed.server.pseudonym('n000')], request);
      }
      // Cancelled while it runs: nothing of it can be taken any more.
      assert.equal((await bed.server.request('DELETE', place, { token: own })).status, 202);
      assert.equal((await take('bytes=0-9', 'early-gone')).status, 404);
      await bed.makeBy({});
    });

    it('are none, and no file can be taken, where they were not asked for', async () => {
      const own = await token('patient', rights);
      await bed.makeBy({ share: 0.02, sign: 50 });
      const place = placeOf(await kickOff(own, large.replace('=true', '=false')));
      await untilRests(bed.server, own, place);
      const [row] = await bed.server.owner<{ n: number }[]>`
        select count(*)::int as n from fhir.export_file where job = ${place.split('/')[2]!}::uuid`;
      assert.ok(row!.n >= 1);
      await delay(270);
      const status = await bed.server.request('GET', place, { token: own });
      assert.deepEqual([status.status, status.text], [202, '']);
      for (const name of ['0.ndjson', 'manifest-1.json'])
        assert.equal((await bed.server.request('GET', `${place}/${name}`, { token: own })).status, 404, name);
      assert.equal((await bed.server.request('DELETE', place, { token: own })).status, 202);
      await bed.makeBy({});
    });

    it('are asked for by true or false alone', async () => {
      const own = await token('early', rights);
      for (const [path, parameter] of [
        ['/$export?allowPartialManifests=yes', undefined],
        ['/$export?allowPartialManifests=', undefined],
        ['/$export?allowPartialManifests=true&allowPartialManifests=true', undefined],
        ['/$export', [{ name: 'allowPartialManifests', valueString: 'true' }]],
      ] as const) {
        const reply = await kickOff(own, path, parameter);
        assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], reply.text);
      }
    });
  });

  describe('the status of an export beside that of the request', () => {
    const prefer = 'respond-async, separate-export-status';

    it('is told by X-Export-Status where the kick-off asks for it', async () => {
      const own = await token('separate', rights);
      await bed.makeBy({ share: 0.02, sign: 50 });
      const begun = await kickOff(own, '/$export?_type=Observation', undefined, prefer);
      assert.equal(begun.headers.get('preference-applied'), prefer);
      const place = placeOf(begun);
      const ask = (): Promise<Reply> => bed.server.request('GET', place, { token: own });
      const running = await ask();
      assert.deepEqual([running.status, running.headers.get('x-export-status')], [200, '202 Accepted']);
      assert.ok(running.headers.get('x-progress') !== null);
      await bed.makeBy({});
      let reply = running;
      for (const end = performance.now() + 60_000; performance.now() < end;) {
        await delay(300);
        reply = await ask();
        if (reply.headers.get('x-export-status') !== '202 Accepted') break;
      }
      assert.deepEqual([reply.status, reply.headers.get('x-export-status')], [200, '200 OK']);
      assert.equal((reply.json as unknown as Organized).output.length, 1);
      await bed.server.request('DELETE', place, { token: own });
      const gone = await ask();
      assert.deepEqual(
        [gone.status, gone.headers.get('x-export-status')],
        [404, null],
        'of no export there is no status',
      );
    });

    it('is that of the failure where it has failed', async () => {
      const own = await token('separate-large', rights);
      const text = {
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml">${'x'.repeat(900_000)}</div>`,
      };
      await store(...[1, 2, 3, 4, 5].map((n) => ({ resourceType: 'Device', id: `d${n}`, text })));
      const place = placeOf(await kickOff(own, '/$export?_type=Device', undefined, prefer));
      let reply: Reply | undefined;
      for (const end = performance.now() + 60_000; performance.now() < end;) {
        await delay(300);
        reply = await bed.server.request('GET', place, { token: own });
        if (!(reply.headers.get('x-export-status') ?? '202').startsWith('202')) break;
      }
      assert.deepEqual([reply!.status, reply!.headers.get('x-export-status')], [200, '422 Unprocessable Entity']);
      assert.match(reply!.headers.get('content-type') ?? '', /^application\/fhir\+json/);
      assert.equal(reply!.code, 'export-too-large');
    });
  });
});
