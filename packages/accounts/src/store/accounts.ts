/** The tables of people, one function a statement. */
import type { Session } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';
import { personFieldNames, type PersonColumns, type PersonValues } from '../fields/person-fields.ts';
import { columnOf } from '@dhp/sso-kit/fields';

/** Columns of the declared fields. */
export const personColumns: readonly string[] = personFieldNames.map(columnOf);

/** The declared fields of a larger row. */
export function personColumnsOf(row: PersonColumns): PersonColumns {
  const all = personColumns.map((name) => [name, row[name as keyof PersonColumns]] as const);
  return Object.fromEntries(all) as unknown as PersonColumns;
}

export const identityTypes = ['Patient', 'Practitioner', 'RelatedPerson'] as const;

export interface Identity {
  environment: EnvironmentName;
  type: (typeof identityTypes)[number];
  fhir_id: string;
  /** Id of the Patient to whom the binding of a RelatedPerson is pinned, if it was read. */
  represents?: string;
}

export interface AccountRow extends PersonColumns {
  account_id: string;
  username: string;
  /** Null: the person has none, and signs in by another method. */
  password_hash: string | null;
  /** Expiry of a password that an operator has set; null for one that the person chose. */
  password_expires_at: Date | null;
  created_at: Date;
  updated_at: Date;
  disabled_at: Date | null;
  disabled_reason: string | null;
  /** An identity system for trying out has opened it. */
  is_test: boolean;
  /** Increases with each act that ends sign-ins under way. */
  credentials_version: number;
  identities: Identity[];
}

const withIdentities = `
  select a.*, coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('environment', i.environment, 'type', i.type,
                                                                              'fhir_id', i.fhir_id, 'represents', i.represents))
                                         order by i.environment, i.type)
                        from sso.account_identity i where i.account_id = a.account_id), '[]') as identities
  from sso.account a`;

/** The statement without a condition, for use in another one. */
export function selectingAccounts(sql: Session): ReturnType<Session> {
  return sql.unsafe(withIdentities);
}

/** Whether the text has the form of an account id. */
export function isAccountId(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
}

/**
 * @param accountId any text. A text that is not an id belongs to no account; it is never cast in SQL, which would read all accounts for it
 */
export async function selectAccount(sql: Session, accountId: string): Promise<AccountRow | undefined> {
  if (!isAccountId(accountId)) return undefined;
  const [row] = await sql<AccountRow[]>`${sql.unsafe(withIdentities)} where a.account_id = ${accountId}::uuid`;
  return row;
}

export async function selectAccountByName(sql: Session, username: string): Promise<AccountRow | undefined> {
  const [row] = await sql<AccountRow[]>`${sql.unsafe(withIdentities)} where a.username = ${username}`;
  return row;
}

/** The account, locked until the transaction ends: an act that reads and then writes the whole row does not undo a concurrent change. */
export async function lockAccountByName(sql: Session, username: string): Promise<AccountRow | undefined> {
  await sql`select 1 from sso.account where username = ${username} for no key update`;
  return selectAccountByName(sql, username);
}

export async function lockAccount(sql: Session, accountId: string): Promise<AccountRow | undefined> {
  await sql`select 1 from sso.account where account_id = ${accountId}::uuid for no key update`;
  return selectAccount(sql, accountId);
}

export async function selectAccounts(sql: Session): Promise<AccountRow[]> {
  return sql<AccountRow[]>`${sql.unsafe(withIdentities)} order by a.created_at, a.username`;
}

export interface AccountFilter {
  /** A part of the name, the user name or the e-mail address, in any case. */
  q?: string | undefined;
  status?: 'enabled' | 'disabled' | undefined;
  /** Accounts with a record in it. */
  environment?: EnvironmentName | undefined;
  /** Accounts with this record in one of the environments, such as Patient/1. */
  reference?: string | undefined;
  /** Accounts with this role. */
  role?: string | undefined;
}

