/**
 * The only way out: every request to an address that somebody registered (keys of clients, logout notices, metadata of an identity system) goes through
 * here, so that nobody can make this server call addresses that only this server can reach.
 */
import { lookup, type LookupAddress } from 'node:dns';
import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { openConnections, type Connections } from './kept-connections.ts';
import { isInternal } from './internal-addresses.ts';

export interface OutboundOptions {
  /** Hosts, each as `host` or `host:port`, that may be internal and may be spoken to without TLS. Empty in production. */
  allowedHosts?: readonly string[];
  /** Finds the addresses of a name (default: as Node does). */
  resolve?: Resolve;
  /** Its certificate for servers that require one (mutual TLS), and authorities that it trusts in addition to those of Node; all in PEM. */
  tls?: TlsParts | undefined;
}

interface TlsParts {
  readonly certificate?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  readonly authorities?: string | Buffer | undefined;
}

type Resolve = (
  hostname: string,
  options: { all: true },
  done: (error: Error | null, found: LookupAddress[]) => void,
) => void;

export interface OutboundRequest {
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** Most bytes of the answer. */
  maxBytes?: number;
  /** For all of it, in ms. */
  timeout?: number;
  /** Without a byte, in ms (default: as `timeout`). */
  idle?: number;
  /** Ends it. */
  signal?: AbortSignal;
  /**
   * Receives the bytes of an answer with status 200 as they come, each part before the next one is requested: `bytes` and `body` are empty then.
   */
  into?: (part: Buffer) => Promise<void>;
}

export interface OutboundResponse {
  status: number;
  headers: Headers;
  /** As UTF-8. */
  body: string;
  bytes: Buffer;
}

/** Rejects with an OutboundError. Redirects are not followed: they are the answer. */
export type Outbound = (url: string, request: OutboundRequest) => Promise<OutboundResponse>;

/** The request was not made, or not answered as it must be. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  /** The fault is visible in the address itself; nothing was looked up for it. */
  readonly isOfText: boolean;

  constructor(message: string, { isOfText = false, ...options }: ErrorOptions & { isOfText?: boolean } = {}) {
    super(message, options);
    this.isOfText = isOfText;
  }
}

/**
 * Returns the reason of a failed call, for the person who has named the address. Whether a name leads into the own network, and whether and how a
 * host answers there, has one text: different texts would reveal to a stranger what is in that network.
 */
export function faultForStrangers(error: unknown): string {
  return error instanceof OutboundError && error.isOfText ? error.message : 'it could not be fetched';
}

const defaults = { maxBytes: 64 * 1024, timeout: 5000 };

export function createOutbound(options: OutboundOptions = {}): Outbound {
  return outboundOver(options, undefined);
}

/**
 * The same for frequent calls of the same addresses: connections are kept for some seconds, so that not each request waits for a handshake of TLS. Each
 * was made to a checked address. A request that meets the end of such a connection is sent once more, on a new one: its effect may happen twice.
 */
export function openKeptOutbound(options: OutboundOptions = {}): {
  readonly outbound: Outbound;
  readonly close: () => void;
} {
  const connections = openConnections(contextOf(options));
  return { outbound: outboundOver(options, connections), close: () => connections.close() };
}

function outboundOver(options: OutboundOptions, connections: Connections | undefined): Outbound {
  const { resolve = lookup } = options;
  const context = contextOf(options);
  const single = context && new TlsAgent({ secureContext: context });
  return async (text, request) => {
    const address = addressIn(text, options);
    if ('fault' in address) throw new OutboundError(address.fault, { isOfText: true });
    const { url, mayBeInternal } = address;
    const find = mayBeInternal ? undefined : publicLookup(url.origin, resolve);
    const alone = { find, ...(single !== undefined && url.protocol === 'https:' && { agent: single }) };
    if (connections === undefined) return call(url, request, alone);
    try {
      return await call(url, request, { find, agent: connections.agentOf(url) });
    } catch (error) {
      if (!(error instanceof EndedConnection)) throw error;
      return call(url, request, alone);
    }
  };
}

/** @throws Error for an invalid certificate or key, or a key of another certificate */
function contextOf({ tls }: OutboundOptions): SecureContext | undefined {
  if (tls === undefined) return undefined;
  const { certificate, key, authorities } = tls;
  return createSecureContext({
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
    ...(authorities !== undefined && { ca: [...rootCertificates, authorities] }),
  });
}

/** The reason why an address is never called, wherever its name leads; undefined if it may be called. */
export function addressFault(text: string, options: Pick<OutboundOptions, 'allowedHosts'> = {}): string | undefined {
  const address = addressIn(text, options);
  return 'fault' in address ? address.fault : undefined;
}

function addressIn(
  text: string,
  options: Pick<OutboundOptions, 'allowedHosts'>,
): { readonly url: URL; readonly mayBeInternal: boolean } | { readonly fault: string } {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return { fault: `${text} is not a URL to call` };
  const mayBeInternal = isAllowed(url, options);
  if (url.protocol !== 'https:' && !(mayBeInternal && url.protocol === 'http:'))
    return { fault: `${url.origin} is not called: it is not https` };
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!mayBeInternal && isIP(host) !== 0 && isInternal(host)) return { fault: internalFault(url.origin) };
  return { url, mayBeInternal };
}

function isAllowed({ host, hostname }: URL, { allowedHosts = [] }: Pick<OutboundOptions, 'allowedHosts'>): boolean {
  return allowedHosts.includes(host) || allowedHosts.includes(hostname);
}

function internalFault(origin: string): string {
  return `${origin} is not called: it is an internal address`;
}

