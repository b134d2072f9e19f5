/**
 * Bulk exports whose files have a block for each patient (`organizeOutputBy`), with requested sizes.
 * https://hl7.org/fhir/uv/bulkdata/export.html
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@dhp/postgres';
import { baseUrl } from './environment.ts';
import { asynchronously, named, observation, placeOf, untilRests } from './export-bed.ts';
import {
  blocksOf,
  fileOf,
  parametersBed,
  provenance,
  remove,
  rights,
  storeBlocks,
  type Blocks,
  type Organized,
} from './export-parameters-bed.ts';
import { activatePolicies, activateVersion } from './policies.ts';

const bed = parametersBed();
const { token, store, exported, kickOff } = bed;

describe('files with a block for each patient', () => {
  let own: string;
  const organized = async (
    path: string,
    parameter?: readonly object[],
  ): Promise<{ manifest: Organized; files: Blocks[]; place: string }> => {
    const place = placeOf(await kickOff(own, path, parameter));
    const reply = await bed.ended(own, place);
    assert.equal(reply.status, 200, reply.text);
    const manifest = reply.json as unknown as Organized;
    const files: Blocks[] = [];
    for (const { url, count } of manifest.output) {
      const text = await fileOf(bed, own, url);
      assert.equal(text.split('\n').length - 1, count, 'headers are lines');
      files.push(blocksOf(text));
    }
    return { manifest, files, place };
  };
  const told = (files: readonly Blocks[]): Record<string, string> =>
    Object.fromEntries(files.flat().map(({ patient, lines }) => [patient, lines.map(({ id }) => id).join()]));
  const forget = async (place: string): Promise<void> => {
    assert.equal((await bed.server.request('DELETE', place, { token: own })).status, 202);
  };
  before(async () => {
    own = await token('organized', rights);
    await storeBlocks(bed);
  });

  it('have the patient first, and what is in the compartment: also what is of others, too', async () => {
    const { manifest, files, place } = await organized(
      `/Group/g2/$export?organizeOutputBy=Patient&_typeFilter=${encodeURIComponent('Observation?_id=c1,c2,c3')}`,
    );
    assert.equal(manifest.outputOrganizedBy, 'Patient');
    assert.deepEqual(Object.keys(manifest.output[0]!), ['url', 'count', 'extension']);
    assert.deepEqual(told(files), { 'Patient/q1': 'q1,g2,c1,c1p', 'Patient/q2': 'q2,g2,c1,c2,c1p,q2p' });
    await forget(place);
    const all = await organized('/$export', [
      { name: 'organizeOutputBy', valueString: 'Patient' },
      { name: '_type', valueString: 'Observation' },
      { name: '_typeFilter', valueString: 'Observation?_id=c1,c2,c3' },
    ]);
    assert.deepEqual(told(all.files), { 'Patient/q1': 'c1', 'Patient/q2': 'c1,c2', 'Patient/q3': 'c3' });
    await forget(all.place);
    const ofNamed = await organized('/Patient/$export', [
      { name: 'organizeOutputBy', valueCode: 'Patient' },
      { name: '_type', valueString: 'Observation' },
      { name: '_typeFilter', valueString: 'Observation?_id=c1,c2,c3' },
      { name: 'includeAssociatedData', valueCode: 'LatestProvenanceResources' },
      { name: 'patient', valueReference: { reference: 'Patient/q2' } },
    ]);
    assert.deepEqual(told(ofNamed.files), { 'Patient/q2': 'c1,c2,c1p' });
    await forget(ofNamed.place);
  });

  it('have together what the files of types have', async () => {
    const { lines } = await exported(own, '/Patient/$export');
    const { files, place } = await organized('/Patient/$export?organizeOutputBy=Patient');
    const names = new Set(named(files.flat().flatMap((block) => [...block.lines])));
    assert.deepEqual([...names].sort(), named(lines.output));
    assert.ok(names.size > 1_000, String(names.size));
    await forget(place);
  });

  it('are told of deletions beside them, and of what has changed since alone', async () => {
    const { manifest } = await exported(own, '/$export?_type=Organization');
    const since = encodeURIComponent(manifest.transactionTime);
    await store(observation('c4', 'q3'), observation('c5', 'q1'));
    await remove(bed, 'Observation/c4');
    const {
      files,
      manifest: then,
      place,
    } = await organized(`/Patient/$export?organizeOutputBy=Patient&_since=${since}`);
    assert.deepEqual(told(files), { 'Patient/q1': 'c5' });
    const [{ url }] = (then as unknown as { deleted: [{ url: string }] }).deleted;
    assert.match(await fileOf(bed, own, url), /^\{[^\n]*"Observation\/c4"[^\n]*\}\n$/);
    await forget(place);
  });

  it('go on in the next file where a block is too large, and are no larger than is asked for', async () => {
    const most = 1024 ** 2;
    const asked = `_type=Observation,Patient&_maximumFileSize=${most}`;
    const { manifest, files, place } = await organized(`/Patient/$export?organizeOutputBy=Patient&${asked}`);
    for (const { url } of manifest.output) assert.ok((await fileOf(bed, own, url)).length <= most, url);
    const isContinued = files.map((blocks, n) => blocks.at(-1)!.patient === files[n + 1]?.[0]!.patient);
    assert.deepEqual(
      manifest.output.map(({ continuesInFile }) => continuesInFile),
      isContinued.map((one, n) => (one ? manifest.output[n + 1]!.url : undefined)),
    );
    assert.deepEqual(isContinued.filter(Boolean).length, 2, 'the block of n000 alone, which takes three files');
    const large = files.flat().filter(({ patient }) => patient === 'Patient/n000');
    assert.deepEqual(large.flatMap(({ lines }) => [...lines]).filter(({ id }) => id.startsWith('l')).length, 800);
    await forget(place);
    const byType = await kickOff(own, `/$export?${asked}`);
    const reply = await bed.ended(own, placeOf(byType));
    const { output } = reply.json as unknown as Organized;
    const sizes = await Promise.all(output.map(async ({ url }) => (await fileOf(bed, own, url)).length));
    assert.ok(sizes.length >= 4 && sizes.every((size) => size <= most), sizes.join());
    await forget(placeOf(byType));
  });

  it('are the same where who makes them is killed within a block', async () => {
    const sql = connect(bed.server.ownerUrl, { max: 1 });
    await bed.makeBy({ share: 0.1, sign: 50 });
    try {
      const asked = `/Patient/$export?organizeOutputBy=Patient&_type=Observation,Patient&_maximumFileSize=${1024 ** 2}`;
      const whole = await organized(asked);
      // The files of a client have a limit.
      await forget(whole.place);
      const place = placeOf(await kickOff(own, asked));
      const job = place.split('/')[2]!;
      let moved = 0;
      for (const end = performance.now() + 60_000; moved === 0 && performance.now() < end;) {
        await delay(1);
        const { count } = await sql`
          update fhir.job set holder = gen_random_uuid(), due = now() where id = ${job}::uuid and state = 'running'
            and exists (select from fhir.export_file where job = ${job}::uuid and position like '%"continues":true%')`;
        moved = count;
      }
      assert.equal(moved, 1);
      const reply = await bed.ended(own, place);
      const { output } = reply.json as unknown as Organized;
      const texts = await Promise.all(output.map(({ url }) => fileOf(bed, own, url)));
      const lines = (files: readonly Blocks[]): string[] =>
        files.flat().flatMap((block) => block.lines.map((line) => `${block.patient} ${line.resourceType}/${line.id}`));
      assert.deepEqual(lines(texts.map(blocksOf)), lines(whole.files));
      assert.equal(new Set(lines(whole.files)).size, lines(whole.files).length, 'each once in a block');
      await forget(place);
    } finally {
      await sql.end();
    }
  });

  it('have what was of a patient at the time, whosever it is when the block is made', async () => {
    await store({ resourceType: 'Patient', id: 'z1' }, ...[1, 2, 3].map((n) => observation(`z${n}`, 'z1')));
    await store(provenance('zp', '2026-01-01T00:00:00Z', 'Observation/z1'));
    const filter = encodeURIComponent('Patient?_id=n000,z1');
    const asked = `_type=Observation,Patient,Provenance&_typeFilter=${filter}`;
    const place = placeOf(await kickOff(own, `/Patient/$export?organizeOutputBy=Patient&${asked}`));
    await untilRests(bed.server, own, place);
    await store(observation('z1', 'q1'), { ...observation('z2', 'q2'), status: 'amended' }, observation('z4', 'z1'));
    await store(observation('z1', 'q2'), observation('c1', 'z1'));
    await remove(bed, 'Observation/z3');
    const reply = await bed.ended(own, place);
    assert.equal(reply.status, 200, reply.text);
    const { output } = reply.json as unknown as Organized;
    const files = await Promise.all(output.map(async ({ url }) => blocksOf(await fileOf(bed, own, url))));
    const { 'Patient/z1': ofMoved, 'Patient/q1': others } = told(files);
    assert.equal(ofMoved, 'z1,z1,z2,z3,zp');
    assert.ok(others?.split(',').includes('c1') && !others.split(',').includes('z1'), others);
    const moved = files.flat().flatMap(({ lines }) => lines.filter(({ id }) => id === 'z2'));
    assert.deepEqual(
      moved.map(({ status }) => status),
      ['final'],
    );
    await forget(place);
  });

  it('lose what a consent hides while they are made, with the header where nothing is left', async () => {
    await activatePolicies(bed.server, { others: 'as-scoped', rules: [], consent: 'enforced' });
    try {
      // No Observation names its patient.
      const asked = `_type=Observation,Patient&_elements=Observation.note,Patient.active`;
      const place = placeOf(await kickOff(own, `/Patient/$export?organizeOutputBy=Patient&${asked}`));
      await untilRests(bed.server, own, place);
      const actor = [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'organized' } } }];
      const consent = { resourceType: 'Consent', id: 'late', status: 'active', decision: 'permit' };
      await store({ ...consent, subject: { reference: 'Patient/n000' }, provision: [{ actor }] });
      const reply = await bed.ended(own, place);
      assert.equal(reply.status, 200, reply.text);
      const { output } = reply.json as unknown as Organized;
      const texts = await Promise.all(output.map(({ url }) => fileOf(bed, own, url)));
      assert.ok(!texts.join('').includes('n000'), 'nor does a header name the patient');
      assert.ok(texts.every((text) => !/"id":"l[0-7]?\d?\d"/.test(text)));
      assert.ok('Patient/n001' in told(texts.map(blocksOf)));
      await forget(place);
    } finally {
      await activateVersion(bed.server, undefined);
      await remove(bed, 'Consent/late');
    }
  });

  it('tell the trail of each patient, and of resources by their types', async () => {
    const place = placeOf(await kickOff(own, '/Group/g2/$export?organizeOutputBy=Patient&_type=Observation,Patient'));
    const { output } = (await bed.ended(own, place)).json as unknown as Organized;
    const id = place.split('/')[2]!;
    const rows = await bed.server.owner<{ patient: string }[]>`
      select distinct patient from fhir.export_patient where job = ${id}::uuid order by patient`;
    const patients = rows.map(({ patient }) => patient);
    for (const patient of ['q1', 'q2']) assert.ok(patients.includes(patient), patients.join());
    assert.ok(
      patients.every((patient) => /^(q1|q2|z1)$/.test(patient)),
      patients.join(),
    );
    const request = 'organized-download';
    const headers = { ...asynchronously, 'x-request-id': request };
    await bed.server.request('GET', output[0]!.url.slice(baseUrl.length), { token: own, headers });
    const [record] = await bed.server.of(request);
    const counts = record?.content['counts'] as Record<string, number>;
    assert.deepEqual(Object.keys(counts).sort(), ['Observation', 'Patient']);
    assert.equal(counts['Patient'], 2);
    await forget(place);
  });

  it('is refused where it cannot be had', async () => {
    for (const [query, told] of [
      ['organizeOutputBy=Observation', /Observation/],
      ['organizeOutputBy=', /is Patient/],
      ['organizeOutputBy=Patient&organizeOutputBy=Patient', /2 times/],
      ['organizeOutputBy=Patient&_type=Organization', /compartment/],
      ['_maximumFileSize=1000', /1048576/],
      ['_maximumFileSize=0', /number of bytes/],
      ['_maximumFileSize=1e9', /number of bytes/],
      ['_maximumFileSize=2000000&_minimumFileSize=2000000', /less than/],
    ] as const) {
      const reply = await kickOff(own, `/$export?${query}`);
      assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], `${query} ${reply.text}`);
      assert.match(reply.diagnostics, told);
    }
    const wrong = await kickOff(own, '/$export', [{ name: '_maximumFileSize', valueString: '2000000' }]);
    assert.deepEqual([wrong.status, wrong.code], [400, 'parameter-invalid'], wrong.text);
  });
});
