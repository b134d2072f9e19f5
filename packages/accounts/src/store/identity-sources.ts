/**
 * Identity sources, which are the clients whose records are trusted, and cases that wait for an operator because no source decides them;
 * one function a statement.
 */
import { randomUUID } from 'node:crypto';
import type { Session } from '@dhp/postgres';
import type { Identity } from './accounts.ts';
import type { EnvironmentName } from '@dhp/sso-kit';

export type SourceType = 'Patient' | 'Practitioner';

export interface SourceName {
  client_id: string;
  environment: EnvironmentName;
  resource_type: SourceType;
}

export interface SourceRow extends SourceName {
  named_at: Date;
  named_by: string;
  reason: string;
}

export async function selectSources(sql: Session): Promise<SourceRow[]> {
  return sql<SourceRow[]>`
    select * from sso.identity_source order by environment, resource_type, client_id`;
}

/** @returns false when it was one already */
export async function insertSource(sql: Session, row: SourceRow): Promise<boolean> {
  const rows = await sql`
    insert into sso.identity_source (client_id, environment, resource_type, named_at, named_by, reason)
    values (${row.client_id}, ${row.environment}, ${row.resource_type}, ${row.named_at}, ${row.named_by}, ${row.reason})
    on conflict do nothing returning 1`;
  return rows.length > 0;
}

/** @returns whether it was a source */
export async function deleteSource(sql: Session, o: SourceName): Promise<boolean> {
  const rows = await sql`
    delete from sso.identity_source
    where client_id = ${o.client_id} and environment = ${o.environment} and resource_type = ${o.resource_type}
    returning 1`;
  return rows.length > 0;
}

export async function isSource(sql: Session, o: SourceName): Promise<boolean> {
  const rows = await sql`
    select 1 from sso.identity_source
    where client_id = ${o.client_id} and environment = ${o.environment} and resource_type = ${o.resource_type}`;
  return rows.length > 0;
}

export async function isConfirmedRecord(sql: Session, one: Identity, pinflHash: Buffer): Promise<boolean> {
  const rows = await sql`
    select 1 from sso.record_confirmation
    where environment = ${one.environment} and type = ${one.type} and fhir_id = ${one.fhir_id} and pinfl_hash = ${pinflHash}`;
  return rows.length > 0;
}

export async function insertConfirmation(
  sql: Session,
  o: { record: Identity; pinflHash: Buffer; now: Date; by: string },
): Promise<void> {
  const { environment, type, fhir_id: id } = o.record;
  await sql`
    insert into sso.record_confirmation (environment, type, fhir_id, pinfl_hash, confirmed_at, confirmed_by)
    values (${environment}, ${type}, ${id}, ${o.pinflHash}, ${o.now}, ${o.by}) on conflict do nothing`;
}

export type CaseKind = 'unproven' | 'several' | 'taken' | 'lost';

export interface CaseRow {
  case_id: string;
  account_id: string;
  username: string;
  name: string;
  environment: EnvironmentName;
  type: SourceType;
  kind: CaseKind;
  fhir_ids: string[];
  pinfl_hash: Buffer;
  opened_at: Date;
}

export interface CaseOf {
  accountId: string;
  environment: EnvironmentName;
  type: SourceType;
}

/**
 * Opens a case, or changes the open one. A decision of an operator stays valid as long as the records are the same.
 * @returns whether the case is new or was changed
 */
export async function openCase(
  sql: Session,
  { accountId, environment, type }: CaseOf,
  o: { kind: CaseKind; ids: readonly string[]; pinflHash: Buffer; now: Date },
): Promise<boolean> {
  const ids = [...o.ids].sort();
  const rows = await sql`
    insert into sso.identity_case as c (case_id, account_id, environment, type, kind, fhir_ids, pinfl_hash, opened_at)
    select ${randomUUID()}, ${accountId}, ${environment}, ${type}, ${o.kind}, ${ids}, ${o.pinflHash}, ${o.now}
    where not exists (
      select from (
        select kind, fhir_ids from sso.identity_case
        where account_id = ${accountId} and environment = ${environment} and type = ${type} and decided_by like any('{cli:%,client:%,account:%}')
        order by decided_at desc limit 1) d
      where d.kind = ${o.kind} and d.fhir_ids = ${ids})
    on conflict (account_id, environment, type) where decided_at is null do update
    set kind = excluded.kind, fhir_ids = excluded.fhir_ids, pinfl_hash = excluded.pinfl_hash, opened_at = excluded.opened_at
    where (c.kind, c.fhir_ids) is distinct from (excluded.kind, excluded.fhir_ids)
    returning 1`;
  return rows.length > 0;
}

/** The records give one answer by now. */
export async function closeCase(sql: Session, { accountId, environment, type }: CaseOf, now: Date): Promise<void> {
  await sql`
    update sso.identity_case set decided_at = ${now}, decided_by = 'records', decision = 'record'
    where account_id = ${accountId} and environment = ${environment} and type = ${type} and decided_at is null`;
}

/** Returns open cases, the oldest first, one more than `count`. */
export async function selectOpenCases(
  sql: Session,
  o: { count: number; after?: string | undefined },
): Promise<CaseRow[]> {
  const behind = sql`
    and (c.opened_at, c.case_id) > (select opened_at, case_id from sso.identity_case where case_id = ${o.after ?? null}::uuid)`;
  return sql<CaseRow[]>`
    select c.case_id, c.account_id, a.username, a.name, c.environment, c.type, c.kind, c.fhir_ids, c.pinfl_hash, c.opened_at
    from sso.identity_case c join sso.account a using (account_id)
    where c.decided_at is null ${o.after === undefined ? sql`` : behind}
    order by c.opened_at, c.case_id limit ${o.count + 1}`;
}

export async function countOpenCases(sql: Session): Promise<number> {
  const [row] = await sql<{ n: number }[]>`select count(*)::int as n from sso.identity_case where decided_at is null`;
  return row!.n;
}

/** @returns undefined if there is no such case, or it is decided */
export async function selectOpenCase(sql: Session, caseId: string): Promise<CaseRow | undefined> {
  const [row] = await sql<CaseRow[]>`
    select c.case_id, c.account_id, a.username, a.name, c.environment, c.type, c.kind, c.fhir_ids, c.pinfl_hash, c.opened_at
    from sso.identity_case c join sso.account a using (account_id)
    where c.case_id = ${caseId}::uuid and c.decided_at is null`;
  return row;
}

/** As `selectOpenCase`, locked until the transaction ends. */
export async function takeOpenCase(sql: Session, caseId: string): Promise<CaseRow | undefined> {
  const [row] = await sql<CaseRow[]>`
    select c.case_id, c.account_id, a.username, a.name, c.environment, c.type, c.kind, c.fhir_ids, c.pinfl_hash, c.opened_at
    from sso.identity_case c join sso.account a using (account_id)
    where c.case_id = ${caseId}::uuid and c.decided_at is null for update of c`;
  return row;
}

export async function decideCase(
  sql: Session,
  caseId: string,
  o: { decision: 'record' | 'none'; by: string; reason: string; now: Date },
): Promise<void> {
  await sql`
    update sso.identity_case
    set decided_at = ${o.now}, decided_by = ${o.by}, decision = ${o.decision}, reason = ${o.reason}
    where case_id = ${caseId}::uuid`;
}

/** The user name of the person of a case; empty if there is none. */
export async function selectNameInCase(sql: Session, caseId: string): Promise<string> {
  const [row] = await sql<{ username: string }[]>`
    select a.username from sso.identity_case c join sso.account a using (account_id) where c.case_id::text = ${caseId}`;
  return row?.username ?? '';
}
