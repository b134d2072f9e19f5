/**
 * Chains the audit trail: SHA-256 over the hash before and the event. One chainer of all nodes does it, a moment after the commit, so that
 * writers never wait for each other. A head that is stored elsewhere proves the chain (heads.ts).
 */
import { createHash } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { keepHead, type AuditHeads } from './heads.ts';
import { insertLinks, lockChain, selectLastLink, selectUnchained, type ChainLink } from '../store/links.ts';

const pageSize = 1000;

/** Chains all unchained events. @returns the number of events added; 0 also while another node is chaining */
export async function chainAuditEvents(sql: Sql): Promise<number> {
  let added = 0;
  for (;;) {
    const page = await sql.begin(async (transaction) => {
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

/**
 * Chains every `seconds`, and stores the head outside the database if a place is configured.
 * @param o.onBroken called once if the stored head is not in the chain
 * @returns a function that ends it and chains once more
 */
export function keepChaining(
  sql: Sql,
  o: {
    seconds: number;
    heads?: AuditHeads | undefined;
    clock: () => Date;
    onError: (error: unknown) => void;
    onBroken: () => void;
  },
): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve();
  let isBroken = false;
  const work = async (): Promise<void> => {
    await chainAuditEvents(sql);
    if (o.heads === undefined) return;
    const isKept = await keepHead(sql, o.heads, o.clock());
    if (!isKept && !isBroken) o.onBroken();
    isBroken = !isKept;
  };
  const run = (): void => {
    running = running.then(work).catch(o.onError);
  };
  const timer = setInterval(run, o.seconds * 1000).unref();
  return async () => {
    clearInterval(timer);
    run();
    await running;
  };
}
