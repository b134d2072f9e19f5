/**
 * The fields of a client's registration, each declared once. The row and its statements, the domain object, validation, the members of the
 * administration's acts with their description and the schema of the answer, registration by the client itself, the options of `dhp
 * client`, the pages of the operators, and the need for another approval are derived from it. Information for people, stored in the column
 * `details`, is an entry of `clientDetails`.
 */
import { checkName, checkOrganization, checkRedirectUris, checkSignInMethods } from './check-values.ts';
import {
  columnOf as columnOfName,
  type ChangedValues,
  type ColumnsOf,
  type FieldValues,
  type GivenValues,
  type ValuesOf,
} from '@dhp/sso-kit/fields';
import type { ClientDetail, ClientField } from './client-field.ts';
import { checkGrants, checkScopes } from './grants-and-scopes.ts';

export const clientFields = {
  name: {
    ...{ kind: 'text', json: 'client_name' },
    says: 'what people call it',
    option: { name: 'name', value: 'NAME', help: 'name of the client', required: true },
    isNeeded: true,
    check: checkName,
    widens: 'another',
    registrant: 'sets',
    page: { card: 'head', label: 'name', isAsked: true },
  },
  /** `grant_type` values that it may use. */
  grants: {
    ...{ kind: 'list', json: 'grant_types' },
    says: 'a list of grants',
    option: {
      name: 'grant',
      value: 'GRANTS',
      help: 'client_credentials (the default), authorization_code, refresh_token',
      changes: 'all grants that it has from now on',
    },
    isNeeded: true,
    example: ['authorization_code'],
    check: checkGrants,
    widens: 'more',
    registrant: 'sets',
    page: { card: 'registration', label: 'grants', isAsked: true },
  },
  /** Scopes that the client may have; a request without `scope` gets all of them. */
  scopes: {
    ...{ kind: 'words', json: 'scope' },
    says: 'scopes with spaces between',
    option: {
      name: 'scope',
      value: 'SCOPES',
      help: "SMART scopes it may ask for, such as 'system/*.cruds'",
      changes: 'all scopes that it has from now on',
      required: true,
    },
    isNeeded: true,
    example: 'openid user/Patient.r',
    check: checkScopes,
    widens: 'more',
    registrant: 'sets',
    page: { card: 'may', label: 'scopes', hint: 'lines', isAsked: true },
  },
  /** The id of the Organization for which it acts when it acts for itself; its tokens name it. */
  organization: {
    ...{ kind: 'text', json: 'organization' },
    says: 'the id of the Organization for which it acts when it acts for itself; null: none',
    option: { name: 'organization', value: 'ID', help: 'id of the Organization for which it acts for itself' },
    example: 'org-7',
    check: checkOrganization,
    widens: 'another',
    registrant: 'ignored',
    page: { card: 'registration', label: 'organization', hint: 'organizationHint', isAsked: true },
  },
  /** Addresses to which people return after signing in; compared character by character. */
  redirectUris: {
    ...{ kind: 'list', json: 'redirect_uris' },
    says: 'a list of addresses',
    option: { name: 'redirect-uri', value: 'URIS', help: 'where people return after sign-in' },
    check: checkRedirectUris,
    widens: 'more',
    registrant: 'sets',
    page: { card: 'addresses', label: 'redirects', hint: 'redirectsHint', isAsked: true },
  },
  /** Addresses to which people may be sent after signing out; compared character by character. */
  postLogoutRedirectUris: {
    ...{ kind: 'list', json: 'post_logout_redirect_uris' },
    says: 'a list of addresses where people may go after sign-out',
    option: { name: 'post-logout-redirect-uri', value: 'URIS', help: 'where people may go after sign-out' },
    check: checkRedirectUris,
    widens: 'more',
    registrant: 'sets',
    page: { card: 'addresses', label: 'postLogout', hint: 'lines' },
  },
  /** Allowed sign-in methods: `password`, `passkey`, ids of identity systems; empty: all methods. */
  signInMethods: {
    ...{ kind: 'list', json: 'sign_in_methods', omitsEmpty: true },
    says: 'a list of password, passkey and ids of identity systems such as oneid; empty: every way there is',
    option: {
      name: 'sign-in-method',
      value: 'METHODS',
      help: 'how people may sign in for it: password, passkey, ids of identity systems such as oneid; default all',
    },
    example: ['password'],
    check: checkSignInMethods,
    widens: 'more, none is all',
    registrant: 'ignored',
    page: { card: 'registration', label: 'ways', hint: 'waysHint', isAsked: true },
  },
  /** The pages show it beside the name. */
  logoSha256: {
    ...{ kind: 'picture', json: 'logo' },
    says: 'a PNG, JPEG or WebP of 40 KiB at most, as data:image/png;base64,… or an https address to fetch it from; null: none',
    option: { name: 'logo', value: 'FILE', help: 'its picture on the pages: PNG, JPEG or WebP, 40 KiB at most' },
    widens: 'another',
    registrant: 'ignored',
    page: { card: 'head', label: 'picture', hint: 'pictureHint', isAsked: true },
  },
  backchannelLogoutUri: {
    ...{ kind: 'address', json: 'backchannel_logout_uri' },
    says: 'where it is told that somebody signed out; null: nowhere',
    option: { name: 'backchannel-logout-uri', value: 'URL', help: 'where it is told that somebody signed out' },
    widens: 'another',
    registrant: 'sets',
    page: { card: 'addresses', label: 'backchannel' },
  },
  /** A key set (RFC 7517): the client authenticates by private_key_jwt, and has no secret. */
  jwks: {
    ...{ kind: 'keys', json: 'jwks', stays: true },
    says: 'a key set, in the place of the keys before',
    option: { name: 'jwks', value: 'FILE', help: 'its public keys (a key set): it signs assertions and has no secret' },
    widens: 'another',
    registrant: 'sets',
    isOfKeys: true,
    page: { card: 'addresses', label: 'jwks', hint: 'jwksHint' },
  },
  /** Address at which the client publishes its key set. */
  jwksUri: {
    ...{ kind: 'address', json: 'jwks_uri', stays: true },
    says: 'where its key set is',
    option: { name: 'jwks-uri', value: 'URL', help: 'where it publishes its public keys' },
    widens: 'another',
    registrant: 'sets',
    isOfKeys: true,
    page: { card: 'addresses', label: 'keySet', hint: 'keySetHint', isAsked: true },
  },
  /** All its access tokens are bound to a key of the client (DPoP, RFC 9449). */
  dpopBound: {
    ...{ kind: 'flag', json: 'dpop_bound_access_tokens' },
    says: 'true: its access tokens are always bound to a key of its own',
    option: { name: 'dpop', help: 'its access tokens are always bound to a key of its own (DPoP)' },
    widens: 'off',
    registrant: 'sets',
    page: { card: 'registration', label: 'dpop', fact: 'dpopBound' },
  },
  /** An authorization request may consist of only `client_id` and `redirect_uri`: it then asks for all registered scopes. */
  minimalAuthorize: {
    ...{ kind: 'flag', json: 'minimal_authorize' },
    says: 'true: client_id and redirect_uri alone make an authorization request',
    option: { name: 'minimal-authorize', help: 'client_id and redirect_uri alone make an authorization request' },
    isOfSignIn: true,
    widens: 'on',
    registrant: 'ignored',
    page: { card: 'registration', label: 'minimal', fact: 'shortRequest' },
  },
  /** The code_challenge may be SHA-256 in hexadecimal, without a method. */
  hexChallenge: {
    ...{ kind: 'flag', json: 'hex_challenge' },
    says: 'true: its code_challenge may be SHA-256 in hexadecimal',
    option: { name: 'hex-challenge', help: 'its code_challenge may be SHA-256 in hexadecimal' },
    isOfSignIn: true,
    widens: 'on',
    registrant: 'ignored',
    page: { card: 'registration', label: 'hex', fact: 'hexChallenge' },
  },
  /** Every authorization request must use PKCE; for a public client that is required in any case. */
  requirePkce: {
    ...{ kind: 'flag', json: 'require_pkce' },
    says: 'true: its authorization requests must use PKCE; a public client must in any case',
    option: {
      name: 'require-pkce',
      help: 'its authorization requests must use PKCE, as those of public clients must',
    },
    isOfSignIn: true,
    widens: 'off',
    registrant: 'keeps',
    page: { card: 'registration', label: 'requirePkce', fact: 'pkce', hint: 'pkceHint', isAsked: true },
  },
} as const satisfies Record<string, ClientField>;

