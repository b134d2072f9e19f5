/**
 * Chains the audit trail: SHA-256 over the hash before and the event. One chainer of all nodes does it, a moment after the
 * commit, so that writers never wait for each other. What proves the chain to others is a head that they kept.
 */
import { createHash } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import {
  countUnchained,
  insertLinks,
  inUtc,
  lockChain,
  selectChain,
  selectLastLink,
  selectUnchained,
  type ChainLink,
} from './store/audit-chain.ts';

const pageSize = 1000;

/** Chains what is there. @returns how many events were added; 0 also when another node is at it */
export async function chainAuditEvents(sql: Sql): Promise<number> {
  let added = 0;
  for (;;) {
    const page = await sql.begin(async (begun) => {
      const transaction = begun as unknown as Sql;
      if (!(await lockChain(transaction))) return 0;
      const events = await selectUnchained(transaction, pageSize);
      let last = await selectLastLink(transaction);
      const links = events.map(({ id: eventId, content }) => {
        last = nextLink(last, content);
        return { ...last, eventId };
      });
      if (links.length > 0) await insertLinks(transaction, links);
      return links.length;
    });
    added += page;
    if (page < pageSize) return added;
  }
}

export function nextLink({ position, hash }: ChainLink, content: string): ChainLink {
  return { position: position + 1, hash: createHash('sha256').update(hash).update(content).digest() };
}

export interface ChainReport {
  /** Whether every event in the chain is as it was, and the known head is in it. */
  whole: boolean;
  /** How many events the chain holds. */
  length: number;
  /** Position and hash of the last one, `0:` for an empty chain: to be kept elsewhere and given to a later check. */
  head: string;
  /** Events that are too young to be chained. */
  waiting: number;
  /** Where it breaks first. */
  broken?: { position: number; eventId?: string; why: 'altered' | 'missing' | 'other-head' };
}

/** @param known a head that was kept before: the chain must still hold it */
export async function verifyAuditChain(
  sql: Sql,
  o: { known?: string; onProgress?: (done: number) => void } = {},
): Promise<ChainReport> {
  return inUtc(sql, async (transaction) => {
    const [knownPosition = '', knownHash] = (o.known ?? '').split(':');
    let last: ChainLink = { position: 0, hash: Buffer.alloc(0) };
    let broken: ChainReport['broken'];
    let knownSeen = o.known === undefined || knownPosition === '0';
    for (;;) {
      const page = await selectChain(transaction, last.position, pageSize);
      for (const { position, hash, eventId, content } of page) {
        const expected = nextLink(last, content);
        if (position !== expected.position) broken ??= { position: expected.position, why: 'missing' };
        else if (!hash.equals(expected.hash)) broken ??= { position, eventId, why: 'altered' };
        if (String(position) === knownPosition) knownSeen = hash.toString('hex') === knownHash;
        last = { position, hash };
      }
      o.onProgress?.(last.position);
      if (page.length < pageSize) break;
    }
    if (!knownSeen) broken ??= { position: Number(knownPosition), why: 'other-head' };
    const head = `${String(last.position)}:${last.hash.toString('hex')}`;
    const report = {
      whole: broken === undefined,
      length: last.position,
      head,
      waiting: await countUnchained(transaction),
    };
    return broken === undefined ? report : { ...report, broken };
  });
}

/**
 * Whether the last events of the chain are as they were hashed: what can be said at once, on a page. Only the whole chain proves it.
 * @returns how many were looked at, and the position of the first that is not as it was
 */
export async function verifyChainEnd(sql: Sql, count: number): Promise<{ checked: number; broken?: number }> {
  return inUtc(sql, async (transaction) => {
    const { position: end } = await selectLastLink(transaction);
    const start = Math.max(0, end - count);
    const links = await selectChain(transaction, start, count);
    let last: ChainLink = { position: 0, hash: Buffer.alloc(0) };
    if (start > 0) {
      const [before] = await selectChain(transaction, start - 1, 1);
      if (before === undefined) return { checked: links.length, broken: start };
      last = before;
    }
    for (const link of links) {
      if (!sameLink(link, nextLink(last, link.content))) return { checked: links.length, broken: link.position };
      last = link;
    }
    return { checked: links.length };
  });
}

function sameLink(a: ChainLink, b: ChainLink): boolean {
  return a.position === b.position && a.hash.equals(b.hash);
}

/** Chains every `seconds`. @returns a function that ends it and chains once more */
export function keepChaining(sql: Sql, seconds: number, onError: (error: unknown) => void): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve();
  const run = (): void => {
    running = running.then(() => chainAuditEvents(sql)).catch(onError);
  };
  const timer = setInterval(run, seconds * 1000).unref();
  return async () => {
    clearInterval(timer);
    run();
    await running;
  };
}
