/**
 * A FHIR server with a few resources for the SSO's queries over HTTP: its resources, whom it hides them from, and its failures are
 * configurable.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { decodeJwt } from './jose.ts';

type Resource = { resourceType: string; id: string } & Record<string, unknown>;

export interface RecordsStub {
  url: string;
  put(resource: Resource): void;
  /** From then on 410. */
  remove(reference: string): void;
  /** Hidden in queries on behalf of people; the SSO itself sees it. */
  hide(reference: string): void;
  show(reference: string): void;
  /** Whether people with these policies see it; undefined: everything that is not hidden. */
  isSeenWith: ((reference: string, policies: unknown) => boolean) | undefined;
  /** The status of every answer; undefined: unchanged. */
  failing: number | undefined;
  /** Requests so far, the newest last. */
  asked: string[];
}

/** Call it at the top level of the file. */
export async function recordsStub(): Promise<RecordsStub> {
  const stored = new Map<string, Resource | undefined>();
  const hidden = new Set<string>();
  const server = createServer((request, response) => {
    const [reference = ''] = (request.url ?? '').slice(1).split('?');
    const token = decodeJwt((request.headers.authorization ?? '').replace('Bearer ', ''));
    stub.asked.push(reference);
    const found = stored.get(reference);
    const isForPerson = token['fhirUser'] !== undefined;
    const isSeen = !hidden.has(reference) && stub.isSeenWith?.(reference, token['policies']) !== false;
    const isHidden = isForPerson && !isSeen;
    const status = stub.failing ?? (found !== undefined ? (isHidden ? 404 : 200) : stored.has(reference) ? 410 : 404);
    response.writeHead(status, { 'content-type': 'application/fhir+json' });
    response.end(JSON.stringify(status === 200 ? found : { resourceType: 'OperationOutcome' }));
  });
  const stub: RecordsStub = {
    url: '',
    put: (resource) => void stored.set(`${resource.resourceType}/${resource.id}`, resource),
    remove: (reference) => void stored.set(reference, undefined),
    hide: (reference) => void hidden.add(reference),
    show: (reference) => void hidden.delete(reference),
    isSeenWith: undefined,
    failing: undefined,
    asked: [],
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stub.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return stub;
}
