/** A receiver of notifications in a process of its own, with good addresses and some of each bad kind. It tells what came. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Arrived, Heard } from './heard.ts';

/** How an address answers, when it has taken its handshake. */
type Manner = (response: ServerResponse, nth: number) => void;

const endless = Buffer.alloc(16 * 1024, '{"resourceType":"Bundle"}');

const manners: Readonly<Record<string, Manner>> = {
  slow: (response) => void setTimeout(() => response.end(), 2_000),
  hangs: () => undefined,
  resets: (response) => void response.destroy(),
  refuses: (response) => void response.writeHead(503).end('later'),
  garbage: (response) => void response.writeHead(200, { 'content-type': 'application/fhir+json' }).end('}{\u0000'),
  redirects: (response) => void response.writeHead(307, { location: '/elsewhere' }).end(),
  endless: (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(endless), 5);
    response.on('close', () => clearInterval(timer));
  },
  flaps: (response, nth) => void response.writeHead(nth % 2 === 0 ? 500 : 200).end(),
};

const arrived = new Map<string, Arrived[]>();
const requests = new Map<string, number>();
let latest = 0;

const server = createServer((request, response) => {
  const path = (request.url ?? '/').slice(1);
  if (path === 'heard') tell(response);
  else if (path === 'progress') response.end(JSON.stringify({ latest, events: countGood() }));
  else take(path, request, response);
});

function take(path: string, request: IncomingMessage, response: ServerResponse): void {
  read(request, (body) => {
    const isEvents = note(path, body);
    const nth = (requests.get(path) ?? 0) + 1;
    requests.set(path, nth);
    const manner = isEvents ? manners[path] : undefined;
    if (manner === undefined) response.end();
    else manner(response, nth);
  });
}

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`);
});
// Whoever started it is gone.
process.stdin.on('end', () => process.exit()).resume();

function read(request: IncomingMessage, then: (body: string) => void): void {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    then(Buffer.concat(parts).toString('utf8'));
  });
}

interface Entry {
  readonly fullUrl: string;
  readonly resource?: object;
  readonly response: { readonly etag?: string; readonly lastModified?: string };
}

interface Notification {
  readonly entry: readonly Entry[];
}

interface Status {
  readonly type: string;
  readonly notificationEvent?: readonly {
    readonly eventNumber: string;
    readonly focus?: { readonly reference: string };
  }[];
}

/** @returns whether it told events */
function note(path: string, body: string): boolean {
  const now = Date.now();
  const { entry } = JSON.parse(body) as Notification;
  const { type, notificationEvent = [] } = entry[0]!.resource as Status;
  if (type !== 'event-notification') return false;
  const all = arrived.get(path) ?? [];
  arrived.set(path, all);
  for (const { eventNumber, focus } of notificationEvent) {
    const { content, stored } = contentOf(focus?.reference ?? '', entry);
    if (path.startsWith('good')) latest = Math.max(latest, stored || 0);
    all.push([Number(eventNumber), content, stored, now]);
  }
  return true;
}

/**
 * The version that an event is about. Of several of one resource the reference names it; several deletions of one have one entry, since entries without a version must
 * not have the same address (bdl-7). Without an entry there is no content: it is told apart from all that is expected.
 */
function contentOf(
  reference: string,
  entries: readonly Entry[],
): { readonly content: string; readonly stored: number } {
  const [, url = reference, version] = /^(.*)\/_history\/(\d+)$/.exec(reference) ?? [];
  const own = entries.filter(({ fullUrl }) => fullUrl === url);
  const named = version === undefined ? undefined : `W/"${version}"`;
  const found =
    own.find(({ response }) => named === undefined || response.etag === named) ??
    own.find(({ resource }) => resource === undefined);
  const { etag, lastModified = '' } = found?.response ?? {};
  const id = found === undefined ? '' : url.slice(url.lastIndexOf('/') + 1);
  return { content: `${id} ${(found && named) ?? etag ?? ''}`, stored: Date.parse(lastModified) };
}

/** Repeats counted. */
function countGood(): number {
  return [...arrived].reduce((sum, [path, all]) => sum + (path.startsWith('good') ? all.length : 0), 0);
}

function tell(response: ServerResponse): void {
  const heard: Heard = Object.fromEntries(arrived);
  response.end(JSON.stringify(heard));
}
