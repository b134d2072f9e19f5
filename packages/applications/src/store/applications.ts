/** The table of applications, one function a statement. The client itself is read by `@dhp/clients`. */
import type { Session } from '@dhp/postgres';
import type { KindName } from '../rules/kinds.ts';
import type { Role } from '../rules/members.ts';

export interface ApplicationRow {
  client_id: string;
  organization_id: string;
  kind: KindName;
  task: string;
  made_at: Date;
}

export interface ListedApplication extends ApplicationRow {
  name: string;
  environment: 'playground' | 'production';
  disabled_at: Date | null;
  /** When the newest secret expires, and the older one; null: never. */
  secret_ends_at: Date | null;
  older_secret_ends_at: Date | null;
  jwks: { readonly keys?: readonly object[] } | null;
}

export async function insertApplication(
  sql: Session,
  o: { clientId: string; organizationId: string; kind: KindName; task: string; accountId: string; now: Date },
): Promise<void> {
  await sql`
    insert into sso.application (client_id, organization_id, kind, task, made_at, made_by)
    values (${o.clientId}, ${o.organizationId}, ${o.kind}, ${o.task}, ${o.now}, ${o.accountId})`;
}

/** Returns how many applications count against each limit: working ones of an organisation and of a person, and those made since a time. */
export async function countApplications(
  sql: Session,
  o: { organizationId: string; accountId: string; since: Date },
): Promise<{ of_organization: number; of_person: number; lately: number }> {
  const [row] = await sql<{ of_organization: number; of_person: number; lately: number }[]>`
    select count(*) filter (where a.organization_id = ${o.organizationId} and c.disabled_at is null)::int as of_organization,
           count(*) filter (where a.made_by = ${o.accountId} and c.disabled_at is null)::int as of_person,
           count(*) filter (where a.made_by = ${o.accountId} and a.made_at > ${o.since})::int as lately
    from sso.application a join sso.client c using (client_id)
    where a.organization_id = ${o.organizationId} or a.made_by = ${o.accountId}`;
  return row!;
}

/** Whether the organisation has an application of production that works, or waits for approval. */
export async function hasProduction(sql: Session, organizationId: string): Promise<boolean> {
  const [row] = await sql<{ found: boolean }[]>`select ${producing(sql, sql`${organizationId}::uuid`)} as found`;
  return row!.found;
}

/** The same as an expression, of an organisation that an expression names. */
export function producing(sql: Session, organizationId: ReturnType<Session>): ReturnType<Session> {
  return sql`
    exists (select from sso.application a join sso.client c using (client_id)
            where a.organization_id = ${organizationId} and c.environment = 'production' and c.disabled_at is null)`;
}

/** Returns how many applications that a person has registered work. */
export async function countWorking(sql: Session, accountId: string): Promise<number> {
  const [row] = await sql<{ working: number }[]>`
    select count(*)::int as working from sso.application a join sso.client c using (client_id)
    where a.made_by = ${accountId} and c.disabled_at is null`;
  return row!.working;
}

/** Returns the applications of the organisations of a person, the newest first. */
export async function selectApplicationsOf(sql: Session, accountId: string): Promise<ListedApplication[]> {
  return sql<ListedApplication[]>`
    select a.client_id, a.organization_id, a.kind, a.task, a.made_at, c.name, c.environment, c.disabled_at, c.jwks,
           (select e.ends_at from sso.secret_end e where e.secret_hash = c.secret_hash) as secret_ends_at,
           (select e.ends_at from sso.secret_end e where e.secret_hash = c.previous_secret_hash) as older_secret_ends_at
    from sso.developer_member m
    join sso.application a using (organization_id)
    join sso.client c using (client_id)
    where m.account_id = ${accountId} order by a.made_at desc, a.client_id`;
}

/** Returns the application and the role of the person in its organisation; undefined if the person is no member. */
export async function selectApplication(
  sql: Session,
  o: { clientId: string; accountId: string },
): Promise<(ApplicationRow & { organization: string; role: Role }) | undefined> {
  const [row] = await sql<(ApplicationRow & { organization: string; role: Role })[]>`
    select a.client_id, a.organization_id, a.kind, a.task, a.made_at, o.name as organization, m.role
    from sso.application a
    join sso.developer_organization o using (organization_id)
    join sso.developer_member m on m.organization_id = a.organization_id and m.account_id = ${o.accountId}
    where a.client_id = ${o.clientId}`;
  return row;
}
