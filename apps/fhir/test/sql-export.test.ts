/** `$sql-export`: tables of views and of queries as files, which a job makes. docs/bulk-export.md */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parquetReadObjects } from 'hyparquet';
import { scanJson } from '@dhp/fhir-model';
import { connect, type Sql } from '@dhp/postgres';
import { baseUrl, type Reply } from './environment.ts';
import { asynchronously, exportBed, member, observation, placeOf, untilRests } from './export-bed.ts';
import { activatePolicies, activateVersion } from './policies.ts';

const bed = exportBed(
  ...['p1', 'p2', 'p3'].map((id, n) => ({ resourceType: 'Patient', id, gender: n === 1 ? 'male' : 'female' })),
  ...['p1', 'p1', 'p2', 'p3'].map((patient, n) => observation(`o${n}`, patient)),
  { resourceType: 'Group', id: 'g', type: 'person', membership: 'enumerated', member: [member('p2'), member('p3')] },
);
const { token, store, ended } = bed;

const at = 'https://example.org';
const people = {
  ...{ resourceType: 'ViewDefinition', id: 'people', url: `${at}/people`, name: 'people', status: 'active' },
  resource: 'Patient',
  select: [
    {
      column: [
        { name: 'id', path: 'getResourceKey()' },
        { name: 'sex', path: 'gender' },
      ],
    },
  ],
};
const results = {
  ...{ resourceType: 'ViewDefinition', url: `${at}/results`, name: 'results', status: 'active' },
  resource: 'Observation',
  select: [
    {
      column: [
        { name: 'patient', path: 'subject.getReferenceKey(Patient)' },
        { name: 'value', path: 'value.ofType(Quantity).value', type: 'decimal' },
        { name: 'note', path: 'note.first().text' },
      ],
    },
  ],
};
type On = Readonly<Record<string, string>>;
function library(sql: string, on: On, more: object = {}, code = 'sql-query'): Record<string, unknown> {
  return {
    ...{ resourceType: 'Library', status: 'active', type: { coding: [{ code }] } },
    relatedArtifact: Object.entries(on).map(([label, resource]) => ({ type: 'depends-on', label, resource })),
    content: [{ contentType: 'application/sql', data: Buffer.from(sql).toString('base64') }],
    ...more,
  };
}
const both: On = { p: people.url, r: results.url };
const bySex = 'select p.sex, count(*) as n, sum(r.value) as total from p join r on r.patient = p.id group by p.sex';
const counted = [
  { sex: 'female', n: 3, total: 3 },
  { sex: 'male', n: 1, total: 1 },
];

const subject = (resource: object, ...more: object[]): object => ({
  name: 'subject',
  part: [{ name: 'subjectResource', resource }, ...more],
});
const called = (valueString: string): object => ({ name: 'name', valueString });
const context = (resource: object): object => ({ name: 'context', resource });
const format = (valueCode: string): object => ({ name: '_format', valueCode });
const canonical = (valueCanonical: string, name: string): object => ({
  name: 'subject',
  part: [called(name), { name: 'subjectCanonical', valueCanonical }],
});

function kickOff(own: string, parameter: readonly object[], path = '/$sql-export'): Promise<Reply> {
  const headers = { ...asynchronously, 'content-type': 'application/fhir+json' };
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  return bed.server.request('POST', path, { token: own, headers, body });
}

interface Parameter {
  readonly name: string;
  readonly part?: readonly Parameter[];
  readonly valueString?: string;
  readonly valueUri?: string;
}

async function resultOf(own: string, place: string): Promise<Reply> {
  const status = await ended(own, place);
  assert.equal(status.status, 303, status.text);
  return bed.server.request('GET', `${place}/result`, { token: own });
}

/** Addresses of the files by the name of the table. */
async function placesOf(own: string, place: string): Promise<Record<string, string[]>> {
  const reply = await resultOf(own, place);
  assert.equal(reply.status, 200, reply.text);
  const outputs = (reply.json['parameter'] as Parameter[]).filter(({ name }) => name === 'output');
  return Object.fromEntries(
    outputs.map(({ part = [] }) => [
      part[0]!.valueString!,
      part.slice(1).map(({ valueUri }) => valueUri!.slice(baseUrl.length)),
    ]),
  );
}

async function bytesOf(own: string, address: string, headers: Record<string, string> = {}): Promise<Buffer> {
  const response = await fetch(`${bed.server.url}${address}`, {
    headers: { authorization: `Bearer ${own}`, 'accept-encoding': 'identity', ...headers },
  });
  assert.ok(response.status === 200 || response.status === 206, address);
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(response.headers.get('content-length'), String(bytes.length));
  return bytes;
}

