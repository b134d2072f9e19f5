/** How far the rows of consents are made. */
import type { Session } from './session.ts';

export interface ConsentBuild {
  /** The id of the last Consent that has its row. */
  readonly upto: string;
  readonly complete: boolean;
}

/** Locks the state of a build until the end of the transaction: one step of it is made at a time. */
export async function beginBuild(sql: Session, definition: number): Promise<ConsentBuild> {
  await sql`insert into fhir.consent_build (definition, upto, complete) values (${definition}, '', false) on conflict do nothing`;
  const [row] = await sql<ConsentBuild[]>`
    select upto, complete from fhir.consent_build where definition = ${definition} for update`;
  return row!;
}

export async function noteBuild(
  sql: Session,
  { definition, upto, complete }: ConsentBuild & { readonly definition: number },
): Promise<void> {
  await sql`update fhir.consent_build set upto = ${upto}, complete = ${complete} where definition = ${definition}`;
}

/** Whether all Consents have rows, by this definition or an earlier one: the differences are made in the background. */
export async function selectConsentsComplete(sql: Session, definition: number): Promise<boolean> {
  const [row] = await sql<{ complete: boolean }[]>`
    select exists (select 1 from fhir.consent_build where definition <= ${definition} and complete) as complete`;
  return row!.complete;
}

/** Whether all have rows by a definition. */
export async function selectConsentsBuilt(sql: Session, definition: number): Promise<boolean> {
  const [row] = await sql<{ built: boolean }[]>`
    select exists (select 1 from fhir.consent_build where definition = ${definition} and complete) as built`;
  return row!.built;
}

/** Ids of active Consents that lead to no patient of this server, by a bit of their rows. */
export async function selectOfNobody(
  sql: Session,
  { bit, ty, limit }: { bit: number; ty: number; limit: number },
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    with silent as materialized (select own, rid from fhir.consent where pat is null and names & ${bit} <> 0)
    select r.id from fhir.resource r
    where r.rid in (select rid from silent) and r.ty = ${ty}
      -- Resources may share a number of a row: the hash of the reference tells them apart.
      and ('x' || substr(encode(sha256(convert_to('Consent/' || r.id, 'UTF8')), 'hex'), 1, 16))::bit(64)::bigint in (select own from silent)
    order by r.id limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** A current version of a Consent. */
interface StoredConsent {
  readonly id: string;
  readonly rid: number;
  readonly ver: number;
  /** Milliseconds since 1970. */
  readonly upd: number;
  /** Undefined: it is deleted. */
  readonly content: Buffer | undefined;
}

/** Current versions in the order of their ids. @param behind the id before the first one */
export async function selectConsents(
  sql: Session,
  { ty, behind, limit }: { ty: number; behind: string; limit: number },
): Promise<StoredConsent[]> {
  const rows = await sql<{ id: string; rid: string; ver: number; upd: Date; content: Buffer; deleted: boolean }[]>`
    select i.id, i.rid, r.ver, r.upd, r.content, r.deleted
    from fhir.identity i join fhir.resource r on r.rid = i.rid and r.shard = i.shard
    where i.ty = ${ty} and i.id > ${behind} collate "C"
    order by i.id collate "C" limit ${limit}`;
  return rows.map(({ id, rid, ver, upd, content, deleted }) => ({
    ...{ id, rid: Number(rid), ver, upd: upd.getTime() },
    content: deleted ? undefined : content,
  }));
}
