/** Bulk exports over HTTP: what is in them, for whom, and what is refused. https://hl7.org/fhir/uv/bulkdata/STU2/export.html */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { baseUrl, type Reply } from './environment.ts';
import { asynchronously, exportBed, member, named, observation, placeOf, type Manifest } from './export-bed.ts';
import { exact } from './export-exactness.ts';
import { activatePolicies, activateVersion } from './policies.ts';

const group = { resourceType: 'Group', type: 'person', membership: 'enumerated' };
const bed = exportBed(
  { resourceType: 'Patient', id: 'p1', active: true, name: [{ family: 'Karimova' }], birthDate: '1990-05-14' },
  { resourceType: 'Patient', id: 'p2', active: false },
  { resourceType: 'Patient', id: 'p3' },
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

describe('an export from its beginning to its end', () => {
  it('has all that the token gives, as it is read, in files of one type', async () => {
    const own = await token('whole');
    const begun = Date.now();
    const { manifest, lines } = await exported(own, '/$export?_outputFormat=ndjson');
    assert.deepEqual([manifest.requiresAccessToken, manifest.deleted, manifest.error], [true, [], []]);
    assert.equal(manifest.request, `${baseUrl}/$export?_outputFormat=ndjson`);
    assert.ok(Math.abs(new Date(manifest.transactionTime).getTime() - begun) < 60_000, manifest.transactionTime);
    const all = ['Group/g1', 'Group/g2', 'Observation/b1', 'Observation/b2', 'Observation/b3', 'Observation/both'];
    assert.deepEqual(named(lines.output), [...all, 'Organization/o1', 'Patient/p1', 'Patient/p2', 'Patient/p3']);
    for (const line of lines.output)
      assert.deepEqual(line, (await bed.server.request('GET', `/${line.resourceType}/${line.id}`)).json);
  });

  it('is of the scopes of the token alone', async () => {
    assert.deepEqual(await namesOf(await token('some', 'system/Organization.rs system/Group.rs'), '/$export'), [
      'Group/g1',
      'Group/g2',
      'Organization/o1',
    ]);
  });

  it('keeps each line in one, whatever the resource was written like', async () => {
    const written = `{\r\n  "resourceType": "Basic",\n\t"id": "lines", "code": { "text": "a\\nb\\u2028c" } }\n`;
    const headers = { 'content-type': 'application/fhir+json' };
    assert.equal((await bed.server.request('PUT', '/Basic/lines', { headers, body: written })).status, 201);
    const { lines } = await exported(await token('lines'), '/$export?_type=Basic');
    assert.deepEqual(
      lines.output.map(({ code }) => code),
      [{ text: 'a\nb\u2028c' }],
    );
  });

  it('is of the records of patients alone, of all or of some', async () => {
    const own = await token('patients');
    const records = ['Observation/b1', 'Observation/b2', 'Observation/b3', 'Observation/both'];
    assert.deepEqual(await namesOf(own, '/Patient/$export'), [
      'Group/g1',
      'Group/g2',
      ...records,
      'Patient/p1',
      'Patient/p2',
      'Patient/p3',
    ]);
    const type = { name: '_type', valueString: 'Patient,Observation' };
    assert.deepEqual(await namesOf(own, '/Patient/$export', [type, reference('p1')]), [
      'Observation/b1',
      'Observation/both',
      'Patient/p1',
    ]);
    assert.deepEqual(await namesOf(own, '/Patient/$export', [type, reference('p2'), reference('p1')]), [
      'Observation/b1',
      'Observation/b2',
      'Observation/both',
      'Patient/p1',
      'Patient/p2',
    ]);
  });

  it('is of the members of a group, those who are not active left out', async () => {
    const own = await token('group');
    const records = ['Observation/b1', 'Observation/b3', 'Observation/both', 'Patient/p1', 'Patient/p3'];
    assert.deepEqual(await namesOf(own, '/Group/g1/$export?_type=Observation&_type=Patient'), records);
    const type = { name: '_type', valueCode: 'Patient' };
    assert.deepEqual(await namesOf(own, '/Group/g1/$export', [type, reference('p3')]), ['Patient/p3']);
  });

  it('is of the elements that are asked for, marked so', async () => {
    const { lines } = await exported(
      await token('elements'),
      '/$export?_type=Patient,Observation&_elements=Patient.birthDate,status',
    );
    const [first] = lines.output.filter(({ id }) => id === 'p1');
    const { meta, ...rest } = first!;
    assert.deepEqual(rest, { resourceType: 'Patient', id: 'p1', active: true, birthDate: '1990-05-14' });
    assert.equal((meta as { tag: { code: string }[] }).tag[0]?.code, 'SUBSETTED');
    const one = lines.output.find(({ id }) => id === 'b1')!;
    assert.deepEqual(Object.keys(one).sort(), ['code', 'id', 'meta', 'resourceType', 'status']);
  });

  it('is of what meets one of the filters of its type', async () => {
    await store(observation('draft', 'p2', 'preliminary'), observation('wrong', 'p2', 'entered-in-error'));
    const own = await token('filters');
    const filters = [
      'Observation?status=preliminary&subject=Patient/p2',
      'Observation?status=entered-in-error,cancelled',
    ];
    const query = new URLSearchParams({ _type: 'Observation,Organization', _typeFilter: filters.join() });
    assert.deepEqual(await namesOf(own, `/$export?${query}`), [
      'Observation/draft',
      'Observation/wrong',
      'Organization/o1',
    ]);
    const repeated = filters.map((filter) => ({ name: '_typeFilter', valueString: filter }));
    assert.deepEqual(await namesOf(own, '/$export', [{ name: '_type', valueString: 'Observation' }, ...repeated]), [
      'Observation/draft',
      'Observation/wrong',
    ]);
  });
});

describe('the words of the guide', () => {
  it('are those of the kick-off, the status and the manifest, at each level', async () => {
    const own = await token('guide');
    const ask = (path: string): Promise<Reply> => bed.server.request('GET', path, { token: own });
    for (const [path, format] of [
      ['/$export', 'application/fhir%2Bndjson'],
      ['/Patient/$export', 'application/ndjson'],
      ['/Group/g1/$export', 'ndjson'],
    ] as const) {
      const begun = await kickOff(own, `${path}?_outputFormat=${format}&_type=Patient`);
      assert.equal(begun.status, 202, begun.text);
      assert.ok(begun.headers.get('content-location')?.startsWith(`${baseUrl}/`), path);
      const place = placeOf(begun);
      const reply = await ended(own, place);
      assert.equal(reply.status, 200, reply.text);
      assert.match(reply.headers.get('content-type') ?? '', /^application\/json(;|$)/);
      const manifest = JSON.parse(reply.text) as Manifest & { readonly request: string };
      assert.match(manifest.transactionTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
      assert.ok(manifest.request.startsWith(`${baseUrl}${path}?`), manifest.request);
      for (const list of [manifest.output, manifest.deleted, manifest.error]) assert.ok(Array.isArray(list));
      for (const { type, url, count } of manifest.output) {
        assert.deepEqual([type, typeof count], ['Patient', 'number']);
        assert.equal((await ask(url.slice(baseUrl.length))).headers.get('content-type'), 'application/fhir+ndjson');
      }
      assert.equal((await bed.server.request('DELETE', place, { token: own })).status, 202);
      for (const gone of [await ask(place), await bed.server.request('DELETE', place, { token: own })]) {
        assert.equal(gone.status, 404);
        assert.match(gone.headers.get('content-type') ?? '', /^application\/fhir\+json/);
        assert.equal(gone.json['resourceType'], 'OperationOutcome');
      }
    }
    const refused = await kickOff(own, '/$export?_since=never');
    assert.match(refused.headers.get('content-type') ?? '', /^application\/fhir\+json/);
    assert.equal(refused.json['resourceType'], 'OperationOutcome');
    const { manifest } = await exported(own, '/$export', [{ name: '_type', valueString: 'Patient' }]);
    assert.equal(manifest.request, `${baseUrl}/$export`, 'what was sent by POST is no part of it');
  });

  it('of 4.0 are in the manifest of a kick-off by POST, beside those of 2 and 3', async () => {
    const own = await token('generations');
    const begun = await kickOff(own, '/$export', [{ name: '_type', valueString: 'Patient' }]);
    const { json } = await ended(own, placeOf(begun));
    const { transactionTime, output, ...rest } = json as unknown as Manifest & Record<string, unknown>;
    assert.ok(transactionTime !== '');
    assert.deepEqual(rest, {
      manifestType: 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkDataManifest',
      outputFormat: 'application/fhir+ndjson',
      ...{ request: `${baseUrl}/$export`, requiresAccessToken: true, deleted: [], error: [], outcome: [] },
    });
    const [file] = output as unknown as { url: string; fileSize: number }[];
    const { text } = await bed.server.request('GET', file!.url.slice(baseUrl.length), { token: own });
    assert.equal(file!.fileSize, Buffer.byteLength(text));
    const { manifest } = await exported(own, '/$export?_type=Patient');
    const names = ['transactionTime', 'request', 'requiresAccessToken', 'output', 'deleted', 'error'];
    assert.deepEqual(Object.keys(manifest), names, 'a GET has those of 2 and 3 alone');
  });

  it('want absolute addresses of attachments', async () => {
    const attached = (url: string): object => ({ attachment: { url, size: '12' } });
    const extension = [
      { url: 'urn:e', valueAttachment: { url: 'Binary/3' } },
      { url: 'urn:d', valueDecimal: 1.5 },
    ];
    const document = {
      ...{ resourceType: 'DocumentReference', id: 'attached', status: 'current', extension },
      contained: [{ resourceType: 'Patient', id: 'c', photo: [{ url: 'Binary/2' }] }],
      content: [attached('Binary/1'), attached('https://files.example/x'), attached(`${baseUrl}/Binary/4`)],
      subject: { reference: '#c' },
    };
    const text = JSON.stringify(document).replace('1.5', '1.500');
    const headers = { 'content-type': 'application/fhir+json' };
    const reply = await bed.server.request('PUT', '/DocumentReference/attached', { headers, body: text });
    assert.equal(reply.status, 201, reply.text);
    const own = await token('attachments');
    const reached = await ended(own, placeOf(await kickOff(own, '/$export?_type=DocumentReference')));
    const [{ url }] = (reached.json as unknown as Manifest).output as [Manifest['output'][0]];
    const { text: line } = await bed.server.request('GET', url.slice(baseUrl.length), { token: own });
    const told = JSON.parse(line) as typeof document;
    const absolute = (n: number): string => `${baseUrl}/Binary/${n}`;
    assert.deepEqual(
      told.content,
      [absolute(1), 'https://files.example/x', absolute(4)].map((url) => attached(url)),
    );
    assert.deepEqual(told.contained[0]!.photo, [{ url: absolute(2) }]);
    assert.deepEqual(told.extension[0]!.valueAttachment, { url: absolute(3) });
    assert.deepEqual(told.subject, { reference: '#c' }, 'references are as they are stored');
    assert.ok(line.includes('"valueDecimal":1.500'), 'decimals keep their digits');
    assert.equal((await bed.server.request('DELETE', '/DocumentReference/attached')).status, 200);
  });

  it('have what tells of a resource of a patient among the records of patients', async () => {
    const own = await token('provenance', 'system/*.rs system/Provenance.rs');
    const made = (id: string, target: string): object => ({
      ...{ resourceType: 'Provenance', id, recorded: '2026-01-01T00:00:00Z', target: [{ reference: target }] },
      agent: [{ who: { reference: 'Organization/o1' } }],
    });
    for (const [id, target] of [
      ['of-patient', 'Patient/p2'],
      ['of-record', 'Observation/b2'],
      ['of-version', 'Observation/b2/_history/1'],
      ['of-other', 'Observation/b1'],
      ['of-organization', 'Organization/o1'],
    ] as const)
      await store(made(id, target) as Parameters<typeof store>[0]);
    const type = { name: '_type', valueString: 'Provenance' };
    const ofP2 = ['Provenance/of-patient', 'Provenance/of-record', 'Provenance/of-version'];
    try {
      assert.deepEqual(await namesOf(own, '/$export?_type=Provenance'), [
        ...['Provenance/of-organization', 'Provenance/of-other'],
        ...ofP2,
      ]);
      assert.deepEqual(await namesOf(own, '/Patient/$export?_type=Provenance'), ['Provenance/of-other', ...ofP2]);
      assert.deepEqual(await namesOf(own, '/Patient/$export', [type, reference('p2')]), ofP2);
      assert.deepEqual(await namesOf(own, '/Group/g1/$export?_type=Provenance'), ['Provenance/of-other']);
      assert.deepEqual(await namesOf(await token('provenance'), '/Patient/$export?_type=Patient'), [
        ...['Patient/p1', 'Patient/p2', 'Patient/p3'],
      ]);
    } finally {
      for (const id of ['of-patient', 'of-record', 'of-version', 'of-other', 'of-organization'])
        await bed.server.request('DELETE', `/Provenance/${id}`, {
          token: await bed.server.sso.token({ scope: 'system/Provenance.cruds' }),
        });
    }
  });
});

describe('what has changed since the export before', () => {
  it('comes once, with what was deleted, and a time can be gone back to', async () => {
    const own = await token('since');
    const { manifest: first } = await exported(own, '/$export?_type=Patient');
    await store(
      { resourceType: 'Patient', id: 'p1', active: false },
      { resourceType: 'Patient', id: 'new' },
      { resourceType: 'Patient', id: 'gone' },
    );
    assert.equal((await bed.server.request('DELETE', '/Patient/gone')).status, 200);
    const since = encodeURIComponent(first.transactionTime);
    const { manifest, lines } = await exported(own, `/$export?_type=Patient&_since=${since}`);
    assert.deepEqual(named(lines.output), ['Patient/new', 'Patient/p1']);
    const entry = [{ request: { method: 'DELETE', url: 'Patient/gone' } }];
    assert.deepEqual(lines.deleted, [{ resourceType: 'Bundle', type: 'transaction', entry }]);
    await store(observation('gone', 'p1'));
    assert.equal((await bed.server.request('DELETE', '/Observation/gone')).status, 200);
    const ofPatients = await exported(own, `/Patient/$export?_type=Patient,Observation&_since=${since}`);
    assert.deepEqual(
      ofPatients.lines.deleted.map(({ entry: one }) => one),
      [[{ request: { method: 'DELETE', url: 'Observation/gone' } }], entry],
    );
    const ofGroup = await exported(own, `/Group/g2/$export?_type=Patient,Observation&_since=${since}`);
    assert.deepEqual(
      ofGroup.lines.deleted.map(({ entry: one }) => one),
      [[{ request: { method: 'DELETE', url: 'Observation/gone' } }]],
    );
    const behind = encodeURIComponent(manifest.transactionTime);
    assert.deepEqual((await exported(own, `/$export?_type=Patient&_since=${behind}`)).lines, {
      output: [],
      deleted: [],
      error: [],
    });
    const group = { resourceType: 'Group', id: 'left', type: 'person', membership: 'enumerated' };
    await store(
      { resourceType: 'Patient', id: 'left' },
      { ...group, member: [member('left'), member('p2')] },
      observation('left', 'left'),
    );
    for (const gone of ['Observation/left', 'Patient/left'])
      assert.equal((await bed.server.request('DELETE', `/${gone}`)).status, 200);
    const { manifest: last, lines: ofMembers } = await exported(
      own,
      `/Group/left/$export?_type=Patient,Observation&_since=${since}`,
    );
    const types = { name: '_type', valueString: 'Patient,Observation' };
    const ofP2 = await namesOf(own, '/Patient/$export', [types, reference('p2')]);
    assert.ok(ofP2.includes('Patient/p2') && ofP2.includes('Observation/b2'), ofP2.join());
    // The Group is new: who is in it has joined.
    assert.deepEqual(
      [named(ofMembers.output), ofMembers.deleted.map(({ entry: one }) => one)],
      [ofP2, ['Observation/left', 'Patient/left'].map((url) => [{ request: { method: 'DELETE', url } }])],
    );
    const afterwards = encodeURIComponent(last.transactionTime);
    assert.deepEqual(
      (await exported(own, `/Group/left/$export?_type=Patient,Observation&_since=${afterwards}`)).lines,
      {
        output: [],
        deleted: [],
        error: [],
      },
    );
    // A member who was deleted and then dropped is told of; one who was dropped and is still there is not.
    await store(observation('dropped', 'p2'), { ...group, member: [] });
    const { lines: ofDropped } = await exported(own, `/Group/left/$export?_type=Patient,Observation&_since=${since}`);
    assert.deepEqual(
      [named(ofDropped.output), ofDropped.deleted.map(({ entry: one }) => one)],
      [[], ['Observation/left', 'Patient/left'].map((url) => [{ request: { method: 'DELETE', url } }])],
    );
    // Behind more than one page of versions, too.
    for (let n = 0; n < 25; n += 1) await store({ ...group, name: `v${n}`, member: [member('p2')] });
    const { lines: ofMany } = await exported(own, `/Group/left/$export?_type=Patient&_since=${since}`);
    assert.deepEqual(
      ofMany.deleted.map(({ entry: one }) => one),
      [[{ request: { method: 'DELETE', url: 'Patient/left' } }]],
    );
    for (const gone of ['Group/left', 'Observation/dropped'])
      assert.equal((await bed.server.request('DELETE', `/${gone}`)).status, 200);
    // Of who joins a Group all comes, and of others what has changed.
    await store({ ...group, id: 'joined', member: [member('p3')] });
    const { manifest: ofOne } = await exported(own, '/Group/joined/$export?_type=Patient,Observation');
    await store({ ...group, id: 'joined', member: [member('p3'), member('p2')] }, observation('later', 'p3'));
    const joining = `_type=Patient,Observation&_since=${encodeURIComponent(ofOne.transactionTime)}`;
    const joinedOnes = [...ofP2, 'Observation/later'].sort();
    assert.deepEqual(named((await exported(own, `/Group/joined/$export?${joining}`)).lines.output), joinedOnes);
    assert.deepEqual(named((await exported(own, `/Patient/$export?${joining}`)).lines.output), ['Observation/later']);
    for (const gone of ['Group/joined', 'Observation/later'])
      assert.equal((await bed.server.request('DELETE', `/${gone}`)).status, 200);
    const before = encodeURIComponent(new Date(new Date(first.transactionTime).getTime() + 1).toISOString());
    const then = (await exported(own, `/$export?_type=Patient&_until=${before}`)).lines.output;
    assert.deepEqual(
      then.map(({ id, active }) => [id, active]),
      [
        ['p1', true],
        ['p2', false],
        ['p3', undefined],
      ],
    );
  });
});

describe('the trail', () => {
  /** As an export that was made before there were lists of patients, or by a server that keeps no trail. */
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
    // Nor does a line of some elements keep it from the trail whose it is, or an escape, as JSON permits, what is in others.
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
    // A range that begins and ends within a line tells of its patient.
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

describe('beside those who write', () => {
  it('has exactly what was stored up to its time, each resource once, and the exports that follow have the rest', async () => {
    const own = await token('exact');
    const found = await exact(bed.server, { writers: 6, writes: 25, resources: 40, tag: 'short' }, (path) =>
      exported(own, path),
    );
    assert.deepEqual(found.faults, []);
    assert.ok(found.versions > 100 && found.exports >= 3, JSON.stringify(found));
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
      // A group is in the compartments of its members: what one of them refuses is not there, as for a read.
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
