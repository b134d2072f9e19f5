/**
 * A client's request for a token in the form that nearly all programs send: a secret in the form or by HTTP Basic, optionally scopes, and
 * nothing else. Requests in another form, and wrong ones, are left to the engine.
 */
import { isAscii } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';
import { clientIdShape } from '@dhp/clients';
import { isDecodable } from '@dhp/web-kit';
import { bodyLimit, enginePaths } from './paths.ts';

export interface PlainTokenRequest {
  readonly clientId: string;
  readonly secret: string;
  readonly scope: string | undefined;
}

const form = /^application\/x-www-form-urlencoded(?:; ?charset=utf-8)?$/i;
/** Of a body in bytes; a longer one is no usual request. */
const length = /^[1-9]\d{0,3}$/;
/** Header fields that may change the engine's decision. */
const unusual = [
  ...['content-encoding', 'transfer-encoding', 'expect', 'dpop'],
  ...['oauth-client-attestation', 'oauth-client-attestation-pop'],
];

/** Whether the head of a request is that of a plain token request. */
export function isPlainHead({ method, url, headers }: IncomingMessage): boolean {
  return (
    method === 'POST' &&
    url === enginePaths.token &&
    form.test(headers['content-type'] ?? '') &&
    length.test(headers['content-length'] ?? '') &&
    unusual.every((name) => headers[name] === undefined)
  );
}

const names: ReadonlySet<string> = new Set(['grant_type', 'client_id', 'client_secret', 'scope']);
/** RFC 6749 section 3.3 */
const scopes = /^[!#-[\]-~]+(?: [!#-[\]-~]+)*$/;
/** Only characters that need no decoding. */
const secrets = /^[A-Za-z0-9._~-]+$/;

/** Returns the parameters of a plain request; undefined for any other request. */
export function plainTokenRequest(headers: IncomingHttpHeaders, body: Buffer): PlainTokenRequest | undefined {
  if (!isAscii(body)) return undefined;
  const text = body.toString('latin1');
  if (!isDecodable(text)) return undefined;
  const sent = parse(text);
  for (const name in sent) if (!names.has(name) || typeof sent[name] !== 'string') return undefined;
  const { grant_type: grant, client_id: id, client_secret: inForm, scope } = sent as Record<string, string>;
  if (grant !== 'client_credentials' || (scope !== undefined && !scopes.test(scope))) return undefined;
  const credentials = headers.authorization === undefined ? { id, secret: inForm } : basicOf(headers.authorization);
  if (credentials === undefined || (headers.authorization !== undefined && inForm !== undefined)) return undefined;
  const { id: clientId, secret } = credentials;
  if (clientId === undefined || secret === undefined || (id ?? clientId) !== clientId) return undefined;
  return clientIdShape.test(clientId) && secrets.test(secret) ? { clientId, secret, scope } : undefined;
}

function basicOf(header: string): { id: string; secret: string } | undefined {
  const [, encoded] = /^basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header) ?? [];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  // Other encodings of the same bytes are left to the engine.
  if (bytes.toString('base64') !== encoded) return undefined;
  const text = bytes.toString('latin1');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { id: text.slice(0, colon), secret: text.slice(colon + 1) };
}

/**
 * Reads a body to its end, or until it exceeds the engine's limit: the engine then refuses the returned part as usual. For a body that was
 * given back, returns that. @throws if the connection ends before the body
 */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  // An own property: normally `iterator` is inherited from the stream's class.
  if (Object.hasOwn(request, 'iterator')) return readAgain(request);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parts: Buffer[] = [];
  let length = 0;
  let isRead = false;
  const take = (part: Buffer): void => {
    parts.push(part);
    if ((length += part.length) <= bodyLimit) return;
    request.off('data', take).pause();
    end();
  };
  const end = (): void => {
    isRead = true;
    resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  };
  request
    .on('data', take)
    .on('end', end)
    .on('error', reject)
    // Every request is closed in the end, and making an error with its stack takes longer than reading the body.
    .on('close', () => {
      if (!isRead) reject(new Error('The connection ended within the body.'));
    });
  return promise;
}

async function readAgain(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request.iterator() as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

/** Lets the engine read the body of a request, or fail to, as if nothing had read it before. */
export function giveBack(request: IncomingMessage, read: Buffer | Error): void {
  Object.defineProperty(request, 'readable', { value: true });
  request.iterator = async function* again(): NodeJS.AsyncIterator<Buffer> {
    if (read instanceof Error) throw read;
    yield await Promise.resolve(read);
  };
}
