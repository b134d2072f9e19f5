import type { EngineContext } from 'oidc-provider';
import type { Registration } from '@dhp/clients/rows';
import type { FindRegistration } from '@dhp/clients';

type Query = Record<string, string | string[] | undefined>;

/**
 * Adds to an authorization request the parameters that it implies, before the engine reads it:
 *
 * - the short request of the platform document (`client_id` and `redirect_uri`, with or without `state` and PKCE), for clients that may
 *   send it. A request with any other parameter is a full one, in which a missing `response_type` is an error (RFC 6749 section 3.1.1);
 * - `aud` of SMART App Launch, which is the `resource` of RFC 8707;
 * - if it has no scope: every scope that the client is registered for;
 * - `prompt=consent` for `offline_access`, without which the engine drops that scope, and for a patient in context. `consent=as-needed`
 *   beside it tells the page that the client did not ask for consent, so that earlier permissions are not asked again.
 */
export async function completeAuthorizationRequest(ctx: EngineContext, find: FindRegistration): Promise<void> {
  const { consent: _ours, ...query } = ctx.query;
  const clientId = query['client_id'];
  const registration = typeof clientId === 'string' ? await find(clientId) : undefined;
  // A pushed request was completed when it was pushed, and parameters beside it are ignored (RFC 9126 section 4).
  const isPushed = typeof query['request_uri'] === 'string' && query['request_uri'].startsWith(pushedRequest);
  // The request of an unknown client is left unchanged: the engine refuses it.
  const isKnown = registration !== undefined && !registration.disabled;
  ctx.query = isPushed ? onlyPushed(query) : isKnown ? completed(query, registration) : query;
}

/** The same for a request in a form, of a client that has authenticated. */
export function completeForm(form: Query, registration: Registration): Query {
  const { consent: _ours, ...query } = form;
  return completed(query, registration);
}

/**
 * A resource in the form of our base URLs, without a final slash: libraries that parse a URL with an empty path add one (RFC 3986 section
 * 6.2.3).
 */
export function withoutSlash(resource: Query[string]): Query[string] {
  if (Array.isArray(resource)) return resource.map(withoutLastSlash);
  return resource === undefined ? undefined : withoutLastSlash(resource);
}

/** A slash alone stays: an empty text would mean the default resource. */
const withoutLastSlash = (resource: string): string => resource.replace(/(.)\/$/, '$1');

const pushedRequest = 'urn:ietf:params:oauth:request_uri:';

function onlyPushed({ client_id: clientId, request_uri: uri }: Query): Query {
  return { client_id: clientId, request_uri: uri };
}

function completed(given: Query, registration: Registration): Query {
  // RFC 6749 section 3.1: a parameter without a value counts as left out.
  const query: Query = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const complete: Query = { ...query };
  if (registration.minimal_authorize && isShort(query, registration)) complete['response_type'] = 'code';
  if (query['scope'] === undefined)
    complete['scope'] = registration.scopes.filter((one) => !one.startsWith('system/')).join(' ');
  complete['resource'] = withoutSlash(query['resource'] ?? query['aud']);
  if (registration.hex_challenge) useHexChallenge(complete);
  const scope = complete['scope'];
  const asked = typeof scope === 'string' ? scope.split(' ') : [];
  if (asked.includes('openid')) complete['redirect_uri'] ??= missingRedirectUri;
  else for (const name of onlyWithOpenid) complete[name] = undefined;
  useSignInForSelection(complete);
  // A launch context or a chosen patient belongs to one authorization, so each gets a separate grant.
  const hasContext = query['launch'] !== undefined || asked.includes('launch/patient');
  if ((asked.includes('offline_access') && query['prompt'] === undefined) || hasContext) askForConsent(complete);
  return complete;
}

/** The parameters of the short request, and those of client authentication, which accompany it when it is pushed. */
const shortParameters: ReadonlySet<string> = new Set([
  ...['client_id', 'redirect_uri', 'state', 'code_challenge', 'code_challenge_method'],
  ...['client_secret', 'client_assertion', 'client_assertion_type'],
]);

/**
 * Whether the request is a short one. The first applications, whose challenges are hexadecimal, also send `grant_type=authorization_code`
 * in it.
 */
function isShort(query: Query, { hex_challenge: isOfFirstDays }: Registration): boolean {
  return Object.entries(query).every(
    ([name, value]) =>
      value === undefined ||
      shortParameters.has(name) ||
      (isOfFirstDays && name === 'grant_type' && value === 'authorization_code'),
  );
}

/**
 * Parameters of OpenID Connect that have a meaning only with `openid`. Plain OAuth 2.0 ignores unknown parameters (RFC 6749 section 3.1),
 * but the engine refuses them.
 */
const onlyWithOpenid = ['nonce', 'claims', 'claims_locales'];

/**
 * Placeholder for a missing `redirect_uri` in a request for an id_token, which requires one (OpenID Connect Core 1.0 section 3.1.2.1).
 * Plain OAuth 2.0 allows omitting it if only one is registered, and the engine would fill that in.
 */
export const missingRedirectUri = 'urn:dhp:missing';

/** Replaces `select_account` by `login`: a person chooses an account by signing in (OpenID Connect Core 1.0 section 3.1.2.1). */
function useSignInForSelection(query: Query): void {
  const { prompt } = query;
  if (typeof prompt !== 'string') return;
  const prompts = prompt.split(' ').map((one) => (one === 'select_account' ? 'login' : one));
  query['prompt'] = [...new Set(prompts)].join(' ');
}

/** Only if the client did not decide otherwise: `none` allows no page, and `consent` from the client is meant literally. */
function askForConsent(query: Query): void {
  const { prompt } = query;
  if (prompt !== undefined && typeof prompt !== 'string') return;
  const prompts = prompt?.split(' ') ?? [];
  if (prompts.includes('none') || prompts.includes('consent')) return;
  Object.assign(query, { prompt: [...prompts, 'consent'].join(' '), consent: 'as-needed' });
}

/** SHA-256 as 64 hexadecimal digits, as the engine wants it (RFC 7636 section 4.2). */
function useHexChallenge(query: Query): void {
  const { code_challenge: given, code_challenge_method: method } = query;
  if (typeof given !== 'string' || !/^[0-9a-f]{64}$/i.test(given)) return;
  query['code_challenge'] = Buffer.from(given, 'hex').toString('base64url');
  if (method === undefined) query['code_challenge_method'] = 'S256';
}
