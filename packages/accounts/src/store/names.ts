/** Names of accounts and clients, for pages that show who did something. */
import type { Sql } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';

export interface AccountName {
  readonly name: string;
  /** The organisations in which the person has a role in the environment. */
  readonly organizations: readonly string[];
}

export interface Names {
  readonly accounts: ReadonlyMap<string, AccountName>;
  readonly clients: ReadonlyMap<string, string>;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The names that exist. */
export async function selectNames(
  sql: Sql,
  o: {
    readonly accounts: readonly string[];
    readonly clients: readonly string[];
    readonly environment: EnvironmentName;
  },
): Promise<Names> {
  const accounts = [...new Set(o.accounts)].filter((one) => uuid.test(one));
  const [people, applications] = await Promise.all([
    sql<{ id: string; name: string; organizations: string[] }[]>`
      select a.account_id::text as id, a.name,
             array(select distinct r.organization from sso.account_role r
                   where r.account_id = a.account_id and r.environment = ${o.environment} order by 1) as organizations
      from sso.account a where a.account_id = any(${accounts}::uuid[])`,
    sql<{ id: string; name: string }[]>`
      select c.client_id as id, c.name from sso.client c where c.client_id = any(${[...new Set(o.clients)]}::text[])`,
  ]);
  return {
    accounts: new Map(people.map(({ id, name, organizations }) => [id, { name, organizations }])),
    clients: new Map(applications.map(({ id, name }) => [id, name])),
  };
}