async function rowsOf(own: string, place: string, name: string): Promise<unknown[]> {
  const [address = '', ...more] = (await placesOf(own, place))[name] ?? [];
  assert.deepEqual(more, []);
  const text = (await bytesOf(own, address)).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

const forget = (own: string, place: string): Promise<Reply> => bed.server.request('DELETE', place, { token: own });

describe('the tables of one export', () => {
  it('are of views and of queries, named in each way, and of one moment', async () => {
    const own = await token('mixed');
    const put = await bed.server.write('PUT', '/ViewDefinition/people', people);
    assert.equal(put.status, 201, put.text);
    await store({ id: 'by-sex', ...library(bySex, both, { url: `${at}/by-sex` }), resourceType: 'Library' });
    const ofOne = library(
      'select count(*) as n from p where sex = :sex',
      { p: people.url },
      {
        parameter: [{ name: 'sex', type: 'string', use: 'in' }],
      },
    );
    const sex = {
      name: 'parameters',
      resource: { resourceType: 'Parameters', parameter: [{ name: 'sex', valueString: 'male' }] },
    };
    const reply = await kickOff(own, [
      ...[subject(results), canonical(`${at}/people`, 'p'), canonical(`${at}/by-sex`, 'q')],
      ...[subject(ofOne, called('of one'), sex), { name: 'clientTrackingId', valueString: 'mine' }],
      ...[context(results)],
    ]);
    const place = placeOf(reply);
    assert.match(reply.text, /"clientTrackingId","valueString":"mine"/);
    const places = await placesOf(own, place);
    assert.deepEqual(Object.keys(places), ['results', 'p', 'q', 'of one']);
    assert.equal((await rowsOf(own, place, 'results')).length, 4);
    assert.equal((await rowsOf(own, place, 'p')).length, 3);
    assert.deepEqual(await rowsOf(own, place, 'q'), counted);
    assert.deepEqual(await rowsOf(own, place, 'of one'), [{ n: 1 }]);
    const stranger = await bed.server.request('GET', places['q']![0]!, { token: await token('stranger') });
    assert.equal(stranger.code, 'job-unknown');
    await forget(own, place);
    assert.equal((await bed.server.request('GET', places['q']![0]!, { token: own })).code, 'job-unknown');
  });

  it('have each form, also without rows, and are taken in parts', async () => {
    const own = await token('forms');
    const none = library('select * from p where id is null', { p: people.url });
    for (const code of ['ndjson', 'json', 'csv', 'parquet']) {
      const asked = [subject(library(bySex, both), called('q')), subject(none, called('none')), context(results)];
      const place = placeOf(await kickOff(own, [...asked, format(code)]));
      const places = await placesOf(own, place);
      const whole = await bytesOf(own, places['q']![0]!);
      const texts: Readonly<Record<string, readonly [string, string]>> = {
        ndjson: ['{"sex":"female","n":3,"total":3}\n{"sex":"male","n":1,"total":1}\n', ''],
        json: ['[\n{"sex":"female","n":3,"total":3},\n{"sex":"male","n":1,"total":1}\n]\n', '[\n]\n'],
        csv: ['sex,n,total\r\nfemale,3,3\r\nmale,1,1\r\n', 'id,sex\r\n'],
      };
      if (code === 'parquet')
        assert.deepEqual(await parquetReadObjects({ file: Uint8Array.from(whole).buffer }), counted);
      else assert.equal(whole.toString(), texts[code]![0]);
      const empty = await bytesOf(own, places['none']![0]!);
      if (code !== 'parquet') assert.equal(empty.toString(), texts[code]![1]);
      for (let first = 0; first < whole.length; first += 40) {
        const part = await bytesOf(own, places['q']![0]!, { range: `bytes=${first}-${first + 39}` });
        assert.ok(part.equals(whole.subarray(first, first + 40)), `${code} ${first}`);
      }
      await forget(own, place);
    }
  });

  it('are of patients, of members of groups, and of what was stored since', async () => {
    const own = await token('filters');
    const query = subject(library('select count(*) as n from r', { r: results.url }), called('q'));
    const count = async (...more: object[]): Promise<unknown[]> => {
      const place = placeOf(await kickOff(own, [query, context(results), ...more]));
      const rows = await rowsOf(own, place, 'q');
      await forget(own, place);
      return rows;
    };
    assert.deepEqual(await count({ name: 'patient', valueReference: { reference: 'Patient/p1' } }), [{ n: 2 }]);
    assert.deepEqual(await count({ name: 'group', valueReference: { reference: 'Group/g' } }), [{ n: 2 }]);
    assert.deepEqual(await count({ name: '_since', valueInstant: new Date(Date.now() + 60_000).toISOString() }), [
      { n: 0 },
    ]);
  });
});

describe('what is wrong', () => {
  it('is told with its cure before a job is made', async () => {
    const own = await token('wrong');
    const q = (sql: string, on: On = { p: people.url }): object => subject(library(sql, on));
    const unknown = { p: 'https://example.org/unknown' };
    const parameters = { name: 'parameters', resource: { resourceType: 'Parameters' } };
    const refused: readonly (readonly [readonly object[], number, string, RegExp])[] = [
      [[], 400, 'parameter-invalid', /needs the parameter subject/],
      [[{ name: 'subject', part: [called('x')] }], 400, 'parameter-invalid', /needs one of/],
      [[q('select p.age from p')], 422, 'query-invalid', /no such column/],
      [[q('select 1 as a, 2 as a from p')], 422, 'query-invalid', /Two columns are a/],
      [[q("select readfile('/etc/passwd') from p")], 422, 'query-invalid', /readfile/],
      [[q('select :x from p')], 422, 'query-invalid', /no parameter/],
      [[q('select 1 from p', unknown)], 404, 'resource-not-found', /unknown/],
      [[q('select 1 from p'), context(results)], 400, 'parameter-invalid', /Nothing depends on/],
      [
        [q('select * from r', { r: results.url }), context(results), context(results)],
        400,
        'parameter-invalid',
        /Two of context/,
      ],
      [[subject(people, parameters)], 400, 'parameter-invalid', /the subject is a view/],
      [[subject(people), subject(people)], 400, 'parameter-invalid', /Two tables have the name/],
      [[subject(people), format('fhir')], 400, 'parameter-invalid', /_format is/],
      [[subject(people), { name: '_limit', valueInteger: 1 }], 400, 'parameter-unknown', /knows these/],
      [
        Array.from({ length: 11 }, (_, n) => subject(library('select 1 as a', {}), called(`q${n}`))),
        400,
        'parameter-invalid',
        /10 queries at most/,
      ],
    ];
    for (const [parameter, status, code, why] of refused) {
      const reply = await kickOff(own, parameter);
      assert.deepEqual([reply.status, reply.code], [status, code], reply.text);
      assert.match(reply.text, why);
    }
    const narrow = await token('narrow', 'system/Patient.rs system/ViewDefinition.rs');
    const observed = await kickOff(narrow, [q('select * from r', { r: results.url }), context(results)]);
    assert.equal(observed.code, 'scope-insufficient', observed.text);
    const person = await bed.server.sso.token({ scope: 'patient/*.rs', patient: 'p1' });
    assert.equal((await kickOff(person, [subject(people)])).status, 403);
    assert.equal((await bed.server.request('GET', '/$sql-export', { token: own })).status, 405);
    const body = JSON.stringify({ resourceType: 'Parameters', parameter: [subject(people)] });
    const headers = { 'content-type': 'application/fhir+json' };
    assert.equal(
      (await bed.server.request('POST', '/$sql-export', { token: own, headers, body })).code,
      'async-required',
    );
  });

  it('is told at the result, where only the rows show it', async () => {
    const own = await token('late');
    const costly = library(
      'select a.id, b.id as other from p a, p b, p c, p d, p e, p f, p g, p h, p i, p j, p k, p l',
      { p: people.url },
    );
    const place = placeOf(await kickOff(own, [subject(costly, called('q'))]));
    const result = await resultOf(own, place);
    assert.deepEqual([result.status, result.code], [422, 'operation-too-costly'], result.text);
    assert.ok(!(await readdir(bed.folder)).includes(place.split('/')[2]!));
    await forget(own, place);
  });
});

describe('the patients', () => {
  it('whose records a result rests on are recorded, by any part of it, and are none whom the caller may not see', async () => {
    await activatePolicies(bed.server, { others: 'as-scoped', rules: [], consent: 'enforced' });
    try {
      const actor = [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'apart' } } }];
      await store({
        ...{ resourceType: 'Consent', id: 'apart', status: 'active', decision: 'permit' },
        ...{ subject: { reference: 'Patient/p1' }, provision: [{ actor }] },
      });
      const own = await token('apart');
      const query = subject(library('select count(*) as n, sum(value) as v from r', { r: results.url }), called('q'));
      const place = placeOf(await kickOff(own, [query, context(results), format('csv')]));
      const [address = ''] = (await placesOf(own, place))['q']!;
      assert.equal((await bytesOf(own, address)).toString(), 'n,v\r\n2,2\r\n');
      const job = place.split('/')[2]!;
      const rows = await bed.server.owner<{ patient: string }[]>`
        select patient from fhir.export_patient where job = ${job}::uuid order by patient`;
      assert.deepEqual(
        rows.map(({ patient }) => patient),
        ['p2', 'p3'],
      );
      // As an export that has no list.
      await bed.server.owner`update fhir.job set outcome = outcome #- '{told,list}' where id = ${job}::uuid`;
      await bytesOf(own, address, { 'x-request-id': 'part-of-query', range: 'bytes=6-6' });
      const told = (await bed.server.of('part-of-query')).flatMap(({ patient }) => patient ?? []);
      assert.deepEqual(told.sort(), ['p2', 'p3'].map((id) => bed.server.pseudonym(id)).sort());
      await forget(own, place);
    } finally {
      await activateVersion(bed.server, undefined);
      await bed.server.request('DELETE', '/Consent/apart');
    }
  });
});

