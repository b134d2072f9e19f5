/** Between the client metadata of RFC 7591 section 2 and our registrations. */
import { coverageOf } from '@dhp/smart-scopes';
import { detailsIn } from '../admin/client-members.ts';
import { Input } from '../admin/input.ts';
import { statusOf } from '../admin/shapes.ts';
import { ClientError } from '../clients/client-error.ts';
import type { Client } from '../clients/client.ts';
import type { ClientDetails } from '../clients/client-fields.ts';
import { changedDetails } from '../clients/clients.ts';
import { scopeProblem } from '../clients/grants-and-scopes.ts';
import type { NewClient } from '../clients/validate.ts';
import { assertionAlgorithms } from '../clients/validate-keys.ts';

/** A client's description of itself; whether it may work, and where, is decided by others. */
export type SelfDescription = Required<
  Pick<
    NewClient,
    'name' | 'grants' | 'scopes' | 'redirectUris' | 'public' | 'dpopBound' | 'requirePkce' | 'postLogoutRedirectUris'
  >
> &
  Pick<NewClient, 'jwks' | 'jwksUri' | 'backchannelLogoutUri'> & { details: ClientDetails };

/** RFC 7591 wants that what a server does not understand is left out; what it understands and cannot do is refused. */
export class MetadataError extends Error {
  override readonly name = 'MetadataError';
  readonly code: 'invalid_client_metadata' | 'invalid_redirect_uri' | 'unapproved_software_statement';
  constructor(code: MetadataError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const secretMethods = ['client_secret_basic', 'client_secret_post'] as const;
const methods = [...secretMethods, 'private_key_jwt', 'none'] as const;

/**
 * Reads client metadata with the defaults of RFC 7591. Without `scope` it is all that the limit has for these grants.
 * @param limit the most that the client may have
 * @throws MetadataError, AdminError or ClientError that names the member
 */
export function readMetadata(given: Readonly<Record<string, unknown>>, limit: readonly string[]): SelfDescription {
  // "null" is as good as nothing (RFC 7592 section 2.2).
  const input = new Input({}, Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)));
  if (input.value('software_statement') !== undefined) {
    const cure = 'send the metadata without software_statement';
    throw new MetadataError(
      'unapproved_software_statement',
      `No issuer of software statements is trusted here: ${cure}`,
    );
  }
  const grants = input.texts('grant_types') ?? ['authorization_code'];
  checkResponseTypes(input, grants);
  checkFixed(input);
  const method = input.oneOf('token_endpoint_auth_method', methods) ?? 'client_secret_basic';
  const keys = keysIn(input, method);
  const told = input.text('backchannel_logout_uri');
  return {
    name: needed(input, 'client_name'),
    grants,
    scopes: scopesIn(input, grants, limit),
    redirectUris: input.texts('redirect_uris') ?? [],
    public: method === 'none',
    ...keys,
    dpopBound: input.flag('dpop_bound_access_tokens'),
    requirePkce: input.flag('require_pkce'),
    postLogoutRedirectUris: input.texts('post_logout_redirect_uris') ?? [],
    ...(told === undefined ? {} : { backchannelLogoutUri: told }),
    details: {
      ...changedDetails({}, detailsIn(input)),
      ...(method === 'client_secret_post' ? { token_endpoint_auth_method: method } : {}),
    },
  };
}

/** All registered metadata (RFC 7591 section 3.2.1), and what the platform says about the client. */
export function shownMetadata(client: Client): Record<string, unknown> {
  const told = client.backchannelLogoutUri;
  return {
    client_id: client.clientId,
    client_id_issued_at: Math.floor(client.created.getTime() / 1000),
    client_name: client.name,
    grant_types: client.grants,
    response_types: client.grants.includes('authorization_code') ? ['code'] : [],
    scope: client.scopes.join(' '),
    redirect_uris: client.redirectUris,
    token_endpoint_auth_method: client.public ? 'none' : client.hasKeys ? 'private_key_jwt' : 'client_secret_basic',
    ...(client.jwks === undefined ? {} : { jwks: client.jwks }),
    ...(client.jwksUri === undefined ? {} : { jwks_uri: client.jwksUri }),
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    ...(told === undefined ? {} : { backchannel_logout_uri: told, backchannel_logout_session_required: true }),
    dpop_bound_access_tokens: client.dpopBound,
    require_pkce: client.requirePkce,
    id_token_signed_response_alg: 'RS256',
    subject_type: 'public',
    ...client.details,
    environment: client.environment,
    status: statusOf(client),
  };
}

function needed(input: Input, name: string): string {
  const text = input.text(name);
  if (text !== undefined) return text;
  throw new MetadataError(
    'invalid_client_metadata',
    `${name} is missing: it is shown to people who are asked for access`,
  );
}

function checkResponseTypes(input: Input, grants: readonly string[]): void {
  const fitting = grants.includes('authorization_code') ? ['code'] : [];
  const asked = input.texts('response_types') ?? fitting;
  if (asked.length === fitting.length && asked.every((type) => fitting.includes(type))) return;
  const sentence = `response_types is ${JSON.stringify(fitting)} for these grant_types (RFC 7591 section 2.1)`;
  throw new MetadataError('invalid_client_metadata', sentence);
}

/** Checks the parameters that have one supported value: another one would be a false promise. */
function checkFixed(input: Input): void {
  input.oneOf('id_token_signed_response_alg', ['RS256']);
  input.oneOf('subject_type', ['public']);
  input.oneOf('token_endpoint_auth_signing_alg', assertionAlgorithms);
}

function keysIn(input: Input, method: (typeof methods)[number]): Pick<NewClient, 'jwks' | 'jwksUri'> {
  // Keys of clients that do not sign with them (they may be for encryption, or for requests) are not kept, and not in the answer.
  if (method !== 'private_key_jwt') return {};
  const [jwks, jwksUri] = [input.value('jwks'), input.text('jwks_uri')];
  if (jwks === undefined && jwksUri === undefined) {
    throw new MetadataError('invalid_client_metadata', 'private_key_jwt needs jwks or jwks_uri');
  }
  return { ...(jwks === undefined ? {} : { jwks }), ...(jwksUri === undefined ? {} : { jwksUri }) };
}

/** Scopes of OpenID Connect (Core 1.0 section 5.4) for claims that this server does not have: a client gets none by them, and is told so. */
const claimScopes: ReadonlySet<string> = new Set(['email', 'address', 'phone']);

function scopesIn(input: Input, grants: readonly string[], limit: readonly string[]): string[] {
  const asked = input.words('scope')?.filter((token) => !claimScopes.has(token));
  if (asked === undefined) return limit.filter((token) => scopeProblem(token, grants, undefined) === undefined);
  const isCovered = coverageOf(limit);
  const outside = asked.find((token) => !isCovered(token));
  if (outside === undefined) return asked;
  throw new ClientError('invalid-scope', `"${outside}" is more than may be registered: ${limit.join(' ')}`);
}
