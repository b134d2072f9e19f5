/** A registered client, as the rest of the server and its administrators know it. */
import type { JWK } from 'jose';
import { hasKeys, type ClientRow, type Environment } from '../store/clients.ts';
import type { ClientDetails } from './validate-details.ts';

export interface Client {
  clientId: string;
  name: string;
  environment: Environment;
  /** `grant_type` values that the client may use. */
  grants: string[];
  /** Scopes that the client may have; a request without `scope` gets all of them. */
  scopes: string[];
  redirectUris: string[];
  /** It has no secret. */
  public: boolean;
  /** `client_id` and `redirect_uri` alone make an authorization request of it. */
  minimalAuthorize: boolean;
  /** Its challenges of PKCE may be hexadecimal. */
  hexChallenge: boolean;
  /** Its authorization requests must use PKCE, as those of every public client must. */
  requirePkce: boolean;
  /** It authenticates by private_key_jwt and has no secret. */
  hasKeys: boolean;
  /** Its public keys, where they are in the registration. */
  jwks?: { keys: JWK[] };
  jwksUri?: string;
  /** All its access tokens are bound to a key (DPoP). */
  dpopBound: boolean;
  postLogoutRedirectUris: string[];
  backchannelLogoutUri?: string;
  /** For people, and for launching. */
  details: ClientDetails;
  /** Ways to sign in for it; empty: every one. */
  signInMethods: string[];
  /** Its picture is at the address that ends so. */
  logoSha256?: string;
  /** How many secrets are accepted now: 2 while a rotation with `keepOld` overlaps. */
  liveSecrets: number;
  /** When and by whom it was approved; a client of production works only then. */
  approved?: Date;
  approvedBy?: string;
  /** The registration token by which it registered itself; absent when an operator did. */
  registeredWith?: string;
  created: Date;
  updated: Date;
  /** Absent while the client is enabled. */
  disabled?: Date;
  disabledReason?: string;
}

export function toClient(row: ClientRow): Client {
  return {
    clientId: row.client_id,
    name: row.name,
    environment: row.environment,
    grants: row.grants,
    scopes: row.scopes,
    redirectUris: row.redirect_uris,
    public: row.public,
    minimalAuthorize: row.minimal_authorize,
    hexChallenge: row.hex_challenge,
    requirePkce: row.require_pkce,
    hasKeys: hasKeys(row),
    ...(row.jwks === null ? {} : { jwks: row.jwks }),
    ...(row.jwks_uri === null ? {} : { jwksUri: row.jwks_uri }),
    dpopBound: row.dpop_bound,
    postLogoutRedirectUris: row.post_logout_redirect_uris,
    ...(row.backchannel_logout_uri === null ? {} : { backchannelLogoutUri: row.backchannel_logout_uri }),
    details: row.details,
    signInMethods: row.sign_in_methods,
    ...(row.logo_sha256 === null ? {} : { logoSha256: row.logo_sha256 }),
    liveSecrets: [row.secret_hash, row.previous_secret_hash].filter((hash) => hash !== null).length,
    ...(row.approved_at === null ? {} : { approved: row.approved_at }),
    ...(row.approved_by === null ? {} : { approvedBy: row.approved_by }),
    ...(row.registered_with === null ? {} : { registeredWith: row.registered_with }),
    created: row.created_at,
    updated: row.updated_at,
    ...(row.disabled_at === null ? {} : { disabled: row.disabled_at }),
    ...(row.disabled_reason === null ? {} : { disabledReason: row.disabled_reason }),
  };
}
