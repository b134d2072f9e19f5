/**
 * The visitor's own token: obtained by the authorization code flow with PKCE for an application of the visitor, and stored, sealed, only in
 * the page of the tab. No cookie, storage or log contains it; a page sealed for one session is useless in another.
 */
import { hash, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { equal, relayAddress, relayedAddressField } from '@dhp/web-kit';
import type { ExplorerOptions, SignInOptions } from '../options.ts';
import type { RequestContext } from '../session/routes.ts';
import { sealed, unsealed } from '../session/sealed.ts';

/** Path below the portal to which the SSO sends the browser back. */
export const ownRedirect = '/explorer/signed-in';

/** Seconds that a sign-in may take. */
const longestSignIn = 3600;
/** Milliseconds that the SSO may take. */
const patience = 25_000;

export interface OwnApplication {
  readonly id: string;
  readonly name: string;
  readonly scope: string;
}

/** A token of the visitor, as a page shows it. */
export interface Held {
  /** For the form: the token, sealed. */
  readonly sealed: string;
  readonly application: string;
  readonly scope: string;
  /** The expiry of the token, seconds since 1970. */
  readonly until: number;
  /** Ids of the launch context. */
  readonly patient: string | undefined;
  readonly token: string;
}

export interface OwnTokens {
  /** Address at the SSO at which the visitor signs in. */
  begin(context: RequestContext, application: OwnApplication): Promise<string>;
  /** @returns an OAuth error code if there is no token; `state` if the redirect did not begin in this session */
  complete(context: RequestContext, query: (name: string) => string): Promise<Held | { readonly error: string }>;
  /** Seals a token from an answer of the token endpoint. @returns undefined if the answer has none */
  hold(
    context: RequestContext,
    of: { readonly client: string; readonly name: string },
    said: Readonly<Record<string, unknown>>,
  ): Promise<Held | undefined>;
  /** The token that a form carries; undefined if it has ended, or is of another session. */
  held(context: RequestContext, text: string): Promise<Held | undefined>;
  /** Revokes the token at the SSO. @returns whether it has ended */
  revoke(context: Pick<RequestContext, 'request'>, held: Pick<Held, 'sealed'>): Promise<boolean>;
}

/** @param o.portal public base URL of the portal */
export function openOwnTokens({
  signIn: { key, relayKey },
  portal,
  servers,
}: {
  signIn: Pick<SignInOptions, 'key' | 'relayKey'>;
  portal: string;
  servers: ExplorerOptions;
}): OwnTokens {
  const { internal, published } = servers.sso;
  const redirectUri = `${portal}${ownRedirect}`;
  const post = poster(internal, relayKey);

  async function exchange(context: RequestContext, form: Record<string, string>): Promise<Record<string, unknown>> {
    const fixed = { grant_type: 'authorization_code', redirect_uri: redirectUri };
    return (await (await post(context, '/oauth/token', { ...fixed, ...form })).json()) as Record<string, unknown>;
  }

  const hold: OwnTokens['hold'] = async ({ session }, { client, name }, said) => {
    const { access_token: token, scope, expires_in: seconds, patient } = said;
    if (typeof token !== 'string' || typeof seconds !== 'number') return undefined;
    const claims = {
      ...{ token, owner: digest(session.formKey), client, application: name, scope: textOf(scope) },
      ...(typeof patient === 'string' && { patient }),
    };
    const text = await sealed(key, 'explorer-token', claims, seconds);
    return shown(text, claims, endOf(token, seconds));
  };

  return {
    hold,
    async begin({ session, language }, { id, name, scope }) {
      const verifier = randomBytes(32).toString('base64url');
      const claims = { verifier, client: id, name, owner: digest(session.formKey) };
      const state = await sealed(key, 'explorer-sign-in', claims, longestSignIn);
      // Calls are made while the person is present: a longer-lived token would not be used.
      const asked = scope.split(' ').filter((one) => !/^(?:offline|online)_access$/.test(one));
      const query = new URLSearchParams({
        ...{ scope: asked.join(' '), client_id: id, response_type: 'code', redirect_uri: redirectUri, state },
        ...{ code_challenge: digest(verifier), code_challenge_method: 'S256', ui_locales: language },
      });
      return `${published}/oauth/authorize?${query.toString()}`;
    },
    async complete(context, query) {
      const begun = await unsealed(key, 'explorer-sign-in', query('state'));
      const owner = digest(context.session.formKey);
      if (begun === undefined || !equal(owner, String(begun.claims['owner']))) return { error: 'state' };
      if (query('code') === '') return { error: query('error') || 'server_error' };
      const { client, verifier, name } = begun.claims as Record<string, string>;
      const form = { client_id: client!, code: query('code'), code_verifier: verifier! };
      const said: Record<string, unknown> = await exchange(context, form).catch(() => ({}));
      const held = await hold(context, { client: client!, name: name! }, said);
      return held ?? { error: typeof said['error'] === 'string' ? said['error'] : 'temporarily_unavailable' };
    },
    async held({ session }, text) {
      const found = text === '' ? undefined : await unsealed(key, 'explorer-token', text);
      if (found === undefined || !equal(digest(session.formKey), String(found.claims['owner']))) return undefined;
      return shown(text, found.claims, found.until);
    },
    async revoke(context, { sealed: text }) {
      const found = await unsealed(key, 'explorer-token', text);
      if (found === undefined) return true;
      const { token, client } = found.claims;
      const asked = post(context, '/oauth/revoke', { token: textOf(token), client_id: textOf(client) });
      return asked.then(
        ({ ok }) => ok,
        () => false,
      );
    },
  };
}

/**
 * Posts forms to the SSO with the address of the browser: visitors do not share a limit there, and the audit trail shows who got a token.
 */
const poster =
  (sso: string, relayKey: Uint8Array) =>
  (
    { request }: Pick<RequestContext, 'request'>,
    path: string,
    form: Readonly<Record<string, string>>,
  ): Promise<Response> => {
    const relayed = relayAddress(request.ip, { key: relayKey, authorization: '', now: Date.now() });
    return fetch(`${sso}${path}`, {
      ...{ method: 'POST', body: new URLSearchParams(form), headers: { [relayedAddressField]: relayed } },
      ...{ redirect: 'manual', signal: AbortSignal.timeout(patience) },
    });
  };

function shown(text: string, claims: Readonly<Record<string, unknown>>, until: number): Held {
  const { token, application, scope, patient } = claims;
  return {
    ...{ sealed: text, until, token: textOf(token), application: textOf(application), scope: textOf(scope) },
    patient: typeof patient === 'string' ? patient : undefined,
  };
}

/** As the token says it: both clocks need not agree. */
function endOf(token: string, seconds: number): number {
  try {
    return decodeJwt(token).exp ?? 0;
  } catch {
    return Math.floor(Date.now() / 1000) + seconds;
  }
}

const digest = (text: string): string => hash('sha256', text, 'base64url');
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
