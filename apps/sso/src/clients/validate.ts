import { parseScope } from '@dhp/smart-scopes';
import type { Environment } from '../store/clients.ts';

export interface NewClient {
  name: string;
  grants: string[];
  scopes: string[];
  environment: Environment;
  /** Default: a random UUID. */
  clientId?: string;
  redirectUris?: string[];
}

export type ClientErrorKind =
  | 'invalid-name'
  | 'invalid-client-id'
  | 'invalid-environment'
  | 'invalid-grant'
  | 'invalid-scope'
  | 'invalid-redirect-uri'
  | 'client-exists'
  | 'unknown-client';

/** An act of administration that is not possible; the message says which value and why. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly kind: ClientErrorKind;
  constructor(kind: ClientErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The grants that this server carries out. Discovery announces the same list. */
export const supportedGrants: readonly string[] = ['client_credentials'];

const environments: readonly string[] = ['playground', 'production'];

/** The shape of a client id: what needs no encoding anywhere, not in a URL nor in HTTP Basic. */
export const clientIdShape = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;

/** @throws ClientError for the first value that is not valid */
export function validateNewClient(
  o: NewClient,
  types: ReadonlySet<string> | undefined,
): Required<Omit<NewClient, 'clientId'>> & { clientId?: string } {
  const name = o.name.trim();
  if (name === '' || name.length > 200 || /\p{Cc}/u.test(name)) {
    throw new ClientError('invalid-name', 'A client needs a name of 1 to 200 characters: who it is, for people');
  }
  if (o.clientId !== undefined && !clientIdShape.test(o.clientId)) {
    throw new ClientError(
      'invalid-client-id',
      'A client id has 1 to 128 letters, digits, ".", "_", "~" or "-" and starts with a letter or digit',
    );
  }
  if (!environments.includes(o.environment)) {
    throw new ClientError(
      'invalid-environment',
      `There is no environment "${o.environment}": playground or production`,
    );
  }
  return {
    name,
    environment: o.environment,
    grants: validateGrants(o.grants),
    scopes: validateScopes(o.scopes, types),
    redirectUris: validateRedirectUris(o.redirectUris ?? []),
    ...(o.clientId === undefined ? {} : { clientId: o.clientId }),
  };
}

function validateGrants(grants: string[]): string[] {
  const unknown = grants.find((grant) => !supportedGrants.includes(grant));
  if (unknown === undefined && grants.length > 0) return [...new Set(grants)];
  const given = unknown === undefined ? 'A client needs at least one grant' : `The grant "${unknown}" is not supported`;
  throw new ClientError('invalid-grant', `${given}: choose from ${supportedGrants.join(', ')}`);
}

function validateScopes(scopes: string[], types: ReadonlySet<string> | undefined): string[] {
  if (scopes.length === 0) {
    throw new ClientError('invalid-scope', 'A client needs at least one scope, such as system/*.cruds');
  }
  for (const token of scopes) {
    const scope = parseScope(token, types && { types });
    if (scope === undefined) {
      throw new ClientError(
        'invalid-scope',
        `"${token}" is not a scope: write it as system/Patient.rs, with letters in the order c r u d s` +
          (types === undefined ? '' : ', for a resource type of FHIR R5 or *'),
      );
    }
    if (scope.context !== 'system') {
      throw new ClientError(
        'invalid-scope',
        `"${token}" needs a person who signs in: ${supportedGrants.join(', ')} has none`,
      );
    }
  }
  return [...new Set(scopes)];
}

function validateRedirectUris(uris: string[]): string[] {
  const bad = uris.find((uri) => !URL.canParse(uri) || uri.includes('#') || !/^https?:/.test(uri));
  if (bad === undefined) return [...new Set(uris)];
  throw new ClientError(
    'invalid-redirect-uri',
    `"${bad}" is not a redirect URI: an absolute http(s) URL without fragment`,
  );
}
