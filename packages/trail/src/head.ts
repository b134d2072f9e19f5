/** Heads of the chain: each covers the records behind the one before, and is signed together with its signature. */
import { sign, verify, type KeyObject } from 'node:crypto';
import { nodesEndingWith, peaksOf, rootOfTree, type NodeAt, type NodePlace, type TreeOfHead } from './head-tree.ts';

export interface Head {
  /** 1, 2, 3 … */
  readonly position: number;
  /** The last record that it covers: its transaction and its number, as decimal text. */
  readonly transactionId: string;
  readonly id: string;
  /** Records beyond those of the head before, and in all. */
  readonly records: number;
  readonly total: number;
  /** Root of the Merkle tree of the digests of these records. */
  readonly root: Buffer;
  /** Milliseconds since 1970. */
  readonly made: number;
  /** The tree of the heads before it; undefined for one of an earlier release. A tree begins after the last of those. */
  readonly tree: TreeOfHead | undefined;
  readonly signature: Buffer;
}

/** A head as stored outside the database: its signature covers all previous heads. */
export interface KeptHead {
  readonly position: number;
  readonly total: number;
  readonly made: number;
  readonly signature: Buffer;
}

/** Heads before another one that are in its tree. */
export function sizeAfter(before: Head | undefined): number {
  return before?.tree === undefined ? 0 : before.tree.size + 1;
}

/** The subtrees of the tree of heads that `headAfter` asks for. */
export function placesAfter(before: Head | undefined): NodePlace[] {
  return peaksOf(sizeAfter(before));
}

/** The head after another one; the first has no predecessor. @param at the subtrees of `placesAfter` */
export function headAfter(
  key: KeyObject,
  { before, at }: { readonly before: Head | undefined; readonly at: NodeAt },
  next: Omit<Head, 'position' | 'total' | 'tree' | 'signature'>,
): Head {
  const position = (before?.position ?? 0) + 1;
  const total = (before?.total ?? 0) + next.records;
  const size = sizeAfter(before);
  const root = rootOfTree(size, at);
  const unsigned = { ...next, position, total, tree: { size, root } };
  const signature = sign(null, signedText(before?.signature, unsigned), key);
  return { ...unsigned, tree: { size, root, nodes: nodesEndingWith(signature, size, at) }, signature };
}

/** Whether the key has signed it, as the successor of `before`. */
export function isGenuineHead(key: KeyObject, before: Head | undefined, head: Head): boolean {
  if (head.position !== (before?.position ?? 0) + 1 || head.total !== (before?.total ?? 0) + head.records) return false;
  return isSignedHead(key, before?.signature, head);
}

/** Whether the key has signed a head, as the successor of the head with a signature. */
export function isSignedHead(
  key: KeyObject,
  before: Buffer | undefined,
  head: SignedHead & Pick<Head, 'signature'>,
): boolean {
  return verify(null, signedText(before, head), key, head.signature);
}

/** The parts of a head that are signed. */
export interface SignedHead extends Omit<Head, 'signature' | 'tree'> {
  readonly tree: Pick<TreeOfHead, 'size' | 'root'> | undefined;
}

/** The number of parts distinguishes a head without a tree from one with it. */
function signedText(before: Buffer | undefined, head: SignedHead): Buffer {
  const { position, transactionId, id, records, total, root, made, tree } = head;
  const parts = ['dhp trail head', position, transactionId, id, records, total, root.toString('hex'), made];
  const ofTree = tree === undefined ? [] : [tree.size, tree.root.toString('hex')];
  return Buffer.from([...parts, before?.toString('hex') ?? '', ...ofTree].join('\n'));
}

export function formatHead({ position, total, made, signature }: KeptHead): string {
  return ['v1', position, total, made, signature.toString('base64url')].join('.');
}

/** @returns undefined for an invalid head */
export function parseHead(text: string): KeptHead | undefined {
  const [, position, total, made, signature] = /^v1\.(\d{1,15})\.(\d{1,15})\.(\d{1,15})\.([\w-]{86})$/.exec(text) ?? [];
  if (signature === undefined) return undefined;
  return {
    position: Number(position),
    total: Number(total),
    made: Number(made),
    signature: Buffer.from(signature, 'base64url'),
  };
}
