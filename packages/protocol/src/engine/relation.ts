/**
 * The patient for whom an account acts through a RelatedPerson. Clients write that record: it can end the access that an operator gave, but
 * cannot transfer it to another patient. docs/decisions/0016-identity-proof.md
 */
import type { Sql } from '@dhp/postgres';
import type { Patients } from '@dhp/accounts/records';
import { insertAuditEvents, type AuditEvent } from '@dhp/audit';
import { pinPatient, selectPinned, type RelationName } from '@dhp/accounts/rows';

/** `ended`: the record represents nobody now; `changed`: it names another patient than the one to whom the binding is pinned. */
export type Relation = { patient: string } | 'ended' | 'changed';

interface Parts {
  readonly sql: Sql;
  readonly patients: Patients;
  readonly clock: () => Date;
}

/**
 * The patient whom the record names, if the binding is pinned to that patient. The first use pins it; a changed relation leaves an audit
 * event at each attempt.
 * @param o.granted the patient of an existing grant: a binding without a pin is pinned to this one, not to the patient whom the record
 * names today
 * @throws PatientsError if the FHIR server does not answer
 */
export async function relationOf(
  { sql, patients, clock }: Parts,
  o: RelationName & { clientId: string; granted?: string | undefined },
): Promise<Relation> {
  const note = (event: AuditEvent['event'], reason: string): Promise<void> =>
    insertAuditEvents(sql, [{ recorded: clock(), event, accountId: o.accountId, clientId: o.clientId, reason }]);
  const place = `${o.environment} RelatedPerson/${o.relatedPerson}`;
  const patient = await patients.representedBy(o.environment, o.relatedPerson);
  if (patient === undefined) return 'ended';
  if ((await selectPinned(sql, o)) === null) {
    const first = o.granted ?? patient;
    if (await pinPatient(sql, { ...o, patient: first })) {
      await note('account.relation-pinned', `${place}: Patient/${first}`);
    }
  }
  // Read again: a concurrent sign-in may have pinned another one.
  const pinned = await selectPinned(sql, o);
  if (pinned === undefined || pinned === null) return 'ended';
  if (pinned === patient) return { patient };
  await note('account.relation-changed', `${place}: Patient/${pinned}, now Patient/${patient}`);
  return 'changed';
}
