/** Changes of the table of clients, one function a statement; each returns the row after the change, undefined if there is none. */
import type { Session } from '@dhp/postgres';
import {
  clientFields,
  columnOf,
  fieldNames,
  type ClientDetails,
  type ClientValues,
  type FieldName,
} from '../fields/client-fields.ts';
import type { ClientRow } from './clients.ts';
import type { EnvironmentName } from '@dhp/sso-kit';

type Fragment = ReturnType<Session>;

/** The declared fields and the details of a client. */
type Kept = ClientValues & { details: ClientDetails };

/** @returns undefined if the id is taken */
export async function insertClient(
  sql: Session,
  o: Kept & {
    clientId: string;
    environment: EnvironmentName;
    public: boolean;
    secretHash: Buffer | null;
    approvedBy: string | undefined;
    createdBy: string;
    /** Absent: an operator registers it. */
    registration?: { tokenId: string; scopeLimit: string[]; hash: Buffer };
    now: Date;
  },
): Promise<ClientRow | undefined> {
  const columns = sql.unsafe(fieldNames.map(columnOf).join(', '));
  const values = fieldNames.map((name) => sql`${columnValue(sql, name, o)}, `);
  const [row] = await sql<ClientRow[]>`
    insert into sso.client (${columns}, client_id, environment, public, details, registered_with, scope_limit, registration_hash,
                            secret_hash, secret_created_at, approved_at, approved_by, created_by, created_at, updated_at)
    values (${values}${o.clientId}, ${o.environment}, ${o.public}, ${sql.json({ ...o.details })},
            ${o.registration?.tokenId ?? null}, ${o.registration?.scopeLimit ?? null},
            ${o.registration?.hash ?? null}, ${o.secretHash}, ${o.secretHash === null ? null : o.now},
            ${o.approvedBy === undefined ? null : o.now}, ${o.approvedBy ?? null}, ${o.createdBy}, ${o.now}, ${o.now})
    on conflict (client_id) do nothing
    returning *`;
  return row;
}

/**
 * Until the transaction ends, no concurrent act changes the client: an act that reads and then writes the whole row does not undo another
 * change.
 */
export async function lockClient(sql: Session, clientId: string): Promise<void> {
  await sql`select 1 from sso.client where client_id = ${clientId} for no key update`;
}

/** The value in the form of the column. */
function columnValue(sql: Session, name: FieldName, o: ClientValues): Fragment {
  const value = o[name];
  if (value === undefined) return sql`${null}`;
  return clientFields[name].kind === 'keys' ? sql`${sql.json(value)}` : sql`${value as string | string[] | boolean}`;
}

/**
 * Approves a client; the first approval is kept.
 * @param o.unchangedSince undefined is returned too if the client was changed since then
 */
export async function updateApproved(
  sql: Session,
  clientId: string,
  { approvedBy, unchangedSince, now }: { approvedBy: string; unchangedSince: Date | undefined; now: Date },
): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    update sso.client
    set approved_at = coalesce(approved_at, ${now}), approved_by = coalesce(approved_by, ${approvedBy}),
        widened_by = '{}', updated_at = ${now}
    where client_id = ${clientId}
      and date_trunc('milliseconds', updated_at) <= coalesce(${unchangedSince ?? null}::timestamptz, updated_at)
    returning *`;
  return row;
}

export async function updateRegistration(
  sql: Session,
  clientId: string,
  o: Kept & {
    /** Undefined: it stays. */
    scopeLimit: string[] | undefined;
    now: Date;
  },
): Promise<ClientRow | undefined> {
  const changes = fieldNames.map((name) => sql`${sql(columnOf(name))} = ${columnValue(sql, name, o)}, `);
  const [row] = await sql<ClientRow[]>`
    update sso.client
    set ${changes}details = ${sql.json({ ...o.details })},
        scope_limit = coalesce(${o.scopeLimit ?? null}::text[], scope_limit), updated_at = ${o.now}
    where client_id = ${clientId}
    returning *`;
  return row;
}

/** Marks a client as widened: it needs approval again, by somebody other than those who widened it. */
export async function updateWidened(sql: Session, clientId: string, widenedBy: string): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    update sso.client
    set approved_at = null, approved_by = null, widened_by = array_append(array_remove(widened_by, ${widenedBy}), ${widenedBy})
    where client_id = ${clientId}
    returning *`;
  return row;
}

/** Disables a client, or corrects the reason of a client that is already disabled (its time stays). */
export async function updateDisabled(
  sql: Session,
  clientId: string,
  reason: string | undefined,
  now: Date,
): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    update sso.client
    set disabled_at = coalesce(disabled_at, ${now}), disabled_reason = ${reason ?? null}, updated_at = ${now}
    where client_id = ${clientId}
    returning *`;
  return row;
}

export async function updateEnabled(sql: Session, clientId: string, now: Date): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    update sso.client
    set disabled_at = null, disabled_reason = null, updated_at = ${now}
    where client_id = ${clientId}
    returning *`;
  return row;
}

/**
 * An expired secret is treated as absent.
 * @param o.keepOld the latest secret that works keeps working
 * @param o.onlyBesideOne undefined is returned too if two secrets work
 */
export async function updateSecret(
  sql: Session,
  clientId: string,
  o: { secretHash: Buffer; keepOld: boolean; onlyBesideOne: boolean; now: Date },
): Promise<ClientRow | undefined> {
  const ended = sql`select e.secret_hash from sso.secret_end e where e.ends_at <= ${o.now}`;
  const [row] = await sql<ClientRow[]>`
    with live as (
      select nullif(c.secret_hash, (${ended} and e.secret_hash = c.secret_hash)) as newest,
             nullif(c.previous_secret_hash, (${ended} and e.secret_hash = c.previous_secret_hash)) as older
      from sso.client c where c.client_id = ${clientId})
    update sso.client
    set previous_secret_hash = case when ${o.keepOld} then coalesce(live.newest, live.older) end,
        secret_hash = ${o.secretHash}, secret_created_at = ${o.now}, updated_at = ${o.now}
    from live
    where client_id = ${clientId} and (not ${o.onlyBesideOne} or live.newest is null or live.older is null)
    returning client.*`;
  return row;
}

export async function updateDropPreviousSecret(
  sql: Session,
  clientId: string,
  now: Date,
): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    update sso.client
    set previous_secret_hash = null, updated_at = ${now}
    where client_id = ${clientId}
    returning *`;
  return row;
}
