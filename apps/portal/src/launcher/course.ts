/** A launch under way: the choices, its parts, and the requests so far. */
import { randomBytes } from 'node:crypto';
import { relayAddress, relayedAddressField } from '@dhp/web-kit';
import type { Application } from '../applications/shapes.ts';
import type { OwnTokens } from '../explorer/own-token.ts';
import type { ExplorerOptions } from '../options.ts';
import type { RequestContext } from '../session/routes.ts';
import type { TestPerson } from './shapes.ts';
import type { Failure, LaunchStep } from './steps.ts';

export interface Plan {
  readonly application: Application;
  readonly kind: 'ehr' | 'standalone';
  /** The person who signs in. */
  readonly person: TestPerson;
  /** The patient in context; with the last encounter if `hasEncounter` is true. */
  readonly patient: TestPerson | undefined;
  readonly hasEncounter: boolean;
  readonly redirectUri: string;
  /** Of an application that has one; it is used only for this launch. */
  readonly secret: string;
}

export interface LaunchParts {
  readonly servers: ExplorerOptions;
  readonly relayKey: Uint8Array;
  readonly own: OwnTokens;
}

/** The launch under way. */
export interface Course extends LaunchParts {
  readonly context: RequestContext;
  readonly plan: Plan;
  readonly steps: LaunchStep[];
}

/** Thrown if a launch ends before there is a token. */
export class Ended extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.because);
    this.failure = failure;
  }
}

export interface Endpoints {
  readonly issuer: string;
  readonly authorize: string;
  readonly token: string;
}

/** The authorization request, and the values that its answer must return. */
export interface Request {
  readonly address: URL;
  readonly state: string;
  readonly nonce: string | undefined;
  readonly verifier: string;
  readonly endpoints: Endpoints;
}

/** Milliseconds that a server may take. */
export const patience = 25_000;

/** The code is single-use, and used up before the page is shown. */
export const shortCode = (code: string): string => `${code.slice(0, 6)}…`;

/** The address of the browser: visitors do not share a limit at the SSO. */
export function relayed({ request }: RequestContext, key: Uint8Array, authorization = ''): Record<string, string> {
  return { [relayedAddressField]: relayAddress(request.ip, { key, authorization, now: Date.now() }) };
}

export const random = (): string => randomBytes(32).toString('base64url');
