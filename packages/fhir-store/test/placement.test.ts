/** The shard of a resource, and the rows that move with it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type JsonResource, patientCompartment } from '@dhp/fhir-search';
import { testDatabase } from '@dhp/postgres/testing';
import { migrations } from '../src/index.ts';
import { distribution, partitionKeys } from '../src/placement/distribution.ts';
import { moves, shardAfter } from '../src/placement/placement.ts';
import { shardKeyOf } from '../src/placement/shard-key.ts';

const examples = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));
const patient = (id: string) => ({ reference: `Patient/${id}` });

describe('shardKeyOf', () => {
  it('is fixed for good', () => {
    // Values that databases hold; a change of any of them is a data migration.
    assert.deepEqual(
      ['example', 'a', '01a21042-8046-76c2-89a9-1f45f7bb1e84'].map((id) => shardKeyOf({ resourceType: 'Patient' }, id)),
      [2094247634, -501744753, -1798338217],
    );
    assert.equal(shardKeyOf({ resourceType: 'Organization' }, 'a'), 1107247283);
  });

  it("is the patient's for what belongs to one patient, else the resource's own", () => {
    const own = (type: string, id: string) => shardKeyOf({ resourceType: type }, id);
    const observation = { resourceType: 'Observation', subject: patient('p') };
    assert.equal(shardKeyOf(observation, 'o'), own('Patient', 'p'));
    const two = { ...observation, performer: [patient('q')] };
    assert.equal(shardKeyOf(two, 'o'), own('Observation', 'o'));
    assert.notEqual(shardKeyOf(two, 'o'), shardKeyOf(observation, 'o'));
    // A Patient is placed by its own id, whatever id or links the body has.
    assert.equal(
      shardKeyOf({ resourceType: 'Patient', id: 'z', link: [{ other: patient('q') }] }, 'p'),
      own('Patient', 'p'),
    );
    assert.notEqual(own('Patient', 'a'), own('Practitioner', 'a'));
  });

  it('spreads ids evenly over shards', () => {
    const shards = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i += 1) shards[shardKeyOf({ resourceType: 'Patient' }, `p-${i}`) & 15]! += 1;
    for (const count of shards) assert.ok(count > 850 && count < 1150, shards.join(' '));
  });

  it('gives an int32 for every published example', () => {
    let inCompartment = 0;
    for (const name of readdirSync(examples).filter((file) =>
      /^(Observation|Encounter|Patient|Bundle)-f.*\.json$/.test(file),
    )) {
      const resource = JSON.parse(readFileSync(join(examples, name), 'utf8')) as JsonResource & { id: string };
      const key = shardKeyOf(resource, resource.id);
      assert.equal(key, key | 0, name);
      if (patientCompartment(resource).length > 0) inCompartment += 1;
    }
    assert.ok(inCompartment > 10, String(inCompartment));
  });
});

describe('a resource', () => {
  it('moves when its next version has another shard, and stays where a version has none', () => {
    assert.equal(moves({ shard: 1 }, { shard: 2 }), true);
    assert.equal(moves({ shard: 1 }, { shard: 1 }), false);
    assert.equal(moves({ shard: 1 }, { shard: undefined }), false);
    assert.equal(shardAfter({ shard: 1 }, { shard: undefined }), 1);
    assert.equal(shardAfter({ shard: 1 }, { shard: 2 }), 2);
  });

  it('has rows in no table of which nobody knows how they move', async () => {
    const database = await testDatabase({ name: 'placement', migrations: [migrations] });
    after(() => database.drop());
    const placed = await database.sql`
      select table_name from information_schema.columns
      where table_schema = 'fhir' and column_name = 'shard' order by table_name`.values();
    const moved = {
      byMovedRows: ['history', 'identity'],
      byTheWrite: ['date', 'num', 'resource', 'search', 'str', 'tok'],
      byTheWriteOfBoth: ['date_b', 'num_b', 'search_b', 'str_b', 'tok_b'],
      byTheLinks: ['care_link'], // with each version all links of the resource are made again
      byKeepingWords: ['text'],
      byNobody: ['patient_shard', 'shard_here'], // the shard that they name stays the same
      notAtAll: ['index_gap'], // true of one version alone, and forgotten with it: `clearStaleGaps`
    };
    assert.deepEqual(placed.flat(), Object.values(moved).flat().sort());
  });

  it('has rows in no table of which nobody knows where they lie on several nodes', async () => {
    const database = await testDatabase({ name: 'distribution', migrations: [migrations] });
    after(() => database.drop());
    const tables = await database.sql<{ name: string }[]>`
      select c.relname as name from pg_class c
      where c.relnamespace = 'fhir'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`;
    assert.deepEqual(
      tables.map(({ name }) => name),
      Object.values(distribution).flat().toSorted(),
    );
    const keys = await database.sql<{ name: string; columns: string[] }[]>`
      select i.indrelid::regclass::text as name, array_agg(a.attname::text) as columns
      from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
      where i.indisunique and i.indrelid = any(${`{${Object.keys(partitionKeys)
        .map((name) => `fhir.${name}`)
        .join()}}`}::regclass[])
      group by i.indexrelid, i.indrelid`;
    assert.ok(keys.length >= 5, String(keys.length));
    for (const { name, columns } of keys) assert.ok(columns.includes(partitionKeys[name.replace('fhir.', '')]!), name);
  });
});
