/** The engine's client object, made from a registration. */
import { LRUCache } from 'lru-cache';
import type { EngineClient, Provider } from 'oidc-provider';
import type { ClientKeys } from '@dhp/clients/authentication';
import { blankRegistration, hasKeys, type Registration } from '@dhp/clients/rows';
import { ClientKeyStore } from './key-store.ts';

// The number of cached client objects of the engine; making one costs about 100 us.
const maxCached = 2000;

export interface ClientParts {
  keys: ClientKeys;
  /** The supported `grant_type` values. */
  grants: readonly string[];
}

/** Registration that a client of the engine was made from. */
export function registrationOf(client: EngineClient): Registration {
  return (client as EngineClient & { readonly registration: Registration }).registration;
}

/**
 * Makes the engine's client objects, and caches those of the most recent clients by the version of their row. (The engine's own cache holds
 * 100 clients and hashes all metadata each time.)
 */
export function createClientCache(
  provider: Provider,
  parts: ClientParts,
): { of(registration: Registration): EngineClient } {
  const cache = new LRUCache<string, EngineClient>({ max: maxCached });
  return {
    of(registration) {
      const id = registration.client_id;
      const known = cache.get(id);
      const fresh = known !== undefined && registrationOf(known).row_version === registration.row_version;
      const client = fresh ? known : makeClient(provider, registration, parts);
      cache.set(id, client);
      return client;
    },
  };
}

export function makeClient(
  provider: Provider,
  registration: Registration,
  { keys, grants }: ClientParts,
): EngineClient {
  const client = new provider.Client({
    client_id: registration.client_id,
    client_secret: 'kept as a hash elsewhere', // the engine insists on one; it is never compared
    token_endpoint_auth_method: authenticationMethod(registration),
    ...(hasKeys(registration) ? { jwks_uri: 'https://unused.invalid/' } : {}), // the engine requires a URL; it asks the key store below instead
    grant_types: registration.grants.filter((grant) => grants.includes(grant)),
    response_types: registration.grants.includes('authorization_code') ? ['code'] : [],
    redirect_uris: registration.redirect_uris,
    // Native: any port of the loopback address (RFC 8252 section 7.3), and consent is always requested (section 8.6).
    application_type: isNative(registration) ? 'native' : 'web',
    client_name: registration.name,
    dpop_bound_access_tokens: registration.dpop_bound,
    post_logout_redirect_uris: registration.post_logout_redirect_uris,
    ...logoutNotices(registration),
    id_token_signed_response_alg: 'RS256', // SMART App Launch asks for it
  });
  Object.defineProperties(client, {
    asymmetricKeyStore: { value: new ClientKeyStore(registration, keys) },
    registration: { value: registration },
  });
  return client;
}

/** A registration that no secret matches and that has no permissions. */
export const decoyRegistration: Registration = {
  ...blankRegistration,
  ...{ client_id: 'decoy', name: 'decoy', disabled: true },
};

/** With these settings the id_token contains the session (`sid`), and so does the logout notice. */
function logoutNotices({ backchannel_logout_uri: uri }: Registration): object {
  return uri === null ? {} : { backchannel_logout_uri: uri, backchannel_logout_session_required: true };
}

function authenticationMethod(registration: Registration): string {
  if (registration.public) return 'none';
  // With client_secret_basic the engine also accepts the form body.
  return hasKeys(registration) ? 'private_key_jwt' : 'client_secret_basic';
}

/** An app on a device: some of its addresses are of the device itself. */
function isNative({ public: isPublic, redirect_uris: uris }: Registration): boolean {
  return isPublic && uris.some((uri) => !uri.startsWith('https:') && !uri.startsWith('http://localhost'));
}
