/** A FHIR server that answers only `Patient/ID/$access-history`, as docs/access.md describes. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LookedAt {
  readonly url: string;
  /** From now on its answer names them. */
  by(account: string, client: string): void;
  close(): void;
}

export async function lookedAt(): Promise<LookedAt> {
  let [account, client] = ['', ''];
  const who = (system: string, value: string): object => ({
    who: { identifier: { system: `urn:dhp:sso:${system}`, value } },
  });
  const event = (action: string, type: string, code: string, agent: object[]): object => ({
    resource: {
      ...{
        resourceType: 'AuditEvent',
        action,
        recorded: '2026-11-25T09:30:00+05:00',
        outcome: { code: { code } },
        agent,
      },
      entity: [{ what: { reference: `${type}/1` } }],
    },
  });
  const server = createServer((request, response) => {
    const isAsked = /^\/Patient\/[^/]+\/\$access-history\?/.test(request.url ?? '');
    const system = [who('client', client)];
    const text = 'An emergency, at noon: <unconscious>';
    const issue = [{ severity: 'information', code: 'informational', details: { text } }];
    const entry = [
      { resource: { resourceType: 'OperationOutcome', issue }, search: { mode: 'outcome' } },
      event('R', 'Observation', 'success', [who('account', account), ...system]),
      event('R', 'Patient', 'error', system),
      event('C', 'Immunization', 'success', system),
    ];
    response.statusCode = isAsked ? 200 : 404;
    response.end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', link: [], entry }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    by: (...names) => ([account, client] = names),
    close: () => void server.close(),
  };
}
