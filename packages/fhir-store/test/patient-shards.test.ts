/** Searches by a patient, which query only shards with resources of the patient. docs/decisions/0186-searches-by-patient.md */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { before, describe, it } from 'node:test';
import { ownParameters } from '@dhp/fhir-search/parameters';
import { statementChannel, type MeasuredStatement } from '@dhp/postgres/measured';
import { testDatabase } from '@dhp/postgres/testing';
import { ofPatients } from '@dhp/search-index/keys';
import type { FhirStore, ReadPermission, StoreOptions } from '../src/index.ts';
import { noteStoredPatientShards } from '../src/placement/patient-shards.ts';
import { hashOfInt, shardMapOf, type ShardMap } from '../src/placement/shard-map.ts';
import { shardKeyOf } from '../src/placement/shard-key.ts';
import { openSearch } from '../src/search/open-search.ts';
import { storeUnderTest } from './database.ts';
import { everyone, names, parsed, put, type Resource } from './search-world.ts';

const parts = 4;
const underTest = await storeUnderTest('patient_shards', parts);
const ownBases = ['https://dhp.test/fhir'];
const patients = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

const of = (...ids: string[]) => ids.map((id) => ({ reference: `Patient/${id}` }));
const observation = (id: string, subject: string, performer: string[] = []): Resource => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
  ...{ subject: { reference: subject }, ...(performer.length > 0 && { performer: of(...performer) }) },
});
const appointment = (id: string, ...actors: string[]): Resource => ({
  ...{ resourceType: 'Appointment', id, status: 'booked' },
  participant: of(...actors).map((actor) => ({ actor, status: 'accepted' })),
});
const members = Array.from({ length: 400 }, (_, n) => `m${n}`);

const world: readonly Resource[] = [
  ...patients.map((id): Resource => ({
    resourceType: 'Patient',
    id,
    ...(id === 'a' && { link: of('b').map((other) => ({ other, type: 'seealso' })) }),
  })),
  ...patients.map((id) => observation(`of-${id}`, `Patient/${id}`)),
  observation('by-address', `${ownBases[0]!}/Patient/a`),
  observation('by-another', 'Patient/c', ['d']),
  ...Array.from({ length: 6 }, (_, n) => appointment(`both-${n}`, 'a', 'b')),
  {
    resourceType: 'Group',
    id: 'many',
    type: 'person',
    membership: 'enumerated',
    member: of('a', ...members).map((entity) => ({ entity })),
  },
];

/** Of the world and of all that it names: the partition of each key, as PostgreSQL has placed it. */
async function mapOfParts(): Promise<ShardMap> {
  const all = [...world, ...members.map((id): Resource => ({ resourceType: 'Patient', id }))];
  const keys = new Set(
    all.flatMap((each) => [shardKeyOf(each, each.id), shardKeyOf({ resourceType: each.resourceType }, each.id)]),
  );
  const rows = await underTest.database.sql<{ key: number; part: number }[]>`
    select k as key, p as part from unnest(${`{${[...keys].join(',')}}`}::int[]) as k, generate_series(0, ${parts - 1}::int) as p
    where satisfies_hash_partition('fhir.resource'::regclass, ${parts}::int, p, k)`;
  const known = new Map(rows.map(({ key, part }) => [key, part]));
  return { nameOf: (key) => known.get(key) ?? assert.fail(`key ${key}`) };
}

