/** `$viewdefinition-export` that takes long: what becomes of it where its holder dies, a consent comes, or it is cancelled. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { scanJson } from '@dhp/fhir-model';
import { connect, type Sql } from '@dhp/postgres';
import { baseUrl } from './environment.ts';
import { observation, placeOf, untilRests } from './export-bed.ts';
import { activatePolicies, activateVersion } from './policies.ts';
import { addressesIn, format, names, tableIn, viewExportBed, viewPart } from './view-export-bed.ts';

const { bed, kickOff, resultOf, taken, bytesOf } = viewExportBed();
const { token, store } = bed;

describe('an export that takes long', () => {
  /** Rows of more than what is written at once, behind which a worker rests. */
  const many = 700;
  const notes = {
    ...{ name: 'notes', resource: 'Observation', where: [{ path: "id.startsWith('long')" }] },
    select: [
      {
        column: [
          { name: 'id', path: 'id' },
          { name: 'note', path: 'note.text' },
        ],
      },
    ],
  };
  let sql: Sql;
  before(async () => {
    await bed.makeBy({ share: 0.1, sign: 50 });
    sql = connect(bed.server.ownerUrl, { max: 1 });
    await store(...[5, 6].map((n) => ({ resourceType: 'Patient', id: `p${n}` })));
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
  after(() => sql.end());

  it('is gone on with by the next holder, behind the tables that are whole', async () => {
    const own = await token('resumed');
    const stored = { ...notes, ...{ resourceType: 'ViewDefinition', id: 'notes', status: 'active' } };
    await store(stored);
    const reference = { name: 'viewReference', valueReference: { reference: 'ViewDefinition/notes' } };
    const place = placeOf(await kickOff(own, [viewPart(names), { name: 'view', part: [reference] }, format('csv')]));
    // The tables are those of the view as it was when they were requested, in every attempt.
    await store({ ...stored, select: [{ column: [{ name: 'other', path: 'status' }] }] });
    const job = place.split('/')[2]!;
    const end = performance.now() + 60_000;
    for (let moved = 0; moved === 0 && performance.now() < end;) {
      // As when the holder was killed, in the moment in which the first file is whole.
      const { count } = await sql`
        update fhir.job set holder = gen_random_uuid(), due = now() where id = ${job}::uuid
          and exists (select from fhir.export_file where job = ${job}::uuid)`;
      moved = count;
      await delay(2);
    }
    const { files } = await taken(own, place);
    const attempts = await sql<{ attempt: number; type: string }[]>`
      select attempt, type from fhir.export_file where job = ${job}::uuid order by number`;
    assert.deepEqual(
      attempts.map(({ attempt, type }) => [attempt, type]),
      [
        [1, 'Patient'],
        [2, 'Observation'],
      ],
    );
    const ids = files['notes']!.join('')
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.split(',')[0]);
    assert.deepEqual([ids.length, new Set(ids).size], [many, many]);
    assert.equal(files['names']!.length, 1);
    const listed = await sql<{ patient: Buffer }[]>`select patient from fhir.audit_listed where list = ${job}::uuid`;
    const pseudonyms = new Set(listed.map(({ patient }) => patient.toString('hex')));
    for (const id of ['p1', 'p2', 'p5', 'p6']) assert.ok(pseudonyms.has(bed.server.pseudonym(id)), id);
    assert.equal((await readdir(`${bed.folder}/${job}`)).length, 2, 'what the first holder left is gone');
    await bed.server.request('DELETE', place, { token: own });
  });

  it('follows a consent that comes while it runs, in rows that say nothing of whose they are', async () => {
    const own = await token('followed');
    const bare = { ...notes, select: [{ column: [{ name: 'note', path: 'note.text' }] }] };
    await activatePolicies(bed.server, { others: 'as-scoped', rules: [], consent: 'enforced' });
    try {
      const place = placeOf(await kickOff(own, [viewPart(bare), format('json')]));
      await untilRests(bed.server, own, place);
      const actor = [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'followed' } } }];
      await store({
        ...{ resourceType: 'Consent', id: 'late', status: 'active', decision: 'permit' },
        ...{ subject: { reference: 'Patient/p5' }, provision: [{ actor }] },
      });
      const { parameter, files } = await taken(own, place);
      const rows = files['notes']!.flatMap((text) => JSON.parse(text) as object[]);
      assert.equal(rows.length, many / 2);
      const error = parameter.find(({ name }) => name === 'error')!.valueUri!;
      const told = await bed.server.request('GET', error.slice(baseUrl.length), { token: own });
      assert.match(told.text, /"export-rules-changed"/);
      assert.ok(!told.text.includes('p5'));
      await bed.server.request('DELETE', place, { token: own });
    } finally {
      await activateVersion(bed.server, undefined);
    }
  });

  it('makes a file of Parquet once its lines are settled, without those that a consent has taken out', async () => {
    const own = await token('sealed');
    const bare = { ...notes, select: [{ column: [{ name: 'note', path: 'note.text' }] }] };
    await activatePolicies(bed.server, { others: 'as-scoped', rules: [], consent: 'enforced' });
    try {
      const place = placeOf(await kickOff(own, [viewPart(bare), format('parquet')]));
      await untilRests(bed.server, own, place);
      const actor = [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'sealed' } } }];
      await store({
        ...{ resourceType: 'Consent', id: 'sealed', status: 'active', decision: 'permit' },
        ...{ subject: { reference: 'Patient/p6' }, provision: [{ actor }] },
      });
      const result = await resultOf(own, place);
      assert.match(result.text, /"error"/);
      assert.equal((await tableIn(await bytesOf(own, addressesIn(result)[0]!))).length, many / 2);
      const left = await readdir(`${bed.folder}/${place.split('/')[2]!}`);
      assert.equal(left.length, 2, `a table and the notice: ${left.join()}`);
      await bed.server.request('DELETE', place, { token: own });
    } finally {
      await activateVersion(bed.server, undefined);
    }
  });

  it('is cancelled, and leaves no file', async () => {
    const own = await token('cancelled');
    const place = placeOf(await kickOff(own, [viewPart(notes)]));
    await untilRests(bed.server, own, place);
    assert.equal((await bed.server.request('DELETE', place, { token: own })).status, 202);
    assert.equal((await bed.server.request('GET', place, { token: own })).code, 'job-unknown');
    for (const end = performance.now() + 20_000; performance.now() < end;) {
      if (!(await readdir(bed.folder)).includes(place.split('/')[2]!)) return;
      await delay(50);
    }
    assert.fail('a file is left');
  });
});
