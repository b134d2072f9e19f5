/** The queue of messages to people, one function a statement. */
import type { Session } from '@dhp/postgres';

export interface QueuedMessage {
  id: string;
  content: Buffer;
  /** Including the one under way. */
  attempts: number;
  expires_at: Date;
}

export async function insertMessage(
  sql: Session,
  { id, content, now, expires }: { id: string; content: Buffer; now: Date; expires: Date },
): Promise<void> {
  await sql`
    insert into sso.message (id, content, next_attempt_at, expires_at) values (${id}, ${content}, ${now}, ${expires})`;
}

/** Takes due messages: no other process takes them before `until`, and if this process dies they are taken again after that. */
export async function claimMessages(sql: Session, now: Date, until: Date, limit: number): Promise<QueuedMessage[]> {
  return sql<QueuedMessage[]>`
    with due as (
      select id from sso.message where next_attempt_at <= ${now} order by next_attempt_at limit ${limit}
      for update skip locked
    )
    update sso.message m set attempts = attempts + 1, next_attempt_at = ${until}
    from due where m.id = due.id
    returning m.id, m.content, m.attempts, m.expires_at`;
}

export async function postponeMessage(sql: Session, id: string, next: Date): Promise<void> {
  await sql`update sso.message set next_attempt_at = ${next} where id = ${id}`;
}

export async function deleteMessage(sql: Session, id: string): Promise<void> {
  await sql`delete from sso.message where id = ${id}`;
}
