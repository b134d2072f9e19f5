/** SubscriptionTopics of tests, and what a server says of them. */
import type { Reply, RequestOptions, TestServer } from './environment.ts';

export type Json = Record<string, unknown>;

export const trigger = (more: Json = {}): Json => ({ resource: 'Observation', ...more });
export const query = (queryCriteria: Json): Json => ({ resourceTrigger: [trigger({ queryCriteria })] });
export const path = (fhirPathCriteria: string): Json => ({ resourceTrigger: [trigger({ fhirPathCriteria })] });
export const filter = (filterParameter: string, more: Json = {}): Json => ({
  canFilterBy: [{ resource: 'Observation', filterParameter, ...more }],
});

export function topic(more: Json = {}, id = 'topic'): Json {
  return {
    ...{ resourceType: 'SubscriptionTopic', id, url: `https://example.uz/SubscriptionTopic/${id}`, status: 'active' },
    ...{ resourceTrigger: [trigger()], ...more },
  };
}

export interface Told {
  readonly place: string;
  readonly diagnostics: string;
}

export function toldBy(reply: Reply): Told[] {
  const issues = (reply.json['issue'] ?? []) as { expression: [string]; diagnostics: string }[];
  return issues.map(({ expression: [place], diagnostics }) => ({ place, diagnostics }));
}

/** Asks a server on which changes of the last day a topic would have fired. */
export async function tried(
  server: Pick<TestServer, 'request'>,
  resource: Json,
  options: RequestOptions = {},
): Promise<Reply> {
  const body = { resourceType: 'Parameters', parameter: [{ name: 'topic', resource }] };
  return server.request('POST', '/SubscriptionTopic/$try', {
    ...options,
    headers: { 'content-type': 'application/fhir+json', ...options.headers },
    body: JSON.stringify(body),
  });
}
