/**
 * The session of a person at the portal. The portal stores none itself: the browser holds a sealed access token of the person in a cookie
 * that no script can read, and the SSO decides at each request whether the token is valid. docs/decisions/0066-session-of-the-portal.md
 */
import { hash, randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Language } from '@dhp/negotiation';
import { equal } from '@dhp/web-kit';
import type { PortalOptions, SignInOptions } from '../options.ts';
import { cookiesOf } from './cookies.ts';
import { sealed, unsealed } from './sealed.ts';
import { openSso, type Sso } from './sso.ts';

/** Paths below the portal. */
export const paths = { signIn: '/sign-in', signedIn: '/signed-in', signOut: '/sign-out' } as const;

/** Seconds before its expiry within which a page requests another token, so that an open form can still be sent. */
const renewal = 900;
/** Seconds for which a new token is not renewed, whatever the clocks say. */
const rest = 60;
/** Seconds that a sign-in may take. */
const longestSignIn = 3600;

export interface Session {
  readonly token: string;
  readonly name: string;
  /** Id of the person, or of the session if it was begun by the previous version. */
  readonly person: string;
  /** Key of the forms, 32 bytes, base64url. */
  readonly formKey: string;
  /** A page had better ask for another token before it shows a form. */
  readonly isOld: boolean;
}

export interface Sessions {
  readonly sso: Sso;
  find(request: FastifyRequest): Promise<Session | undefined>;
  /** The address of the SSO at which a person signs in and from which the browser returns to `to`, a path of the portal. */
  begin(request: FastifyRequest, reply: FastifyReply, o: { to: string; language: Language }): Promise<string>;
  /**
   * Completes a sign-in that `begin` started in this browser. @returns the path at which to continue; undefined if it was not started here
   */
  complete(request: FastifyRequest, reply: FastifyReply): Promise<string | undefined>;
  /** The browser forgets it. */
  forget(reply: FastifyReply): void;
}

export function openSessions(options: PortalOptions, signIn: SignInOptions): Sessions {
  const { urls } = options;
  const { key } = signIn;
  const redirectUri = `${urls.portal}${paths.signedIn}`;
  const sso = openSso(signIn, { issuer: urls.sso, redirectUri });
  const cookies = cookiesOf(urls.portal);

  const cookieOf = (request: FastifyRequest): ReturnType<typeof unsealed> =>
    unsealed(key, 'session', cookies.read(request.headers.cookie, 'dhp_portal') ?? '');

  /** The key of the renewed session: open pages keep working, and texts sealed for it can be opened. Another person gets another key. */
  async function formKeyFor(request: FastifyRequest, sub: string): Promise<string> {
    const before = (await cookieOf(request))?.claims;
    return before !== undefined && before['sub'] === sub ? String(before['formKey']) : random();
  }

  return {
    sso,
    async find(request) {
      const found = await cookieOf(request);
      if (found === undefined) return undefined;
      const { claims, since, until } = found;
      const now = Date.now() / 1000;
      return {
        token: String(claims['token']),
        name: String(claims['name']),
        person: String(claims['sub'] ?? claims['formKey']),
        formKey: String(claims['formKey']),
        isOld: until - now < renewal && now - since > rest,
      };
    },
    async begin(request, reply, { to, language }) {
      const known = cookies.read(request.headers.cookie, 'dhp_portal_way');
      const way = known !== undefined && /^[\w-]{43}$/.test(known) ? known : random();
      if (way !== known) cookies.set(reply, 'dhp_portal_way', way);
      const verifier = random();
      // The browser brings back everything needed to complete the sign-in, so any process can answer, and two tabs do not interfere.
      const state = await sealed(key, 'sign-in', { verifier, to, way: digest(way) }, longestSignIn);
      const query = new URLSearchParams({
        ...{ client_id: signIn.clientId, response_type: 'code', redirect_uri: redirectUri, state },
        ...{ scope: 'dhp.applications', resource: urls.sso, ui_locales: language },
        ...{ code_challenge: digest(verifier), code_challenge_method: 'S256' },
      });
      return `${urls.sso}/oauth/authorize?${query.toString()}`;
    },
    async complete(request, reply) {
      const { code, state } = request.query as Record<string, unknown>;
      const begun = typeof state === 'string' ? await unsealed(key, 'sign-in', state) : undefined;
      const way = cookies.read(request.headers.cookie, 'dhp_portal_way');
      // A state of another browser: somebody wants this person to act in another person's account.
      if (begun === undefined || way === undefined || !equal(digest(way), String(begun.claims['way'])))
        return undefined;
      if (typeof code !== 'string') return undefined;
      const tokens = await sso.exchange({ code, verifier: String(begun.claims['verifier']), address: request.ip });
      if (tokens === undefined) return undefined;
      const person = await sso.ask<{ sub: string; name: string }>(
        { token: tokens.accessToken, address: request.ip },
        '',
      );
      if (person.kind !== 'done') return undefined;
      const { sub, name } = person.body;
      const claims = { token: tokens.accessToken, sub, name, formKey: await formKeyFor(request, sub) };
      cookies.set(reply, 'dhp_portal', await sealed(key, 'session', claims, tokens.seconds));
      return String(begun.claims['to']);
    },
    forget: (reply) => cookies.remove(reply, 'dhp_portal'),
  };
}

const random = (): string => randomBytes(32).toString('base64url');
const digest = (text: string): string => hash('sha256', text, 'base64url');
