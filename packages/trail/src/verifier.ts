/** Verifies a trail from its heads and records: a pure function, for a database or an export. */
import { actOf, type Gone, leavesOf, readActs, removalsOf, type SignedAct, type TrailAct } from './acts.ts';
import { type Digested, isDigestOf } from './digest.ts';
import { isGenuineHead, type Head, type KeptHead } from './head.ts';
import { createTreeCheck } from './tree-check.ts';
import type { TrailKeys } from './keys.ts';
import { rootOf } from './merkle.ts';
import { SeenDigests } from './seen-digests.ts';

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
  /** Whether its key exists, and is the original one. */
  readonly hasKey: boolean;
  /** For a record that names a list of patients by its hash: whether the stored list is another one. */
  readonly hasOtherList?: boolean;
}

export interface TrailReport {
  readonly whole: boolean;
  /** Records under heads. */
  readonly records: number;
  /** Records that are too young for a head; their digests were checked, too. */
  readonly waiting: number;
  readonly heads: number;
  /** The first break. */
  readonly broken: { readonly why: Break; readonly position: number; readonly id?: string } | undefined;
  /** The last stored head that is in the chain: up to there nothing was cut. */
  readonly agrees: { readonly position: number; readonly made: number } | undefined;
  /** Records that left by signed statements, and were not read. */
  readonly removed: number;
  /** Periods whose removal was signed, but whose records exist: the removal is in progress, was interrupted, or a backup restored them. */
  readonly returned: readonly string[];
}

export interface Verifier {
  /** The next records, in their order: of a head, some at a time, or behind the last head. */
  records(part: readonly RecordToVerify[]): void;
  /** The head over the records since the one before. */
  head(head: Head): void;
  report(): TrailReport;
}

const digestLength = 32;

/** The records since the last head, to be compared with their head. */
class Uncovered {
  count = 0;
  last: RecordToVerify | undefined;
  #digests: Buffer = Buffer.alloc(0);

  add(part: readonly RecordToVerify[]): void {
    const wanted = (this.count + part.length) * digestLength;
    if (wanted > this.#digests.length)
      this.#digests = Buffer.concat([this.digests()], Math.max(wanted, 2 * this.#digests.length));
    for (const { digest } of part) {
      // A digest of another length was not made by a server: the record reports it.
      digest.copy(this.#digests, this.count * digestLength, 0, digestLength);
      this.count += 1;
    }
    this.last = part.at(-1) ?? this.last;
  }

  /** One behind the other. */
  digests(): Buffer {
    return this.#digests.subarray(0, this.count * digestLength);
  }

  each(): Buffer[] {
    return Array.from({ length: this.count }, (_, n) =>
      this.#digests.subarray(n * digestLength, (n + 1) * digestLength),
    );
  }

  clear(): void {
    [this.count, this.last] = [0, undefined];
  }
}

/** Milliseconds by which a record may be older than the head before it: clocks differ, and statements wait. */
const lateness = 3_600_000;

/** Knowledge of a trail beside its heads and records. */
export interface KnownOfTrail {
  /** Heads that were kept elsewhere, the oldest first. */
  readonly kept?: readonly KeptHead[] | undefined;
  /** In the order of execution. */
  readonly acts?: readonly SignedAct[] | undefined;
  /** Periods whose records come from an archive, and must be complete. */
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
  let [records, removed] = [0, 0];
  const returned = new Set<string>();
  const expected = [...kept].sort((a, b) => a.position - b.position);
  /** Digests of the last hours of the chain. A genuine record that is put in again has one of them, or is older than they are. */
  let [seen, seenBefore, since] = [new SeenDigests(), new SeenDigests(), 0];
  const under = new Uncovered();

  const fail = (why: Break, position: number, id?: string): void => {
    broken ??= id === undefined ? { why, position } : { why, position, id };
  };

  const genuine = readActs(keys.verifying, signed);
  if (genuine === undefined) fail('forged-act', 0);
  const acts = genuine ?? [];
  const removals = removalsOf(acts);
  const destroyed = destroyedBy(acts);

  function lookAt(part: readonly RecordToVerify[]): void {
    const position = (before?.position ?? 0) + 1;
    const earliest = before === undefined ? -Infinity : before.made - lateness;
    for (const record of part) {
      const { id, digest, recorded } = record;
      if (!isDigestOf(keys.digests, record, digest)) {
        fail('altered', position, id);
        continue;
      }
      if ((actOf(record.content) ?? 0) > signed.length) fail('missing-act', position, id);
      else if (!record.hasKey && !destroyed(record)) fail('unreadable', position, id);
      else if (record.hasOtherList === true) fail('other-list', position, id);
      if (recorded < earliest || seen.has(digest) || seenBefore.has(digest)) fail('inserted', position, id);
      seen.add(digest);
    }
  }

  function compare(head: Head): void {
    const { position } = head;
    const { count, last } = under;
    const leaves = leavesUnder(head);
    if (leaves === 'gone') removed += head.records;
    else if (leaves === undefined) fail(count < head.records ? 'missing' : 'inserted', position);
    else {
      removed += head.records - count;
      if (!rootOf(leaves, digestLength).equals(head.root)) fail('reordered', position);
      const isLast = last !== undefined && leaves.subarray(-digestLength).equals(last.digest);
      if (isLast && (last.transactionId !== head.transactionId || last.id !== head.id)) fail('reordered', position);
    }
    if (!isGenuineHead(keys.verifying, before, head) || !tree.goesOn(head)) fail('forged-head', position);
  }

  /**
   * The leaves of the tree of a head: the records, and between them the digests of removed ones. A removal whose records exist is ignored:
   * it may have been interrupted after its statement.
   * @returns gone: all are removed; undefined: they are too few or too many
   */
  function leavesUnder({ position, records: count }: Head): Buffer | 'gone' | undefined {
    const touching = removals.of(position).filter(({ month }) => !archived.has(month));
    for (let passed = 0; passed <= touching.length; passed += 1) {
      const gone = touching.slice(passed).map((each) => each.gone);
      const isGone = gone.includes('all') && under.count === 0;
      const leaves = isGone ? 'gone' : leavesWith(count, gone);
      if (leaves === undefined) continue;
      for (const { month } of touching.slice(0, passed)) returned.add(month);
      return leaves;
    }
    return undefined;
  }

  function leavesWith(count: number, gone: readonly Gone[]): Buffer | undefined {
    if (gone.length === 0) return under.count === count ? under.digests() : undefined;
    const leaves = leavesOf(count, under.each(), gone);
    return leaves && Buffer.concat(leaves);
  }

  return {
    records(part) {
      if (before !== undefined && before.made - since > lateness)
        [seenBefore, seen, since] = [seen, new SeenDigests(), before.made];
      lookAt(part);
      under.add(part);
    },
    head(head) {
      compare(head);
      records += under.count;
      under.clear();
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
      const known = { records, waiting: under.count, heads, broken, agrees, removed, returned: [...returned].sort() };
      return { whole: broken === undefined, ...known };
    },
  };
}

/** Whether a signed statement covers the destruction of the key of a record. */
function destroyedBy(acts: readonly TrailAct[]): (record: RecordToVerify) => boolean {
  const destructions = acts.filter((act) => act.kind === 'destruction');
  const keys = new Set(destructions.flatMap((act) => act.keys ?? []));
  const months = new Set(destructions.flatMap(({ month }) => month ?? []));
  return ({ keyId, recorded }) => keys.has(keyId) || months.has(`${new Date(recorded).toISOString().slice(0, 7)}-01`);
}
