/** Search in the audit trail for programs, as FHIR R5 AuditEvents. Each search is recorded in the trail too. */
import type { Sql } from '@dhp/postgres';
import { AccountError, usernameOf } from '@dhp/accounts';
import { AdministrationError, countOf, type PageRequest } from '@dhp/sso-kit';
import { toAuditEvent, type StoredEvent, selectAuditContents } from '@dhp/audit/find';
import { isNetwork } from './sessions.ts';
import { isAccountId, selectAccountByName } from '@dhp/accounts/rows';
import { insertAuditEvents } from '@dhp/audit';

/** Criteria of a search in the audit trail; absent ones do not restrict it. */
export interface AuditSearch extends PageRequest {
  /** The kind of event, such as `sign-in.refused`. */
  event?: string | undefined;
  /** The person that the event is about: `sub` or user name. */
  person?: string | undefined;
  /** The recorded actor: `account:<sub>`, `client:<id>`, `cli:<name>`. */
  actor?: string | undefined;
  clientId?: string | undefined;
  /** An address, or a network such as 10.1.0.0/16. */
  address?: string | undefined;
  /** X-Request-Id. */
  request?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

/** A page of AuditEvents, the newest first. */
export interface AuditPage {
  events: object[];
  next?: string;
}

/**
 * @returns the page of records, after an event has recorded who searched, by which criteria, and how many were found
 * @throws AdministrationError or AccountError for an invalid criterion, and for a search that would read too much
 */
export async function searchAudit(
  sql: Sql,
  asked: AuditSearch,
  o: { actor: string; clock: () => Date },
): Promise<AuditPage> {
  const count = countOf(asked);
  const filter = {
    events: asked.event === undefined ? [] : [asked.event],
    accountId: asked.person === undefined ? undefined : await accountIdOf(sql, asked.person),
    actor: asked.actor,
    clientId: asked.clientId,
    address: asked.address === undefined ? undefined : networkIn(asked.address),
    correlationId: asked.request,
    since: timeIn('since', asked.since),
    until: timeIn('until', asked.until),
    before: placeIn(asked.after),
  };
  const contents = await selectAuditContents(sql, { ...filter, limit: count + 1 }).catch((error: unknown) => {
    throw (error as { code?: unknown }).code === queryCanceled ? tooMuch() : error;
  });
  const found = contents.slice(0, count).map((content) => JSON.parse(content) as StoredEvent);
  const what = Object.entries(asked).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${String(value)}`],
  );
  const reason = `${String(found.length)} records of ${what.join('&') || 'all'}`.slice(0, 500);
  await insertAuditEvents(sql, [{ recorded: o.clock(), event: 'audit.exported', actor: o.actor, reason }]);
  const next = contents.length > count ? found.at(-1) : undefined;
  return { events: found.map(toAuditEvent), ...(next === undefined ? {} : { next: String(next.id) }) };
}

const queryCanceled = '57014';

async function accountIdOf(sql: Sql, person: string): Promise<string> {
  const accountId = isAccountId(person) ? person : (await selectAccountByName(sql, usernameOf(person)))?.account_id;
  if (accountId === undefined)
    throw new AccountError('unknown-account', `There is no account "${person.slice(0, 100)}"`);
  return accountId;
}

function networkIn(text: string): string {
  if (isNetwork(text)) return text;
  throw new AdministrationError('invalid-value', 'address: an address or a network, such as 10.1.0.0/16');
}

function timeIn(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const at = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}T.+(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new AdministrationError('invalid-value', `${name}: a time with its zone, such as 2026-03-01T08:00:00+05:00`);
}

function placeIn(after: string | undefined): string | undefined {
  if (after === undefined || /^\d{1,18}$/.test(after)) return after;
  throw new AdministrationError('invalid-page', 'after: what `next` of the page before says');
}

function tooMuch(): AdministrationError {
  return new AdministrationError('invalid-value', 'That is too much to look through: say a time, a person or a client');
}
