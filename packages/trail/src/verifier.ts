/** Verifies a trail as its heads and records are read: pure, so that it can be fed from a database or from an export. */
import { digestOf, type Digested } from './digest.ts';
import { isGenuineHead, type Head, type KeptHead } from './head.ts';
import type { TrailKeys } from './keys.ts';
import { rootOf } from './merkle.ts';

/**
 * altered: a record is not as a server wrote it, or no server wrote it. missing: one was taken out. inserted: one was put in, or is there twice.
 * reordered: they are all there, in another order. forged-head: a head is not signed with the key, or does not follow on the one before.
 * other-head: at the place of a kept head there is another one. behind-head: the chain ends before a kept head.
 */
export type Break = 'altered' | 'missing' | 'inserted' | 'reordered' | 'forged-head' | 'other-head' | 'behind-head';

export interface RecordToVerify extends Digested {
  readonly transactionId: string;
  readonly id: string;
  readonly digest: Buffer;
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
}

export interface Verifier {
  /** The next head with its records, in their order; those behind the last head come without one. */
  part(head: Head | undefined, records: readonly RecordToVerify[]): void;
  report(): TrailReport;
}

/** Milliseconds by which a record may be older than the head before it: clocks differ, and statements wait. */
const lateness = 3_600_000;

/** @param kept heads that were kept elsewhere, the oldest first */
export function createVerifier(
  keys: Pick<TrailKeys, 'digests' | 'verifying'>,
  kept: readonly KeptHead[] = [],
): Verifier {
  let before: Head | undefined;
  let broken: TrailReport['broken'];
  let agrees: TrailReport['agrees'];
  let [records, waiting] = [0, 0];
  const expected = [...kept].sort((a, b) => a.position - b.position);
  /** Digests of the last hours of the chain. A genuine record that is put in again has one of them, or is older than they are. */
  let [seen, seenBefore, since] = [new Set<string>(), new Set<string>(), 0];

  const fail = (why: Break, position: number, id?: string): void => {
    broken ??= id === undefined ? { why, position } : { why, position, id };
  };

  function lookAt(position: number, part: readonly RecordToVerify[]): void {
    if (before !== undefined && before.made - since > lateness)
      [seenBefore, seen, since] = [seen, new Set(), before.made];
    for (const record of part) {
      const { id, digest, recorded } = record;
      if (!digestOf(keys.digests, record).equals(digest)) fail('altered', position, id);
      const name = digest.toString('latin1', 0, 10);
      const isLate = before !== undefined && recorded < before.made - lateness;
      if (isLate || seen.has(name) || seenBefore.has(name)) fail('inserted', position, id);
      seen.add(name);
    }
  }

  function compare(head: Head, part: readonly RecordToVerify[]): void {
    const { position } = head;
    if (part.length < head.records) fail('missing', position);
    else if (part.length > head.records) fail('inserted', position);
    const root = rootOf(Buffer.concat(part.map(({ digest }) => digest)), 32);
    if (!root.equals(head.root)) fail('reordered', position);
    const last = part.at(-1);
    if (last?.transactionId !== head.transactionId || last.id !== head.id) fail('reordered', position);
    if (!isGenuineHead(keys.verifying, before, head)) fail('forged-head', position);
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
      return { whole: broken === undefined, records, waiting, heads, broken, agrees };
    },
  };
}
