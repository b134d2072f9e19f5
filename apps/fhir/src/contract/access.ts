import type { Position } from '@dhp/access-policies';
import type { ResourceScope } from '@dhp/smart-scopes';

/** The facts of a token that matter after its signature was checked, for as long as it is remembered. */
export interface AccessTokenClaims {
  /** Milliseconds since 1970: a token of the second in which something was revoked may be older or newer than the revocation. */
  readonly issuedAt: number;
  /** The names by which the SSO may revoke it, as its feed writes them: itself, its sign-in, its person, its client. */
  readonly subjects: readonly string[];
  /** Thumbprint of the key that it is bound to (RFC 9449); absent for a bearer token. */
  readonly thumbprint?: string;
}

/** The claims of a token about rights: the SSO is asked which of them still hold. */
export interface Claimed {
  readonly scopes: readonly string[];
  /** `Organization/7`, of a client that acts for itself. */
  readonly organization?: string;
  /** The claim `patient` of SMART App Launch: the id of a Patient. */
  readonly patient?: string;
  /** The patient is somebody whom a health worker chose: `patient/` scopes permit no more than the roles do. */
  readonly byRoles?: boolean;
  /** Permissions of the person's roles, and the roles: absent for a person without one. */
  readonly policies?: readonly string[];
  readonly roles?: readonly string[];
  /** Names the sign-in that the token came of. */
  readonly grant?: string;
}

/** The rights of the bearer of a token. */
export interface Access {
  readonly clientId: string;
  /** `sub`: the account of the person, or the client itself. */
  readonly subject: string;
  /** The scopes that grant something with all resources of a type. */
  readonly scopes: readonly ResourceScope[];
  /** Scopes for some resources of a type: `patient/…`, `…?category=x`. */
  readonly narrowed: readonly ResourceScope[];
  /** Scopes for resources that mean nothing for this token and therefore grant nothing. */
  readonly unenforced: readonly ResourceScope[];
  /** Reasons why scopes with a search grant nothing, because the search is not understood; for the refusal. */
  readonly reasons: Map<ResourceScope, string>;
  /**
   * The authority under which it writes, which is recorded. `patient`: that of the patient, or of somebody who acts for the patient;
   * `user`: that of a health worker, or of a person without a record; `system`: the client's own.
   */
  readonly authority: 'system' | 'user' | 'patient';
  /** The types in which it may write national identifiers of persons; `*` stands for all that have them. */
  readonly identifierTypes: ReadonlySet<string> | 'all';
  /** The id of the Patient that `patient/` scopes are about. */
  readonly patient: string | undefined;
  /** The record of the person, where this server has one: `Practitioner/2`. */
  readonly person: string | undefined;
  /** The roles of the person, each in an organisation, or the organisation for which a client acts for itself. */
  readonly positions: readonly Position[];
  /** The purpose of use that the request states; undefined if it states none. */
  readonly purpose?: string | undefined;
  /** The glass that the caller has broken for the request: of which Patient, by its id, and why, where this request says so. */
  readonly emergency?: { readonly patient: string; readonly reason: string | undefined } | undefined;
  /** An emergency of the patient that was stated when the application was launched. `since` in milliseconds since 1970. */
  readonly launched?: { readonly reason: string; readonly since: number } | undefined;
  /** Milliseconds since 1970 at which the person signed in with two factors; undefined if the token does not say so. */
  readonly twoFactorsAt: number | undefined;
  /** Whether it may see how its searches are carried out: the scope `dhp.explain`. */
  readonly mayExplain: boolean;
  /**
   * It may delete many resources at once: the scope `dhp.bulk-delete` of a system. Absent if it may not, so that the names of job owners do
   * not change.
   */
  readonly mayDeleteMany?: true;
  /**
   * By which right it may read the trail of requests, of all patients: the scope `dhp.audit` of a system, or that word among the policies of the
   * person's roles; undefined if it may not.
   */
  readonly readsTrail: 'as-system' | 'as-person' | undefined;
  /** Whether it may administer the access policies: the scope `dhp.access-administration`, which the SSO gives to no client. */
  readonly mayAdministerAccess: boolean;
  /** Whether it may ask who wrote a national identifier: the scope `dhp.identity-evidence`, which the SSO gives to no client. */
  readonly mayAskForEvidence: boolean;
  /** The words of the token; undefined if it is not known. */
  readonly claimed?: Claimed;
  /** Milliseconds since 1970 at which the token ends. */
  readonly expiresAt: number;
  /** The names by which the SSO may revoke it. */
  readonly token: AccessTokenClaims;
}
