/** A registration as it is given, and as it can be stored. */
import type { EnvironmentName } from '@dhp/sso-kit';
import { emptyOf } from '@dhp/sso-kit/fields';
import { checkOfKind } from '../fields/check-values.ts';
import { ClientError } from '../fields/client-error.ts';
import type { Around, ClientField } from '../fields/client-field.ts';
import {
  clientDetails,
  clientFields,
  detailNames,
  fieldNames,
  type ClientDetails,
  type ClientValues,
  type GivenClientValues,
} from '../fields/client-fields.ts';
import { deviceGrant } from '../fields/grants-and-scopes.ts';
import type { Logo } from '../logos/logo.ts';

export interface NewClient extends GivenClientValues {
  environment: EnvironmentName;
  /** Default: a random UUID. */
  clientId?: string;
  /** The client runs in a browser or on a phone, where a secret could not be protected: it uses PKCE instead. */
  public?: boolean;
  /** For people, and for launching. */
  details?: ClientDetails;
  /** Picture that the pages show beside the name. */
  logo?: Logo;
}

const environments: readonly string[] = ['playground', 'production'];

/** The form of a client id: only characters that need no encoding, neither in a URL nor in HTTP Basic. */
export const clientIdShape = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;

/** A registration that can be stored. */
export interface ValidClient extends ClientValues {
  clientId?: string;
  environment: EnvironmentName;
  public: boolean;
  details: ClientDetails;
}

/**
 * @returns the registration without its picture, which is checked where it is read
 * @throws ClientError for the first invalid value
 */
export function validateNewClient(o: NewClient, types: ReadonlySet<string> | undefined): ValidClient {
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
  const around = { isPublic: o.public === true, grants: o.grants, types };
  const given: Readonly<Record<string, unknown>> = { ...o };
  const values = checkedValues(clientFields, fieldNames, (name) => given[name] ?? emptyOf(clientFields[name]), around);
  const { details = {} } = o;
  const { token_endpoint_auth_method: method } = details;
  const valid: ValidClient = {
    ...(values as unknown as ClientValues),
    environment: o.environment,
    public: around.isPublic,
    details: {
      ...(method === undefined ? {} : { token_endpoint_auth_method: method }),
      // An empty list means the same as no list.
      ...checkedValues(
        clientDetails,
        detailNames,
        (name) => (isEmptyList(details[name]) ? undefined : details[name]),
        around,
      ),
    },
    ...(o.clientId === undefined ? {} : { clientId: o.clientId }),
  };
  validateCombination(valid);
  return valid;
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** Without fields that have no value. */
function checkedValues<Name extends string>(
  fields: Readonly<Record<Name, ClientField>>,
  names: readonly Name[],
  valueOf: (name: Name) => unknown,
  around: Around,
): Record<string, unknown> {
  const all = names.map((name) => {
    const { kind, json, check = checkOfKind[kind] }: ClientField = fields[name];
    const value = valueOf(name);
    const checked = check as (value: unknown, around: Around, json: string) => unknown;
    return [name, value === undefined ? undefined : checked(value, around, json)] as const;
  });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

function validateCombination(o: ValidClient): void {
  const signsIn = o.grants.includes('authorization_code');
  const wrong = (message: string): ClientError => new ClientError('invalid-combination', message);
  if (signsIn && o.redirectUris.length === 0) {
    throw wrong('A client with the grant authorization_code needs a redirect URI: where people are sent back to');
  }
  if (!signsIn && o.redirectUris.length > 0) throw wrong('Redirect URIs are only for the grant authorization_code');
  const hasPerson = signsIn || o.grants.includes(deviceGrant);
  if (!hasPerson && o.grants.includes('refresh_token')) {
    throw wrong('The grant refresh_token renews what authorization_code has given: register both');
  }
  if (o.public && o.grants.includes('client_credentials')) {
    throw wrong('A public client has no secret and cannot have the grant client_credentials');
  }
  if (o.public && !hasPerson) throw wrong('A public client needs the grant authorization_code');
  if (!signsIn && fieldNames.some((name) => isOfSignIn(clientFields[name]) && o[name] === true)) {
    throw wrong('How an authorization request reads matters only with the grant authorization_code');
  }
  const [hasKeySet, hasKeysElsewhere] = [o.jwks !== undefined, o.jwksUri !== undefined];
  if (o.public && (hasKeySet || hasKeysElsewhere)) {
    throw wrong('A public client does not authenticate: it has no keys');
  }
  if (hasKeySet && hasKeysElsewhere) throw wrong('Give the keys, or the address where they are published, not both');
}

const isOfSignIn = (field: ClientField): boolean => field.isOfSignIn === true;
