/** The table of the protocol engine's artifacts, one function a statement. Ids are hashed before they are passed here. */
import type { Session } from '@dhp/postgres';
import { hash } from 'node:crypto';
import { withoutWaiting } from '@dhp/sso-kit/request';

export interface ArtifactRow {
  content: Buffer;
  uid: string | null;
  consumed_at: Date | null;
}

export interface NewArtifact {
  model: string;
  idHash: Buffer;
  content: Buffer;
  grantId: string | undefined;
  uid: string | undefined;
  accountId: string | undefined;
  clientId: string | undefined;
  expires: Date;
}

/** The statement, also for use as a part of another one. */
export function upsertingArtifact(sql: Session, o: NewArtifact): ReturnType<Session> {
  return sql`
    insert into sso.artifact (model, id_hash, content, grant_id, uid, account_id, client_id, expires_at)
    values (${o.model}, ${o.idHash}, ${o.content}, ${o.grantId ?? null}, ${o.uid ?? null}, ${o.accountId ?? null},
            ${o.clientId ?? null}, ${o.expires})
    on conflict (model, id_hash) do update
    set content = excluded.content, grant_id = excluded.grant_id,
        uid = coalesce(excluded.uid, sso.artifact.uid), account_id = excluded.account_id,
        client_id = excluded.client_id, expires_at = excluded.expires_at`;
}

/** For use as a part of another statement: stores an artifact again under its id, if it still exists. It waits for a concurrent removal. */
export function updatingArtifact(sql: Session, o: NewArtifact): ReturnType<Session> {
  return sql`
    update sso.artifact
    set content = ${o.content}, grant_id = ${o.grantId ?? null}, uid = coalesce(${o.uid ?? null}, uid),
        account_id = ${o.accountId ?? null}, client_id = ${o.clientId ?? null}, expires_at = ${o.expires}
    where model = ${o.model} and id_hash = ${o.idHash}
    returning 1`;
}

/** Stores the result of a sign-in's answer, as a part of another statement, which fails if there is one already (`isAnsweredBefore`). */
export function insertingAnswer(
  sql: Session,
  o: Pick<NewArtifact, 'idHash' | 'content' | 'expires'>,
): ReturnType<Session> {
  return sql`
    insert into sso.artifact (model, id_hash, content, expires_at)
    values ('Answer', ${o.idHash}, ${o.content}, ${o.expires})`;
}

/** Whether an insert failed because the artifact already exists. All other inserts into the table do nothing on a conflict. */
export function isAnsweredBefore(error: unknown): boolean {
  const { code, constraint_name: constraint } = error as { code?: unknown; constraint_name?: unknown };
  return code === '23505' && constraint === 'artifact_pkey';
}

/** The artifact by its id or uid, unless it has expired. */
export async function selectArtifact(
  sql: Session,
  model: string,
  by: { idHash: Buffer } | { uid: string },
  now: Date,
): Promise<ArtifactRow | undefined> {
  const named = 'uid' in by ? sql`uid = ${by.uid}` : sql`id_hash = ${by.idHash}`;
  const [row] = await sql<ArtifactRow[]>`
    select content, uid, consumed_at from sso.artifact
    where model = ${model} and ${named} and expires_at > ${now}`;
  return row;
}

/**
 * Marks the artifact as used, once: of parallel uses one gets true. Uses within `grace` milliseconds of the first also get true; with 0
 * none do, even if their `now` was read earlier than that of the first.
 */
export async function consumeArtifact(
  sql: Session,
  model: string,
  idHash: Buffer,
  now: Date,
  grace: number,
): Promise<boolean> {
  const rows = await sql`
    update sso.artifact set consumed_at = coalesce(consumed_at, ${now}::timestamptz)
    where model = ${model} and id_hash = ${idHash}
      and (consumed_at is null
           or (${grace}::int > 0 and consumed_at > ${new Date(now.getTime() - grace)}::timestamptz))
    returning 1`;
  return rows.length === 1;
}

/** Notes that the artifact is polled now. @returns when it was last polled; null if never, or if it does not exist */
export async function touchPolled(sql: Session, idHash: Buffer, now: Date): Promise<Date | null> {
  const [row] = await sql<{ before: Date | null }[]>`
    with found as (
      select model, id_hash, polled_at from sso.artifact where model = 'DeviceCode' and id_hash = ${idHash} for update
    )
    update sso.artifact a set polled_at = ${now} from found
    where a.model = found.model and a.id_hash = found.id_hash
    returning found.polled_at as before`;
  return row?.before ?? null;
}

