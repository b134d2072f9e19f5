/** Records of one patient, the newest first. */
import type { SealedRecord } from '@dhp/trail';
import { numberOf, textOf, type Column } from './columns.ts';
import type { Session } from './session.ts';

/** A record with its time, and its place in the order of the chain. */
export interface StoredRecord extends SealedRecord {
  /** Milliseconds since 1970. */
  readonly recorded: number;
  readonly transactionId: string;
  readonly id: string;
}

export interface HistoryAsked {
  /** The pseudonym of the patient. */
  readonly patient: Buffer;
  /** Milliseconds since 1970: from this time on, and before that one. */
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** Only what stands behind this record: the last one of the page before. */
  readonly before: Pick<StoredRecord, 'recorded' | 'transactionId' | 'id'> | undefined;
  readonly limit: number;
}

export async function selectRecordsOf(sql: Session, asked: HistoryAsked): Promise<StoredRecord[]> {
  const { patient, since, until, before, limit } = asked;
  const time = (value: number) => sql`to_timestamp(${value}::bigint / 1e3::float8)`;
  const rows = await sql`
    select (date_part('epoch', r.recorded) * 1000)::bigint, r.transaction_id::text, r.id::text, r.content, r.key_id::text,
           encode(r.sealed, 'base64'), encode(k.sealed, 'base64')
    from (
      select * from fhir.audit_record r
      where r.patient = ${patient}
        and ${since === undefined ? sql`true` : sql`r.recorded >= ${time(since)}`}
        and ${until === undefined ? sql`true` : sql`r.recorded < ${time(until)}`}
        and ${
          before === undefined
            ? sql`true`
            : sql`r.recorded <= ${time(before.recorded)} and (r.recorded, r.transaction_id, r.id)
                  < (${time(before.recorded)}, ${before.transactionId}::text::xid8, ${before.id}::text::bigint)`
        }
      order by r.recorded desc, r.transaction_id desc, r.id desc limit ${limit}
    ) r
    left join fhir.audit_key k on k.key_id = r.key_id
    order by r.recorded desc, r.transaction_id desc, r.id desc`.raw();
  return (rows as unknown as Column[][]).map(([recorded, transactionId, id, content, keyId, sealed, key]) => ({
    recorded: numberOf(recorded),
    transactionId: textOf(transactionId),
    id: textOf(id),
    content: textOf(content),
    keyId: textOf(keyId),
    sealed: Buffer.from(textOf(sealed), 'base64'),
    key: key === null ? undefined : Buffer.from(textOf(key), 'base64'),
  }));
}
