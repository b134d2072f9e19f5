/** Browsers that a person has signed in with, one function a statement. */
import type { Sql } from '@dhp/postgres';
import type { Change, PendingQuery } from '../unit-of-work.ts';

/**
 * Notes with which browser a person signs in, and in which language messages to the person are to be.
 * @param onNew is called when this browser is new to a person who has signed in with others and has an address to be told at
 */
export function notingDevice(
  sql: Sql,
  o: { accountId: string; deviceHash: Buffer; language: string; now: Date },
  onNew: () => void,
): Change {
  const { accountId, deviceHash, language, now } = o;
  const told: PendingQuery = sql`
    update sso.account set language = ${language} where account_id = ${accountId} and language is distinct from ${language}`;
  const noted: PendingQuery = sql`
    insert into sso.known_device as d (account_id, device_hash, first_seen_at, last_seen_at)
    values (${accountId}, ${deviceHash}, ${now}, ${now})
    on conflict (account_id, device_hash) do update set last_seen_at = excluded.last_seen_at
    returning (xmax = 0) as is_new,
      exists (select from sso.known_device o where o.account_id = d.account_id) as has_others`;
  return {
    parts: [{ statement: told }, { name: 'device', statement: noted }],
    told: {
      when: sql`(select is_new and has_others from device)
                and exists (select from sso.account where account_id = ${accountId} and email is not null)`,
      then: onNew,
    },
  };
}

export async function deleteOldDevices(sql: Sql, before: Date): Promise<void> {
  await sql`delete from sso.known_device where last_seen_at < ${before}`;
}

export interface Addressee {
  email: string | null;
  name: string;
  /** Of messages to the person; null: not known yet. */
  language: 'uz' | 'ru' | 'en' | null;
}

export async function selectAddressee(sql: Sql, accountId: string): Promise<Addressee | undefined> {
  const [row] = await sql<Addressee[]>`
    select email, name, language from sso.account where account_id = ${accountId} and disabled_at is null`;
  return row;
}
