/** Parts of the state of a request (`request-state.ts`) that the protocol engine notes and reads. */
import type { EngineContext, EngineGrant, EngineInteraction } from 'oidc-provider';
import type { Account } from '@dhp/accounts';
import type { EndedArtifact } from '@dhp/grants/artifacts';
import type { Registration } from '@dhp/clients/rows';
import type { Redemption, Use } from '../store/redemptions.ts';
import type { SignInUnderWay } from '../store/sign-ins.ts';

declare module '@dhp/sso-kit/request-state' {
  interface UnitNotes {
    /** The sign-in that a request of its pages is about. */
    signIn?: SignInMemory;
  }

  interface RequestState {
    /** Set while the engine serves the request. */
    exchange?: Exchange | undefined;
    /** The form that a program sent, which its client's registration may complete. */
    form?: SentForm;
    /** The public client that HTTP Basic named, without a secret. */
    nameInHeader?: string;
    redemption?: TokenRedemption;
    /** The person of the request's client: constant while the request is answered. */
    person?: Person;
    /** Hashes of the ids of signed-in sessions that the request has found. */
    foundSessions?: Set<string>;
    /** The session in which the grant that is being saved was given; the engine's model has no member for it. */
    sessionOfGrant?: string | undefined;
    /** Set while the authorization that the request answered continues. */
    resumption?: Resumption | undefined;
    /** A user code from a link, to fill in the field. */
    userCode?: string;
    /** The answer says that there is no such user code. */
    isWrongUserCode?: boolean;
  }
}

/** A request that the engine serves. */
export interface Exchange {
  address: string;
  /** The time before anything was read for it: a later revocation finds its tokens, however long making them takes. */
  began: Date;
  /** The client that the request names, once it was looked up. */
  clientId?: string;
  /** Whether the request is within the client's limit; undefined until it was counted. */
  isAdmitted?: boolean;
  /** The request has a place among those that are processed at the same time. */
  isInside?: true;
  /** Undefined until the client was looked up, null if it does not exist. */
  registration?: Registration | null;
  /** Registration that was read before the engine looks it up, so that each request reads its client once. */
  read?: { clientId: string; registration: Registration | undefined };
  error?: Error;
}

/** The code or refresh token of a token request: the data read for it, and the request's changes. */
export interface TokenRedemption {
  found?: Redemption | undefined;
  use?: Use | undefined;
  ended?: readonly EndedArtifact[];
}

/** The sign-in under way of a request to its pages, as it was read. */
export interface SignInMemory {
  underWay?: SignInUnderWay;
  /** The person who has signed in during the request. */
  person?: KnownPerson;
  /** The request comes from a browser without a session. */
  isAnonymous?: boolean;
}

export interface KnownPerson {
  /** Enabled. */
  account: Account;
  /** The scopes that the person allowed the client of the sign-in before, if known. */
  allowed?: string[] | undefined;
}

/** A person as a client sees them. */
export interface Person {
  account: Account;
  /** The URL of the person's FHIR record; that of a health worker takes precedence over that of a patient. */
  fhirUser: string | undefined;
  /** The id of the person's own Patient. */
  patient: string | undefined;
}

/** An authorization that continues without the browser. */
export interface Resumption {
  readonly interaction: EngineInteraction;
  /** The grant of this authorization, not stored yet. */
  readonly grant: EngineGrant | undefined;
  /** The engine's context, after it has answered. */
  ctx?: EngineContext;
}

/** A form as a program sent it. */
export type SentForm = Record<string, string | string[] | undefined>;
