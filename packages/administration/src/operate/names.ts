import type { Sql } from '@dhp/postgres';
import { isAccountId } from '@dhp/accounts/rows';
import { selectNameOf } from '../store/operator-clients.ts';

/** Returns the name of an actor for people: the name of a person; others as recorded, such as `cli:aziza` and `client:registry`. */
export async function nameOfActor(sql: Sql, actor: string): Promise<string> {
  const [, accountId = ''] = /^account:(.*)$/.exec(actor) ?? [];
  return (isAccountId(accountId) ? await selectNameOf(sql, accountId) : undefined) ?? actor;
}
