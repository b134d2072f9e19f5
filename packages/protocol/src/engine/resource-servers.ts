/**
 * Audience and scopes of tokens (RFC 8707): one environment or this server itself, within the scopes that the client is registered with.
 */
import type { EngineClient, EngineContext } from 'oidc-provider';
import { applicationsScope, isAdminScope, wordScopes } from '@dhp/clients/fields';
import type { SigningKeys } from '@dhp/signing-keys';
import { hasKeys, type Registration } from '@dhp/clients/rows';
import { registrationOf } from './engine-client.ts';
import { refusal } from './refusal.ts';
import { askableScopes, grantSystemScopes } from './scopes.ts';
import type { EngineOptions } from './options.ts';

/**
 * Lifetimes of access tokens in seconds. Clients that sign assertions get short-lived ones, because they can get a new one at any time
 * (SMART backend services).
 */
export const accessTokenSeconds = { usual: 3600, ofSigners: 300 };

/** Parts of the platform that a token may be for: an environment of FHIR, and two of this server itself. */
type Part = 'environment' | 'administration' | 'applications';

export const isOfPart: Readonly<Record<Part, (scope: string) => boolean>> = {
  environment: (scope) => !isAdminScope(scope) && scope !== applicationsScope,
  administration: isAdminScope,
  applications: (scope) => scope === applicationsScope || wordScopes.includes(scope),
};

/** The part of this server that a request for it means: a program administers, a person develops applications. */
function partOf(ctx: EngineContext, { scopes }: Registration): Part {
  if (ctx.oidc.params!['grant_type'] === 'client_credentials') return 'administration';
  return scopes.includes(applicationsScope) ? 'applications' : 'environment';
}

export interface ResourceServers {
  /** Returns the resource of a request that names none. */
  defaultResource: (ctx: EngineContext) => string;
  /** @throws a refusal for a resource or for scopes that the client may not have */
  getResourceServerInfo: (ctx: EngineContext, resource: string) => object;
  /** Returns the lifetime of an access token in seconds. */
  secondsOfToken: (ctx: EngineContext, token: unknown, client: EngineClient) => number;
}

export function resourceServers(
  options: Omit<EngineOptions, 'keys'> & { readonly keys: SigningKeys },
): ResourceServers {
  const { issuer, environments, keys } = options;

  function defaultResource(ctx: EngineContext): string {
    const { environment, scopes } = registrationOf(ctx.oidc.client!);
    const asked = (ctx.oidc.params?.['scope'] as string | undefined)?.split(' ') ?? scopes;
    // Scopes of the administration are for the SSO itself.
    if (ctx.oidc.params?.['grant_type'] === 'client_credentials' && asked.every(isAdminScope)) return issuer;
    const resource = environments[environment];
    if (resource === undefined) throw refusal('environment-not-served');
    return resource;
  }

  function secondsOfToken(_ctx: EngineContext, _token: unknown, client: EngineClient): number {
    return hasKeys(registrationOf(client)) ? accessTokenSeconds.ofSigners : accessTokenSeconds.usual;
  }

  /** A token is only for the environment of its client, and permits only scopes that the allow-list covers. */
  function getResourceServerInfo(ctx: EngineContext, resource: string): object {
    const registration = registrationOf(ctx.oidc.client!);
    if (registration.awaits_approval) throw refusal('awaits-approval');
    const part = resource === issuer ? partOf(ctx, registration) : 'environment';
    const audience = part === 'environment' ? environments[registration.environment] : issuer;
    if (audience === undefined) throw refusal('environment-not-served');
    if (resource !== audience || Array.isArray(ctx.oidc.params!['resource'])) throw refusal('foreign-resource');

    const scope = askedScopes(ctx, registration, part).join(' ');
    if (scope === '') throw refusal('forbidden-scope');
    return {
      scope,
      audience,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'ES256', kid: keys.signing('ES256').kid } },
    };
  }

  /**
   * Returns the scopes that are both requested and allowed. The engine issues the scopes of the request, so the request is reduced to
   * these.
   */
  function askedScopes(ctx: EngineContext, { scopes: registered }: Registration, part: Part): string[] {
    const scopes = registered.filter(isOfPart[part]);
    const { params, entities } = ctx.oidc;
    const isForPerson = ctx.oidc.route !== 'token' || params!['grant_type'] !== 'client_credentials';
    if (!isForPerson) {
      const granted = grantSystemScopes(scopes, params!['scope'] as string | undefined, options.resourceTypes);
      params!['scope'] = granted.join(' ');
      return granted;
    }
    if (ctx.oidc.route !== 'token') {
      const granted = askableScopes(scopes, params!['scope'] as string | undefined, options.resourceTypes);
      params!['scope'] = granted.join(' ') || undefined;
      return granted;
    }
    // The scopes that the person agreed to and that the client may still have.
    const agreed = (entities.AuthorizationCode ?? entities.DeviceCode ?? entities.RefreshToken)?.scope ?? '';
    return askableScopes(scopes, agreed, options.resourceTypes);
  }

  return { defaultResource, getResourceServerInfo, secondsOfToken };
}
