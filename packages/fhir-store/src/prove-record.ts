/** Proofs of one record, and that the trail continues from a head, made from the database. */
import type { Sql } from '@dhp/postgres';
import type { TrailKeys } from '@dhp/trail';
import { leavesOf, readActs, removalsOf } from '@dhp/trail/acts';
import {
  type HeadsProof,
  type KeptHead,
  placesBetween,
  proveHeads,
  proveRecord,
  type RecordProof,
} from '@dhp/trail/heads';
import { nodesOfTree } from './head-nodes.ts';
import {
  inSnapshot,
  selectHeads,
  selectHeadsAt,
  selectLastHead,
  selectRecords,
  type Place,
} from './statements/audit-heads.ts';
import { positionOver, selectActs } from './statements/audit-life.ts';

/** @returns undefined if the record does not exist, no head covers it yet, or the records under its head are damaged */
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

/**
 * The proof that the last head continues from a known one: it reads some forty rows, however many heads there are.
 * @returns other-head: there is no head, or another one, at its place; no-tree: it is of an earlier release
 */
export function proofFrom(
  sql: Sql,
  keys: Pick<TrailKeys, 'verifying'>,
  kept: KeptHead,
): Promise<HeadsProof | 'other-head' | 'no-tree'> {
  return inSnapshot(sql, async (session) => {
    const end = await selectLastHead(session);
    if (end === undefined) return 'other-head';
    const positions = [kept.position - 1, kept.position, end.position - 1];
    const heads = new Map((await selectHeadsAt(session, positions)).map((head) => [head.position, head]));
    const start = heads.get(kept.position);
    if (start?.signature.equals(kept.signature) !== true) return 'other-head';
    const [from, to] = [start.tree?.size ?? 0, end.tree?.size ?? 0];
    const at = await nodesOfTree(session, end, from < to ? placesBetween(from, to) : []);
    const inChain = (head: typeof end): Parameters<typeof proveHeads>[1]['first'] => ({
      head,
      before: heads.get(head.position - 1)?.signature,
    });
    return proveHeads(keys.verifying, { first: inChain(start), last: inChain(end), at }) ?? 'no-tree';
  });
}
