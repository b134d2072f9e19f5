import type { Session } from '@dhp/postgres';
import { callerAddress, correlationId } from '@dhp/sso-kit/request';
import type { AuditEvent } from '../audit-event.ts';

export type { AuditEvent };

/** All events in one statement. */
export async function insertAuditEvents(sql: Session, events: readonly AuditEvent[]): Promise<void> {
  await sql`${insertingAuditEvents(sql, events)}`;
}

/** The statement, also as a part of another one. */
export function insertingAuditEvents(sql: Session, events: readonly AuditEvent[]): ReturnType<Session> {
  const column = (value: (event: AuditEvent) => string | undefined): (string | null)[] =>
    events.map((event) => value(event) ?? null);
  return sql`
    insert into sso.audit_event (recorded, event, reason, client_id, actor, address, jti, scope, account_id,
                                 correlation_id)
    select * from unnest(
      ${column((event) => event.recorded.toISOString())}::text[]::timestamptz[],
      ${column((event) => event.event)}::text[],
      ${column((event) => event.reason)}::text[],
      ${column((event) => event.clientId)}::text[],
      ${column((event) => event.actor)}::text[],
      ${column((event) => ('address' in event ? event.address : callerAddress()))}::text[]::inet[],
      ${column((event) => event.jti)}::text[],
      ${column((event) => event.scope)}::text[],
      ${column((event) => event.accountId)}::text[]::uuid[],
      ${column((event) => ('correlationId' in event ? event.correlationId : correlationId()))}::text[])`;
}
