import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '@dhp/postgres';
import { chainAuditEvents, verifyAuditChain } from '@dhp/audit/chain';

/** Chains every event. A transaction in another database of the server holds the chain up as well, and tests run side by side. */
export async function chainAll(sql: Sql): Promise<void> {
  for (const deadline = Date.now() + 30_000; ;) {
    await chainAuditEvents(sql);
    if ((await verifyAuditChain(sql)).waiting === 0) return;
    assert.ok(Date.now() < deadline, 'events are left over');
    await delay(50);
  }
}
