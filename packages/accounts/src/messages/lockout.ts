/**
 * A name begins to wait because of wrong passwords: the audit trail has it, and the person is told after the answer, so that it takes no
 * longer than that of a name which does not exist.
 */
import type { FastifyReply } from 'fastify';
import type { Sql } from '@dhp/postgres';
import { mayTellOfLock } from '../throttle/throttle.ts';
import type { Tell } from './notices.ts';
import type { AuditEvent } from '@dhp/audit';
import { afterAnswer } from './after-answer.ts';

/** @param seconds for which the name waits */
export type OnLocked = (reply: FastifyReply, accountId: string, seconds: number) => void;

export function openLockout(o: {
  sql: Sql;
  tell: Tell;
  clock: () => Date;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
  onFault: (error: unknown) => void;
}): OnLocked {
  const notify = async (accountId: string): Promise<void> => {
    if (await mayTellOfLock(o.sql, accountId, o.clock())) o.tell(accountId, 'locked');
  };
  return (reply, accountId, seconds) => {
    o.record({ event: 'account.locked', accountId, reason: `${String(seconds)} s` }, reply.request.ip);
    afterAnswer(reply, () => notify(accountId), o.onFault);
  };
}
