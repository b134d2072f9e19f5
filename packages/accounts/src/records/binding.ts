/** Aligns the records of an account with what the person's records prove now. */
import type { Session } from '@dhp/postgres';
import { insertAuditEvents, type AuditEvent } from '@dhp/audit';
import type { EnvironmentName } from '@dhp/sso-kit';
import { bindRecord, deleteBoundRecord, selectHeldRecords } from '../store/identity-proof.ts';
import { closeCase, openCase, type SourceType } from '../store/identity-sources.ts';
import { insertRevocation } from '@dhp/grants/artifacts';
import { selectAccountsOfRecords } from '../store/upstreams.ts';
import type { FoundRecord } from './directory.ts';
import { isProven, outcomeOf } from './proof.ts';

export interface ProvenPerson {
  accountId: string;
  pinflHash: Buffer;
  /** All records with the PINFL in the trusted environments. */
  found: readonly FoundRecord[];
}

const types: readonly SourceType[] = ['Patient', 'Practitioner'];

/** In the caller's transaction, under a lock for the PINFL. Tokens that name a record which the account loses count no longer. */
export async function settleRecords(
  sql: Session,
  { accountId, pinflHash, found }: ProvenPerson,
  { trusted, actor, now }: { trusted: readonly EnvironmentName[]; actor: string; now: Date },
): Promise<void> {
  const held = await selectHeldRecords(sql, accountId);
  const note = (event: AuditEvent['event'], reason: string): Promise<void> =>
    insertAuditEvents(sql, [{ recorded: now, event, actor, accountId, reason }]);
  let isLess = false;
  // Records proved by an environment that is no longer trusted.
  for (const one of held.filter(({ proof, environment }) => proof === 'record' && !trusted.includes(environment))) {
    isLess = true;
    await deleteBoundRecord(sql, accountId, one);
    await note('account.record-lost', `${one.environment} ${one.type}/${one.fhir_id}`);
  }
  for (const environment of trusted) {
    for (const type of types) {
      const isHere = (one: { environment: string; type: string }): boolean =>
        one.environment === environment && one.type === type;
      const judged: { record: FoundRecord; isProven: boolean }[] = [];
      const taken = new Set<string>();
      for (const record of found.filter(isHere)) {
        judged.push({ record, isProven: await isProven(sql, record, { trusted, pinflHash }) });
        const owners = await selectAccountsOfRecords(sql, [record]);
        if (owners.some((id) => id !== accountId)) taken.add(record.fhir_id);
      }
      const own = held.find(isHere);
      const { ends, binds, opens } = outcomeOf(judged, own, ({ fhir_id: id }) => taken.has(id));
      const place = `${environment} ${type}`;
      if (ends && own !== undefined) {
        isLess = true;
        await deleteBoundRecord(sql, accountId, own);
        await note('account.record-lost', `${place}/${own.fhir_id}`);
      }
      if (binds !== undefined && (await bindRecord(sql, accountId, binds))) {
        await note('account.record-bound', `${place}/${binds.fhir_id}`);
      }
      const which = { accountId, environment, type };
      if (opens === undefined) await closeCase(sql, which, now);
      else if (await openCase(sql, which, { ...opens, pinflHash, now })) {
        await note('identity-case.opened', `${opens.kind}: ${place}/${opens.ids.join(', ')}`);
      }
    }
  }
  if (isLess) await insertRevocation(sql, `sub:${accountId}`, now);
}
