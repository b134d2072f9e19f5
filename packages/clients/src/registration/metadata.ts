/** Between the client metadata of RFC 7591 section 2 and our registrations. */
import { coverageOf } from '@dhp/smart-scopes';
import { detailsIn, valuesIn } from '../registry/client-members.ts';
import { Input } from '@dhp/sso-kit/input';
import { authenticationMethod, shownFields, statusOf } from '../registry/shown.ts';
import { ClientError } from '../fields/client-error.ts';
import type { Client } from '../registry/client.ts';
import type { ClientField } from '../fields/client-field.ts';
import { clientFields } from '../fields/client-fields.ts';
import { changedDetails } from '../registry/changes.ts';
import { scopeProblem } from '../fields/grants-and-scopes.ts';
import type { NewClient } from '../registry/validate.ts';
import { assertionAlgorithms } from '../fields/validate-keys.ts';

/** A client's description of itself; other code decides whether and in which environment it may work. */
export type SelfDescription = Omit<NewClient, 'environment' | 'clientId' | 'logo'> & { public: boolean };

/** RFC 7591 requires ignoring metadata that a server does not understand; metadata that it understands but does not support is refused. */
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
const keyMembers = Object.values(clientFields)
  .filter(({ isOfKeys }: ClientField) => isOfKeys === true)
  .map(({ json }) => json);

/**
 * Reads client metadata with the defaults of RFC 7591. Without `scope` it is all that the limit has for these grants.
 * @param limit the most that the client may have
 * @throws MetadataError, InputError or ClientError that names the member
 */
export function readMetadata(given: Readonly<Record<string, unknown>>, limit: readonly string[]): SelfDescription {
  // "null" counts as omitted (RFC 7592 section 2.2).
  const input = new Input({}, given).withoutNulls();
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
  // Keys of clients that do not sign with them (they may be for encryption, or for requests) are not stored, and not in the answer.
  const hasKeys = method === 'private_key_jwt';
  const isHeard = ({ registrant, isOfKeys }: ClientField): boolean =>
    registrant !== 'ignored' && (hasKeys || isOfKeys !== true);
  const described = valuesIn(input, isHeard);
  if (hasKeys && keyMembers.every((name) => input.value(name) === undefined)) {
    throw new MetadataError('invalid_client_metadata', `private_key_jwt needs ${keyMembers.join(' or ')}`);
  }
  return {
    ...(described as Partial<NewClient>),
    name: needed(input, clientFields.name.json),
    grants,
    scopes: scopesIn(input, grants, limit),
    public: method === 'none',
    details: {
      ...changedDetails({}, detailsIn(input)),
      ...(method === 'client_secret_post' ? { token_endpoint_auth_method: method } : {}),
    },
  };
}

/** All registered metadata (RFC 7591 section 3.2.1), and the platform's own information about the client. */
export function shownMetadata(client: Client): Record<string, unknown> {
  return {
    client_id: client.clientId,
    client_id_issued_at: Math.floor(client.created.getTime() / 1000),
    ...shownFields(client, ({ registrant }) => registrant !== 'ignored'),
    response_types: client.grants.includes('authorization_code') ? ['code'] : [],
    token_endpoint_auth_method: authenticationMethod(client),
    ...(client.backchannelLogoutUri === undefined ? {} : { backchannel_logout_session_required: true }),
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

/** Checks the parameters that have one supported value: accepting another one would be a false promise. */
function checkFixed(input: Input): void {
  input.oneOf('id_token_signed_response_alg', ['RS256']);
  input.oneOf('subject_type', ['public']);
  input.oneOf('token_endpoint_auth_signing_alg', assertionAlgorithms);
}

/**
 * Scopes of OpenID Connect (Core 1.0 section 5.4) for claims that this server does not have: a client does not get them, and the answer
 * shows it.
 */
const claimScopes: ReadonlySet<string> = new Set(['email', 'address', 'phone']);

function scopesIn(input: Input, grants: readonly string[], limit: readonly string[]): string[] {
  const asked = input.words('scope')?.filter((token) => !claimScopes.has(token));
  if (asked === undefined) return limit.filter((token) => scopeProblem(token, grants, undefined) === undefined);
  const isCovered = coverageOf(limit);
  const outside = asked.find((token) => !isCovered(token));
  if (outside === undefined) return asked;
  throw new ClientError('invalid-scope', `"${outside}" is more than may be registered: ${limit.join(' ')}`);
}
