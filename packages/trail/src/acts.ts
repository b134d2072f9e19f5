/**
 * Signed statements of what was done legitimately: a period of the trail whose records were removed, keys that were destroyed, versions of resources
 * that were purged. They distinguish such acts from tampering. They are signed with the key of the heads, which is not in the database.
 */
import { sign, verify, type KeyObject } from 'node:crypto';

/** The records of a period left the database. The heads over them stay. */
export interface Removal {
  readonly kind: 'removal';
  /** The first day of the period, `2026-01-01`. */
  readonly month: string;
  readonly records: number;
  /** From and up to which heads every record is of the period. */
  readonly whole: readonly (readonly [from: number, to: number])[];
  /** Heads that also cover records of other periods, with the places and the digests (base64) of the removed ones. */
  readonly mixed: readonly { readonly position: number; readonly leaves: readonly (readonly [number, string])[] }[];
  /** The file with the records, if they were archived. */
  readonly archive?: { readonly file: string; readonly sha256: string };
  /** Milliseconds since 1970. */
  readonly made: number;
}

/** Keys were destroyed: data sealed with them can no longer be read by anybody. */
export interface Destruction {
  readonly kind: 'destruction';
  /** All keys of a period, by its first day. */
  readonly month?: string;
  /** These keys, of one patient. */
  readonly keys?: readonly string[];
  readonly made: number;
}

/** Versions of resources were purged, by rules about their age. */
export interface Purge {
  readonly kind: 'purge';
  /** An id: rows of the database list the versions. */
  readonly run: string;
  readonly versions: number;
  /** SHA-256 over these rows, hexadecimal. */
  readonly digest: string;
  /** Of resources whose deletion has asked for it. */
  readonly erasure?: Erasure;
  /** The file that has them. */
  readonly archive?: ArchiveOfVersions;
  readonly made: number;
}

/** A file of versions that were purged, in a folder of the operator. */
export interface ArchiveOfVersions {
  readonly file: string;
  /** It was lost before the purge ended: later versions are not in it. */
  readonly isLost?: true;
  readonly bytes?: number;
  /** Of its bytes, hexadecimal. */
  readonly sha256?: string;
  /** Whether it is encrypted. */
  readonly isSealed?: boolean;
  /** Of each type how many, and when the first and the last of them were stored. */
  readonly types?: readonly {
    readonly type: string;
    readonly versions: number;
    readonly from: string;
    readonly to: string;
  }[];
}

/** The outcome of a purge that was requested: with the signature it is a certificate. */
export interface Erasure {
  /** The job that has deleted the resources, and its client. */
  readonly request: string;
  readonly client: string;
  /** Resources of which only the mark of their existence remains. */
  readonly resources: number;
  /** Kept by a legal hold, and there again. */
  readonly held: number;
  readonly back: number;
  readonly reason: string;
  /** Of a person: the pseudonym in the trail, the keys destroyed there, and resources that still name the Patient. */
  readonly person?: { readonly pseudonym: string; readonly keys: number; readonly named: number };
  /** Files of archives that have versions of these resources. */
  readonly archives?: readonly string[];
  /** Data that is kept, each with its law or duration. */
  readonly kept: readonly string[];
}

export type TrailAct = Removal | Destruction | Purge;

/** An act as stored: JSON, and the signature of it, of its number and of the previous signature. */
export interface SignedAct {
  readonly statement: string;
  readonly signature: Buffer;
}

/** @param before all acts so far */
export function signAct(key: KeyObject, act: TrailAct, before: readonly SignedAct[]): SignedAct {
  const statement = JSON.stringify(act);
  return { statement, signature: sign(null, signedText(statement, before.length + 1, before.at(-1)), key) };
}

/** The acts of a trail. @returns undefined if the key has not signed all of them, in this order */
export function readActs(key: KeyObject, signed: readonly SignedAct[]): TrailAct[] | undefined {
  const isGenuine = ({ statement, signature }: SignedAct, index: number): boolean =>
    verify(null, signedText(statement, index + 1, signed[index - 1]), key, signature);
  return signed.every(isGenuine) ? signed.map(({ statement }) => JSON.parse(statement) as TrailAct) : undefined;
}

