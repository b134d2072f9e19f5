/** Parameters of bulk exports that say what comes beside, and in which form. https://hl7.org/fhir/uv/bulkdata/export.html docs/decisions/0159-associated-data.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { scanJson } from '@dhp/fhir-model';
import { connect, type Sql } from '@dhp/postgres';
import { baseUrl, type Reply } from './environment.ts';
import {
  asynchronously,
  exportBed,
  member,
  named,
  observation,
  placeOf,
  untilRests,
  type Resource,
} from './export-bed.ts';
import { randomFrom } from './export-exactness.ts';
import { activatePolicies, activateVersion } from './policies.ts';

const bed = exportBed(
  { resourceType: 'Patient', id: 'p1' },
  { resourceType: 'Patient', id: 'p2' },
  { resourceType: 'Organization', id: 'o1', name: 'x' },
  { resourceType: 'Group', id: 'g1', type: 'person', membership: 'enumerated', member: [member('p1')] },
  observation('b1', 'p1'),
  observation('b2', 'p2'),
);
const { token, store, exported, kickOff } = bed;
const rights = 'system/*.rs system/Provenance.rs';

function provenance(id: string, recorded: string | undefined, ...targets: readonly string[]): Resource {
  const target = targets.map((reference) => ({ reference }));
  return { resourceType: 'Provenance', id, recorded, target, agent: [{ who: { reference: 'Organization/o1' } }] };
}

async function remove(...names: readonly string[]): Promise<void> {
  for (const name of names) assert.equal((await bed.server.request('DELETE', `/${name}`)).status, 200);
}

const of = (resources: readonly Resource[]): string =>
  named(resources.filter(({ resourceType }) => resourceType === 'Provenance'))
    .map((name) => name.split('/')[1])
    .join();

describe('the Provenance of what is exported', () => {
  let own: string;
  const told = async (...asked: Parameters<typeof exported> extends [string, ...infer More] ? More : never) =>
    of((await exported(own, ...asked)).lines.output);
  before(async () => {
    own = await token('associated', rights);
    await store(
      provenance('new', '2026-02-01T00:00:00Z', 'Observation/b1/_history/1', 'Organization/o1'),
      provenance('old', '2026-01-01T00:00:00.5Z', 'Observation/b1'),
      provenance('two', '2026-01-05T00:00:00Z', 'Observation/b2', 'Patient/p2'),
      provenance('meta', '2026-03-01T00:00:00Z', 'Provenance/old'),
      provenance('far', '2026-03-01T00:00:00Z', 'https://elsewhere.example/fhir/Observation/b1'),
      provenance('plain', '2020-01-01T00:00:00Z', 'Group/g1'),
    );
  });

  it('is all, or the newest of each resource, at each level and in the words of both generations', async () => {
    const asked = (code: string): object => ({ name: 'includeAssociatedData', valueCoding: { code } });
    assert.equal(await told('/$export'), 'far,meta,new,old,plain,two', 'without the parameter there is all');
    assert.equal(await told('/$export?includeAssociatedData=RelevantProvenanceResources'), 'new,old,plain,two');
    assert.equal(await told('/$export?includeAssociatedData=LatestProvenanceResources'), 'new,plain,two');
    const both = 'LatestProvenanceResources,RelevantProvenanceResources';
    assert.equal(await told(`/$export?_type=Observation&includeAssociatedData=${both}`), 'new,old,two');
    const latest = asked('LatestProvenanceResources');
    const system = 'http://hl7.org/fhir/uv/bulkdata/CodeSystem/include-associated-data';
    const coding = { name: 'includeAssociatedData', valueCoding: { system, code: 'RelevantProvenanceResources' } };
    const types = { name: '_type', valueString: 'Observation' };
    assert.equal(await told('/Patient/$export', [types, latest]), 'new,two');
    assert.equal(
      await told('/Patient/$export', [types, latest, coding]),
      'new,old,two',
      'the least restrictive counts',
    );
    const code = { name: 'includeAssociatedData', valueCode: 'LatestProvenanceResources' };
    assert.equal(await told('/Group/g1/$export', [types, code]), 'new');
    assert.equal(await told('/Group/g1/$export', [types, coding]), 'new,old');
    const filter = encodeURIComponent('Observation?subject=Patient/p2');
    const filtered = `/$export?_type=Observation&_typeFilter=${filter}&includeAssociatedData`;
    assert.equal(await told(`${filtered}=RelevantProvenanceResources`), 'two');
    const early = encodeURIComponent('Provenance?recorded=lt2026-01-15');
    const ofEarly = `/$export?_type=Observation&_typeFilter=${early}&includeAssociatedData`;
    assert.equal(
      await told(`${ofEarly}=LatestProvenanceResources`),
      'old,two',
      'the newest of those that meet a filter',
    );
  });

  it('comes whatever its own time is, and is what it was at the time of the export', async () => {
    const { manifest } = await exported(own, '/$export?_type=Observation');
    const since = encodeURIComponent(manifest.transactionTime);
    await store(provenance('newer', '2026-04-01T00:00:00Z', 'Observation/b1'));
    await store({ ...observation('b1', 'p1'), status: 'amended' });
    for (const [value, expected] of [
      ['Relevant', 'new,newer,old'],
      ['Latest', 'newer'],
    ] as const) {
      const path = `/$export?_type=Observation&_since=${since}&includeAssociatedData=${value}ProvenanceResources`;
      const { lines } = await exported(own, path);
      assert.equal(of(lines.output), expected);
      assert.deepEqual(named(lines.output.filter(({ resourceType }) => resourceType === 'Observation')), [
        'Observation/b1',
      ]);
    }
    const until = encodeURIComponent(new Date(new Date(manifest.transactionTime).getTime() + 1).toISOString());
    const then = `/$export?_type=Observation&_until=${until}&includeAssociatedData`;
    assert.equal(await told(`${then}=LatestProvenanceResources`), 'new,two');
    assert.equal(await told(`${then}=RelevantProvenanceResources`), 'new,old,two');
  });

  it('is of those that the client sees, about those that the client sees', async () => {
    const rule = {
      name: 'hidden',
      effect: 'deny',
      who: { client: ['associated'] },
      types: ['Provenance'],
      interactions: ['read', 'search'],
      criteria: '_id=new,newer',
    } as const;
    const actor = [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'associated' } } }];
    const consent = { resourceType: 'Consent', id: 'no', status: 'active', decision: 'permit' };
    await store({ ...consent, subject: { reference: 'Patient/p2' }, provision: [{ actor }] });
    await bed.server.store.buildConsents();
    await activatePolicies(bed.server, { others: 'as-scoped', rules: [rule], consent: 'enforced' });
    try {
      const asked = '/$export?_type=Observation,Patient&includeAssociatedData';
      assert.equal(await told(`${asked}=LatestProvenanceResources`), 'old', 'the newest of those that are seen');
      assert.equal(await told(`${asked}=RelevantProvenanceResources`), 'old');
    } finally {
      await activateVersion(bed.server, undefined);
      await remove('Consent/no');
    }
  });

  it('is refused where it cannot be had', async () => {
    const given = (value: object): object[] => [{ name: 'includeAssociatedData', ...value }];
    for (const [path, parameter, status, told] of [
      ['/$export?includeAssociatedData=_myCustomPreset', undefined, 400, /_myCustomPreset/],
      ['/$export?includeAssociatedData=', undefined, 400, /LatestProvenanceResources or RelevantProvenanceResources/],
      ['/$export?includeAssociatedData=latestprovenanceresources', undefined, 400, /latestprovenanceresources/],
      ['/$export?_type=Provenance&includeAssociatedData=LatestProvenanceResources', undefined, 400, /other types/],
      ['/$export', given({ valueCoding: { system: 'urn:x', code: 'LatestProvenanceResources' } }), 400, /urn:x/],
      ['/$export', given({ valueCoding: {} }), 400, /without a code/],
      ['/$export', given({ valueCoding: 'LatestProvenanceResources' }), 400, /valueCoding/],
      ['/$export', given({ valueBoolean: true }), 400, /valueCoding/],
      ['/$export', given({ valueString: '' }), 400, /LatestProvenanceResources/],
      ['/$export', given({ part: [] }), 400, /valueCoding/],
    ] as const) {
      const reply = await kickOff(own, path, parameter);
      assert.deepEqual([reply.status, reply.code], [status, 'parameter-invalid'], `${path} ${reply.text}`);
      assert.match(reply.diagnostics, told);
    }
    const path = '/$export?includeAssociatedData=LatestProvenanceResources';
    const refused = await kickOff(await token('associated', 'system/Observation.rs'), path);
    assert.deepEqual([refused.status, refused.code], [403, 'scope-insufficient'], refused.text);
    const prefer = 'respond-async, handling=lenient';
    const lenient = await exported(own, '/$export?_type=Observation&includeAssociatedData=_mine', undefined, prefer);
    assert.deepEqual(of(lenient.lines.output), '');
  });
});

describe('many Provenances', () => {
  let own: string;
  let sql: Sql;
  /** More than a page has. */
  const many = 1_100;
  before(async () => {
    own = await token('many', rights);
    sql = connect(bed.server.ownerUrl, { max: 1 });
    const random = randomFrom(7);
    const any = (most: number): number => Math.floor(random() * most);
    await store(...Array.from({ length: 12 }, (_, n) => observation(`m${n}`, n % 2 === 0 ? 'p1' : 'p2')));
    const targets = (): string[] => Array.from({ length: 1 + any(3) }, () => `Observation/m${any(14)}`);
    await bed.server.store.bulkInsert(
      (async function* () {
        for (let n = 0; n < many; n += 1) {
          const day = String(1 + any(5)).padStart(2, '0');
          const recorded = any(6) === 0 ? undefined : `2026-01-${day}T00:00:00Z`;
          const resource = JSON.parse(JSON.stringify(provenance(`r${n}`, recorded, ...targets()))) as Resource;
          yield { type: 'Provenance', id: resource.id, source: scanJson(JSON.stringify(resource)), resource };
        }
      })(),
    );
    await remove('Observation/m3');
  });
  after(async () => {
    await sql.end();
  });

  it('come as the plainest way to choose them says', async () => {
    const all = (await exported(own, '/$export?_type=Observation,Provenance')).lines.output;
    const there = new Set(named(all));
    const provenances = all.filter(({ resourceType }) => resourceType === 'Provenance');
    const targetsOf = ({ target }: Resource): string[] =>
      (target as { reference: string }[])
        .map(({ reference }) => reference.replace(/\/_history\/.*/, ''))
        .filter((name) => name.startsWith('Observation/') && there.has(name));
    const key = ({ recorded, meta, id }: Resource): string => {
      const stored = new Date((meta as { lastUpdated: string }).lastUpdated).toISOString();
      return [recorded === undefined ? stored : new Date(recorded as string).toISOString(), stored, id].join(' ');
    };
    const relevant = provenances.filter((one) => targetsOf(one).length > 0);
    const newest = new Map<string, Resource>();
    for (const one of relevant)
      for (const name of targetsOf(one)) {
        const known = newest.get(name);
        if (known === undefined || key(one) > key(known)) newest.set(name, one);
      }
    assert.ok(relevant.length > 1_000 && newest.size === 13, `${relevant.length} of ${newest.size}`);
    const asked = '/$export?_type=Observation&includeAssociatedData';
    const { lines } = await exported(own, `${asked}=RelevantProvenanceResources`);
    assert.equal(of(lines.output), of(relevant));
    const latest = await exported(own, `${asked}=LatestProvenanceResources`);
    assert.equal(of(latest.lines.output), of([...new Set(newest.values())]));
  });

  it('are the same where whoever notes the newest is killed in the middle', async () => {
    const path = '/$export?_type=Observation&includeAssociatedData=LatestProvenanceResources';
    const expected = of((await exported(own, path)).lines.output);
    const place = placeOf(await kickOff(own, path));
    const job = place.split('/')[2]!;
    let moved = 0;
    for (const end = performance.now() + 60_000; moved === 0 && performance.now() < end;) {
      await delay(1);
      const { count } = await sql`
        update fhir.job set holder = gen_random_uuid(), due = now() where id = ${job}::uuid and state = 'running'
          and exists (select from fhir.export_newest where job = ${job}::uuid)`;
      moved = count;
    }
    assert.equal(moved, 1);
    const reply = await bed.ended(own, place);
    assert.equal(reply.status, 200, reply.text);
    const { output } = reply.json as unknown as { output: { type: string; url: string }[] };
    const lines: Resource[] = [];
    for (const { url } of output) {
      const { text } = await bed.server.request('GET', new URL(url).pathname.replace(/^\/fhir/, ''), {
        token: own,
        headers: asynchronously,
      });
      for (const line of text.trimEnd().split('\n')) lines.push(JSON.parse(line) as Resource);
    }
    assert.equal(of(lines), expected);
    await bed.server.request('DELETE', place, { token: own });
  });
});

