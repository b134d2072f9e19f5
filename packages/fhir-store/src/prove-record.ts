/** The proof of one record, of what the database has. */
import type { Sql } from '@dhp/postgres';
import { leavesOf, proveRecord, readActs, type RecordProof, removalsOf, type TrailKeys } from '@dhp/trail';
import { inSnapshot, selectHeads, selectRecords, type Place } from './statements/audit-heads.ts';
import { positionOver, selectActs } from './statements/audit-life.ts';

/** @returns undefined where there is no such record, or no head covers it yet, or what is under its head is not whole */
export function proofOf(sql: Sql, keys: Pick<TrailKeys, 'verifying'>, place: Place): Promise<RecordProof | undefined> {
  return inSnapshot(sql, async (session) => {
    const position = await positionOver(session, place);
    if (position === undefined) return undefined;
    const heads = await selectHeads(session, Math.max(0, position - 2), position === 1 ? 1 : 2);
    const head = heads.at(-1);
    const before = position === 1 ? undefined : heads[0];
    if (head?.position !== position) return undefined;
    const rows = await selectRecords(session, { after: before, upTo: head, limit: head.records + 1 });
    const record = rows.find(({ transactionId, id }) => transactionId === place.transactionId && id === place.id);
    const acts = readActs(keys.verifying, await selectActs(session));
    if (record === undefined || acts === undefined) return undefined;
    const gone = removalsOf(acts).of(position);
    const present = rows.map(({ digest }) => digest);
    const digests =
      leavesOf(
        head.records,
        present,
        gone.map((each) => each.gone),
      ) ?? leavesOf(head.records, present, []);
    if (digests === undefined) return undefined;
    const index = digests.indexOf(record.digest);
    return proveRecord(keys.verifying, { record, index, digests, head, before: before?.signature });
  });
}
