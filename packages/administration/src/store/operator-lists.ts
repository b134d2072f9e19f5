/** Lists of the operators' pages, one function a statement: the newest first, each page after the last row of the one before. */
import type { Sql } from '@dhp/postgres';
import { listed, type Listed, type Place } from '@dhp/sso-kit';
import type { Identity } from '@dhp/accounts/rows';
import { withWords } from './name-words.ts';

export interface ListedAccount {
  account_id: string;
  username: string;
  name: string;
  created_at: Date;
  disabled_at: Date | null;
  identities: Identity[];
}

export interface AccountsAsked {
  searched: readonly (readonly string[])[];
  /** Restricts the result to these accounts. */
  accountIds?: readonly string[];
  state: 'any' | 'enabled' | 'disabled';
  after: Place | undefined;
  limit: number;
}

export async function selectNewestAccounts(sql: Sql, o: AccountsAsked): Promise<Listed<ListedAccount>> {
  const named = o.searched.length === 0 ? sql`` : sql`and a.account_id in (${withWords(sql, 'account', o.searched)})`;
  const these = o.accountIds === undefined ? sql`` : sql`and a.account_id = any(${[...o.accountIds]}::uuid[])`;
  const state = { any: sql``, enabled: sql`and a.disabled_at is null`, disabled: sql`and a.disabled_at is not null` };
  // A search for a very common name must not occupy a connection for long: the page then says to narrow the search.
  const rows = await sql.begin('read only', async (begun) => {
    await begun`set local statement_timeout = '3s'`;
    return begun<ListedAccount[]>`
    select a.account_id, a.username, a.name, a.created_at, a.disabled_at,
           coalesce((select jsonb_agg(jsonb_build_object('environment', i.environment, 'type', i.type, 'fhir_id', i.fhir_id)
                                      order by i.environment, i.type)
                     from sso.account_identity i where i.account_id = a.account_id), '[]') as identities
    from sso.account a
    where true ${named} ${these} ${state[o.state]}
      ${o.after === undefined ? sql`` : sql`and (a.created_at, a.account_id) < (${o.after.created}, ${o.after.id}::uuid)`}
    order by a.created_at desc, a.account_id desc
    limit ${o.limit + 1}`;
  });
  return listed(rows, o.limit);
}
