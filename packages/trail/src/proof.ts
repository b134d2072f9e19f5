/**
 * Proof that a record is under a signed head: its path in the Merkle tree (RFC 9162, sections 2.1.3.1 and 2.1.3.2) and the head. Checked
 * without the trail, with the public key; the secret key also proves that the record matches its digest.
 */
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { archiveLine, type ArchivedRecord, parseArchiveLine } from './archive.ts';
import { type DigestKey, isDigestOf } from './digest.ts';
import { isSignedHead, type Head, type SignedHead } from './head.ts';
import { checkHeads } from './heads-proof.ts';
import { nodes, pathIn, rootBy } from './merkle.ts';

export interface RecordProof {
  readonly format: 'dhp-trail-proof';
  readonly version: 1;
  /** As a line of an archive. */
  readonly record: string;
  /** Place among the records of the head, from 0. */
  readonly index: number;
  /** Hashes from the leaf to the root, in hexadecimal. */
  readonly path: readonly string[];
  readonly head: Omit<Head, 'root' | 'signature' | 'tree'> & {
    readonly root: string;
    readonly signature: string;
    /** Undefined for one of an earlier release. */
    readonly tree?: { readonly size: number; readonly root: string };
  };
  /** The signature of the previous head, which is a part of the signed text; null for the first. */
  readonly before: string | null;
  /** The public key, in base64 of DER (SPKI). */
  readonly key: string;
}

/** @param o.digests of all records under the head, in order; o.index the place of the record among them */
export function proveRecord(
  verifying: KeyObject,
  o: {
    readonly record: ArchivedRecord;
    readonly index: number;
    readonly digests: readonly Buffer[];
    readonly head: Head;
    readonly before: Buffer | undefined;
  },
): RecordProof {
  const { record, index, digests, head, before } = o;
  const { tree, ...signed } = head;
  return {
    ...{ format: 'dhp-trail-proof', version: 1, record: archiveLine(record).trimEnd(), index },
    path: pathIn(nodes(digests), index).map((node) => node.toString('hex')),
    head: {
      ...signed,
      root: head.root.toString('hex'),
      signature: head.signature.toString('hex'),
      ...(tree !== undefined && { tree: { size: tree.size, root: tree.root.toString('hex') } }),
    },
    before: before?.toString('hex') ?? null,
    key: verifying.export({ format: 'der', type: 'spki' }).toString('base64'),
  };
}

export interface ProofReport {
  /** Undefined: it holds. no-proof: it is no such file. path: the record is not under the head. head: the key has not signed it. altered: the record is another one. heads: as `HeadsFault`. */
  readonly fault: 'no-proof' | 'path' | 'head' | 'altered' | 'heads' | undefined;
  /** SHA-256 of the public key, in hexadecimal: to be compared with the one published by the operator. */
  readonly key: string | undefined;
  /** Whether the record itself was compared with its digest, which takes the secret key; undefined for a proof of heads. */
  readonly isRecordChecked: boolean | undefined;
}

/** Of a record or of heads. @param secret of the environment, if it is available: the key of the proof must then be that of the environment */
export function checkProof(
  text: string,
  secret: { readonly verifying: KeyObject; readonly digests: DigestKey } | undefined,
): ProofReport {
  const given = parsed(text);
  if ((given as { format?: unknown } | undefined)?.format === 'dhp-trail-heads')
    return { ...checkHeads(given, secret?.verifying), isRecordChecked: undefined };
  return checkRecord(given, secret);
}

function checkRecord(content: unknown, secret: Parameters<typeof checkProof>[1]): ProofReport {
  const proof = readProof(content);
  if (proof === undefined) return { fault: 'no-proof', key: undefined, isRecordChecked: false };
  const { record, given, verifying } = proof;
  const key = hash('sha256', Buffer.from(given.key, 'base64'), 'hex');
  const report = (fault: ProofReport['fault']): ProofReport => ({ fault, key, isRecordChecked: secret !== undefined });
  const { tree } = given.head;
  const head: SignedHead & Pick<Head, 'signature'> = {
    ...given.head,
    root: Buffer.from(given.head.root, 'hex'),
    signature: Buffer.from(given.head.signature, 'hex'),
    tree: tree && { size: tree.size, root: Buffer.from(tree.root, 'hex') },
  };
  const before = given.before === null ? undefined : Buffer.from(given.before, 'hex');
  if (secret !== undefined && !secret.verifying.equals(verifying)) return report('head');
  if (!isSignedHead(verifying, before, head)) return report('head');
  const path = given.path.map((node) => Buffer.from(node, 'hex'));
  const root = rootBy(record.digest, { index: given.index, size: head.records, path });
  if (root?.equals(head.root) !== true) return report('path');
  const isAltered = secret !== undefined && !isDigestOf(secret.digests, record, record.digest);
  return report(isAltered ? 'altered' : undefined);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readProof(content: unknown): { given: RecordProof; record: ArchivedRecord; verifying: KeyObject } | undefined {
  try {
    const given = content as RecordProof;
    const record = parseArchiveLine(given.record);
    const isProof = (given.format as string) === 'dhp-trail-proof' && (given.version as number) === 1;
    const isWhole = [given.head.root, given.head.signature].every((one) => typeof one === 'string');
    if (!isProof || record === undefined || !isWhole || !Array.isArray(given.path)) return undefined;
    const key = Buffer.from(given.key, 'base64');
    return { given, record, verifying: createPublicKey({ key, format: 'der', type: 'spki' }) };
  } catch {
    return undefined;
  }
}
