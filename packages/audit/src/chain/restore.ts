/** After the restore of an older backup: an operator confirms it, and the chain continues from its present end. */
import type { Sql } from '@dhp/postgres';
import { nextLink } from './chain.ts';
import { formatHead, isGenuine, signHead, type AuditHead, type AuditHeads } from './heads.ts';
import { insertLinks, lockChain, selectBesideChain, selectLastLink, selectLinkAt } from '../store/links.ts';
import { insertAuditEvents } from '../store/insert-events.ts';

/**
 * Chains every event, discards the stored heads that are not in the chain, and stores the new one. The audit event of this act, with the
 * last discarded head, is the last in the chain. To be called while no server runs: its events would be before the new head.
 * @returns the discarded heads; undefined if a server was chaining
 */
export async function acceptRestore(
  sql: Sql,
  heads: AuditHeads,
  o: { actor: string; reason: string; now: Date },
): Promise<AuditHead[] | undefined> {
  const kept = heads.read();
  return sql.begin(async (transaction) => {
    if (!(await lockChain(transaction))) return undefined;
    const known = await Promise.all(
      kept.map(async (head) => {
        const link = isGenuine(heads.key, head) ? await selectLinkAt(transaction, head.position) : undefined;
        return { head, isThere: link?.hash.toString('hex') === head.hash };
      }),
    );
    const lost = known.filter(({ isThere }) => !isThere).map(({ head }) => head);
    const given = lost.at(-1);
    const reason = given === undefined ? o.reason : `given up: ${formatHead(given)}: ${o.reason}`;
    const event = { recorded: o.now, event: 'audit.restored', actor: o.actor, reason } as const;
    await insertAuditEvents(transaction, [event]);
    let last = await selectLastLink(transaction);
    const links = (await selectBesideChain(transaction)).map(({ id: eventId, content }) => {
      last = nextLink(last, content);
      return { ...last, eventId };
    });
    await insertLinks(transaction, links);
    const head = signHead(heads.key, {
      position: last.position,
      hash: last.hash.toString('hex'),
      time: o.now.getTime(),
    });
    heads.write([...known.filter(({ isThere }) => isThere).map((one) => one.head), head]);
    return lost;
  });
}
