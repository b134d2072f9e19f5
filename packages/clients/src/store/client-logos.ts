/** Pictures of clients, one function a statement. */
import type { Session } from '@dhp/postgres';
import type { Logo } from '../logos/logo.ts';

/**
 * Waits for concurrent changes of pictures, until the end of the transaction. Without it, storing a picture for one client while another
 * client with the same picture loses it would fail.
 */
export async function lockLogos(sql: Session): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('sso client logos', 0))`;
}

/** Only after `lockLogos`. */
export async function insertLogo(sql: Session, { sha256, mediaType, content }: Logo): Promise<void> {
  await sql`
    insert into sso.client_logo (sha256, media_type, content) values (${sha256}, ${mediaType}, ${content})
    on conflict (sha256) do nothing`;
}

/** Removes the picture unless a client has it; only after `lockLogos`. */
export async function deleteUnusedLogo(sql: Session, sha256: string): Promise<void> {
  await sql`
    delete from sso.client_logo
    where sha256 = ${sha256} and not exists (select from sso.client where logo_sha256 = ${sha256})`;
}

export async function selectLogo(sql: Session, sha256: string): Promise<Omit<Logo, 'sha256'> | undefined> {
  const [row] = await sql<{ media_type: Logo['mediaType']; content: Buffer }[]>`
    select media_type, content from sso.client_logo where sha256 = ${sha256}`;
  return row && { mediaType: row.media_type, content: row.content };
}
