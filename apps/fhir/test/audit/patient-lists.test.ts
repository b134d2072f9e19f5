/** The patients of an export are in one sealed list. Its record contains the hash of the list, and access histories use the list. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { destroyKeysOfPatient } from '@dhp/fhir-store/trail';
import { openSealer, pseudonymOf } from '@dhp/trail';
import { listedRow } from '@dhp/trail/lists';
import { baseUrl } from '../environment.ts';
import { asynchronously, exportBed, observation, placeOf, type Manifest } from '../export-bed.ts';

const patients = ['l1', 'l2', 'l3'];
const bed = exportBed(
  ...patients.map((id) => ({ resourceType: 'Patient', id })),
  observation('of-l1', 'l1'),
  observation('of-l3', 'l3'),
  { resourceType: 'Organization', id: 'nobody' },
);

interface Told {
  readonly requests: readonly (string | undefined)[];
  readonly patients: ReadonlySet<string | undefined>;
  readonly text: string;
}

let own = '';
let officer = '';
let place = '';
let files = new Map<string, string>();

/** Returns the requests of the exporting client in the access history of a patient, ordered by name. */
async function told(id: string): Promise<Told> {
  const { status, json, text } = await bed.server.request('GET', `/Patient/${id}/$access-history?_count=200`, {
    token: officer,
  });
  assert.equal(status, 200, text);
  type Event = Record<string, { what?: { identifier?: { value: string } }; who?: object }[]>;
  const events = ((json['entry'] ?? []) as { resource: Event }[])
    .map(({ resource }) => resource)
    .filter(({ agent }) => JSON.stringify(agent).includes('"listed"'));
  return {
    requests: events.map(({ entity = [] }) => entity.flatMap(({ what }) => what?.identifier?.value ?? [])[0]).sort(),
    patients: new Set(events.map((event) => (event['patient'] as { reference?: string } | undefined)?.reference)),
    text: JSON.stringify(events),
  };
}

