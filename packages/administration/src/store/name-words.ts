/** The words by which people and clients are found, one function a statement or transaction. */
import type { Session, Sql } from '@dhp/postgres';
import { transact } from '@dhp/sso-kit';

export interface DueName {
  id: string;
  name: string;
  /** Another text by which it is found. */
  also: string;
}

export async function selectDueAccounts(sql: Sql, limit: number): Promise<DueName[]> {
  return sql<DueName[]>`
    select account_id as id, name, username as also from sso.account where words_of is distinct from name limit ${limit}`;
}

export async function selectDueClients(sql: Sql, limit: number): Promise<DueName[]> {
  return sql<DueName[]>`
    select client_id as id, name, client_id as also from sso.client where words_of is distinct from name limit ${limit}`;
}

interface NameWords {
  id: string;
  name: string;
  words: string[];
}

/** Writes the words if the account still has that name. */
export async function writeAccountWords(sql: Sql, { id, name, words }: NameWords): Promise<void> {
  await transact(sql, async (transaction) => {
    const [row] = await transaction`
      update sso.account set words_of = name where account_id = ${id} and name = ${name} returning 1`;
    if (row === undefined) return;
    await transaction`delete from sso.account_word where account_id = ${id} and word <> all(${words}::text[])`;
    await transaction`
      insert into sso.account_word (word, account_id) select word, ${id} from unnest(${words}::text[]) as word
      on conflict do nothing`;
  });
}

export async function writeClientWords(sql: Sql, { id, name, words }: NameWords): Promise<void> {
  await transact(sql, async (transaction) => {
    const [row] = await transaction`
      update sso.client set words_of = name where client_id = ${id} and name = ${name} returning 1`;
    if (row === undefined) return;
    await transaction`delete from sso.client_word where client_id = ${id} and word <> all(${words}::text[])`;
    await transaction`
      insert into sso.client_word (word, client_id) select word, ${id} from unnest(${words}::text[]) as word
      on conflict do nothing`;
  });
}

/** Greater than every text that begins with the prefix, by the bytes of UTF-8. */
const last = '\u{10ffff}';

/** A subquery for the ids that have, for each searched word, a word that begins with one of its forms. */
export function withWords(
  sql: Session,
  of: 'account' | 'client',
  searched: readonly (readonly string[])[],
): ReturnType<Sql> {
  const [table, id] =
    of === 'account' ? (['account_word', 'account_id'] as const) : (['client_word', 'client_id'] as const);
  const one = (forms: readonly string[]): ReturnType<Sql> => {
    const [first = '', second = first] = forms;
    return sql`
      select ${sql(id)} from ${sql(`sso.${table}`)}
      where (word >= ${first} and word < ${first + last}) or (word >= ${second} and word < ${second + last})`;
  };
  return searched.slice(1).reduce((sofar, forms) => sql`${sofar} intersect ${one(forms)}`, one(searched[0]!));
}
