/** A separate migrated database for a test file, and bodies to store. */
import { after } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { migrations, openStore, type FhirStore, type NewVersion, type StoreOptions } from '../src/index.ts';
import { distribution } from '../src/placement/distribution.ts';
import { programDefinitions } from '../src/statements/index-definition.ts';
import { assertIndexWhole } from './index-wholeness.ts';
import { explainStatements } from './plans/of-file.ts';

/** A definition of the index that this program does not make: a database that has it is indexed again in place. */
export const earlierDefinition = programDefinitions[0].version - 1;

export interface StoreUnderTest {
  database: TestDatabase;
  /** Another instance on the same database, as a second server would have. Closed at the end. */
  open(options?: Partial<StoreOptions>): Promise<FhirStore>;
}

/** Milliseconds. Long enough for a busy machine, since these limits are not tested here. */
const timeouts = { lock: 60_000, statement: 120_000 };

/** @param partitions of each table that can be spread over nodes, each of which is then registered as a shard */
export async function storeUnderTest(name: string, partitions?: number): Promise<StoreUnderTest> {
  const database = await testDatabase({
    name,
    migrations: [migrations],
    ...(partitions !== undefined && { partitions }),
  });
  for (let n = 0; n < (partitions ?? 0); n += 1)
    await database.sql`insert into fhir.shard_here (shard, names) values (${n}::int, ${database.sql.json(partsOf(n))})`;
  const stores: FhirStore[] = [];
  let ownBases: readonly string[] = [];
  const explain = explainStatements();
  after(async () => {
    await Promise.allSettled(stores.map((store) => store.close()));
    try {
      await explain();
      // Whatever a suite has written and disturbed.
      await assertIndexWhole(database.url, ownBases);
    } finally {
      await database.drop();
    }
  });
  return {
    database,
    async open(options) {
      if (options?.ownBases !== undefined) ({ ownBases } = options);
      const store = await openStore({ url: database.url, timeZone: 'Asia/Tashkent', timeouts, ...options });
      stores.push(store);
      return store;
    },
  };
}

/** The names of the parts of all tables that hold the same shards. */
function partsOf(n: number): Readonly<Record<string, string>> {
  return Object.fromEntries(distribution.byShard.map((table) => [table, `parts.${table}_${n}`]));
}

export type Body = Record<string, unknown> & { resourceType: string };

export function newVersion(body: Body): NewVersion {
  return textVersion(JSON.stringify(body));
}

export function textVersion(text: string): NewVersion {
  const resource = JSON.parse(text) as Body;
  return { type: resource.resourceType, source: scanJson(text), resource };
}

export function patient(members: Record<string, unknown> = {}): NewVersion {
  return newVersion({ resourceType: 'Patient', active: true, ...members });
}

/** An update without conditions. */
export const unconditional = { requireMatch: false, createAllowed: true } as const;