/** In the order of their registration, one more than `count`. @returns undefined if there is no person with the user name `after` */
export async function selectAccountPage(
  sql: Session,
  { q, status, environment, reference, role }: AccountFilter,
  { count, after }: { count: number; after?: string | undefined },
): Promise<{ total: number; rows: AccountRow[] } | undefined> {
  if (after !== undefined && (await selectAccountByName(sql, after)) === undefined) return undefined;
  const asked = q?.trim().toLowerCase() ?? '';
  const found = sql`
    where (strpos(lower(a.name), ${asked}) > 0 or strpos(a.username, ${asked}) > 0 or strpos(a.email, ${asked}) > 0)
    ${status === undefined ? sql`` : sql`and (a.disabled_at is not null) = ${status === 'disabled'}`}
    ${
      environment === undefined && reference === undefined
        ? sql``
        : sql`and exists (
            select from sso.account_identity i
            where i.account_id = a.account_id
            ${environment === undefined ? sql`` : sql`and i.environment = ${environment}`}
            ${reference === undefined ? sql`` : sql`and i.type || '/' || i.fhir_id = ${reference}`})`
    }
    ${
      role === undefined
        ? sql``
        : sql`and exists (select from sso.account_role r where r.account_id = a.account_id and r.role = ${role})`
    }`;
  const [counted] = await sql<{ total: number }[]>`select count(*)::int as total from sso.account a ${found}`;
  const behind = sql`
    and (a.created_at, a.username) > (select created_at, username from sso.account where username = ${after ?? ''})`;
  const rows = await sql<AccountRow[]>`
    ${sql.unsafe(withIdentities)} ${found} ${after === undefined ? sql`` : behind}
    order by a.created_at, a.username limit ${count + 1}`;
  return { total: counted!.total, rows };
}

/** @param o.identities all records of the account, set by an operator; undefined: they stay unchanged */
export async function updateAccount(
  sql: Session,
  accountId: string,
  o: PersonValues & { identities: readonly Identity[] | undefined; now: Date },
): Promise<AccountRow | undefined> {
  const changes = personFieldNames.map((name) => sql`${sql(columnOf(name))} = ${o[name] ?? null}, `);
  await sql`update sso.account set ${changes}updated_at = ${o.now} where account_id = ${accountId}`;
  if (o.identities !== undefined) await updateIdentities(sql, accountId, o.identities);
  return selectAccount(sql, accountId);
}

/** A record that stays keeps its proof. A new one settles unconfirmed records of its type. */
async function updateIdentities(sql: Session, accountId: string, identities: readonly Identity[]): Promise<void> {
  const names = identities.map(({ environment, type, fhir_id: id }) => `${environment} ${type}/${id}`);
  await sql`
    delete from sso.account_identity
    where account_id = ${accountId} and environment || ' ' || type || '/' || fhir_id <> all(${names}::text[])`;
  for (const { environment, type, fhir_id: id } of identities) {
    await sql`
      insert into sso.account_identity (account_id, environment, type, fhir_id)
      values (${accountId}, ${environment}, ${type}, ${id}) on conflict do nothing`;
    await sql`
      delete from sso.unconfirmed_identity
      where account_id = ${accountId} and environment = ${environment} and type = ${type}`;
  }
}

async function insertIdentities(sql: Session, accountId: string, identities: readonly Identity[]): Promise<void> {
  for (const { environment, type, fhir_id } of identities) {
    await sql`insert into sso.account_identity (account_id, environment, type, fhir_id)
              values (${accountId}, ${environment}, ${type}, ${fhir_id})`;
  }
}

/** @returns undefined if the name is taken */
export async function insertAccount(
  sql: Session,
  o: PersonValues & {
    accountId: string;
    username: string;
    passwordHash: string | null;
    passwordExpires?: Date | undefined;
    identities: Identity[];
    now: Date;
  },
): Promise<AccountRow | undefined> {
  const inserted = await sql`
    insert into sso.account (${sql.unsafe(personColumns.join(', '))}, account_id, username, password_hash, password_expires_at, created_at, updated_at)
    values (${personFieldNames.map((name) => sql`${o[name] ?? null}, `)}${o.accountId}, ${o.username}, ${o.passwordHash}, ${o.passwordExpires ?? null}, ${o.now},
            ${o.now})
    on conflict (username) do nothing
    returning account_id`;
  if (inserted.length === 0) return undefined;
  await insertIdentities(sql, o.accountId, o.identities);
  return selectAccount(sql, o.accountId);
}

/**
 * For good: no client of production gets a token for the account.
 * @returns false if it was marked before
 */
export async function markTestAccount(sql: Session, accountId: string): Promise<boolean> {
  const rows = await sql`
    update sso.account set is_test = true where account_id = ${accountId} and not is_test returning 1`;
  return rows.length === 1;
}

