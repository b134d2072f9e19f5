import type { Session } from '@dhp/postgres';
import { callerAddress, correlationId } from '../correlation.ts';

/** One row of sso.audit_event. Nothing in it may serve as a credential. */
export interface AuditEvent {
  recorded: Date;
  event:
    | 'token.issued'
    | 'token.refused'
    | 'code.reused'
    | 'refresh.reused'
    | 'grant.ended'
    | 'client.created'
    | 'client.approved'
    | 'client.changed'
    | 'client.deregistered'
    | 'registration.refused'
    | 'registration-token.created'
    | 'registration-token.ended'
    | 'key.added'
    | 'key.retired'
    | 'client.refused'
    | 'client.disabled'
    | 'client.enabled'
    | 'client.secret-rotated'
    | 'client.old-secret-dropped'
    | 'client.signed-out'
    | 'audit.exported'
    | 'audit.restored'
    | 'account.created'
    | 'account.disabled'
    | 'account.enabled'
    | 'account.password-set'
    | 'account.invited'
    | 'account.administrator-made'
    | 'account.administrator-unmade'
    | 'operator.refused'
    | 'administration.refused'
    | 'account.linked'
    | 'account.unlinked'
    | 'account.link-unconfirmed'
    | 'account.link-confirmed'
    | 'account.link-rejected'
    | 'account.record-unconfirmed'
    | 'account.record-confirmed'
    | 'account.record-rejected'
    | 'account.record-bound'
    | 'account.record-lost'
    | 'account.relation-pinned'
    | 'account.relation-changed'
    | 'identity-source.named'
    | 'identity-source.removed'
    | 'identity-case.opened'
    | 'identity-case.decided'
    | 'account.changed'
    | 'account.locked'
    | 'account.unlocked'
    | 'account.factors-reset'
    | 'account.reset-link-made'
    | 'password-link.asked'
    | 'sign-in.succeeded'
    | 'sign-in.refused'
    | 'consent.given'
    | 'consent.refused'
    | 'consent.revoked'
    | 'session.ended'
    | 'account.signed-out'
    | 'factor.added'
    | 'factor.removed'
    | 'launch.registered'
    | 'launch.refused'
    | 'patients.searched'
    | 'patient.chosen'
    | 'patient.refused'
    | 'policy.set'
    | 'policy.removed'
    | 'account.role-given'
    | 'account.role-taken'
    | 'sign-out'
    | 'logout.told'
    | 'logout.not-told'
    | 'logout.given-up'
    | 'message.sent'
    | 'message.not-sent'
    | 'message.given-up'
    | 'request.limited'
    | 'token.revoked';
  reason?: string | undefined;
  clientId?: string | undefined;
  actor?: string | undefined;
  /** Where the act came from; default: where the request that is being served came from. */
  address?: string | undefined;
  jti?: string | undefined;
  scope?: string | undefined;
  /** The person: who signed in, or for whom the token is. */
  accountId?: string | undefined;
  /** Of the request that caused it; default: of the one that is being served. */
  correlationId?: string | undefined;
}

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
