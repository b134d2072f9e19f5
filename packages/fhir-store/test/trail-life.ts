/** A trail of several months, by a clock that is handed in, and the acts of operators on it. */
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import type { Session, Sql } from '@dhp/postgres';
import { type ArchivedRecord, openSealer, type Sealer, trailKeys, type TrailReport } from '@dhp/trail';
import { type ArchivedListed, listedRow, nameOfList } from '@dhp/trail/lists';
import type { KeptHead } from '@dhp/trail/heads';
import { migrations } from '../src/index.ts';
import { destroyKeysOfPatient, destroyKeysOfPeriod, type LifeMeans, removePeriod, verifyTrail } from '../src/trail.ts';
import { hashOfList } from '../src/patient-lists.ts';
import { insertRecords } from '../src/statements/audit-records.ts';
import { insertListed } from '../src/statements/patient-lists.ts';
import { coverAll } from '../src/trail-store.ts';

export const keys = trailKeys(Buffer.alloc(32, 5));
const day = 86_400_000;

export class TrailUnderTest {
  readonly kept: KeptHead[] = [];
  /** The records of periods that were archived. */
  readonly archives = new Map<string, ArchivedRecord[]>();
  readonly archivedLists: ArchivedListed[] = [];
  now = Date.UTC(2026, 0, 25);
  readonly database: TestDatabase;
  readonly sql: Sql;
  #sealer: Sealer = openSealer(keys);
  #made = new Set<string>();

  private constructor(database: TestDatabase) {
    this.database = database;
    this.sql = database.sql;
  }

  static async open(name: string): Promise<TrailUnderTest> {
    return new TrailUnderTest(await testDatabase({ name, migrations: [migrations] }));
  }

  close(): Promise<void> {
    return this.database.drop();
  }

  pass(days: number): void {
    this.now += days * day;
  }

  /** Stores records, of one statement each, `late` milliseconds before now. */
  async record(patients: readonly (string | undefined)[], late = 0): Promise<void> {
    const rows = patients.map((patient, n) =>
      this.#sealer.row({
        ...{ recorded: this.now - late, patient },
        ...{ content: { interaction: 'read', n }, sealed: { id: patient } },
      }),
    );
    for (const { recorded } of rows) await this.#part(new Date(recorded));
    await insertRecords(this.sql, rows);
    for (const row of rows) this.#sealer.stored(row);
  }

  /** Stores the list of an export, and the record that names it. */
  async list(patients: readonly string[]): Promise<string> {
    const id = crypto.randomUUID();
    const month = `${new Date(this.now).toISOString().slice(0, 7)}-01`;
    const place = { id, month };
    await this.#part(new Date(this.now));
    const rows = patients.map((patient) =>
      listedRow(this.#sealer, { list: id, recorded: this.now, patient, files: [0] }),
    );
    await insertListed(this.sql, place, rows);
    for (const row of rows) this.#sealer.stored(row);
    const list = { ...place, ...(await hashOfList(this.sql, place)) };
    const content = { list, interaction: '$export' };
    await insertRecords(this.sql, [
      this.#sealer.row({ recorded: this.now, patient: nameOfList(id), content, sealed: {} }),
    ]);
    return id;
  }

  /** As `fhir.prepare_audit` makes them, of a month that may be any. */
  async #part(at: Date): Promise<void> {
    const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
    const first = new Date(Date.UTC(year, month, 1)).toISOString();
    const name = `audit_record_${first.slice(0, 7).replace('-', '')}`;
    if (this.#made.has(name)) return;
    this.#made.add(name);
    const next = new Date(Date.UTC(year, month + 1, 1)).toISOString();
    await this.sql.unsafe(`create table if not exists fhir_audit.${name} (like fhir.audit_record including defaults)`);
    const [row] = await this.sql<{ is: boolean }[]>`
      select exists (select from pg_inherits where inhrelid = ${`fhir_audit.${name}`}::text::regclass) as is`;
    if (!row!.is)
      await this.sql.unsafe(
        `alter table fhir.audit_record attach partition fhir_audit.${name} for values from ('${first}') to ('${next}')`,
      );
    const lists = name.replace('record', 'listed');
    await this.sql.unsafe(
      `create table if not exists fhir_audit.${lists} partition of fhir.audit_listed for values from ('${first.slice(0, 10)}') to ('${next.slice(0, 10)}')`,
    );
  }

  /** Covers all records, however long a transaction of another suite is open. */
  async cover(): Promise<void> {
    const deadline = Date.now() + 120_000;
    for (;;) {
      const head = await coverAll(this.sql, keys, this.now);
      const [row] = await this.sql<{ waiting: number }[]>`
        select count(*)::int as waiting from fhir.audit_record r
        where not exists (select from fhir.audit_head h where (h.transaction_id, h.id) >= (r.transaction_id, r.id))`;
      if (row!.waiting === 0) {
        if (head !== undefined) this.kept.push(head);
        return;
      }
      if (Date.now() > deadline) throw new Error('the trail was not covered in two minutes');
    }
  }

  get means(): LifeMeans {
    return { sql: this.sql, keys, now: this.now, by: 'cli:test', reason: 'the order of the ministry' };
  }

  /** Whether the month of an archive stays in memory. */
  async remove(month: string, isArchived: boolean): Promise<void> {
    await removePeriod(this.means, {
      month,
      ...(isArchived && {
        archive: async (records, _, listed) => {
          const all: ArchivedRecord[] = [];
          for await (const record of records) all.push(record);
          this.archives.set(month, all);
          for await (const row of listed) this.archivedLists.push(row);
          return { file: `${month}.gz`, sha256: 'x' };
        },
      }),
    });
  }

  async end(month: string): Promise<void> {
    await this.remove(month, false);
    await destroyKeysOfPeriod(this.means, month);
  }

  async forget(patient: string): Promise<number> {
    return (await destroyKeysOfPatient(this.means, patient)).keys;
  }

  verify(
    sql: Sql = this.sql,
    archives: ReadonlyMap<string, readonly ArchivedRecord[]> = new Map(),
  ): Promise<TrailReport> {
    const read = new Map([...archives].map(([month, records]) => [month, streamed(records)] as const));
    return verifyTrail(sql, keys, { kept: this.kept, archives: read });
  }

  /** Does something as the owner of the tables, whose triggers do not run; verifies, and takes it back. */
  async tampered(tamper: (sql: Session) => Promise<boolean>): Promise<{ report: TrailReport; isDone: boolean }> {
    let found: { report: TrailReport; isDone: boolean } | undefined;
    const undone = new Error('undone');
    await this.sql
      .begin(async (sql) => {
        await sql`set local session_replication_role = replica`;
        const isDone = await tamper(sql);
        const own = Object.assign((...all: Parameters<Session>) => sql(...all), sql, {
          begin: (_: string, work: (session: Session) => Promise<unknown>) => work(sql),
        });
        found = { isDone, report: await this.verify(own as never) };
        throw undone;
      })
      .catch((error: unknown) => {
        if (error !== undone) throw error;
      });
    return found!;
  }
}

async function* streamed(records: readonly ArchivedRecord[]): AsyncGenerator<ArchivedRecord> {
  await Promise.resolve();
  yield* records;
}