/** Names are resolved once, and the connection is made to the checked address: a second answer cannot lead elsewhere. */
function publicLookup(origin: string, resolve: Resolve): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        done(error, '');
        return;
      }
      // All of them must be public: the connection may take any of them.
      const [first] = found;
      if (first === undefined || found.some(({ address }) => isInternal(address))) {
        done(new OutboundError(internalFault(origin)), '');
        return;
      }
      if (options.all === true) done(null, found);
      else done(null, first.address, first.family);
    });
  };
}

/** A connection that was kept had ended before anything was answered on it. */
class EndedConnection extends Error {}

interface Way {
  readonly find: LookupFunction | undefined;
  /** Keeps connections; default: each request has its own. */
  readonly agent?: Agent;
}

function call(url: URL, request: OutboundRequest, { find, agent }: Way): Promise<OutboundResponse> {
  const { method, headers = {}, body = '', timeout = defaults.timeout, idle = timeout, signal } = request;
  if (signal?.aborted === true) return Promise.reject(unanswered(url, signal.reason));
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  let hasAnswer = false;
  return new Promise((resolved, rejected) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const outgoing = send(
      url,
      {
        method,
        headers: { ...headers, ...(method === 'POST' ? length : {}) },
        agent: agent ?? false,
        ...(find && { lookup: find }),
      },
      (incoming) => {
        hasAnswer = true;
        received(url, request, incoming, quiet).then(resolve, fail);
      },
    );
    let stopped: unknown;
    /** A part being received is completed: only then the end is reported. */
    const stop = (cause: unknown): void => {
      stopped = cause;
      outgoing.destroy();
      if (!hasAnswer) fail(cause);
    };
    // A plain timer: a signal for each request takes longer than all else that is done here for it.
    const timer = setTimeout(stop, timeout, new Error(`it took longer than ${timeout} ms`));
    const aborted = (): void => stop(signal?.reason);
    signal?.addEventListener('abort', aborted);
    const quiet =
      idle < timeout
        ? quietFor(idle, () => stop(new OutboundError(`${url.origin} sent nothing for ${idle} ms`)))
        : never;
    const end = (): void => {
      quiet.end();
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    };
    const resolve = (response: OutboundResponse): void => {
      end();
      resolved(response);
    };
    const fail = (error: unknown): void => {
      end();
      rejected(error instanceof TakingError ? (error.cause as Error) : unanswered(url, stopped ?? error));
    };
    outgoing.on('error', (error) => {
      if (outgoing.reusedSocket && !hasAnswer && isEnd(error)) {
        end();
        rejected(new EndedConnection());
      } else fail(error);
    });
    outgoing.end(body);
  });
}

function unanswered({ origin }: URL, cause: unknown): OutboundError {
  return cause instanceof OutboundError ? cause : new OutboundError(`${origin} did not answer`, { cause });
}

function isEnd(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

/** Detects silence. */
interface Quiet {
  /** Something came: it begins again. */
  readonly begin: () => void;
  /** Stops waiting, because the received part is being processed. */
  readonly end: () => void;
}

/** Used if the limit of the whole comes first. */
const never: Quiet = { begin: () => undefined, end: () => undefined };

function quietFor(milliseconds: number, over: () => void): Quiet {
  let timer = setTimeout(over, milliseconds);
  const end = (): void => {
    clearTimeout(timer);
  };
  return {
    end,
    begin: () => {
      end();
      timer = setTimeout(over, milliseconds);
    },
  };
}

/** The receiver of the bytes failed: an error of the receiver, not of the address. */
class TakingError extends Error {}

async function received(
  url: URL,
  { maxBytes = defaults.maxBytes, into }: OutboundRequest,
  incoming: IncomingMessage,
  quiet: Quiet,
): Promise<OutboundResponse> {
  quiet.begin();
  const take = incoming.statusCode === 200 ? into : undefined;
  const most: Most = {
    bytes: maxBytes,
    fault: () => new OutboundError(`${url.origin} answered with more than ${maxBytes} bytes`),
  };
  const bytes = take === undefined ? await whole(incoming, quiet, most) : await taken(incoming, quiet, most, take);
  const pairs = Object.entries(incoming.headers).map(([name, value]): [string, string] => [
    name,
    [value].flat().join(', '),
  ]);
  return { status: incoming.statusCode ?? 0, headers: new Headers(pairs), body: bytes.toString('utf8'), bytes };
}

/** The limit of an answer. */
interface Most {
  readonly bytes: number;
  readonly fault: () => OutboundError;
}

/** The bytes of an answer, all of them. */
function whole(incoming: IncomingMessage, quiet: Quiet, most: Most): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    incoming.on('data', (chunk: Buffer) => {
      quiet.begin();
      length += chunk.length;
      if (length <= most.bytes) {
        chunks.push(chunk);
        return;
      }
      reject(most.fault());
      incoming.destroy();
    });
    incoming.on('end', () => {
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    incoming.on('error', reject);
    // After `end` it has no new information.
    incoming.on('close', () => {
      reject(new Error('the answer ended before its end'));
    });
  });
}

/** Gives the bytes of an answer away, each part before the next one is requested. */
async function taken(
  incoming: IncomingMessage,
  quiet: Quiet,
  most: Most,
  take: (part: Buffer) => Promise<void>,
): Promise<Buffer> {
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    quiet.end();
    length += chunk.length;
    if (length > most.bytes) throw most.fault();
    await take(chunk).catch((cause: unknown) => {
      throw new TakingError('the answer could not be taken', { cause });
    });
    quiet.begin();
  }
  return Buffer.alloc(0);
}
