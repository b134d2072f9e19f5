/** Requests of the portal to the SSO: tokens for a code, and the API that acts for a signed-in person. */
import { relayAddress, relayedAddressField } from '@dhp/web-kit';
import type { SignInOptions } from '../options.ts';

/** How long the SSO may take, in milliseconds. */
const patience = 25_000;

/** Answer of the API. `signed-out`: the token is no longer valid. `away`: the SSO gave no valid answer. */
export type Answer<Body> =
  | { readonly kind: 'done'; readonly body: Body }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string; readonly message: string }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'away' };

/** The person behind a request, and the address of the browser, which the SSO counts and records. */
export interface Person {
  readonly token: string;
  readonly address: string;
}

export interface Sso {
  /** @returns undefined for a code that the SSO refuses; throws if the SSO does not answer */
  exchange(o: {
    code: string;
    verifier: string;
    address: string;
  }): Promise<{ accessToken: string; seconds: number } | undefined>;
  /** A request below `/developer` for a person; a body makes it a POST. */
  ask<Body>(person: Person, path: string, body?: Readonly<Record<string, unknown>>): Promise<Answer<Body>>;
}

export function openSso(
  { clientId, clientSecret, relayKey, ssoInternal }: SignInOptions,
  { issuer, redirectUri }: { issuer: string; redirectUri: string },
): Sso {
  const basic = Buffer.from(`${clientId}:${encodeURIComponent(clientSecret)}`).toString('base64');
  const headersFor = (authorization: string, address: string): Record<string, string> => ({
    authorization,
    [relayedAddressField]: relayAddress(address, { key: relayKey, authorization, now: Date.now() }),
  });
  return {
    async exchange({ code, verifier, address }) {
      const body = new URLSearchParams({
        ...{ grant_type: 'authorization_code', code, code_verifier: verifier },
        ...{ redirect_uri: redirectUri, resource: issuer },
      });
      const headers = headersFor(`Basic ${basic}`, address);
      const answer = await send(`${ssoInternal}/oauth/token`, { method: 'POST', body, headers });
      const { access_token: accessToken, expires_in: seconds } = (await answer.json()) as Record<string, unknown>;
      if (answer.status >= 500) throw new Error(`The SSO answered ${String(answer.status)}`);
      return typeof accessToken === 'string' && typeof seconds === 'number' ? { accessToken, seconds } : undefined;
    },
    async ask<Body>(
      { token, address }: Person,
      path: string,
      body?: Readonly<Record<string, unknown>>,
    ): Promise<Answer<Body>> {
      const headers = {
        ...headersFor(`Bearer ${token}`, address),
        ...(body && { 'content-type': 'application/json' }),
      };
      const sent = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
      try {
        const answer = await send(`${ssoInternal}/developer${path}`, sent);
        if (answer.status === 401) return { kind: 'signed-out' };
        if (answer.status === 204) return { kind: 'done', body: undefined as Body };
        const said = (await answer.json()) as Record<string, unknown>;
        if (answer.ok) return { kind: 'done', body: said as Body };
        if (answer.status >= 500 || answer.status === 429) return { kind: 'away' };
        const [reason, message] = [textOf(said['kind']), textOf(said['error_description'])];
        return { kind: 'refused', status: answer.status, reason, message };
      } catch {
        return { kind: 'away' };
      }
    },
  };
}

const send = (url: string, o: RequestInit): Promise<Response> =>
  fetch(url, { ...o, redirect: 'manual', signal: AbortSignal.timeout(patience) });

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