describe('a search by a patient on several nodes', () => {
  let map: ShardMap;
  let store: FhirStore;
  const opened = (options: Partial<StoreOptions>) => underTest.open({ ownBases, ...options });
  before(async () => {
    map = await mapOfParts();
    store = await opened({ shards: map });
    await put(store, ...world);
  });

  /** Queries each shard by itself, and returns for each statement whether it was bound to some shards. */
  async function found(type: string, query: string, shards: ShardMap | undefined, access: ReadPermission = everyone) {
    const bound: string[] = [];
    const heard = (message: unknown): void => {
      const { text, session } = message as MeasuredStatement;
      if (session === 'dhp fhir searches' && text.includes('fhir.on_shard(')) bound.push(text);
    };
    const parameters = { known: () => ownParameters(0, []) };
    const searches = openSearch(
      underTest.database.ownerUrl,
      { ownBases, parameters, reading: (work) => work(), isSpread: () => true, shards: () => shards },
      { search: 20_000, total: 20_000 },
    );
    subscribe(statementChannel, heard);
    try {
      const page = await searches.search({
        query: parsed(type, query).query,
        access,
        count: 100,
        total: 'accurate',
      });
      const bounds = bound.map((text) => text.includes('h.shard = any('));
      return {
        names: names(page)
          .map((name) => name.split('/')[1]!)
          .sort(),
        total: page.total?.value,
        bounds,
      };
    } finally {
      unsubscribe(statementChannel, heard);
      await searches.close();
    }
  }

  const searches: readonly (readonly [string, string, readonly string[]])[] = [
    ...patients.slice(4).map((id) => ['Observation', `patient=${id}`, [`of-${id}`]] as const),
    ['Observation', 'patient=a', ['by-address', 'of-a']],
    ['Observation', 'patient=a&status=final&_sort=-_lastUpdated', ['by-address', 'of-a']],
    ['Observation', 'patient=e,f', ['of-e', 'of-f']],
    ['Observation', 'performer=Patient/d', ['by-another']],
    ['Observation', 'patient=c', ['by-another', 'of-c']],
    ['Patient', 'link=Patient/b', ['a']],
    ['Group', 'member=Patient/a', ['many']],
    ['Group', 'member=Patient/m7', ['many']],
  ];
  for (const [type, query, expected] of searches)
    it(`finds ${type}?${query} in the shards that have some`, async () => {
      const answer = await found(type, query, map);
      assert.deepEqual([answer.names, answer.total], [expected, expected.length]);
      assert.ok(answer.bounds.length > 0 && answer.bounds.every(Boolean));
      assert.deepEqual((await found(type, query, undefined)).bounds.includes(true), false);
    });

  it('asks for a patient that a rule of access names', async () => {
    for (const id of ['a', 'b']) {
      const answer = await found('Appointment', 'status=booked', map, () => ofPatients([id]));
      assert.deepEqual(
        answer.names,
        [0, 1, 2, 3, 4, 5].map((n) => `both-${n}`),
      );
      assert.ok(answer.bounds.every(Boolean));
    }
    assert.deepEqual((await found('Appointment', 'status=booked', map, () => ofPatients(['c']))).names, []);
  });

  it('asks all where a value may be anybody’s', async () => {
    const { names: all, bounds } = await found('Observation', 'status=final', map);
    assert.equal(all.length, patients.length + 2);
    assert.ok(bounds.every((isBound) => !isBound));
  });

  it('notes what lies elsewhere, before it is stored and when it was stored before, and nothing of most', async () => {
    const { sql } = underTest.database;
    const notes = () => sql`select pat::text, ty, shard from fhir.patient_shard order by 1, 2, 3`.values();
    const noted = await notes();
    const lies = (one: string, other: string) =>
      Number(
        map.nameOf(shardKeyOf({ resourceType: 'Patient' }, one)) !==
          map.nameOf(shardKeyOf({ resourceType: 'Patient' }, other)),
      );
    assert.ok(noted.length > 4 && noted.length < 2 * parts + 5 + lies('a', 'b'), String(noted.length));
    await sql`delete from fhir.patient_shard`;
    await noteStoredPatientShards(sql, map);
    const anew = await notes();
    assert.deepEqual(
      noted.filter((note) => !anew.some((other) => String(other) === String(note))),
      [],
    );
  });
});

describe('the map of shards', () => {
  it('has the hash of PostgreSQL', async () => {
    const database = await testDatabase({ name: 'hash_of_int' });
    const keys = [
      0,
      1,
      -1,
      2_147_483_647,
      -2_147_483_648,
      ...Array.from({ length: 500 }, (_, n) => Math.imul(n + 1, 0x9e3779b1)),
    ];
    const rows = await database.sql<
      { hash: number }[]
    >`select hashint4(k) as hash from unnest(${`{${keys.join(',')}}`}::int[]) with ordinality as u (k, n) order by n`;
    await database.drop();
    assert.deepEqual(
      keys.map(hashOfInt),
      rows.map(({ hash }) => hash),
    );
  });

  it('names the shard of a range, and refuses a shard without a name', () => {
    const half = [
      { from: -2_147_483_648, to: -1 },
      { from: 0, to: 2_147_483_647 },
    ];
    const keys = Array.from({ length: 50 }, (_, n) => n);
    const [low, high] = [keys.find((key) => hashOfInt(key) < 0)!, keys.find((key) => hashOfInt(key) >= 0)!];
    const map = shardMapOf(half.toReversed(), [high, low]);
    for (const key of keys) assert.equal(map.nameOf(key), hashOfInt(key) < 0 ? low : high);
    assert.throws(() => shardMapOf(half, [low]), /not a row for each shard/);
  });
});
