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
    /** The person of the request's client: it does not change while the request is answered. */
    person?: Person;
    /** Sessions of somebody that the request has found by their ids, by the hashes of these. */
    foundSessions?: Set<string>;
    /** In which session the grant that is being saved was given; the engine's model has no member for it. */
    sessionOfGrant?: string | undefined;
    /** Set while the authorization goes on that the request answered. */
    resumption?: Resumption | undefined;
    /** A user code that a link carried, to be put into the field. */
    userCode?: string;
    /** The answer says that there is no such user code. */
    isWrongUserCode?: boolean;
  }
}

/** A request that the engine serves. */
export interface Exchange {
  address: string;
  /** Before anything was read for it: a revocation of later finds its tokens, however long they take to be made. */
  began: Date;
  /** As which client the request claims to come, once that was looked for. */
  clientId?: string;
  /** Whether the request of the client is within its limit; undefined before it was counted. */
  isAdmitted?: boolean;
  /** It has a place among those that are worked on at a time. */
  isInside?: true;
  /** Undefined before the client was looked for, null when there is none. */
  registration?: Registration | null;
  /** Registration that was read before the engine asks for it, so that each request reads its client once. */
  read?: { clientId: string; registration: Registration | undefined };
  error?: Error;
}

/** The code or refresh token of a token request: what was found out about it, and what the request changes. */
export interface TokenRedemption {
  found?: Redemption | undefined;
  use?: Use | undefined;
  ended?: readonly EndedArtifact[];
}

/** The sign-in under way of a request of its pages, as it was read. */
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
  /** The scopes that the person allowed the client of the sign-in before, where that is known. */
  allowed?: string[] | undefined;
}

/** A person as a client knows them. */
export interface Person {
  account: Account;
  /** The URL of the resource that says who the person is: as a health worker before as a patient. */
  fhirUser: string | undefined;
  /** The id of the person's own Patient. */
  patient: string | undefined;
}

/** An authorization that continues without the browser. */
export interface Resumption {
  readonly interaction: EngineInteraction;
  /** The grant of this authorization, not stored yet. */
  readonly grant: EngineGrant | undefined;
  /** The engine's context, once it has answered. */
  ctx?: EngineContext;
}

/** A form as a program sent it. */
export type SentForm = Record<string, string | string[] | undefined>;
