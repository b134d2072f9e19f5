/** The model of the walks through the protocols: consents and tokens given, and their permitted results. */
import type { Browser } from './browser.ts';

/** True or false if the protocols say it; undefined if either is right. */
export type Maybe = boolean | undefined;

export interface Client {
  readonly name: string;
  readonly id: string;
  /** `client_id`, and a secret if there is one. */
  readonly own: Record<string, string>;
  readonly isDevice: boolean;
  /** It asks for `offline_access`. */
  readonly isOffline: boolean;
}

export interface Person {
  readonly username: string;
  readonly password: string;
  readonly accountId: string;
  readonly practitioner: string | undefined;
}

/** A browser, and the person signed in with it. */
export interface Seat {
  readonly browser: Browser;
  person: Person | undefined;
  /** Goes up with each session. */
  session: number;
}

/** One permission and all that resulted from it: in the same session authorizations that need no page share it. */
export interface Family {
  readonly client: Client;
  readonly person: Person;
  readonly seat: Seat;
  readonly session: number;
  /** It was given for longer than the session. */
  isOffline: Maybe;
  hasEnded: Maybe;
  readonly access: { readonly token: string; isRevoked: boolean }[];
  readonly refresh: { readonly token: string; usedAt: number | undefined }[];
}

export interface Code {
  readonly value: string;
  readonly verifier: string | undefined;
  readonly family: Family;
  readonly until: number;
  isUsed: boolean;
  /** A wrong verifier was sent with it, or its session has ended. */
  isSpoilt: Maybe;
}

export interface Device {
  readonly client: Client;
  readonly deviceCode: string;
  readonly userCode: string;
  readonly until: number;
  state: 'waits' | 'allowed' | 'refused' | 'used';
  family: Family | undefined;
}

export interface Pushed {
  readonly client: Client;
  readonly uri: string;
  readonly verifier: string;
  readonly until: number;
  isUsed: boolean;
}

export interface Launch {
  readonly client: Client;
  readonly value: string;
  readonly practitioner: string | undefined;
  readonly until: number;
  isUsed: boolean;
}

/** Milliseconds within which a reused refresh token counts as the same use. */
export const grace = 3000;

/** Records that nothing of an authorization is valid from now on. */
export const end = (family: Family): void => void (family.hasEnded = true);

/** Ends everything that resulted from a session except offline access; unused codes of that may be gone. */
export function endSession(seat: Seat, families: readonly Family[], codes: readonly Code[]): void {
  for (const family of families)
    if (family.seat === seat && family.session === seat.session && family.isOffline !== true)
      family.hasEnded = family.isOffline === false ? true : family.hasEnded || undefined;
  for (const code of codes)
    if (code.family.seat === seat && code.family.session === seat.session && code.isSpoilt === false)
      code.isSpoilt = code.family.isOffline === false ? true : undefined;
  seat.person = undefined;
  seat.session += 1;
}
