import type { Sql } from '@dhp/postgres';
import { isAccountId } from '../../store/accounts.ts';
import { selectNameOf } from '../../store/operator-clients.ts';

/** Who did something, for people: persons by their names, all else as it is kept, such as `cli:aziza` and `client:desk`. */
export async function nameOfActor(sql: Sql, actor: string): Promise<string> {
  const [, accountId = ''] = /^account:(.*)$/.exec(actor) ?? [];
  return (isAccountId(accountId) ? await selectNameOf(sql, accountId) : undefined) ?? actor;
}
