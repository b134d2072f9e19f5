/** The end of a launch: the code is exchanged, and the answer looked at as an application has to. */
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { jsonAt, membersOf, textOf } from '../explorer/kept.ts';
import type { ExplorerOptions } from '../options.ts';
import { Ended, patience, relayed, shortCode, type Course, type Request } from './course.ts';
import { hidden, jsonLines, requestLines, type Check, type Outcome } from './steps.ts';

/** Sends the token request. @returns the answer with the tokens */
export async function exchange(
  { plan, servers, context, relayKey, steps }: Course,
  { code, verifier, endpoint }: { code: string; verifier: string; endpoint: string },
): Promise<Readonly<Record<string, unknown>>> {
  const { client_id: client, public: isPublic } = plan.application;
  const form = {
    ...{ grant_type: 'authorization_code', code, redirect_uri: plan.redirectUri, code_verifier: verifier },
    ...(isPublic && { client_id: client }),
  };
  const authorization = isPublic ? '' : `Basic ${btoa(`${client}:${encodeURIComponent(plan.secret)}`)}`;
  const answer = await fetch(`${servers.sso.internal}${endpoint.slice(servers.sso.published.length)}`, {
    ...{ method: 'POST', body: new URLSearchParams(form), redirect: 'manual' },
    headers: { ...relayed(context, relayKey, authorization), ...(!isPublic && { authorization }) },
    signal: AbortSignal.timeout(patience),
  });
  const said = membersOf(await answer.json());
  const shown = requestLines(
    `POST ${endpoint}`,
    { ...form, code: shortCode(code), code_verifier: shortCode(verifier) },
    'form',
  );
  if (!isPublic) shown.splice(1, 0, `Authorization: Basic ${hidden}`);
  steps.push({ name: 'exchange', request: shown });
  if (!answer.ok) {
    steps.push({ name: 'answer', request: [String(answer.status), ...jsonLines(said)] });
    throw new Ended({ because: 'error', error: textOf(said['error']) });
  }
  return said;
}

export async function readAnswer(
  { plan, servers, context, own, steps }: Course,
  said: Readonly<Record<string, unknown>>,
  { nonce, endpoints }: Request,
): Promise<Outcome['held']> {
  const { client_id: client, client_name: name } = plan.application;
  const idToken = textOf(said['id_token']);
  const claims =
    idToken === '' ? undefined : await claimsOf(servers, idToken, { issuer: endpoints.issuer, audience: client });
  const checks: Check[] =
    idToken === ''
      ? []
      : [
          { name: 'signature', isGood: claims !== undefined },
          { name: 'nonce', isGood: claims?.['nonce'] === nonce },
        ];
  const token = claims === undefined ? [] : ['', 'id_token:', ...jsonLines(claims)];
  steps.push({ name: 'answer', request: ['200', ...jsonLines(said), ...token], checks });
  const wrong = checks.find(({ isGood }) => !isGood);
  if (wrong !== undefined) throw new Ended({ because: 'check', name: wrong.name });
  return own.hold(context, { client, name }, said);
}

/** The claims of an id_token (OpenID Connect Core 1.0 section 3.1.3.7); undefined if it must not be believed. */
async function claimsOf(
  { sso }: ExplorerOptions,
  idToken: string,
  expected: { readonly issuer: string; readonly audience: string },
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const keys = (await jsonAt(`${sso.internal}/oauth/jwks`, { timeout: patience })) as JSONWebKeySet;
  try {
    return (await jwtVerify(idToken, createLocalJWKSet(keys), { ...expected, algorithms: ['RS256'] })).payload;
  } catch {
    return undefined;
  }
}
