/** Lets the engine use our registrations as clients, in place of its own store, cache and comparison of secrets. */
import { Provider } from 'oidc-provider';
import { liveSecrets, secretMatches } from '@dhp/clients/authentication';
import type { FindRegistration } from '@dhp/clients';
import { deviceGrant } from '@dhp/clients/fields';
import type { Registration } from '@dhp/clients/rows';
import { createClientCache, decoyRegistration, makeClient, registrationOf, type ClientParts } from './engine-client.ts';
import { refusal } from './refusal.ts';
import { RefreshTokenHolder } from './refresh-token-holder.ts';

// Routes that begin with client authentication. There an unknown or disabled client is treated as a client that no secret matches, so that
// it costs the same work and gets the same answer as a wrong secret.
const authenticatingRoutes: ReadonlySet<string> = new Set([
  'token',
  'pushed_authorization_request',
  'device_authorization',
]);

/**
 * Replaces the lookup of clients. The registration is read for every request; only the engine's client object made from it is cached.
 * @param onFound is called with the result of looking up the request's client id, before anything is decided; it may throw
 */
export function installClients(
  provider: Provider,
  o: ClientParts & {
    find: FindRegistration;
    clock: () => Date;
    /** The client of a refresh request without client id. @throws a refusal if there is none */
    clientOf: (holder: RefreshTokenHolder) => Promise<string>;
    /** Notifies the client that the person's session ended. */
    onSignedOut: (client: Registration, accountId: string, sid: string) => Promise<void>;
    onFound: (id: string, registration: Registration | undefined) => void;
  },
): void {
  const cache = createClientCache(provider, o);
  const decoy = makeClient(provider, decoyRegistration, o);

  provider.Client.find = async (given) => {
    const isHolder = given instanceof RefreshTokenHolder;
    const id = isHolder ? await o.clientOf(given) : given;
    // A hint in a sign-out may lack a client.
    if (typeof id !== 'string') return undefined;
    if (isHolder) Provider.ctx!.oidc.params!['client_id'] = id;
    const registration = await o.find(id);
    o.onFound(id, registration);
    if (registration !== undefined && !registration.disabled) return cache.of(registration);
    return authenticatingRoutes.has(Provider.ctx?.oidc.route ?? '') ? decoy : undefined;
  };

  provider.Client.prototype.compareClientSecret = function (secret) {
    return secretMatches(secret, liveSecrets(registrationOf(this), o.clock()));
  };

  // The engine itself would call the client within the person's request, and only once.
  provider.Client.prototype.backchannelLogout = function (accountId, sid) {
    return o.onSignedOut(registrationOf(this), accountId, sid);
  };

  // The engine answers invalid_request where RFC 6749 5.2 requires unauthorized_client; on other routes it expects a boolean.
  provider.Client.prototype.grantTypeAllowed = function (type) {
    if (this.grantTypes.includes(type)) return true;
    const oidc = Provider.ctx?.oidc;
    if (oidc?.route === 'token' && oidc.params?.['grant_type'] === type) throw refusal('grant-not-registered');
    if (oidc?.route === 'device_authorization' && type === deviceGrant) throw refusal('grant-not-registered');
    return false;
  };
}
