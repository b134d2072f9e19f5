/** Verifies a trail as its heads and records are read: pure, so that it can be fed from a database or from an export. */
import { actOf, leavesOf, readActs, removalsOf, type SignedAct, type TrailAct } from './acts.ts';
import { digestOf, type Digested } from './digest.ts';
import { isGenuineHead, type Head, type KeptHead } from './head.ts';
import { createTreeCheck } from './tree-check.ts';
import type { TrailKeys } from './keys.ts';
import { rootOf } from './merkle.ts';

/**
 * altered: a record is not as a server wrote it, or no server wrote it. missing: one was taken out. inserted: one was put in, or is there twice.
 * reordered: they are all there, in another order. forged-head: a head is not signed with the key, or does not follow on the one before.
 * other-head: at the place of a kept head there is another one. behind-head: the chain ends before a kept head. forged-act: a statement of
 * what left, or of keys that were destroyed, is not signed with the key, or one before it was taken out. missing-act: the last was. unreadable: the key of a record is gone or is not the one that
 * was stored, and no signed statement says that it was destroyed. other-list: the list of patients of an export is not the one that its record names, or was taken out.
 */
export type Break =
  | 'altered'
  | 'missing'
  | 'inserted'
  | 'reordered'
  | 'forged-head'
  | 'other-head'
  | 'behind-head'
  | 'forged-act'
  | 'missing-act'
  | 'unreadable'
  | 'other-list';

export interface RecordToVerify extends Digested {
  readonly transactionId: string;
  readonly id: string;
  readonly digest: Buffer;
  /** Whether its key is there, and is the one that was stored. */
  readonly hasKey: boolean;
  /** Of a record that names a list of patients by its hash: whether it is another one that is stored. */
  readonly hasOtherList?: boolean;
}

export interface TrailReport {
  readonly whole: boolean;
  /** Records under heads. */
  readonly records: number;
  /** Records that are too young for a head; their digests were looked at, too. */
  readonly waiting: number;
  readonly heads: number;
  /** The first break. */
  readonly broken: { readonly why: Break; readonly position: number; readonly id?: string } | undefined;
  /** The last kept head that is in the chain: up to there nothing was cut. */
  readonly agrees: { readonly position: number; readonly made: number } | undefined;
  /** Records that left by signed statements, and were not read. */
  readonly removed: number;
  /** Periods whose removal was signed, and whose records are there all the same: it is under way, was interrupted, or a backup brought them back. */
  readonly returned: readonly string[];
}

export interface Verifier {
  /** The next head with its records, in their order; those behind the last head come without one. */
  part(head: Head | undefined, records: readonly RecordToVerify[]): void;
  report(): TrailReport;
}

/** Milliseconds by which a record may be older than the head before it: clocks differ, and statements wait. */
const lateness = 3_600_000;

/** Knowledge of a trail beside its heads and records. */
export interface KnownOfTrail {
  /** Heads that were kept elsewhere, the oldest first. */
  readonly kept?: readonly KeptHead[] | undefined;
  /** In the order in which they were done. */
  readonly acts?: readonly SignedAct[] | undefined;
  /** Periods whose records come from an archive, and are all to be there. */
  readonly archived?: ReadonlySet<string> | undefined;
}