interface Organized {
  readonly outputOrganizedBy?: string;
  readonly output: readonly { type?: string; url: string; count: number; continuesInFile?: string }[];
}

/** The blocks of a file: the patient of the header, and the lines behind it. */
type Blocks = readonly { readonly patient: string; readonly lines: readonly Resource[] }[];

async function fileOf(own: string, url: string): Promise<string> {
  const path = url.slice(baseUrl.length);
  const { status, text } = await bed.server.request('GET', path, { token: own, headers: asynchronously });
  assert.equal(status, 200, text);
  return text;
}

function blocksOf(text: string): Blocks {
  const all: { patient: string; lines: Resource[] }[] = [];
  for (const line of text.trimEnd().split('\n')) {
    const resource = JSON.parse(line) as Resource;
    if (resource.resourceType !== 'Parameters') all.at(-1)!.lines.push(resource);
    else {
      assert.deepEqual(Object.keys(resource), ['resourceType', 'parameter']);
      const [{ name, valueReference }] = resource['parameter'] as [
        { name: string; valueReference: { reference: string } },
      ];
      assert.equal(name, 'header');
      all.push({ patient: valueReference.reference, lines: [] });
    }
  }
  return all;
}

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
      const text = await fileOf(own, url);
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
    await store(
      { resourceType: 'Patient', id: 'q1' },
      { resourceType: 'Patient', id: 'q2' },
      { resourceType: 'Patient', id: 'q3' },
      {
        resourceType: 'Group',
        id: 'g2',
        type: 'person',
        membership: 'enumerated',
        member: [member('q1'), member('q2')],
      },
      { ...observation('c1', 'q1'), performer: [{ reference: 'Patient/q2' }] },
      observation('c2', 'q2'),
      observation('c3', 'q3'),
      provenance('c1p', '2026-01-01T00:00:00Z', `${baseUrl}/Observation/c1/_history/1`),
      provenance('q2p', '2026-01-01T00:00:00Z', 'Patient/q2'),
    );
    const note = [{ text: 'x'.repeat(3_000) }];
    await bed.server.store.bulkInsert(
      (async function* () {
        // More than are gathered together; the first of them has a large block.
        for (let n = 0; n < 120; n += 1) {
          const resource = { resourceType: 'Patient', id: `n${String(n).padStart(3, '0')}` };
          yield { type: 'Patient', id: resource.id, source: scanJson(JSON.stringify(resource)), resource };
        }
        for (let n = 0; n < 900; n += 1) {
          const resource = { ...observation(`l${n}`, n < 800 ? 'n000' : `q${1 + (n % 2)}`), note };
          yield { type: 'Observation', id: resource.id, source: scanJson(JSON.stringify(resource)), resource };
        }
      })(),
    );
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
    await remove('Observation/c4');
    const {
      files,
      manifest: then,
      place,
    } = await organized(`/Patient/$export?organizeOutputBy=Patient&_since=${since}`);
    assert.deepEqual(told(files), { 'Patient/q1': 'c5' });
    const [{ url }] = (then as unknown as { deleted: [{ url: string }] }).deleted;
    assert.match(await fileOf(own, url), /^\{[^\n]*"Observation\/c4"[^\n]*\}\n$/);
    await forget(place);
  });

  it('go on in the next file where a block is too large, and are no larger than is asked for', async () => {
    const most = 1024 ** 2;
    const asked = `_type=Observation,Patient&_maximumFileSize=${most}`;
    const { manifest, files, place } = await organized(`/Patient/$export?organizeOutputBy=Patient&${asked}`);
    for (const { url } of manifest.output) assert.ok((await fileOf(own, url)).length <= most, url);
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
    const sizes = await Promise.all(output.map(async ({ url }) => (await fileOf(own, url)).length));
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
      const texts = await Promise.all(output.map(({ url }) => fileOf(own, url)));
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
    await remove('Observation/z3');
    const reply = await bed.ended(own, place);
    assert.equal(reply.status, 200, reply.text);
    const { output } = reply.json as unknown as Organized;
    const files = await Promise.all(output.map(async ({ url }) => blocksOf(await fileOf(own, url))));
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
      // No Observation says whose it is.
      const asked = `_type=Observation,Patient&_elements=Observation.note,Patient.active`;
      const place = placeOf(await kickOff(own, `/Patient/$export?organizeOutputBy=Patient&${asked}`));
      await untilRests(bed.server, own, place);
      const actor = [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'organized' } } }];
      const consent = { resourceType: 'Consent', id: 'late', status: 'active', decision: 'permit' };
      await store({ ...consent, subject: { reference: 'Patient/n000' }, provision: [{ actor }] });
      const reply = await bed.ended(own, place);
      assert.equal(reply.status, 200, reply.text);
      const { output } = reply.json as unknown as Organized;
      const texts = await Promise.all(output.map(({ url }) => fileOf(own, url)));
      assert.ok(!texts.join('').includes('n000'), 'nor does a header name the patient');
      assert.ok(texts.every((text) => !/"id":"l[0-7]?\d?\d"/.test(text)));
      assert.ok('Patient/n001' in told(texts.map(blocksOf)));
      await forget(place);
    } finally {
      await activateVersion(bed.server, undefined);
      await remove('Consent/late');
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

interface Partial extends Organized {
  readonly link?: readonly [{ readonly relation: string; readonly url: string }];
  readonly transactionTime: string;
}

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
    const taken = await Promise.all(first.output.map(({ url }) => fileOf(own, url)));
    const isRunning = await ask(place);
    assert.ok(isRunning.status === 202 || isRunning.status === 429, 'files were taken while it ran');
    const notYet = await ask(`${place}/manifest-1.json`);
    assert.deepEqual([notYet.status, notYet.code], [404, 'job-unknown']);
    assert.equal((await bed.server.request('GET', place, { token: await token('other', rights) })).status, 404);
    await bed.makeBy({});
    const reply = await bed.ended(own, place);
    const { link, ...same } = reply.json as unknown as Partial;
    assert.deepEqual(same, first);
    assert.deepEqual(await Promise.all(first.output.map(({ url }) => fileOf(own, url))), taken);
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
      const lines = (await fileOf(own, url)).trimEnd().split('\n');
      assert.ok(lines.every((line) => (JSON.parse(line) as Resource).resourceType === type));
    }
    for (const beyond of ['manifest-2.json', 'manifest-0.json', 'manifest-99999999999.json', 'manifest-1.json.ndjson'])
      assert.equal((await ask(`${place}/${beyond}`)).status, 404, beyond);
    assert.equal((await bed.server.request('DELETE', place, { token: own })).status, 202);
    for (const gone of [place, `${place}/manifest-1.json`, first.output[0]!.url.slice(baseUrl.length)])
      assert.equal((await ask(gone)).status, 404, gone);
  });

  it('are recorded by the patients of each line, of blocks too, where a file is taken early', async () => {
    const own = await token('early-blocks', rights);
    await bed.makeBy({ share: 0.1, sign: 50 });
    // No Observation says whose it is.
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
    const text = { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${'x'.repeat(900_000)}</div>` };
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
