/** A store whose changes tests of streams pass on. */
import { scanJson } from '@dhp/fhir-model';
import { migrations, openStore, type FhirStore } from '@dhp/fhir-store';
import { connect } from '@dhp/postgres';
import { testDatabase, until } from '@dhp/postgres/testing';

/** Milliseconds. */
export const pace = { lease: 1_000, idle: 50, first: 50, longest: 200 };
export const types = ['Basic', 'Patient'];

export interface Source {
  readonly store: FhirStore;
  /** Of the database, for processes that open the store, too. */
  readonly url: string;
  /** Another version each time. */
  write(type: string, id: string): Promise<void>;
  /** Whether the place of a stream is stored: what is written from then on is passed on. */
  isPlaced(name: string): Promise<boolean>;
  /** The next process finds the place of another history, as after a restore. */
  forget(name: string): Promise<void>;
  /** `Basic/1/1` of all that is stored, in the order of commits. */
  all(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openSource(): Promise<Source> {
  const database = await testDatabase({ name: 'fhir', migrations: [migrations] });
  const store = await openStore({ url: database.url, timeZone: 'Asia/Tashkent' });
  const asOwner = async <Answer>(ask: (sql: ReturnType<typeof connect>) => Promise<Answer>): Promise<Answer> => {
    const sql = connect(database.ownerUrl, { max: 1 });
    try {
      return await ask(sql);
    } finally {
      await sql.end();
    }
  };
  let written = 0;
  return {
    ...{ store, url: database.url },
    async write(type, id) {
      written += 1;
      const implicitRules = `urn:secret:${String(written)}`;
      const resource = { resourceType: type, id, implicitRules, ...(type === 'Basic' ? { code: { text: 'x' } } : {}) };
      const source = scanJson(JSON.stringify(resource));
      const how = { writer: { kind: 'internal' }, requireMatch: false, createAllowed: true } as const;
      await store.update({ ...{ type, id, resource, source }, ...how });
    },
    isPlaced: (name) =>
      asOwner(async (sql) => {
        const rows = await sql`select 1 from fhir.change_stream where name = ${name} and place is not null`;
        return rows.length === 1;
      }),
    async forget(name) {
      await asOwner((sql) => sql`update fhir.change_stream set server = '1@0' where name = ${name}`);
    },
    async all() {
      const changes = await store.changes({ limit: 10_000, types });
      return changes.map(({ type, id, versionId }) => `${type}/${id}/${String(versionId)}`);
    },
    async close() {
      await store.close();
      await database.drop();
    },
  };
}

/** Waits until it holds, as `until`; what fails does not hold yet. */
export async function untilWell<Found>(
  what: string,
  look: () => Promise<Found | undefined | false> | Found | undefined | false,
): Promise<Found> {
  let failure: unknown;
  const found = until(what, async () => {
    try {
      return await look();
    } catch (error) {
      failure = error;
      return undefined;
    }
  });
  return found.catch((error: unknown) => {
    throw new Error(String(error), { cause: failure });
  });
}
