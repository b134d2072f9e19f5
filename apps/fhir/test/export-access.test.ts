/**
 * Bulk exports over HTTP: who may use them, what is refused, and what the trail records. https://hl7.org/fhir/uv/bulkdata/STU2/export.html
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { baseUrl, type Reply } from './environment.ts';
import { asynchronously, exportBed, member, named, observation, placeOf, type Manifest } from './export-bed.ts';
import { activatePolicies, activateVersion } from './policies.ts';

const group = { resourceType: 'Group', type: 'person', membership: 'enumerated' };
const bed = exportBed(
  { resourceType: 'Patient', id: 'p1', active: true, name: [{ family: 'Karimova' }], birthDate: '1990-05-14' },
  { resourceType: 'Patient', id: 'p2', active: false },
  { resourceType: 'Patient', id: 'p3' },
  { resourceType: 'Patient', id: 'new' },
  { resourceType: 'Organization', id: 'o1', name: 'x' },
  { ...group, id: 'g2', member: [member('p1'), member('p2')] },
  { ...group, id: 'g1', member: [member('p1'), member('p3'), { ...member('p2'), inactive: true }] },
  ...[1, 2, 3].map((n) => observation(`b${n}`, `p${n}`)),
  { ...observation('both', 'p3'), performer: [{ reference: 'Patient/p1' }] },
);
const { token, store, kickOff, ended, exported } = bed;

async function namesOf(...asked: Parameters<typeof exported>): Promise<string[]> {
  return named((await exported(...asked)).lines.output);
}

const reference = (patient: string): object => ({
  name: 'patient',
  valueReference: { reference: `Patient/${patient}` },
});

describe('the trail', () => {
  /** As an export from before lists of patients existed, or of a server without a trail. */
  const withoutList = async (place: string): Promise<void> => {
    const { count } = await bed.server.owner`
      update fhir.job set outcome = outcome #- '{told,list}' where id = ${place.split('/')[2]!}::uuid and outcome->'told' ? 'list'`;
    assert.equal(count, 1);
  };

  it('has the run with what it has put into files, and without a list the patients of what is taken', async () => {
    const own = await token('trail');
    const id = 'export-trail';
    const headers = { ...asynchronously, 'x-request-id': id };
    const place = placeOf(
      await bed.server.request('GET', '/$export?_type=Patient,Organization', { token: own, headers }),
    );
    const { output } = JSON.parse((await ended(own, place)).text) as Manifest;
    const [asked, run, ...more] = await bed.server.of(id);
    assert.deepEqual([asked?.content['interaction'], asked?.content['status'], more], ['$export', 202, []]);
    const counts = Object.fromEntries(output.map(({ type, count }) => [type, count]));
    const count = Object.values(counts).reduce((sum, one) => sum + one, 0);
    assert.deepEqual([run?.content['status'], run?.content['counts'], run?.content['count']], [200, counts, count]);
    const list = run?.content['list'] as { id: string; patients: number };
    assert.deepEqual([run?.content['client'], list.id], ['trail', place.split('/')[2]]);
    await withoutList(place);
    const file = output.find(({ type }) => type === 'Patient')!.url.slice(baseUrl.length);
    const patients = async (request: string, range?: string): Promise<string[]> => {
      const asking = { 'accept-encoding': 'identity', 'x-request-id': request, ...(range !== undefined && { range }) };
      const { text } = await bed.server.request('GET', file, { token: own, headers: asking });
      const found = (await bed.server.of(request)).flatMap(({ patient }) => patient ?? []);
      const names = new Map(['new', 'p1', 'p2', 'p3'].map((name) => [bed.server.pseudonym(name), name]));
      return [...found.map((one) => names.get(one) ?? one).sort(), text];
    };
    const [text, ...all] = (await patients('whole')).reverse();
    assert.deepEqual(all.reverse(), ['new', 'p1', 'p2', 'p3']);
    // Neither a line with selected elements nor a JSON escape elsewhere in it keeps the trail from recording the patient.
    const raw =
      '{"resourceType":"Observation","id":"escaped","status":"final","code":{"text":"\\u0041\\/"},"subject":{"reference":"Patient\\/p1"}}';
    const stored = await bed.server.request('PUT', '/Observation/escaped', {
      headers: { 'content-type': 'application/fhir+json' },
      body: raw,
    });
    assert.equal(stored.status, 201, stored.text);
    const parts = placeOf(await kickOff(own, '/$export?_type=Observation&_elements=code'));
    const [observations] = (JSON.parse((await ended(own, parts)).text) as Manifest).output;
    const [{ named }] = await bed.server.owner<[{ named: string }]>`
      select string_agg(patient, ' ' order by patient) as named from fhir.export_patient where job = ${parts.split('/')[2]!}::uuid`;
    for (const name of ['p1', 'p2', 'p3']) assert.ok(named.split(' ').includes(name), named);
    await withoutList(parts);
    const taking = { 'accept-encoding': 'identity', 'x-request-id': 'partly' };
    const taken = await bed.server.request('GET', observations!.url.slice(baseUrl.length), {
      token: own,
      headers: taking,
    });
    assert.ok(!taken.text.includes('Patient/') && taken.text.includes('"escaped"'));
    const recorded = new Set((await bed.server.of('partly')).map(({ patient }) => patient));
    for (const name of ['p1', 'p2', 'p3']) assert.ok(recorded.has(bed.server.pseudonym(name)), name);
    // A range that begins and ends within a line reveals its patient.
    const at = text!.indexOf('"id":"p2"') + 8;
    assert.deepEqual((await patients('part', `bytes=${at}-${at + 3}`)).slice(0, -1), ['p2']);
  });
});

