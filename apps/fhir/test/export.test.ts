/** Bulk exports over HTTP: their content, and the changes since an earlier one. https://hl7.org/fhir/uv/bulkdata/STU2/export.html */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { baseUrl, type Reply } from './environment.ts';
import { exportBed, member, named, observation, placeOf, type Manifest } from './export-bed.ts';
import { exact } from './export-exactness.ts';

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
    // The Group is new, so its members have just joined.
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
    // A member who was deleted and then removed from the group is reported as deleted; one who was removed and still exists is not.
    await store(observation('dropped', 'p2'), { ...group, member: [] });
    const { lines: ofDropped } = await exported(own, `/Group/left/$export?_type=Patient,Observation&_since=${since}`);
    assert.deepEqual(
      [named(ofDropped.output), ofDropped.deleted.map(({ entry: one }) => one)],
      [[], ['Observation/left', 'Patient/left'].map((url) => [{ request: { method: 'DELETE', url } }])],
    );
    // Also after more than one page of versions.
    for (let n = 0; n < 25; n += 1) await store({ ...group, name: `v${n}`, member: [member('p2')] });
    const { lines: ofMany } = await exported(own, `/Group/left/$export?_type=Patient&_since=${since}`);
    assert.deepEqual(
      ofMany.deleted.map(({ entry: one }) => one),
      [[{ request: { method: 'DELETE', url: 'Patient/left' } }]],
    );
    for (const gone of ['Group/left', 'Observation/dropped'])
      assert.equal((await bed.server.request('DELETE', `/${gone}`)).status, 200);
    // For a patient who joins a Group everything is exported, for others what has changed.
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
