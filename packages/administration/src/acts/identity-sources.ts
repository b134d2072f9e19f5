/**
 * Operators decide which clients are trusted to state whom a record is about, and decide the cases that no trusted client does. Each act
 * has a reason and one audit record (docs/decisions/0016-identity-proof.md).
 */
import type { Session, Sql } from '@dhp/postgres';
import {
  transact,
  AdministrationError,
  operatingSystemUser,
  countOf,
  pageOf,
  type Page,
  type PageRequest,
} from '@dhp/sso-kit';
import { isAccountId } from '@dhp/accounts/rows';
import { insertAuditEvents } from '@dhp/audit';
import { selectRegistrations } from '@dhp/clients/rows';
import {
  setRecord,
  countOpenCases,
  decideCase,
  deleteSource,
  insertConfirmation,
  insertSource,
  selectOpenCases,
  selectSources,
  takeOpenCase,
  type CaseRow,
  type SourceName,
  type SourceRow,
} from '@dhp/accounts/identity-rows';
import { insertRevocation } from '@dhp/grants/artifacts';

export interface IdentitySources {
  list(): Promise<SourceRow[]>;
  /** Trusts the records that the client writes by its own authority, including those that it has already written. */
  name(o: SourceName): Promise<void>;
  /** Ends the trust in the client's records: a record without other proof is unlinked from its account at the person's next sign-in. */
  remove(o: SourceName): Promise<void>;
  /** Returns open cases, the oldest first; `after` is the id of a case. */
  cases(asked: PageRequest): Promise<Page<CaseRow>>;
  /**
   * Links a record of the case to the person, in place of any other record of its type, and confirms its PINFL; without an id, none of the
   * records is the person's.
   */
  decide(caseId: string, fhirId: string | undefined): Promise<void>;
}

/** One act: its actor, time and reason. */
interface Act {
  readonly actor: string;
  readonly now: Date;
  readonly reason: string;
}

/** @throws AdministrationError from every function, with a message for the administrator */
export function openIdentitySources(
  sql: Sql,
  options: { actor?: string; clock?: () => Date; reason?: string | undefined } = {},
): IdentitySources {
  const { actor = `cli:${operatingSystemUser()}`, clock = () => new Date(Date.now()) } = options;
  const act = async (work: (transaction: Session, act: Act) => Promise<void>): Promise<void> => {
    const reason = options.reason?.trim() ?? '';
    if (reason === '') {
      throw new AdministrationError('invalid-value', 'Say why: the audit trail keeps the reason of each decision');
    }
    await transact(sql, (transaction) => work(transaction, { actor, now: clock(), reason }));
  };
  return {
    list: () => selectSources(sql),
    name: (o) => act((transaction, by) => nameSource(transaction, o, by)),
    remove: (o) => act((transaction, by) => removeSource(transaction, o, by)),
    cases: (asked) => openCases(sql, asked),
    decide: (caseId, fhirId) => act((transaction, by) => decide(transaction, { caseId, fhirId }, by)),
  };
}

async function nameSource(transaction: Session, o: SourceName, { actor, now, reason }: Act): Promise<void> {
  const client = (await selectRegistrations(transaction, [o.client_id])).get(o.client_id);
  if (client === undefined) throw new AdministrationError('unknown-proof', `There is no client "${o.client_id}"`);
  if (client.environment !== o.environment) {
    throw new AdministrationError('invalid-value', `"${o.client_id}" is a client of the ${client.environment}`);
  }
  if (!(await insertSource(transaction, { ...o, named_at: now, named_by: actor, reason }))) {
    throw new AdministrationError('settled', `${shown(o)} is a source already`);
  }
  const event = { recorded: now, event: 'identity-source.named', actor, clientId: o.client_id } as const;
  await insertAuditEvents(transaction, [{ ...event, reason: `${shown(o)}: ${reason}` }]);
}

async function removeSource(transaction: Session, o: SourceName, { actor, now, reason }: Act): Promise<void> {
  if (!(await deleteSource(transaction, o))) {
    throw new AdministrationError('unknown-proof', `${shown(o)} is no source`);
  }
  const event = { recorded: now, event: 'identity-source.removed', actor, clientId: o.client_id } as const;
  await insertAuditEvents(transaction, [{ ...event, reason: `${shown(o)}: ${reason}` }]);
}

async function openCases(sql: Sql, { count: asked, after }: PageRequest): Promise<Page<CaseRow>> {
  const count = countOf({ count: asked });
  if (after !== undefined && !isAccountId(after)) {
    throw new AdministrationError('invalid-page', `after: "${after}" is not in the list`);
  }
  const rows = await selectOpenCases(sql, { count, after });
  const total = await countOpenCases(sql);
  return pageOf(rows, { total, count, idOf: (row) => row.case_id, shown: (row) => row });
}

async function decide(
  transaction: Session,
  { caseId, fhirId }: { readonly caseId: string; readonly fhirId: string | undefined },
  { actor, now, reason }: Act,
): Promise<void> {
  const found = isAccountId(caseId) ? await takeOpenCase(transaction, caseId) : undefined;
  if (found === undefined) throw new AdministrationError('unknown-proof', 'There is no such open case');
  const { account_id: accountId, environment, type } = found;
  if (fhirId !== undefined && !found.fhir_ids.includes(fhirId)) {
    throw new AdministrationError('invalid-value', `The case is about ${found.fhir_ids.join(', ')}: name one of them`);
  }
  if (fhirId !== undefined) {
    const record = { environment, type, fhir_id: fhirId };
    await insertConfirmation(transaction, { record, pinflHash: found.pinfl_hash, now, by: actor });
    await setRecord(transaction, accountId, record);
    await insertRevocation(transaction, `sub:${accountId}`, now);
  }
  await decideCase(transaction, caseId, { decision: fhirId === undefined ? 'none' : 'record', by: actor, reason, now });
  const what = fhirId === undefined ? 'no record' : `${type}/${fhirId}`;
  const why = `${found.kind}: ${environment} ${what}: ${reason}`;
  await insertAuditEvents(transaction, [
    { recorded: now, event: 'identity-case.decided', actor, accountId, reason: why },
  ]);
}

function shown({ client_id: id, environment, resource_type: type }: SourceName): string {
  return `${id} for ${type} in the ${environment}`;
}
