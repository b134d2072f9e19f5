/** The full-text entries compared with their versions. */
import { firstUnseen } from '../commit-order/transactions.ts';
import { numbers } from './columns.ts';
import type { Session } from './session.ts';

interface Row {
  readonly rid: number;
  readonly shard: number;
}

/** A resource whose words are not there, or are others. */
export interface WrongWords extends Row {
  readonly isThere: boolean;
}

/**
 * Entries are made after the writes: that of a version is compared if it exists, and missed if all entries before a later point in the order of
 * commits have been made.
 * @param rows of current versions that are not deleted
 */
export async function wrongWordsOf(sql: Session, rows: readonly Row[]): Promise<WrongWords[]> {
  if (rows.length === 0) return [];
  const found = await sql<{ rid: string; shard: number; isThere: boolean }[]>`
    select r.rid, r.shard, t.rid is not null as "isThere"
    from unnest(${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(rows.map(({ shard }) => shard))}::int[]) as i (rid, shard)
    join fhir.resource r on r.rid = i.rid and r.shard = i.shard
    cross join (select wanted, txid, rid, txid <= ${firstUnseen(sql)} as counts from fhir.text_state) s
    left join fhir.text t on t.rid = r.rid and t.shard = r.shard
    where not r.deleted and case
      when t.txid = r.txid then t.words <> fhir.entry(r.content) and not t.words @@ fhir.lacks_words()
      else s.wanted and s.counts and (r.txid, r.rid) <= (s.txid, s.rid) end
    order by r.rid, r.shard`;
  return found.map(({ rid, ...rest }) => ({ ...rest, rid: Number(rid) }));
}

/** Makes the full-text entries of current versions again, if entries are made at all; the caller has locked the rows. */
export async function makeWordsAnew(sql: Session, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into fhir.text (rid, shard, txid, words)
    select r.rid, r.shard, r.txid, fhir.entry(r.content)
    from unnest(${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(rows.map(({ shard }) => shard))}::int[]) as i (rid, shard)
    join fhir.resource r on r.rid = i.rid and r.shard = i.shard
    where not r.deleted and (select wanted from fhir.text_state)
    on conflict (rid, shard) do update set txid = excluded.txid, words = excluded.words`;
}
