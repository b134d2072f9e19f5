/** The table of requests for production, one function a statement. */
import type { Session } from '@dhp/postgres';

export interface ProductionRequestRow {
  /** Of the client of production. */
  client_id: string;
  profiles: string;
  tests: string;
  contacts: string[];
  asked_at: Date;
  approved_at: Date | null;
  disabled_at: Date | null;
  disabled_reason: string | null;
}

export async function insertProductionRequest(
  sql: Session,
  o: {
    clientId: string;
    application: string;
    profiles: string;
    tests: string;
    contacts: readonly string[];
    accountId: string;
    now: Date;
  },
): Promise<void> {
  await sql`
    insert into sso.production_request (client_id, application, profiles, tests, contacts, asked_at, asked_by)
    values (${o.clientId}, ${o.application}, ${o.profiles}, ${o.tests}, ${[...o.contacts]}, ${o.now}, ${o.accountId})`;
}

/** Returns the requests of an application of the playground, the newest first. */
export async function selectProductionRequests(sql: Session, application: string): Promise<ProductionRequestRow[]> {
  return sql<ProductionRequestRow[]>`
    select r.client_id, r.profiles, r.tests, r.contacts, r.asked_at, c.approved_at, c.disabled_at, c.disabled_reason
    from sso.production_request r join sso.client c using (client_id)
    where r.application = ${application} order by r.asked_at desc`;
}

export interface AskedForProduction {
  application: string;
  organization: string;
  asked_by: string;
  asked_at: Date;
  profiles: string;
  tests: string;
  contacts: string[];
}

/** Returns the request from which a client of production was made, for operators; undefined if no developer requested it. */
export async function selectAskedForProduction(
  sql: Session,
  clientId: string,
): Promise<AskedForProduction | undefined> {
  const [row] = await sql<AskedForProduction[]>`
    select r.application, o.name as organization, p.name as asked_by, r.asked_at, r.profiles, r.tests, r.contacts
    from sso.production_request r
    join sso.application a using (client_id)
    join sso.developer_organization o using (organization_id)
    join sso.account p on p.account_id = r.asked_by
    where r.client_id = ${clientId}`;
  return row;
}
