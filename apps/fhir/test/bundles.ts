/** Bundles to send, and their responses. */
import { patient, type Reply, type TestServer } from './environment.ts';

export interface EntryToSend {
  fullUrl?: string;
  resource?: unknown;
  request?: Record<string, unknown>;
}

export interface ResponseEntry {
  fullUrl?: string;
  resource?: Record<string, unknown>;
  response: {
    status: string;
    location?: string;
    etag?: string;
    lastModified?: string;
    outcome?: { issue: OutcomeIssue[] };
  };
}

export interface OutcomeIssue {
  severity: string;
  code: string;
  details: { coding: [{ code: string }]; text: string };
  diagnostics?: string;
  expression?: string[];
}

export function send(
  server: TestServer,
  type: 'batch' | 'transaction',
  entries: readonly EntryToSend[],
  headers: Record<string, string> = {},
): Promise<Reply> {
  return server.write('POST', '', { resourceType: 'Bundle', type, entry: entries }, headers);
}

export function entriesOf(reply: Reply): ResponseEntry[] {
  return (reply.json['entry'] as ResponseEntry[] | undefined) ?? [];
}

export function statusesOf(reply: Reply): string[] {
  return entriesOf(reply).map(({ response }) => response.status);
}

export function codeOf(entry: ResponseEntry | undefined): string | undefined {
  return entry?.response.outcome?.issue[0]?.details.coding[0].code;
}

export function issuesOf(reply: Reply): OutcomeIssue[] {
  return (reply.json['issue'] as OutcomeIssue[] | undefined) ?? [];
}

/** The id in the location of a response entry. */
export function idIn(entry: ResponseEntry | undefined): string {
  return entry?.response.location?.split('/')[1] ?? '';
}

export function urn(): string {
  return `urn:uuid:${crypto.randomUUID()}`;
}

export function post(resource: Record<string, unknown>, fullUrl?: string): EntryToSend {
  const entry = { resource, request: { method: 'POST', url: String(resource['resourceType']) } };
  return fullUrl === undefined ? entry : { fullUrl, ...entry };
}

export function put(id: string, more: object = {}, request: object = {}): EntryToSend {
  return { resource: patient({ id, ...more }), request: { method: 'PUT', url: `Patient/${id}`, ...request } };
}

export function get(url: string, request: object = {}): EntryToSend {
  return { request: { method: 'GET', url, ...request } };
}

export function remove(url: string, request: object = {}): EntryToSend {
  return { request: { method: 'DELETE', url, ...request } };
}

export function observation(subject: string, more: object = {}): Record<string, unknown> {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: subject },
    ...more,
  };
}
