/** Searches, and what comes back. */
import assert from 'node:assert/strict';
import { baseUrl, type Reply, type RequestOptions, type TestServer } from './environment.ts';

export interface SearchEntry {
  fullUrl: string;
  resource: Record<string, unknown> & { resourceType: string; id?: string };
  search: { mode: 'match' | 'include' | 'outcome'; score?: number };
}

export function entriesOf(reply: Reply): SearchEntry[] {
  return (reply.json['entry'] as SearchEntry[] | undefined) ?? [];
}

/** `Patient/a` and the like, in the order of the answer. */
export function idsOf(reply: Reply, mode: SearchEntry['search']['mode'] = 'match'): string[] {
  return entriesOf(reply).flatMap(({ resource, search }) =>
    search.mode === mode ? [`${resource.resourceType}/${String(resource.id)}`] : [],
  );
}

/** The address of a link below the base URL. */
export function linkTo(reply: Reply, relation: string): string | undefined {
  const links = reply.json['link'] as { relation: string; url: string }[];
  const url = links.find((link) => link.relation === relation)?.url;
  if (url === undefined) return undefined;
  assert.ok(url.startsWith(baseUrl), url);
  return url.slice(baseUrl.length);
}

/** The codes of an OperationOutcome among the entries. */
export function toldBy(reply: Reply): string[] {
  const outcome = entriesOf(reply).find(({ search }) => search.mode === 'outcome')?.resource;
  const issues = (outcome?.['issue'] ?? []) as { details: { coding: [{ code: string }] } }[];
  return issues.map(({ details }) => details.coding[0].code);
}

/** Asks, and wants a Bundle of type searchset. */
export async function search(server: TestServer, path: string, options: RequestOptions = {}): Promise<Reply> {
  const reply = await server.request('GET', path, options);
  assert.equal(reply.status, 200, `${path}: ${reply.text}`);
  assert.deepEqual([reply.json['resourceType'], reply.json['type']], ['Bundle', 'searchset']);
  return reply;
}

/** The matches, in alphabetical order. */
export async function found(server: TestServer, path: string, options: RequestOptions = {}): Promise<string[]> {
  return idsOf(await search(server, path, options)).sort();
}

/** Stores resources under their ids, one after the other. */
export async function put(server: TestServer, ...resources: Record<string, unknown>[]): Promise<void> {
  for (const resource of resources) {
    const reply = await server.write('PUT', `/${String(resource['resourceType'])}/${String(resource['id'])}`, resource);
    assert.ok(reply.status === 200 || reply.status === 201, reply.text);
  }
}

/** Sends a form to `_search`. */
export function post(server: TestServer, path: string, form: string, options: RequestOptions = {}): Promise<Reply> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...options.headers };
  return server.request('POST', path, { ...options, headers, body: form });
}