/** An act by itself, to be shown to others. */
export interface Certificate {
  /** JSON of the act, as signed. */
  readonly statement: string;
  /** Its place among the acts, from 1, and the signature of the one before, hexadecimal; empty for the first. */
  readonly number: number;
  readonly before: string;
  /** Base64, of Ed25519. */
  readonly signature: string;
  /** Base64 of the public key as DER (SPKI). */
  readonly key: string;
}

/** @param number from 1 */
export function certificateOf(verifying: KeyObject, signed: readonly SignedAct[], number: number): Certificate {
  const { statement, signature } = signed[number - 1]!;
  return {
    ...{ statement, number, before: signed[number - 2]?.signature.toString('hex') ?? '' },
    signature: signature.toString('base64'),
    key: verifying.export({ type: 'spki', format: 'der' }).toString('base64'),
  };
}

/** @returns the act; undefined if the key has not signed it so, or the text is no certificate */
export function readCertificate(verifying: KeyObject, text: string): TrailAct | undefined {
  try {
    const { statement, number, before, signature } = JSON.parse(text) as Certificate;
    const signed = Buffer.from(textSigned(statement, number, before));
    return verify(null, signed, verifying, Buffer.from(signature, 'base64'))
      ? (JSON.parse(statement) as TrailAct)
      : undefined;
  } catch {
    return undefined;
  }
}

function signedText(statement: string, number: number, before: SignedAct | undefined): Buffer {
  return Buffer.from(textSigned(statement, number, before?.signature.toString('hex') ?? ''));
}

function textSigned(statement: string, number: number, before: string): string {
  return `dhp trail act\n${String(number)}\n${before}\n${statement}`;
}

/** The number of the act of a record, which is the first member of its content. */
export function actOf(content: string): number | undefined {
  const [, number] = /^\{"act":(\d{1,9})[,}]/.exec(content) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** Leaves of the tree of a head that have left, by their places; or all of them. */
export type Gone = 'all' | ReadonlyMap<number, Buffer>;

/** The removals of a trail, as a head asks for them. */
export interface Removals {
  /** Removals that concern the head at a position, the newest first. */
  of(position: number): readonly { readonly month: string; readonly gone: Gone }[];
}

export function removalsOf(acts: readonly TrailAct[]): Removals {
  const removals = acts
    .filter((act) => act.kind === 'removal')
    .reverse()
    .map(({ month, whole, mixed }) => ({
      month,
      whole: [...whole].sort(([a], [b]) => a - b),
      mixed: new Map(
        mixed.map(({ position, leaves }) => [
          position,
          new Map(leaves.map(([place, digest]) => [place, Buffer.from(digest, 'base64')])),
        ]),
      ),
    }));
  return {
    of: (position) =>
      removals.flatMap(({ month, whole, mixed }) => {
        const gone = isWithin(whole, position) ? 'all' : mixed.get(position);
        return gone === undefined ? [] : [{ month, gone }];
      }),
  };
}

function isWithin(ranges: readonly (readonly [number, number])[], position: number): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]![1] < position) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && ranges[low]![0] <= position;
}

/** Positions as ranges. @param positions in order */
export function rangesOf(positions: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const position of positions) {
    const last = ranges.at(-1);
    if (last?.[1] === position - 1) last[1] = position;
    else ranges.push([position, position]);
  }
  return ranges;
}

/** The leaves of a tree, from the existing and the removed ones. @returns undefined if their number is wrong */
export function leavesOf(count: number, present: readonly Buffer[], gone: readonly Gone[]): Buffer[] | undefined {
  const left = new Map<number, Buffer>();
  for (const each of gone) {
    if (each === 'all') return undefined;
    for (const [place, digest] of each) left.set(place, digest);
  }
  if (present.length + left.size !== count) return undefined;
  const rest = present[Symbol.iterator]();
  return Array.from({ length: count }, (_, place) => left.get(place) ?? (rest.next().value as Buffer));
}