describe('what is refused before it begins', () => {
  const cases: readonly (readonly [
    path: string,
    status: number,
    code: string,
    told: RegExp,
    parameter?: readonly object[],
  ])[] = [
    ['/$export?_type=Patiemt', 400, 'parameter-invalid', /Patiemt/],
    ['/$export?_type=AuditEvent', 400, 'parameter-invalid', /trail/],
    ['/$export?_type=Binary', 400, 'parameter-invalid', /Binary/],
    ['/Patient/$export?_type=Organization', 400, 'parameter-invalid', /compartment/],
    ['/$export?_outputFormat=text/csv', 400, 'parameter-invalid', /ndjson/],
    ['/$export?_since=yesterday', 400, 'parameter-invalid', /instant/],
    ['/$export?_since=2026-01-02T00:00:00Z&_until=2026-01-01T00:00:00Z', 400, 'parameter-invalid', /_until/],
    ['/$export?_elements=Patient.name.family', 400, 'parameter-invalid', /_elements/],
    ['/$export?_elements=colour', 400, 'parameter-invalid', /colour/],
    ['/$export?_typeFilter=Patient', 400, 'parameter-invalid', /_typeFilter/],
    ['/$export?_type=Patient&_typeFilter=Observation%3Fstatus=final', 400, 'parameter-invalid', /not exported/],
    ['/$export?_typeFilter=Observation%3F_include=Observation:subject', 400, 'parameter-invalid', /_include/],
    ['/$export?_typeFilter=Observation%3Fsubject.name=x', 400, 'parameter-invalid', /chains/],
    ['/$export?_typeFilter=Observation%3Fcolour=x', 400, 'search-parameter-unknown', /colour/],
    ['/$export?colour=red', 400, 'parameter-unknown', /_type/],
    ['/Patient/$export?patient=Patient/p1', 400, 'parameter-invalid', /POST/],
    ['/Patient/$export', 400, 'parameter-invalid', /Patient\/nobody/, [reference('nobody')]],
    ['/Group/g1/$export', 400, 'parameter-invalid', /no member/, [reference('p2')]],
    ['/Group/none/$export', 404, 'resource-not-found', /none/],
    ['/$export', 400, 'parameter-unknown', /knows/, [reference('p1')]],
  ];
  for (const [path, status, code, told, parameter] of cases)
    it(`${parameter === undefined ? 'GET' : 'POST'} ${path}`, async () => {
      const reply = await kickOff(await token('refused'), path, parameter);
      assert.deepEqual([reply.status, reply.code], [status, code], reply.text);
      assert.match(reply.diagnostics, told);
    });

  it('without Prefer: respond-async, and says so', async () => {
    for (const path of ['/$export', '/Patient/$export', '/Group/g1/$export']) {
      const reply = await bed.server.request('GET', path, { token: await token('refused') });
      assert.deepEqual([reply.status, reply.code], [400, 'async-required']);
      assert.match(reply.diagnostics, /Prefer: respond-async/);
    }
  });

  it('the token of a person, one that reads nothing, and a type that it does not give', async () => {
    for (const claims of [
      { scope: 'patient/*.rs', patient: 'p1' },
      { scope: 'user/*.rs', fhirUser: `${baseUrl}/Practitioner/d` },
      { scope: 'system/Patient.c' },
    ]) {
      const reply = await kickOff(await bed.server.sso.token({ client_id: 'people', ...claims }), '/$export');
      assert.equal(reply.status, 403, reply.text);
    }
    const own = await token('people', 'system/Patient.rs');
    assert.equal((await kickOff(own, '/$export?_type=Observation')).code, 'scope-insufficient');
    assert.equal((await kickOff(await token('people', 'system/Patient.r'), '/$export?_type=Patient')).status, 403);
  });

  it('a third export beside two that are not ended', async () => {
    const own = await token('eager');
    const places: string[] = [];
    let last: Reply | undefined;
    for (let n = 0; n < 12 && last?.status !== 429; n += 1) {
      last = await kickOff(own, '/$export?_type=Organization');
      if (last.status === 202) places.push(placeOf(last));
    }
    assert.deepEqual(
      [last?.status, last?.code, last?.headers.get('retry-after') !== null],
      [429, 'too-many-requests', true],
    );
    for (const place of places) assert.equal((await bed.server.request('DELETE', place, { token: own })).status, 202);
  });

  it('but what a lenient client sends beside', async () => {
    const prefer = 'respond-async, handling=lenient';
    const own = await token('lenient');
    assert.deepEqual(
      await namesOf(
        own,
        '/Patient/$export?_type=Patient,Organization&organizeOutputBy=Observation&_type=Colour',
        undefined,
        prefer,
      ),
      [...['Patient/new', 'Patient/p1', 'Patient/p2', 'Patient/p3']],
    );
    const more = [
      { name: 'colour', valueString: 'red' },
      { name: '_type', valueString: 'Organization' },
    ];
    assert.deepEqual(await namesOf(own, '/$export', more, prefer), ['Organization/o1']);
  });
});

