/** Expectations that many rows share. */
import assert from 'node:assert/strict';
import { decodeJwt, type JWTPayload } from '../../apps/sso/test/jose.ts';
import { basic, type Answer } from '../../apps/sso/test/support.ts';
import type { Fixture } from './clients.ts';
import { issuer, type Query, type Redirect, type World } from './world.ts';

export { basic };

/** Status and the error code of OAuth. */
export function isError(answer: Answer, status: number | readonly number[], error?: string | readonly string[]): void {
  assert.ok([status].flat().includes(answer.status), `status ${answer.status}: ${answer.text}`);
  if (error !== undefined) {
    assert.ok(
      [error].flat().includes(String(answer.body['error'])),
      `error ${String(answer.body['error'])}: ${answer.text}`,
    );
  }
}

/** A token response (RFC 6749 section 5.1). @returns its members */
export function isOk(answer: Answer): Record<string, string> {
  const { status, body, headers, text } = answer;
  assert.equal(status, 200, text);
  assert.equal(typeof body['access_token'], 'string');
  assert.equal(typeof body['token_type'], 'string');
  assert.ok(Number.isInteger(body['expires_in']));
  assert.equal(typeof body['scope'], 'string');
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('pragma'), 'no-cache');
  assert.match(headers.get('content-type') ?? '', /^application\/json/);
  return body as Record<string, string>;
}

export function claimsOf(answer: Answer): JWTPayload {
  return decodeJwt(isOk(answer)['access_token']!);
}

/** The client learns of the error, with the state of the request and the issuer. */
export function isRedirectedError(
  got: { location: URL | undefined },
  at: Fixture,
  error: string | readonly string[],
): void {
  assert.ok(got.location !== undefined, 'no Location');
  assert.ok(got.location.href.startsWith(at.redirectUri), got.location.href);
  const found = got.location.searchParams.get('error') ?? 'no error';
  assert.ok([error].flat().includes(found), got.location.href);
  assert.equal(got.location.searchParams.get('iss'), issuer);
  assert.equal(got.location.searchParams.get('code'), null);
}

/** A page with the error, and no way to the client. */
export function isPageError(got: Redirect): void {
  assert.equal(got.status, 400, got.text.slice(0, 200));
  assert.equal(got.location, undefined);
}

/** The browser is led to the pages of the sign-in. */
export function leadsToSignIn(got: Redirect): void {
  assert.ok([302, 303].includes(got.status), `status ${got.status}: ${got.text.slice(0, 300)}`);
  assert.match(got.location?.pathname ?? '', /^\/sign-in\//);
}

export const challenge = { code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' };

/** A complete authorization request of the browser application, but for what is given. */
export function spaRequest(world: World, given: Query = {}): Query {
  const { id, redirectUri } = world.of.SPA;
  return {
    client_id: id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid user/*.rs',
    state: 'xyz',
    ...challenge,
    ...given,
  };
}

/** A complete authorization request of the confidential client without the flag, but for what is given. */
export function webRequest(world: World, given: Query = {}): Query {
  const { id, redirectUri } = world.of.WEB2;
  return { ...spaRequest(world), client_id: id, redirect_uri: redirectUri, ...given };
}

export const refreshForm = (world: World, refreshToken: string | undefined): Record<string, string | undefined> => ({
  grant_type: 'refresh_token',
  client_id: world.of.SPA.id,
  refresh_token: refreshToken,
});

export async function introspect(world: World, token: string, as: Fixture = world.of.RS): Promise<Answer> {
  return world.post('/oauth/introspect', { token }, basic(as.id, as.secret));
}

export async function isInactive(world: World, token: string, as: Fixture = world.of.RS): Promise<void> {
  const { status, text } = await introspect(world, token, as);
  assert.equal(status, 200);
  assert.equal(text, '{"active":false}');
}

export const bearer = (token: string | undefined): { authorization: string } => ({
  authorization: `Bearer ${token ?? ''}`,
});

export async function backendToken(world: World, client: Fixture = world.of.CC): Promise<string> {
  return isOk(await world.token(client.form))['access_token']!;
}