/** Information about a client that affects no decision, under its name in JSON (RFC 7591 section 2, OpenID Connect Registration 1.0). */
export const clientDetails = {
  client_uri: {
    ...{ kind: 'address', json: 'client_uri', widens: 'never', registrant: 'sets' },
    says: 'a page about it; null: none',
    option: { name: 'client-uri', value: 'URL', help: 'a page about it' },
    page: { card: 'details', label: 'client_uri' },
  },
  logo_uri: {
    ...{ kind: 'address', json: 'logo_uri', widens: 'never', registrant: 'sets' },
    says: 'where it publishes its picture, for people; null: nowhere',
    option: { name: 'logo-uri', value: 'URL', help: 'where it publishes its picture' },
    page: { card: 'details', label: 'logo_uri' },
  },
  policy_uri: {
    ...{ kind: 'address', json: 'policy_uri', widens: 'never', registrant: 'sets' },
    says: 'what it does with data; null: none',
    option: { name: 'policy-uri', value: 'URL', help: 'what it does with data' },
    page: { card: 'details', label: 'policy_uri' },
  },
  tos_uri: {
    ...{ kind: 'address', json: 'tos_uri', widens: 'never', registrant: 'sets' },
    says: 'its terms; null: none',
    option: { name: 'tos-uri', value: 'URL', help: 'its terms' },
    page: { card: 'details', label: 'tos_uri' },
  },
  /**
   * Address at which software of a health worker launches the application (SMART App Launch, EHR launch): changing it widens the client.
   */
  initiate_login_uri: {
    ...{ kind: 'address', json: 'initiate_login_uri', widens: 'another', registrant: 'sets' },
    says: 'where it is launched by software of health workers; null: nowhere',
    option: { name: 'initiate-login-uri', value: 'URL', help: 'where software of health workers launches it (SMART)' },
    page: { card: 'details', label: 'initiate_login_uri' },
  },
  /** E-mail addresses of the persons responsible for it. */
  contacts: {
    ...{ kind: 'emails', json: 'contacts', widens: 'never', registrant: 'sets' },
    says: 'a list of e-mail addresses of those responsible for it',
    option: { name: 'contact', value: 'ADDRESSES', help: 'e-mail addresses of those responsible for it' },
    page: { card: 'details', label: 'contacts', hint: 'contactsHint', isAsked: true },
  },
  software_id: {
    ...{ kind: 'text', json: 'software_id', widens: 'never', registrant: 'sets' },
    says: 'which software it is; null: not said',
    option: { name: 'software-id', value: 'ID', help: 'which software it is' },
    page: { card: 'details', label: 'software_id' },
  },
  software_version: {
    ...{ kind: 'text', json: 'software_version', widens: 'never', registrant: 'sets' },
    says: 'which version; null: not said',
    option: { name: 'software-version', value: 'VERSION', help: 'which version of the software' },
    page: { card: 'details', label: 'software_version' },
  },
} as const satisfies Record<string, ClientDetail>;

type Fields = typeof clientFields;
export type FieldName = keyof Fields;

export const fieldNames = Object.keys(clientFields) as readonly FieldName[];
export const detailNames = Object.keys(clientDetails) as readonly (keyof typeof clientDetails)[];

/** The fields in the form of the row, of the domain object, of input, and of changes. */
export type ClientColumns = ColumnsOf<Fields>;
export type ClientValues = ValuesOf<Fields>;
export type GivenClientValues = GivenValues<Fields>;
export type ChangedClientValues = ChangedValues<Fields>;

export type ClientDetails = {
  [Name in keyof typeof clientDetails]?: FieldValues[(typeof clientDetails)[Name]['kind']];
} & {
  /** Method of sending its secret that the client named; both work. */
  token_endpoint_auth_method?: 'client_secret_basic' | 'client_secret_post';
};

/** Null removes a detail. */
export type DetailsChange = { [Name in keyof ClientDetails]?: ClientDetails[Name] | null };

/** The name of the field's column. */
export function columnOf(name: FieldName): keyof ClientColumns {
  return columnOfName(name) as keyof ClientColumns;
}
