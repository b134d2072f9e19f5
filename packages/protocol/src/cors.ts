/**
 * Web pages that may read answers of the endpoints for programs (https://fetch.spec.whatwg.org/#http-cors-protocol). These endpoints take
 * no cookies, so a page may send the same requests as any program; CORS only decides whether it may read the answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PublicOrigins } from '@dhp/clients';
import type { Registration } from '@dhp/clients/rows';

/** Origins whose pages may read the answers to any client; `*` for all. */
export type CorsOrigins = '*' | readonly string[];

export interface Cors {
  /** Lets the requesting page read the answer if it may. @param client the client as which the request was admitted */
  mark(request: IncomingMessage, response: ServerResponse, client: Registration | undefined): void;
  /**
   * Lets the pages of every public client read a refusal, whichever client it was for: an application cannot react to an error that its
   * browser hides, and for many refusals the client is unknown. Refusals hold no secret.
   */
  markRefusal(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

const exposed = 'DPoP-Nonce, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate';

/** A public client runs in a page at the origin of one of its redirect URIs; in addition, the configured origins may read the answers. */
export function openCors(origins: CorsOrigins, publicOrigins: PublicOrigins): Cors {
  const isOwn = (origin: string, client: Registration | undefined): boolean =>
    client?.public === true && client.redirect_uris.some((uri) => URL.parse(uri)?.origin === origin);
  const isSet = (origin: string): boolean => origins === '*' || origins.includes(origin);
  return {
    mark({ headers: { origin } }, response, client) {
      varyByOrigin(response);
      if (origin === undefined || origin === 'null') return;
      const isClients = isOwn(origin, client);
      if (isClients) publicOrigins.note(origin);
      if (isClients || isSet(origin)) allow(response, origin);
    },
    async markRefusal({ headers: { origin } }, response) {
      varyByOrigin(response);
      if (origin === undefined || origin === 'null' || response.hasHeader('Access-Control-Allow-Origin')) return;
      if (isSet(origin) || (await publicOrigins.has(origin))) allow(response, origin);
    },
  };
}

function allow(response: ServerResponse, origin: string): void {
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Expose-Headers', exposed);
}

function varyByOrigin(response: ServerResponse): void {
  const before = [response.getHeader('Vary') ?? []].flat().map(String);
  if (!before.some((value) => /(?:^|,\s*)origin(?:\s*,|$)/i.test(value))) response.appendHeader('Vary', 'Origin');
}
