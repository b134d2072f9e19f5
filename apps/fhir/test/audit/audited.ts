/** A FHIR server with an audit trail, and the trail as read by a holder of its keys. */
import { connect, type Sql } from '@dhp/postgres';
import { type StoredRecord, verifyTrail } from '@dhp/fhir-store/trail';
import { openRecord, pseudonymOf, trailKeys, type TrailKeys, type TrailReport } from '@dhp/trail';
import type { KeptHead } from '@dhp/trail/heads';
import type { FhirOptions } from '../../src/index.ts';
import { startServer, type TestServer } from '../environment.ts';

/** A record, opened. */
export interface Opened {
  readonly id: string;
  readonly patient: string | null;
  readonly content: Readonly<Record<string, unknown>>;
  readonly sealed: Readonly<Record<string, unknown>> | undefined;
}

export interface Audited extends TestServer {
  readonly keys: TrailKeys;
  /** A connection as the owner of the tables. */
  readonly owner: Sql;
  readonly heads: KeptHead[];
  /** Returns all records in the order of writing. */
  records(): Promise<Opened[]>;
  /** Those of the request with an id. */
  of(requestId: string): Promise<Opened[]>;
  pseudonym(patient: string): string;
  verify(kept?: readonly KeptHead[]): Promise<TrailReport>;
  /** Covers all that is there with heads. */
  cover(): Promise<KeptHead>;
}

export async function startAudited(
  changes: Partial<FhirOptions> = {},
  databaseUrl?: (url: string) => string | Promise<string>,
  coverSeconds = 3600,
): Promise<Audited> {
  const keys = trailKeys(Buffer.alloc(32, 7));
  const heads: KeptHead[] = [];
  const audit = { keys, coverSeconds, onHead: (head: KeptHead) => void heads.push(head) };
  const server = await startServer({ audit, ...changes }, databaseUrl);
  const owner = connect(server.ownerUrl, { max: 2, applicationName: 'dhp test audit' });
  const records = async (): Promise<Opened[]> => {
    const rows = await owner<Omit<StoredRecord, 'transactionId'>[]>`
      select r.id::text, (date_part('epoch', r.recorded) * 1000)::float8 as recorded, r.patient, r.content,
             r.key_id::text as "keyId", r.sealed, r.digest, k.sealed as key
      from fhir.audit_record r left join fhir.audit_key k on k.key_id = r.key_id order by r.id`;
    return rows.map(({ patient, key, ...row }) => ({
      ...{ id: row.id, patient: patient?.toString('hex') ?? null },
      ...openRecord(keys, { ...row, patient: patient ?? undefined, key: key ?? undefined }),
    }));
  };
  return {
    ...server,
    ...{ keys, owner, heads, records },
    of: async (requestId) => (await records()).filter(({ content }) => content['request'] === requestId),
    pseudonym: (patient) => pseudonymOf(keys, patient).toString('hex'),
    verify: (kept) => verifyTrail(owner, keys, kept === undefined ? {} : { kept }),
    async cover() {
      for (;;) {
        const head = await server.store.trail.coverTrail(keys, Date.now());
        const [row] = await owner<{ waiting: number }[]>`
          select count(*)::int as waiting from fhir.audit_record r
          where not exists (select from fhir.audit_head h where (h.transaction_id, h.id) >= (r.transaction_id, r.id))`;
        if (head !== undefined && row!.waiting === 0) return head;
      }
    },
    async close() {
      await server.close().finally(() => owner.end({ timeout: 5 }));
    },
  };
}