describe('an export', () => {
  before(async () => {
    own = await bed.token('listed');
    officer = await bed.server.sso.token({ scope: 'dhp.audit', client_id: 'officer', sub: 'officer' });
    const path = '/$export?_type=Patient,Observation,Organization&_typeFilter=Patient%3F_id=l1,l2,l3';
    const headers = { ...asynchronously, 'x-request-id': 'the-export' };
    place = placeOf(await bed.server.request('GET', path, { token: own, headers }));
    const { output } = JSON.parse((await bed.ended(own, place)).text) as Manifest;
    files = new Map(output.map(({ type, url }) => [type, url.slice(baseUrl.length)]));
    for (const [type, file] of files)
      await bed.server.request('GET', file, { token: own, headers: { 'x-request-id': `taken-${type}` } });
  });

  it('has one record, and each file that is taken has one, whoever stands in it', async () => {
    const runs = (await bed.server.of('the-export')).filter(({ content }) => content['status'] === 200);
    const [run] = runs;
    assert.equal(runs.length, 1);
    const list = run!.content['list'] as { id: string; patients: number; sha256: string };
    assert.deepEqual([list.id, list.patients], [place.split('/')[2], 3]);
    assert.match(list.sha256, /^[\da-f]{64}$/);
    assert.deepEqual(run!.content['counts'], { Patient: 3, Observation: 2, Organization: 1 });
    for (const type of files.keys()) {
      const taken = await bed.server.of(`taken-${type}`);
      assert.equal(taken.length, 1, type);
      assert.equal((taken[0]!.content['list'] as { id: string }).id, list.id);
    }
    // A HEAD request reveals no patient, so its record names none.
    await bed.server.request('HEAD', files.get('Patient')!, { token: own, headers: { 'x-request-id': 'the-head' } });
    assert.deepEqual(
      (await bed.server.of('the-head')).map(({ patient }) => patient),
      [null],
    );
  });

  it('stands in the access history of its patients, with the files that have their data and no others', async () => {
    const ofAll = ['taken-Observation', 'taken-Patient', 'the-export'];
    assert.deepEqual((await told('l1')).requests, ofAll);
    assert.deepEqual((await told('l3')).requests, ofAll);
    const { requests, patients: named, text } = await told('l2');
    assert.deepEqual(requests, ['taken-Patient', 'the-export']);
    assert.deepEqual([...named], ['Patient/l2']);
    // The query names others.
    assert.ok(!/"query"/.test(text));
    await bed.store({ resourceType: 'Patient', id: 'l4' });
    assert.deepEqual((await told('l4')).requests, []);
  });

  it('has a list that is whole, and verify finds what was changed in it or taken out', async () => {
    await bed.server.cover();
    const { owner } = bed.server;
    assert.equal((await bed.server.verify()).whole, true);
    const pseudonym = pseudonymOf(bed.server.keys, 'l2');
    /** As the owner of the tables, with triggers disabled. */
    const tamper = (statement: string): Promise<unknown> =>
      owner.begin(async (sql) => {
        await sql`set local session_replication_role = replica`;
        await sql.unsafe(statement);
      });
    await assert.rejects(
      async () => owner`update fhir.audit_listed set sealed = sealed where patient = ${pseudonym}`,
      /only appended to/,
    );
    const of = `patient = '\\x${pseudonym.toString('hex')}'`;
    await owner.unsafe(`create table public.kept as select * from fhir.audit_listed`);
    const tampers = [
      `update fhir.audit_listed set sealed = sealed || '\\x00' where ${of}`,
      `update fhir.audit_listed set key_id = gen_random_uuid() where ${of}`,
      `update fhir.audit_listed set patient = sha256(patient) where ${of}`,
      `delete from fhir.audit_listed where ${of}`,
      'delete from fhir.audit_listed',
      `insert into fhir.audit_listed select list, sha256(patient), month, key_id, sealed from fhir.audit_listed where ${of}`,
    ];
    for (const statement of tampers) {
      await tamper(statement);
      const { broken } = await bed.server.verify();
      assert.equal(broken?.why, 'other-list', statement);
      await tamper('delete from fhir.audit_listed; insert into fhir.audit_listed select * from public.kept');
      assert.equal((await bed.server.verify()).whole, true, 'as it was');
    }
    await owner.unsafe('drop table public.kept');
  });

  it('has the same list when it is made again, as by who goes on with it', async () => {
    const { owner, keys, store } = bed.server;
    const id = place.split('/')[2]!;
    const [run] = (await bed.server.of('the-export')).filter(({ content }) => content['status'] === 200);
    const list = run!.content['list'] as { id: string; month: string; patients: number; sha256: string };
    const sealer = openSealer(keys);
    const seal: Parameters<typeof store.trail.lists.make>[1] = (named) =>
      named.map(({ patient, files: numbers }) =>
        listedRow(sealer, { list: id, recorded: Date.now(), patient, files: numbers }),
      );
    assert.deepEqual(await store.trail.lists.make(list, seal), list);
    // Files without recorded patients, as made by a server of an earlier release, have no list.
    await owner`update fhir.export_file set named = false where job = ${id}::uuid and type = 'Patient'`;
    assert.equal(await store.trail.lists.make(list, seal), undefined);
  });

  it('tells nothing of who is forgotten, and the trail is whole', async () => {
    await bed.server.cover();
    const means = { sql: bed.server.owner, keys: bed.server.keys, now: Date.now(), by: 'cli:test', reason: 'the law' };
    assert.ok((await destroyKeysOfPatient(means, 'l1')).keys > 0);
    assert.deepEqual((await told('l1')).requests, []);
    assert.deepEqual((await told('l2')).requests, ['taken-Patient', 'the-export']);
    await bed.server.cover();
    assert.equal((await bed.server.verify()).whole, true);
  });
});
