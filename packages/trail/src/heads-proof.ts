/**
 * Proof that a later head continues from an earlier one: the earlier is in the tree of the later, and its own tree is the beginning of that one
 * (RFC 9162, sections 2.1.3.2 and 2.1.4.2). Checked without the trail, with the public key.
 */
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { isConsistent, pathsBetween, type NodeAt } from './head-tree.ts';
import { isSignedHead, type Head, type SignedHead } from './head.ts';
import { rootBy } from './merkle.ts';

interface HeadText extends Omit<Head, 'root' | 'signature' | 'tree'> {
  readonly root: string;
  readonly tree: { readonly size: number; readonly root: string };
  readonly signature: string;
  /** The signature of the previous head, which is a part of the signed text; null for the first. */
  readonly before: string | null;
}

export interface HeadsProof {
  readonly format: 'dhp-trail-heads';
  readonly version: 1;
  readonly first: HeadText;
  readonly last: HeadText;
  /** Hashes in hexadecimal. */
  readonly consistency: readonly string[];
  readonly inclusion: readonly string[];
  /** The public key, in base64 of DER (SPKI). */
  readonly key: string;
}

/** A head with the signature of the one before. */
export interface HeadInChain {
  readonly head: Head;
  readonly before: Buffer | undefined;
}

/** @returns undefined if one of them is not in a tree, or the tree was begun between them */
export function proveHeads(
  verifying: KeyObject,
  { first, last, at }: { readonly first: HeadInChain; readonly last: HeadInChain; readonly at: NodeAt },
): HeadsProof | undefined {
  const [from, to] = [textOf(first), textOf(last)];
  if (from === undefined || to === undefined || !isOneTree(from, to)) return undefined;
  const paths =
    from.position === to.position ? { consistency: [], inclusion: [] } : pathsBetween(from.tree.size, to.tree.size, at);
  return {
    ...{ format: 'dhp-trail-heads', version: 1, first: from, last: to },
    consistency: paths.consistency.map((node) => node.toString('hex')),
    inclusion: paths.inclusion.map((node) => node.toString('hex')),
    key: verifying.export({ format: 'der', type: 'spki' }).toString('base64'),
  };
}

function textOf({ head, before }: HeadInChain): HeadText | undefined {
  const { tree, root, signature, ...more } = head;
  if (tree === undefined) return undefined;
  return {
    ...more,
    root: root.toString('hex'),
    tree: { size: tree.size, root: tree.root.toString('hex') },
    signature: signature.toString('hex'),
    before: before?.toString('hex') ?? null,
  };
}

/** The number of a head in a tree goes up with its position: of two trees they differ by something else. */
function isOneTree(first: Pick<HeadText, 'position' | 'tree'>, last: Pick<HeadText, 'position' | 'tree'>): boolean {
  return first.position <= last.position && last.position - first.position === last.tree.size - first.tree.size;
}

/**
 * no-proof: the file is not a proof. head: the key has not signed one of the heads. heads: the later one does not continue from the
 * earlier.
 */
export type HeadsFault = 'no-proof' | 'head' | 'heads';

/** @param verifying the key of the environment, if it is available: that of the proof must then be the same */
export function checkHeads(
  given: unknown,
  verifying: KeyObject | undefined,
): { readonly fault: HeadsFault | undefined; readonly key: string | undefined } {
  const proof = readHeads(given);
  if (proof === undefined) return { fault: 'no-proof', key: undefined };
  const { first, last, own, text } = proof;
  const key = hash('sha256', Buffer.from(text.key, 'base64'), 'hex');
  if (verifying !== undefined && !verifying.equals(own)) return { fault: 'head', key };
  if (![first, last].every(({ head, before }) => isSignedHead(own, before, head))) return { fault: 'head', key };
  const [from, to] = [first.head, last.head];
  const path = text.inclusion.map(bytesOf);
  const isIn =
    from.position === to.position
      ? from.signature.equals(to.signature)
      : rootBy(from.signature, { index: from.tree.size, size: to.tree.size, path })?.equals(to.tree.root) === true;
  const goesOn =
    isOneTree(text.first, text.last) && isIn && isConsistent(from.tree, to.tree, text.consistency.map(bytesOf));
  return { fault: goesOn ? undefined : 'heads', key };
}

interface ReadHead {
  readonly head: SignedHead & Pick<Head, 'signature'> & { readonly tree: NonNullable<SignedHead['tree']> };
  readonly before: Buffer | undefined;
}

function readHeads(given: unknown): { first: ReadHead; last: ReadHead; own: KeyObject; text: HeadsProof } | undefined {
  try {
    const text = given as HeadsProof;
    if ((text.format as string) !== 'dhp-trail-heads' || (text.version as number) !== 1) return undefined;
    if (![text.consistency, text.inclusion].every(isOfTexts)) return undefined;
    const key = Buffer.from(text.key, 'base64');
    const own = createPublicKey({ key, format: 'der', type: 'spki' });
    return { first: readHead(text.first), last: readHead(text.last), own, text };
  } catch {
    return undefined;
  }
}

function readHead({ before, ...text }: HeadText): ReadHead {
  const tree = { size: text.tree.size, root: bytesOf(text.tree.root) };
  const head = { ...text, root: bytesOf(text.root), signature: bytesOf(text.signature), tree };
  return { head, before: before === null ? undefined : bytesOf(before) };
}

function isOfTexts(list: unknown): boolean {
  return Array.isArray(list) && list.every((one) => typeof one === 'string');
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
