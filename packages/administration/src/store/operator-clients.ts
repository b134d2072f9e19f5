/** Clients as the operators' pages list them, with the person who approved them; one function a statement. */
import type { Session } from '@dhp/postgres';
import type { ClientStatus } from '@dhp/clients/rows';
import { type EnvironmentName, listed, type Listed, type Place } from '@dhp/sso-kit';
import { withWords } from './name-words.ts';

export interface ListedClient {
  client_id: string;
  name: string;
  environment: EnvironmentName;
  public: boolean;
  has_keys: boolean;
  status: ClientStatus;
  created_at: Date;
}

export interface ClientsAsked {
  searched: readonly (readonly string[])[];
  environment: EnvironmentName | undefined;
  status: ClientStatus | undefined;
  after: Place | undefined;
  limit: number;
}

/** The newest first. */
export async function selectNewestClients(sql: Session, o: ClientsAsked): Promise<Listed<ListedClient>> {
  const named = o.searched.length === 0 ? sql`` : sql`and c.client_id in (${withWords(sql, 'client', o.searched)})`;
  const states = {
    registered: sql`and c.disabled_at is null and c.approved_at is null`,
    approved: sql`and c.disabled_at is null and c.approved_at is not null`,
    disabled: sql`and c.disabled_at is not null`,
  };
  const rows = await sql<ListedClient[]>`
    select c.client_id, c.name, c.environment, c.public, c.jwks is not null or c.jwks_uri is not null as has_keys, c.created_at,
           case when c.disabled_at is not null then 'disabled' when c.approved_at is null then 'registered' else 'approved' end as status
    from sso.client c
    where true ${named}
      ${o.environment === undefined ? sql`` : sql`and c.environment = ${o.environment}`}
      ${o.status === undefined ? sql`` : states[o.status]}
      ${o.after === undefined ? sql`` : sql`and (c.created_at, c.client_id) < (${o.after.created}, ${o.after.id})`}
    order by c.created_at desc, c.client_id desc
    limit ${o.limit + 1}`;
  return listed(rows, o.limit);
}

/** When the client last got a token; undefined when it never did. */
export async function selectLastToken(sql: Session, clientId: string): Promise<Date | undefined> {
  const [row] = await sql<{ recorded: Date }[]>`
    select recorded from sso.audit_event where client_id = ${clientId} and event = 'token.issued' order by id desc limit 1`;
  return row?.recorded;
}

/** Returns the name of a person; undefined if no account has the id, a UUID. */
export async function selectNameOf(sql: Session, accountId: string): Promise<string | undefined> {
  const [row] = await sql<{ name: string }[]>`select name from sso.account where account_id = ${accountId}::uuid`;
  return row?.name;
}
