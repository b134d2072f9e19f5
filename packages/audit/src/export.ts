/** Audit events as FHIR R5 AuditEvents: https://hl7.org/fhir/R5/auditevent.html */
import type { Sql } from '@dhp/postgres';
import { selectChain, inUtc } from './store/links.ts';
import { insertAuditEvents } from './store/insert-events.ts';
import { selectAuditContents, type AuditAsked } from './store/find-events.ts';

/** An event as the chain holds it. */
export interface StoredEvent {
  id: number;
  recorded: string;
  event: string;
  reason?: string;
  client_id?: string;
  actor?: string;
  address?: string;
  jti?: string;
  scope?: string;
  account_id?: string;
  correlation_id?: string;
}

const dicom = 'http://dicom.nema.org/resources/ontology/DCM';
const ours = 'urn:dhp:sso:audit-event';
const serverId = 'dhp-sso';

/** DICOM's codes for the events that have one (User Authentication with its two kinds, Security Alert for administration). */
function categoryOf(event: string): { code: string; display: string } {
  const isSignIn = /^(sign-in|session|token|code|refresh|consent|account\.signed-out)/.test(event);
  return isSignIn ? { code: '110114', display: 'User Authentication' } : { code: '110113', display: 'Security Alert' };
}

function codeOf(event: string): { system: string; code: string; display?: string }[] {
  const own = { system: ours, code: event };
  if (event.startsWith('sign-in.')) return [{ system: dicom, code: '110122', display: 'Login' }, own];
  if (event === 'session.ended' || event === 'account.signed-out')
    return [{ system: dicom, code: '110123', display: 'Logout' }, own];
  return [own];
}

function actionOf(event: string): 'C' | 'U' | 'D' | 'E' {
  if (/\.(created|added)$/.test(event)) return 'C';
  if (/\.removed$/.test(event)) return 'D';
  return /^(client|account|identity-\w+)\.(?!signed-out)/.test(event) ? 'U' : 'E';
}

export function toAuditEvent(stored: StoredEvent): object {
  const failed = /\.(refused|reused|limited|locked|not-sent|not-told|given-up)$/.test(stored.event);
  const agents = [
    ...(stored.account_id === undefined
      ? []
      : [{ who: { identifier: { system: 'urn:dhp:sso:account', value: stored.account_id } } }]),
    ...(stored.client_id === undefined
      ? []
      : [{ who: { identifier: { system: 'urn:dhp:sso:client', value: stored.client_id } } }]),
    ...(stored.actor === undefined
      ? []
      : [{ who: { identifier: { system: 'urn:dhp:sso:actor', value: stored.actor } } }]),
  ];
  const known = agents.length > 0 ? agents : [{ who: { display: 'unknown' } }];
  const detail = (name: string, value: string | undefined): object[] =>
    value === undefined ? [] : [{ type: { text: name }, valueString: value }];
  const details = [
    ...detail('scope', stored.scope),
    ...detail('jti', stored.jti),
    ...detail('correlation', stored.correlation_id),
  ];
  return {
    resourceType: 'AuditEvent',
    id: `sso-${String(stored.id)}`,
    category: [{ coding: [{ system: dicom, ...categoryOf(stored.event) }] }],
    code: { coding: codeOf(stored.event) },
    action: actionOf(stored.event),
    recorded: stored.recorded,
    outcome: {
      code: { system: 'http://hl7.org/fhir/issue-severity', code: failed ? 'error' : 'success' },
      ...(stored.reason !== undefined && { detail: [{ text: stored.reason }] }),
    },
    agent: known.map((agent, n) => ({
      ...agent,
      requestor: n === 0,
      ...(n === 0 && stored.address !== undefined && { networkString: stored.address }),
    })),
    source: { observer: { display: 'DHP Single Sign-On', identifier: { system: 'urn:dhp:sso', value: serverId } } },
    ...(details.length > 0 && { entity: [{ what: { display: stored.event }, detail: details }] }),
  };
}

const pageSize = 1000;

/** Calls `write` with a line of NDJSON for each chained event after a position. @returns the last position */
export async function exportAuditEvents(
  sql: Sql,
  o: { after: number; write: (line: string) => Promise<void> | void },
): Promise<number> {
  return inUtc(sql, async (transaction) => {
    let last = o.after;
    for (;;) {
      const page = await selectChain(transaction, last, pageSize);
      for (const { position, content } of page) {
        await o.write(`${JSON.stringify(toAuditEvent(JSON.parse(content) as StoredEvent))}\n`);
        last = position;
      }
      if (page.length < pageSize) return last;
    }
  });
}

/**
 * Exports events that an operator has found, the newest first, as lines of NDJSON. The export itself is recorded first, so that nothing
 * leaves without a record.
 * @param o.asked the query by which the events were found
 */
export async function exportFound(
  sql: Sql,
  asked: AuditAsked,
  o: { actor: string; reason: string; asked: string; now: Date },
): Promise<string> {
  const lines = (await selectAuditContents(sql, asked)).map(
    (content) => `${JSON.stringify(toAuditEvent(JSON.parse(content) as StoredEvent))}\n`,
  );
  const what = `${String(lines.length)} records${o.asked === '' ? '' : ` of ${o.asked}`}`;
  const event = { recorded: o.now, event: 'audit.exported', actor: o.actor, reason: `${what}: ${o.reason}` } as const;
  await insertAuditEvents(sql, [event]);
  return lines.join('');
}
