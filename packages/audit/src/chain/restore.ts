/** After an older backup was restored: an operator says so, and the chain continues from what there is. */
import type { Sql } from '@dhp/postgres';
import { nextLink } from './chain.ts';
import { formatHead, isGenuine, signHead, type AuditHead, type AuditHeads } from './heads.ts';
import { insertLinks, lockChain, selectBesideChain, selectLastLink, selectLinkAt } from '../store/links.ts';
import { insertAuditEvents } from '../store/insert-events.ts';

/**
 * Chains every event that is there, gives up the kept heads that are not in the chain, and keeps the new one. The audit event that says so,
 * with the last head that was given up, is the last in the chain. To be called while no server runs: what one writes meanwhile would lie
 * before the new head.
 * @returns the heads that were given up; undefined when a server was chaining
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