describe('what the rules of access hide', () => {
  it('is in no file and no count: by policies, and by a consent', async () => {
    const own = await token('limited');
    const rule = {
      name: 'hidden',
      effect: 'deny',
      who: { client: ['limited'] },
      types: ['Patient'],
      interactions: ['read', 'search'],
      criteria: '_id=p2',
    } as const;
    const limit = {
      name: 'parts',
      effect: 'limit',
      who: { client: ['limited'] },
      types: ['Patient'],
      interactions: [],
      hide: ['birthDate', 'name'],
    } as const;
    const actor = [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'limited' } } }];
    await store({
      resourceType: 'Consent',
      id: 'no',
      status: 'active',
      decision: 'permit',
      subject: { reference: 'Patient/p3' },
      provision: [{ actor }],
    });
    await bed.server.store.buildConsents();
    await activatePolicies(bed.server, { others: 'as-scoped', rules: [rule, limit], consent: 'enforced' });
    try {
      const { manifest, lines } = await exported(own, '/$export?_type=Patient,Observation');
      const patients = lines.output.filter(({ resourceType }) => resourceType === 'Patient');
      assert.deepEqual(named(patients), ['Patient/new', 'Patient/p1']);
      assert.ok(patients.every((one) => one['birthDate'] === undefined && one['name'] === undefined));
      const text = JSON.stringify(lines.output);
      assert.ok(!text.includes('Patient/p3'), 'the consent holds');
      assert.equal(manifest.output.find(({ type }) => type === 'Patient')?.count, 2);
      // A group is in the compartments of its members: if one of them refuses, the group is absent, as for a read.
      assert.equal((await kickOff(own, '/Group/g1/$export')).code, 'resource-not-found');
      assert.deepEqual(await namesOf(own, '/Group/g2/$export?_type=Patient'), ['Patient/p1']);
      const hidden = await kickOff(own, '/Patient/$export', [reference('p2')]);
      const never = await kickOff(own, '/Patient/$export', [reference('p9')]);
      assert.deepEqual([hidden.status, hidden.diagnostics], [never.status, never.diagnostics.replace('p9', 'p2')]);
    } finally {
      await activateVersion(bed.server, undefined);
    }
  });
});
