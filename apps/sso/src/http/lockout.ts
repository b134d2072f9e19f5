/** A name begins to wait because of wrong passwords: the audit trail has it, and the person is told. */
import type { Sql } from '@dhp/postgres';
import { mayTellOfLock } from '../accounts/throttle.ts';
import type { Tell } from '../messages/notices.ts';
import type { AuditEvent } from '../store/audit-events.ts';

/** @param seconds for which the name waits */
export type OnLocked = (accountId: string, seconds: number, address: string) => Promise<void>;

export function openLockout(o: {
  sql: Sql;
  tell: Tell;
  clock: () => Date;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
}): OnLocked {
  return async (accountId, seconds, address) => {
    o.record({ event: 'account.locked', accountId, reason: `${String(seconds)} s` }, address);
    if (await mayTellOfLock(o.sql, accountId, o.clock())) o.tell(accountId, 'locked');
  };
}
