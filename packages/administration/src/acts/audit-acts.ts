/** The audit trail. */
import type { Act, AdminContext } from './act.ts';
import { paging, textMember } from './members.ts';
import type { Input } from '@dhp/sso-kit/input';

export const auditActs: readonly Act[] = [
  {
    method: 'GET',
    path: '/audit-events',
    scope: 'admin/audit.read',
    summary:
      'Search the audit trail, as a Bundle of FHIR R5 AuditEvents, the newest first; that it was read is recorded',
    answers: 'AuditEvents',
    takes: {
      event: textMember('the kind of event, such as sign-in.refused'),
      person: textMember('whom it is about: sub or user name'),
      actor: textMember('who did it: account:SUB, client:ID or cli:NAME'),
      client_id: textMember('which client it is about'),
      address: textMember('an address or a network such as 10.1.0.0/16'),
      request: textMember('the X-Request-Id of the request'),
      since: textMember('not earlier than, with a zone: 2026-03-01T08:00:00+05:00'),
      until: textMember('earlier than'),
      ...paging,
    },
    run: searchAuditEvents,
  },
];

async function searchAuditEvents({ searchAudit, issuer }: AdminContext, input: Input): Promise<unknown> {
  const names = ['event', 'person', 'actor', 'address', 'request', 'since', 'until'] as const;
  const asked = Object.fromEntries(names.map((name) => [name, input.text(name)]));
  const { events, next } = await searchAudit({ ...asked, clientId: input.text('client_id'), ...input.page() });
  const given = [...names, 'client_id', 'count'].flatMap((name): [string, string][] => {
    const value = input.text(name);
    return value === undefined ? [] : [[name, value]];
  });
  const address = (more: [string, string][]): string =>
    `${issuer}/admin/audit-events?${new URLSearchParams([...given, ...more]).toString()}`;
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    link: [
      { relation: 'self', url: address([]) },
      ...(next === undefined ? [] : [{ relation: 'next', url: address([['after', next]]) }]),
    ],
    entry: events.map((resource) => ({ resource, search: { mode: 'match' } })),
  };
}
