/** Which records of the FHIR servers become those of an account because they have the PINFL of its person. */
import type { Sql } from '@dhp/postgres';
import type { Identity } from '../store/accounts.ts';
import { insertAuditEvents } from '../store/audit-events.ts';
import { bindRecord } from '../store/identity-proof.ts';
import { selectAccountsOfRecords } from '../store/upstreams.ts';

/**
 * Binds each record that is the only one of its type with the PINFL and that no other account has. A record of another account would
 * give two people one record, or give a disabled person a second account with the same record.
 */
export async function bindRecords(
  sql: Sql,
  accountId: string,
  records: readonly Identity[],
  { actor, now }: { actor: string; now: Date },
): Promise<void> {
  for (const record of records) {
    const isOnly = records.filter((one) => placeOf(one) === placeOf(record)).length === 1;
    const isOthers = (await selectAccountsOfRecords(sql, [record])).some((id) => id !== accountId);
    if (!isOnly || isOthers || !(await bindRecord(sql, accountId, record))) continue;
    const reason = `${record.environment} ${record.type}/${record.fhir_id}`;
    await insertAuditEvents(sql, [{ recorded: now, event: 'account.record-bound', actor, accountId, reason }]);
  }
}

function placeOf({ environment, type }: Identity): string {
  return `${environment} ${type}`;
}