export async function deleteArtifact(sql: Session, model: string, idHash: Buffer): Promise<void> {
  await sql`${deletingArtifact(sql, model, idHash)}`;
}

/** The statement, also for use as a part of another one. */
export function deletingArtifact(sql: Session, model: string, idHash: Buffer): ReturnType<Session> {
  return sql`delete from sso.artifact where model = ${model} and id_hash = ${idHash} returning 1`;
}

/** A deleted artifact that resulted from a grant. */
export interface EndedArtifact {
  model: string;
  account_id: string | null;
  /** Whether it was still valid. */
  live: boolean;
}

export async function deleteByGrant(sql: Session, grantId: string, now: Date): Promise<EndedArtifact[]> {
  return sql<EndedArtifact[]>`
    delete from sso.artifact where grant_id = ${grantId}
    returning model, account_id, consumed_at is null and expires_at > ${now} as live`;
}

/** Returns the client, account and grant of an artifact; undefined if it does not exist. */
export async function selectOwner(
  sql: Session,
  model: string,
  idHash: Buffer,
): Promise<{ client_id: string | null; account_id: string | null; grant_id: string | null } | undefined> {
  const [row] = await sql<{ client_id: string | null; account_id: string | null; grant_id: string | null }[]>`
    select client_id, account_id, grant_id from sso.artifact where model = ${model} and id_hash = ${idHash}`;
  return row;
}

/**
 * Returns the session to which a sign-in belongs, and its person, by the name of the grant in tokens; undefined if the session or the grant
 * has ended.
 */
export async function selectSessionOfGrant(
  sql: Session,
  grantHash: Buffer,
  now: Date,
): Promise<{ uid: string; account_id: string } | undefined> {
  const [row] = await sql<{ uid: string; account_id: string }[]>`
    select s.uid, s.account_id
    from sso.artifact g
    join sso.artifact s on s.model = 'Session' and s.uid = g.uid and s.account_id = g.account_id and s.expires_at > ${now}
    where g.model = 'Grant' and g.id_hash = ${grantHash} and g.expires_at > ${now}`;
  return row;
}

/**
 * Whether the client could get a new token for a person's grant now: the grant and one of its refresh tokens are valid.
 * @param o.grantHash as tokens name the grant
 */
export async function isRenewable(
  sql: Session,
  o: { readonly grantHash: Buffer; readonly accountId: string; readonly clientId: string; readonly now: Date },
): Promise<boolean> {
  const rows = await sql`
    select 1 from sso.artifact r
    join sso.artifact g on g.model = 'Grant' and g.id_hash = ${o.grantHash} and g.expires_at > ${o.now}
    where r.account_id = ${o.accountId} and r.client_id = ${o.clientId} and r.model = 'RefreshToken'
      and r.consumed_at is null and r.expires_at > ${o.now} and sha256(convert_to(r.grant_id, 'UTF8')) = ${o.grantHash}
    limit 1`;
  return rows.length > 0;
}

/** @returns how many rows had expired; call it again while it is `limit` */
export async function deleteExpired(sql: Session, now: Date, limit: number): Promise<number> {
  const rows = await sql`
    delete from sso.artifact where ctid = any(array(select ctid from sso.artifact where expires_at <= ${now} limit ${limit}))`;
  return rows.count;
}

/**
 * Notes the use of something that may be used once, until `expires`.
 * @param isUnwaited the request issues or changes nothing: the commit waits for neither the disk nor a standby
 * @returns false if it was used before; of parallel uses, on any node, one gets true
 */
export async function useOnce(
  sql: Session,
  what: string,
  expires: Date,
  { now, isUnwaited = false }: { now: Date; isUnwaited?: boolean },
): Promise<boolean> {
  const idHash = hash('sha256', what, 'buffer');
  const insertion = sql`
    insert into sso.artifact (model, id_hash, content, expires_at)
    values ('ReplayDetection', ${idHash}, ${Buffer.alloc(0)}, ${expires})
    on conflict (model, id_hash) do update set expires_at = excluded.expires_at where sso.artifact.expires_at <= ${now}
    returning 1`;
  if (!isUnwaited) return (await insertion).length === 1;
  const [row] = await sql<{ used: number }[]>`
    with inserted as (${insertion}) select (select count(*)::int from inserted) as used, ${withoutWaiting(sql)}`;
  return row?.used === 1;
}
