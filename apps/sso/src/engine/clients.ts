/** How the engine sees clients: our registrations instead of its own store, cache and comparison of secrets. */
import { Provider, type EngineClient } from 'oidc-provider';
import { secretMatches } from '../clients/client-secret.ts';
import type { ClientKeys } from '../clients/client-keys.ts';
import { deviceGrant } from '../clients/validate.ts';
import { hasKeys, type Registration } from '../store/clients.ts';
import { ClientKeyStore } from './key-store.ts';
import { refusal } from './refusal.ts';
import { RefreshTokenHolder } from './refresh-token-holder.ts';

/** Reads a registration as it is in the database now. */
export type FindRegistration = (clientId: string) => Promise<Registration | undefined>;

// Routes that begin with client authentication. There an unknown or disabled client is a client that no secret fits, so
// that it costs the same work and gets the same answer as a wrong secret.
const authenticatingRoutes: ReadonlySet<string> = new Set([
  'token',
  'pushed_authorization_request',
  'device_authorization',
]);

// The engine's client objects are kept for as many clients as this, since making one costs about 100 us.
const maxCached = 2000;

export interface EngineClients {
  registrationOf(client: EngineClient): Registration;
}

/**
 * Replaces the lookup of clients. The registration is read for every request; only the engine's client object made from
 * it is kept, under the version of the row. (The engine's own cache holds 100 clients and hashes all metadata each time.)
 * @param onFound is told what a request's client id led to, before anything is decided; it may throw
 */
export function installClients(
  provider: Provider,
  o: {
    find: FindRegistration;
    /** The client of a refresh that does not name it. @throws a refusal when there is none */
    clientOf: (holder: RefreshTokenHolder) => Promise<string>;
    keys: ClientKeys;
    grants: readonly string[];
    /** The client is to be told that the person's session ended. */
    onSignedOut: (client: Registration, accountId: string, sid: string) => Promise<void>;
    onFound: (id: string, registration: Registration | undefined) => void;
  },
): EngineClients {
  const registrations = new WeakMap<EngineClient, Registration>();
  const cache = new Map<string, EngineClient>();

  function make(registration: Registration): EngineClient {
    const client = new provider.Client({
      client_id: registration.client_id,
      client_secret: 'kept as a hash elsewhere', // the engine insists on one; it is never compared
      token_endpoint_auth_method: authenticationMethod(registration),
      ...(hasKeys(registration) ? { jwks_uri: 'https://unused.invalid/' } : {}), // the engine insists on one; the key store below is asked
      grant_types: registration.grants.filter((grant) => o.grants.includes(grant)),
      response_types: registration.grants.includes('authorization_code') ? ['code'] : [],
      redirect_uris: registration.redirect_uris,
      // Native: any port of the loopback address (RFC 8252 section 7.3), and consent is always asked for (section 8.6).
      application_type: isNative(registration) ? 'native' : 'web',
      client_name: registration.name,
      dpop_bound_access_tokens: registration.dpop_bound,
      post_logout_redirect_uris: registration.post_logout_redirect_uris,
      ...logoutNotices(registration),
      id_token_signed_response_alg: 'RS256', // SMART App Launch asks for it
    });
    registrations.set(client, registration);
    Object.defineProperty(client, 'asymmetricKeyStore', { value: new ClientKeyStore(registration, o.keys) });
    return client;
  }

  function cached(registration: Registration): EngineClient {
    const id = registration.client_id;
    const known = cache.get(id);
    cache.delete(id);
    const fresh = known !== undefined && registrations.get(known)?.row_version === registration.row_version;
    const client = fresh ? known : make(registration);
    cache.set(id, client);
    if (cache.size > maxCached) cache.delete(cache.keys().next().value!);
    return client;
  }

  const decoy = make({
    client_id: 'decoy',
    name: 'decoy',
    row_version: '',
    environment: 'playground',
    grants: [],
    scopes: [],
    redirect_uris: [],
    public: false,
    minimal_authorize: false,
    hex_challenge: false,
    require_pkce: false,
    jwks: null,
    jwks_uri: null,
    dpop_bound: false,
    post_logout_redirect_uris: [],
    backchannel_logout_uri: null,
    secret_hash: null,
    previous_secret_hash: null,
    disabled: true,
    sign_in_methods: [],
    logo_sha256: null,
    awaits_approval: false,
  });

  provider.Client.find = async (given) => {
    const isHolder = given instanceof RefreshTokenHolder;
    const id = isHolder ? await o.clientOf(given) : given;
    // A hint in a sign-out may name none.
    if (typeof id !== 'string') return undefined;
    if (isHolder) Provider.ctx!.oidc.params!['client_id'] = id;
    const registration = await o.find(id);
    o.onFound(id, registration);
    if (registration !== undefined && !registration.disabled) return cached(registration);
    return authenticatingRoutes.has(Provider.ctx?.oidc.route ?? '') ? decoy : undefined;
  };

  const registrationOf = (client: EngineClient): Registration => registrations.get(client)!;

  provider.Client.prototype.compareClientSecret = function (secret) {
    const { secret_hash, previous_secret_hash } = registrationOf(this);
    return secretMatches(secret, [secret_hash, previous_secret_hash]);
  };

  // The engine would call the client within the person's request, once.
  provider.Client.prototype.backchannelLogout = function (accountId, sid) {
    return o.onSignedOut(registrationOf(this), accountId, sid);
  };

  // The engine answers invalid_request where RFC 6749 5.2 says unauthorized_client; elsewhere it wants a boolean.
  provider.Client.prototype.grantTypeAllowed = function (type) {
    if (this.grantTypes.includes(type)) return true;
    const oidc = Provider.ctx?.oidc;
    if (oidc?.route === 'token' && oidc.params?.['grant_type'] === type) throw refusal('grant-not-registered');
    if (oidc?.route === 'device_authorization' && type === deviceGrant) throw refusal('grant-not-registered');
    return false;
  };

  return { registrationOf };
}

/** With them the id_token names the session (`sid`), and so does the notice. */
function logoutNotices({ backchannel_logout_uri: uri }: Registration): object {
  return uri === null ? {} : { backchannel_logout_uri: uri, backchannel_logout_session_required: true };
}

function authenticationMethod(registration: Registration): string {
  if (registration.public) return 'none';
  // With client_secret_basic the engine takes the form body too.
  return hasKeys(registration) ? 'private_key_jwt' : 'client_secret_basic';
}

/** An app on a device: some of its addresses are of the device itself. */
function isNative({ public: isPublic, redirect_uris: uris }: Registration): boolean {
  return isPublic && uris.some((uri) => !uri.startsWith('https:') && !uri.startsWith('http://localhost'));
}
