import type { KeyObject } from 'node:crypto';

/** A key by which signatures are verified. */
export interface SignerKey {
  readonly kid: string;
  readonly key: KeyObject;
  /** References such as `Practitioner/7`, one of which `Signature.who` must be. */
  readonly signers: readonly string[];
}

/** How signatures of resources are treated. */
export interface SignaturePolicy {
  /** The text of a JWK Set in which each key names its `signers`. */
  readonly keys: string;
  /** One that cannot be verified is stored, and the answer says so; or refused. */
  readonly unchecked: 'record' | 'refuse';
}

/** The signatures that were verified lately, so that answers need not say that they were not. */
export interface Signatures extends Pick<SignaturePolicy, 'unchecked'> {
  readonly keys: readonly SignerKey[];
  note(resource: Readonly<Record<string, unknown>>, isVerified: boolean): void;
  wasVerified(resource: Readonly<Record<string, unknown>>): boolean;
}
