/** Verifies the audit chain: every event, that there are no others, and that the heads stored outside the database are in it. */
import type { Sql } from '@dhp/postgres';
import { nextLink } from './chain.ts';
import { isGenuine, type AuditHead } from './heads.ts';
import {
  countUnchained,
  inUtc,
  selectChain,
  selectFuture,
  selectLastLink,
  selectUnchainedBefore,
  type ChainLink,
} from '../store/links.ts';

const pageSize = 1000;
/** Milliseconds by which clocks may differ. */
const tolerance = 300_000;

/**
 * altered: an event or a link differs from its hash. missing: one was removed. inserted: an event before the head is not chained. future:
 * an event claims a time or a transaction that is yet to come. forged-head: a stored head was not signed with the key. other-head: the
 * chain is different at the place of a stored head. behind-head: the chain ends before a stored head.
 */
export type Break = 'altered' | 'missing' | 'inserted' | 'future' | 'forged-head' | 'other-head' | 'behind-head';

export interface ChainReport {
  /** Whether every event in the chain is unchanged, there are no others, and every known head is in it. */
  whole: boolean;
  /** How many events the chain holds. */
  length: number;
  /** Position and hash of the last one, `0:` for an empty chain: to be kept elsewhere and given to a later check. */
  head: string;
  /** Events that are too young to be chained. */
  waiting: number;
  /** First break of the chain. */
  broken?: { position: number; eventId?: string; why: Break };
  /** The last stored head that is in the chain: up to there nothing was cut or rewritten. Absent if no head is known. */
  agrees?: { position: number; time: number };
}

/**
 * @param o.known a head that was noted by hand, as `POSITION:HASH`; o.heads the signed ones
 * @returns after a time that is linear in the length of the chain
 */
export async function verifyAuditChain(
  sql: Sql,
  o: {
    known?: string;
    heads?: { key: Buffer; kept: readonly AuditHead[] };
    now?: Date;
    onProgress?: (done: number) => void;
  } = {},
): Promise<ChainReport> {
  return inUtc(sql, async (transaction) => {
    const { key, kept = [] } = o.heads ?? {};
    const genuine = kept.filter((head) => key !== undefined && isGenuine(key, head));
    const [knownPosition = '0', knownHash = ''] = (o.known ?? '').split(':');
    const given = Number(knownPosition) > 0 ? [{ position: Number(knownPosition), hash: knownHash, time: 0 }] : [];
    const expected = [...genuine, ...given].sort((a, b) => a.position - b.position);
    let broken: ChainReport['broken'];
    let agrees: ChainReport['agrees'];
    let last: ChainLink = { position: 0, hash: Buffer.alloc(0) };
    let next = 0;
    for (;;) {
      const page = await selectChain(transaction, last.position, pageSize);
      for (const { position, hash, eventId, content } of page) {
        const right = nextLink(last, content);
        if (position !== right.position) broken ??= { position: right.position, why: 'missing' };
        else if (!hash.equals(right.hash)) broken ??= { position, eventId, why: 'altered' };
        for (; next < expected.length && expected[next]!.position <= position; next += 1) {
          const head = expected[next]!;
          const isThere = head.position === position && hash.toString('hex') === head.hash;
          if (!isThere) broken ??= { position: head.position, why: 'other-head' };
          else if (broken === undefined) agrees = { position: head.position, time: head.time };
        }
        last = { position, hash };
      }
      o.onProgress?.(last.position);
      if (page.length < pageSize) break;
    }
    if (next < expected.length) broken ??= { position: last.position, why: 'behind-head' };
    const beside = await selectUnchainedBefore(transaction);
    if (beside !== undefined) broken ??= { position: last.position, eventId: beside, why: 'inserted' };
    const future = await selectFuture(transaction, new Date((o.now ?? new Date(Date.now())).getTime() + tolerance));
    if (future !== undefined) broken ??= { position: last.position, eventId: future, why: 'future' };
    if (genuine.length < kept.length) broken ??= { position: last.position, why: 'forged-head' };
    return {
      whole: broken === undefined,
      length: last.position,
      head: `${String(last.position)}:${last.hash.toString('hex')}`,
      waiting: await countUnchained(transaction),
      ...(broken === undefined ? {} : { broken }),
      ...(agrees === undefined ? {} : { agrees }),
    };
  });
}

/**
 * Whether the last events of the chain match their hashes: a quick check for a page. Only the whole chain proves it.
 * @returns the number of checked events, and the position of the first that does not match
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
