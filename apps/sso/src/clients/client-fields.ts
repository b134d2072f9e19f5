/**
 * The fields of a client's registration as the administration takes and answers them, each declared once: the members of its acts and
 * their description, how they are read, the answer and its schema, and the options of `dhp client`. Information for people, which is
 * kept in the column `details`, is an entry of `clientDetails`.
 */

interface Option {
  /** Of `dhp client`, without the hyphens. */
  readonly name: string;
  /** Placeholder of its value in the help; none for a flag. */
  readonly value?: string;
  readonly help: string;
}

export interface ClientField {
  /** `words` is a list that JSON writes with spaces between; of a `picture` the domain has the digest, JSON the address. */
  readonly kind: 'text' | 'words' | 'list' | 'flag' | 'address' | 'keys' | 'picture';
  /** Its name in JSON: of RFC 7591, OpenID Connect Registration or RFC 9449 where they have one. */
  readonly json: string;
  /** For the description of the administration. */
  readonly says: string;
  readonly option?: Option;
  /** A list that is left out of JSON while it is empty. */
  readonly omitsEmpty?: true;
  /** An address that can be changed and not taken away. */
  readonly stays?: true;
}

export const clientFields = {
  name: {
    ...{ kind: 'text', json: 'client_name' },
    says: 'what people call it',
  },
  grants: {
    ...{ kind: 'list', json: 'grant_types' },
    says: 'a list of grants',
  },
  scopes: {
    ...{ kind: 'words', json: 'scope' },
    says: 'scopes with spaces between',
  },
  /** Where people are sent back to after they signed in; compared character by character. */
  redirectUris: {
    ...{ kind: 'list', json: 'redirect_uris' },
    says: 'a list of addresses',
    option: { name: 'redirect-uri', value: 'URIS', help: 'where people go back to after they signed in' },
  },
  /** Where people may be sent after they signed out; compared character by character. */
  postLogoutRedirectUris: {
    ...{ kind: 'list', json: 'post_logout_redirect_uris' },
    says: 'a list of addresses where people may go after they signed out',
    option: { name: 'post-logout-redirect-uri', value: 'URIS', help: 'where people may go after they signed out' },
  },
  /** How people may sign in for it: `password`, `passkey`, ids of identity systems; empty: every way there is. */
  signInMethods: {
    ...{ kind: 'list', json: 'sign_in_methods', omitsEmpty: true },
    says: 'a list of password, passkey and ids of identity systems such as oneid; empty: every way there is',
    option: {
      name: 'sign-in-method',
      value: 'METHODS',
      help: 'how people may sign in for it: password, passkey, ids of identity systems such as oneid; default all',
    },
  },
  /** The pages show it beside the name. */
  logoSha256: {
    ...{ kind: 'picture', json: 'logo' },
    says: 'a PNG, JPEG or WebP of 40 KiB at most, as data:image/png;base64,… or an https address to fetch it from; null: none',
    option: { name: 'logo', value: 'FILE', help: 'its picture on the pages: PNG, JPEG or WebP, 40 KiB at most' },
  },
  backchannelLogoutUri: {
    ...{ kind: 'address', json: 'backchannel_logout_uri' },
    says: 'where it is told that somebody signed out; null: nowhere',
    option: { name: 'backchannel-logout-uri', value: 'URL', help: 'where it is told that somebody signed out' },
  },
  /** A key set (RFC 7517): the client authenticates by private_key_jwt, and has no secret. */
  jwks: {
    ...{ kind: 'keys', json: 'jwks' },
    says: 'a key set, in the place of the keys before',
    option: { name: 'jwks', value: 'FILE', help: 'its public keys (a key set): it signs assertions and has no secret' },
  },
  /** Where the client publishes its key set. */
  jwksUri: {
    ...{ kind: 'address', json: 'jwks_uri', stays: true },
    says: 'where its key set is',
    option: { name: 'jwks-uri', value: 'URL', help: 'where it publishes its public keys' },
  },
  /** All its access tokens are bound to a key of its own (DPoP, RFC 9449). */
  dpopBound: {
    ...{ kind: 'flag', json: 'dpop_bound_access_tokens' },
    says: 'true: its access tokens are always bound to a key of its own',
    option: { name: 'dpop', help: 'its access tokens are always bound to a key of its own (DPoP)' },
  },
  /** An authorization request may be `client_id` and `redirect_uri` alone: it then asks for all registered scopes. */
  minimalAuthorize: {
    ...{ kind: 'flag', json: 'minimal_authorize' },
    says: 'true: client_id and redirect_uri alone make an authorization request',
    option: { name: 'minimal-authorize', help: 'client_id and redirect_uri alone make an authorization request' },
  },
  /** The code_challenge may be SHA-256 in hexadecimal, without a method. */
  hexChallenge: {
    ...{ kind: 'flag', json: 'hex_challenge' },
    says: 'true: its code_challenge may be SHA-256 in hexadecimal',
    option: { name: 'hex-challenge', help: 'its code_challenge may be SHA-256 in hexadecimal' },
  },
  /** Every authorization request must use PKCE; of a public client that is required in any case. */
  requirePkce: {
    ...{ kind: 'flag', json: 'require_pkce' },
    says: 'true: its authorization requests must use PKCE; a public client must in any case',
    option: {
      name: 'require-pkce',
      help: 'its authorization requests must use PKCE, as those of public clients must',
    },
  },
} as const satisfies Record<string, ClientField>;

export interface ClientDetail {
  readonly kind: 'address' | 'text' | 'emails';
  readonly says: string;
  readonly option?: Option;
}

/** Information about a client that decides nothing, under its name in JSON. */
export const clientDetails = {
  client_uri: {
    ...{ kind: 'address', says: 'a page about it; null: none' },
    option: { name: 'client-uri', value: 'URL', help: 'a page about it' },
  },
  logo_uri: {
    ...{ kind: 'address', says: 'where it publishes its picture, for people; null: nowhere' },
    option: { name: 'logo-uri', value: 'URL', help: 'where it publishes its picture' },
  },
  policy_uri: {
    ...{ kind: 'address', says: 'what it does with data; null: none' },
    option: { name: 'policy-uri', value: 'URL', help: 'what it does with data' },
  },
  tos_uri: {
    ...{ kind: 'address', says: 'its terms; null: none' },
    option: { name: 'tos-uri', value: 'URL', help: 'its terms' },
  },
  /** Where software of a health worker launches the application (SMART App Launch, EHR launch). */
  initiate_login_uri: {
    ...{ kind: 'address', says: 'where it is launched by software of health workers; null: nowhere' },
    option: { name: 'initiate-login-uri', value: 'URL', help: 'where software of health workers launches it (SMART)' },
  },
  /** How to reach who answers for it. */
  contacts: {
    ...{ kind: 'emails', says: 'a list of e-mail addresses of who answers for it' },
    option: { name: 'contact', value: 'ADDRESSES', help: 'e-mail addresses of who answers for it' },
  },
  software_id: {
    ...{ kind: 'text', says: 'which software it is; null: not said' },
    option: { name: 'software-id', value: 'ID', help: 'which software it is' },
  },
  software_version: {
    ...{ kind: 'text', says: 'which version; null: not said' },
    option: { name: 'software-version', value: 'VERSION', help: 'which version of it' },
  },
} as const satisfies Record<string, ClientDetail>;
