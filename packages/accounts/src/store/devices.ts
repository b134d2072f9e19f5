/** Browsers in which a person has signed in, one function a statement. */
import type { Language } from '@dhp/negotiation';
import type { Session } from '@dhp/postgres';
import type { Change, PendingQuery } from '@dhp/sso-kit/request';

/** Wrong passwords, and wrong codes, that may be sent with the token of a browser: a stolen token allows no more guesses than these. */
const mostWrong = 10;
/** Days since the last sign-in in it. */
const knownDays = 180;

/** Failures that are counted for a browser. */
export type DeviceCount = 'wrong_passwords' | 'wrong_codes';

/** The driver does not support arrays of bytes as parameters. */
const textsOf = (tokens: readonly Buffer[]): string[] => tokens.map((one) => `\\x${one.toString('hex')}`);

/** The rows of the browser that may still try. The account is an expression over other tables of the statement. */
function usable(sql: Session, tokens: readonly Buffer[], count: DeviceCount, now: Date): PendingQuery {
  const since = new Date(now.getTime() - knownDays * 86_400_000);
  return sql`d.device_hash = any(${textsOf(tokens)}::text[]::bytea[]) and d.last_seen_at > ${since} and d.${sql(count)} < ${mostWrong}`;
}

/**
 * Counts an attempt from a browser in which the person with this name has signed in before, in advance as if it failed; its result is the
 * counted rows. It has no rows if the browser is unknown, was not used for long or has used up its attempts.
 */
export function countingDevice(
  sql: Session,
  o: { username: string; tokens: readonly Buffer[]; now: Date },
): PendingQuery {
  return sql`
    update sso.known_device d set wrong_passwords = d.wrong_passwords + 1
    from sso.account a
    where a.username = ${o.username} and d.account_id = a.account_id and ${usable(sql, o.tokens, 'wrong_passwords', o.now)}
    returning d.account_id`;
}

/** The same for a code of a second factor. @returns whether the browser is known and may try */
export async function countDeviceCode(
  sql: Session,
  o: { accountId: string; tokens: readonly Buffer[]; now: Date },
): Promise<boolean> {
  const counted = await sql`
    update sso.known_device d set wrong_codes = d.wrong_codes + 1
    where d.account_id = ${o.accountId} and ${usable(sql, o.tokens, 'wrong_codes', o.now)}
    returning 1`;
  return counted.length > 0;
}

/** Whether the person with this name has signed in with this browser, and it may still try passwords. */
export async function isKnownDevice(
  sql: Session,
  o: { username: string; tokens: readonly Buffer[]; now: Date },
): Promise<boolean> {
  const rows = await sql`
    select 1 from sso.known_device d join sso.account a using (account_id)
    where a.username = ${o.username} and ${usable(sql, o.tokens, 'wrong_passwords', o.now)}`;
  return rows.length > 0;
}

/**
 * Notes the browser with which a person signs in, resets its count of mistakes, and notes the language for messages to the person.
 * @param o.sent all tokens that the browser sent: it is new to the person if none of them is known
 * @param onNew is called if this browser is new to a person who has signed in with others and has an address
 */
export function notingDevice(
  sql: Session,
  o: { accountId: string; deviceHash: Buffer; sent: readonly Buffer[]; language: string; now: Date },
  onNew: () => void,
): Change {
  const { accountId, deviceHash, sent, language, now } = o;
  // Each sign-in holds the row for itself and others: two that waited for each other here would both have to begin again. The next one notes the language.
  const told: PendingQuery = sql`
    update sso.account set language = ${language} where account_id in (
      select account_id from sso.account where account_id = ${accountId} and language is distinct from ${language}
      for no key update skip locked)`;
  const noted: PendingQuery = sql`
    insert into sso.known_device as d (account_id, device_hash, first_seen_at, last_seen_at)
    values (${accountId}, ${deviceHash}, ${now}, ${now})
    on conflict (account_id, device_hash) do update
    set last_seen_at = excluded.last_seen_at, wrong_passwords = 0, wrong_codes = 0
    returning (xmax = 0) and not exists (
        select from sso.known_device o where o.account_id = d.account_id and o.device_hash = any(${textsOf(sent)}::text[]::bytea[])
      ) as is_new,
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

export async function deleteOldDevices(sql: Session, before: Date): Promise<void> {
  await sql`delete from sso.known_device where last_seen_at < ${before}`;
}

export interface Addressee {
  email: string | null;
  name: string;
  /** Of messages to the person; null: not known yet. */
  language: Language | null;
}

export async function selectAddressee(sql: Session, accountId: string): Promise<Addressee | undefined> {
  const [row] = await sql<Addressee[]>`
    select email, name, language from sso.account where account_id = ${accountId} and disabled_at is null`;
  return row;
}