/** Accounts that an identity system has created for these people and that lack the mark, whether their links are confirmed or not. */
export async function selectUnmarkedTestAccounts(
  sql: Session,
  upstream: string,
  subjectHashes: readonly Buffer[],
): Promise<string[]> {
  const rows = await sql<{ account_id: string }[]>`
    select a.account_id
    from (select account_id from sso.upstream_link
          where upstream = ${upstream} and subject_hash = any(${subjectHashes}::bytea[])
          union
          select account_id from sso.unconfirmed_link
          where upstream = ${upstream} and subject_hash = any(${subjectHashes}::bytea[])) l
    join sso.account a using (account_id)
    where not a.is_test and a.username ~ ${`^${upstream}-[0-9a-f]{12}$`}`;
  return rows.map(({ account_id: id }) => id);
}

export async function hasPassword(sql: Session, accountId: string): Promise<boolean> {
  const rows = await sql`select 1 from sso.account where account_id = ${accountId} and password_hash is not null`;
  return rows.length === 1;
}

/** Stores the same password under another hash; its expiry stays. Nothing happens if the password was changed meanwhile. */
export async function updatePasswordHash(
  sql: Session,
  o: { accountId: string; given: string; passwordHash: string; now: Date },
): Promise<void> {
  await sql`
    update sso.account set password_hash = ${o.passwordHash}, updated_at = ${o.now}
    where account_id = ${o.accountId} and password_hash = ${o.given}`;
}

/** Replaces the operator's password with the person's own. @returns false if the operator's was replaced or has expired */
export async function replaceTemporaryPassword(
  sql: Session,
  o: { accountId: string; given: string; passwordHash: string; now: Date },
): Promise<boolean> {
  const rows = await sql`
    update sso.account set password_hash = ${o.passwordHash}, password_expires_at = null, updated_at = ${o.now}
    where account_id = ${o.accountId} and password_hash = ${o.given} and password_expires_at > ${o.now}
    returning 1`;
  return rows.length > 0;
}

/** @param expires of a password that an operator sets; null for one that the person chose */
export async function updatePassword(
  sql: Session,
  accountId: string,
  passwordHash: string,
  now: Date,
  expires: Date | null = null,
): Promise<AccountRow | undefined> {
  await sql`update sso.account
            set password_hash = ${passwordHash}, password_expires_at = ${expires}, updated_at = ${now}
            where account_id = ${accountId}`;
  return selectAccount(sql, accountId);
}

/** Disables with a reason, or enables if `disabled` is undefined. Either way the account no longer counts as closed by the person. */
export async function updateAccountDisabled(
  sql: Session,
  accountId: string,
  disabled: { reason: string | undefined } | undefined,
  now: Date,
): Promise<AccountRow | undefined> {
  await sql`update sso.account
            set disabled_at = ${disabled === undefined ? null : now}::timestamptz,
                disabled_reason = ${disabled?.reason ?? null}, closed_at = null, erase_after = null, updated_at = ${now}
            where account_id = ${accountId}`;
  return selectAccount(sql, accountId);
}

type Columns = ReturnType<Session>;

const columns = personColumns.map((name) => `p.${name}`).join(', ');

/** Columns of `sso.account p`, with the identities. */
export function accountColumns(sql: Session): Columns {
  return sql`
    p.account_id, p.username, ${sql.unsafe(columns)}, p.created_at, p.disabled_at, p.disabled_reason, p.is_test,
    p.credentials_version,
    coalesce((select jsonb_agg(jsonb_build_object('environment', i.environment, 'type', i.type, 'fhir_id', i.fhir_id)
                               order by i.environment, i.type)
              from sso.account_identity i where i.account_id = p.account_id), '[]') as identities`;
}

/** Column of `sso.launch l` as JSON, without a name; null if there is none. */
export function choiceColumn(sql: Session): Columns {
  return sql`
    case when l.launch_hash is not null then
      jsonb_build_object('patient', l.patient, 'encounter', l.encounter, 'practitioner', l.practitioner,
                         'intent', l.intent, 'need_patient_banner', l.need_patient_banner,
                         'smart_style_url', l.smart_style_url, 'fhir_context', l.fhir_context, 'emergency', l.emergency,
                         'picked', l.picked)
    end`;
}