describe('an export that takes long', () => {
  const many = 700;
  /** Of two types, and of each patient by the results alone: who is hidden is not left out by the join. */
  const notes = library(
    'select count(*) as n, count(distinct r.patient) as patients from r left join p on p.id = r.patient where r.note is not null',
    both,
  );
  let sql: Sql;
  before(async () => {
    await bed.makeBy({ share: 0.1, sign: 50 });
    sql = connect(bed.server.ownerUrl, { max: 1 });
    await store(...[5, 6].map((n) => ({ resourceType: 'Patient', id: `p${n}` })));
    await bed.server.store.bulkInsert(
      (async function* () {
        for (let n = 0; n < many; n += 1) {
          const note = [{ text: 'x'.repeat(2_000) }];
          const resource = { ...observation(`long-${n}`, n % 2 === 0 ? 'p5' : 'p6'), note };
          yield { type: 'Observation', id: resource.id, source: scanJson(JSON.stringify(resource)), resource };
        }
      })(),
    );
  });
  after(() => sql.end());

  it('is gone on with by the next holder, with what was named as it was when it was asked for', async () => {
    const own = await token('resumed');
    const stored = { ...results, id: 'results', url: `${at}/stored` };
    assert.equal((await bed.server.write('PUT', '/ViewDefinition/results', stored)).status, 201);
    const query = library('select count(note) as n from r', { r: stored.url });
    const place = placeOf(await kickOff(own, [subject(people), subject(query, called('q'))]));
    const changed = { ...stored, select: [{ column: [{ name: 'id', path: 'id' }] }] };
    assert.equal((await bed.server.write('PUT', '/ViewDefinition/results', changed)).status, 200);
    const job = place.split('/')[2]!;
    for (let [moved, end] = [0, performance.now() + 60_000]; moved === 0 && performance.now() < end;) {
      // As when the holder was killed, in the moment in which the first file is whole.
      const { count } = await sql`
        update fhir.job set holder = gen_random_uuid(), due = now() where id = ${job}::uuid
          and exists (select from fhir.export_file where job = ${job}::uuid)`;
      moved = count;
      await delay(2);
    }
    assert.deepEqual(await rowsOf(own, place, 'q'), [{ n: many }]);
    const attempts = await sql<{ attempt: number }[]>`
      select attempt from fhir.export_file where job = ${job}::uuid order by number`;
    assert.deepEqual(
      attempts.map(({ attempt }) => attempt),
      [1, 2],
    );
    assert.equal((await readdir(`${bed.folder}/${job}`)).length, 2, 'what the first holder left is gone');
    await forget(own, place);
  });

  it('follows a consent that comes while it runs, in a result that says nothing of whose it is', async () => {
    const own = await token('followed');
    await activatePolicies(bed.server, { others: 'as-scoped', rules: [], consent: 'enforced' });
    try {
      const place = placeOf(await kickOff(own, [subject(notes, called('q')), context(results)]));
      await untilRests(bed.server, own, place);
      // The consent of p6 refuses somebody else: its lines are asked about too, and stay.
      for (const [patient, value] of [
        ['p5', 'followed'],
        ['p6', 'somebody-else'],
      ] as const)
        await store({
          ...{ resourceType: 'Consent', id: `late-${patient}`, status: 'active', decision: 'permit' },
          subject: { reference: `Patient/${patient}` },
          provision: [{ actor: [{ reference: { identifier: { system: 'urn:dhp:sso:client', value } } }] }],
        });
      assert.deepEqual(await rowsOf(own, place, 'q'), [{ n: many / 2, patients: 1 }]);
      await forget(own, place);
    } finally {
      await activateVersion(bed.server, undefined);
    }
  });

  it('is cancelled, and leaves no file', async () => {
    const own = await token('cancelled');
    const place = placeOf(await kickOff(own, [subject(notes, called('q')), context(results)]));
    await untilRests(bed.server, own, place);
    assert.equal((await forget(own, place)).status, 202);
    assert.equal((await bed.server.request('GET', place, { token: own })).code, 'job-unknown');
    for (const end = performance.now() + 20_000; performance.now() < end;) {
      if (!(await readdir(bed.folder)).includes(place.split('/')[2]!)) return;
      await delay(50);
    }
    assert.fail('a file is left');
  });
});
