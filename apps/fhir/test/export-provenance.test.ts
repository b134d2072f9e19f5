/**
 * `includeAssociatedData` of bulk exports: which Provenances are included. https://hl7.org/fhir/uv/bulkdata/export.html
 * docs/decisions/0159-associated-data.md
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { scanJson } from '@dhp/fhir-model';
import { connect, type Sql } from '@dhp/postgres';
import { asynchronously, named, observation, placeOf, type Resource } from './export-bed.ts';
import { randomFrom } from './export-exactness.ts';
import { parametersBed, provenance, remove, rights } from './export-parameters-bed.ts';
import { activatePolicies, activateVersion } from './policies.ts';

const bed = parametersBed();
const { token, store, exported, kickOff } = bed;

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
      await remove(bed, 'Consent/no');
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
    await remove(bed, 'Observation/m3');
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