export function createVerifier(
  keys: Pick<TrailKeys, 'digests' | 'verifying'>,
  { kept = [], acts: signed = [], archived = new Set() }: KnownOfTrail = {},
): Verifier {
  let before: Head | undefined;
  const tree = createTreeCheck();
  let broken: TrailReport['broken'];
  let agrees: TrailReport['agrees'];
  let [records, waiting, removed] = [0, 0, 0];
  const returned = new Set<string>();
  const expected = [...kept].sort((a, b) => a.position - b.position);
  /** Digests of the last hours of the chain. A genuine record that is put in again has one of them, or is older than they are. */
  let [seen, seenBefore, since] = [new Set<string>(), new Set<string>(), 0];

  const fail = (why: Break, position: number, id?: string): void => {
    broken ??= id === undefined ? { why, position } : { why, position, id };
  };

  const genuine = readActs(keys.verifying, signed);
  if (genuine === undefined) fail('forged-act', 0);
  const acts = genuine ?? [];
  const removals = removalsOf(acts);
  const destroyed = destroyedBy(acts);

  function lookAt(position: number, part: readonly RecordToVerify[]): void {
    if (before !== undefined && before.made - since > lateness)
      [seenBefore, seen, since] = [seen, new Set(), before.made];
    for (const record of part) {
      const { id, digest, recorded } = record;
      if (!digestOf(keys.digests, record).equals(digest)) fail('altered', position, id);
      else if ((actOf(record.content) ?? 0) > signed.length) fail('missing-act', position, id);
      else if (!record.hasKey && !destroyed(record)) fail('unreadable', position, id);
      else if (record.hasOtherList === true) fail('other-list', position, id);
      const name = digest.toString('latin1', 0, 10);
      const isLate = before !== undefined && recorded < before.made - lateness;
      if (isLate || seen.has(name) || seenBefore.has(name)) fail('inserted', position, id);
      seen.add(name);
    }
  }

  function compare(head: Head, part: readonly RecordToVerify[]): void {
    const { position } = head;
    const digests = part.map(({ digest }) => digest);
    const leaves = leavesUnder(head, digests);
    if (leaves === 'gone') removed += head.records;
    else if (leaves === undefined) fail(part.length < head.records ? 'missing' : 'inserted', position);
    else {
      removed += head.records - part.length;
      if (!rootOf(Buffer.concat(leaves), 32).equals(head.root)) fail('reordered', position);
      const last = part.at(-1);
      const isThere = last !== undefined && leaves.at(-1) === last.digest;
      if (isThere && (last.transactionId !== head.transactionId || last.id !== head.id)) fail('reordered', position);
    }
    if (!isGenuineHead(keys.verifying, before, head) || !tree.goesOn(head)) fail('forged-head', position);
  }

  /**
   * The leaves of the tree of a head: the records, and between them the digests of those that left. A removal of which the records are
   * there is passed over: it may have been interrupted behind its statement.
   * @returns gone: all have left; undefined: they are too few or too many
   */
  function leavesUnder({ position, records: count }: Head, present: readonly Buffer[]): Buffer[] | 'gone' | undefined {
    const touching = removals.of(position).filter(({ month }) => !archived.has(month));
    for (let passed = 0; passed <= touching.length; passed += 1) {
      const gone = touching.slice(passed).map((each) => each.gone);
      const isGone = gone.includes('all') && present.length === 0;
      const leaves = isGone ? 'gone' : leavesOf(count, present, gone);
      if (leaves === undefined) continue;
      for (const { month } of touching.slice(0, passed)) returned.add(month);
      return leaves;
    }
    return undefined;
  }

  return {
    part(head, part) {
      lookAt(head?.position ?? (before?.position ?? 0) + 1, part);
      if (head === undefined) {
        waiting += part.length;
        return;
      }
      compare(head, part);
      records += part.length;
      for (; expected[0] !== undefined && expected[0].position <= head.position; expected.shift()) {
        const [{ position, signature }] = expected as [KeptHead];
        if (position !== head.position || !signature.equals(head.signature)) fail('other-head', position);
        else if (broken === undefined) agrees = { position, made: head.made };
      }
      before = head;
    },
    report() {
      const heads = before?.position ?? 0;
      if (expected.length > 0) fail('behind-head', heads);
      const known = { records, waiting, heads, broken, agrees, removed, returned: [...returned].sort() };
      return { whole: broken === undefined, ...known };
    },
  };
}

/** Whether a signed statement says that the key of a record was destroyed. */
function destroyedBy(acts: readonly TrailAct[]): (record: RecordToVerify) => boolean {
  const destructions = acts.filter((act) => act.kind === 'destruction');
  const keys = new Set(destructions.flatMap((act) => act.keys ?? []));
  const months = new Set(destructions.flatMap(({ month }) => month ?? []));
  return ({ keyId, recorded }) => keys.has(keyId) || months.has(`${new Date(recorded).toISOString().slice(0, 7)}-01`);
}
