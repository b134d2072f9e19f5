/**
 * The address of the browser behind a request that one part of the platform sends to another for a person. Both derive a key from the key
 * of the installation. The mark is valid for one credential and one minute, so it is useless to others.
 */
import { createHmac } from 'node:crypto';
import { isIP } from 'node:net';
import { equal } from './forms.ts';

/** Name of the header field, as requests carry it. */
export const relayedAddressField = 'dhp-relayed-address';

/** Seconds by which the clocks of two nodes may differ. */
const tolerance = 60;

export interface Relay {
  readonly key: Uint8Array;
  /** The Authorization header field of the request, whole. */
  readonly authorization: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Returns the value of the header field for a browser at this address. */
export function relayAddress(address: string, relay: Relay): string {
  const seconds = String(Math.floor(relay.now / 1000));
  return `${seconds};${address};${proofOf(seconds, address, relay)}`;
}

/**
 * Returns the address in the header field; undefined for a field that is absent, made with another key, credential or time, or unreadable.
 */
export function relayedAddress(field: unknown, relay: Relay): string | undefined {
  if (typeof field !== 'string') return undefined;
  const [seconds = '', address = '', proof = '', ...more] = field.split(';');
  if (more.length > 0 || !/^\d{1,12}$/.test(seconds) || isIP(address) === 0) return undefined;
  if (Math.abs(relay.now / 1000 - Number(seconds)) > tolerance) return undefined;
  return equal(proof, proofOf(seconds, address, relay)) ? address : undefined;
}

function proofOf(seconds: string, address: string, { key, authorization }: Relay): string {
  return createHmac('sha256', key).update(`${seconds};${address};${authorization}`).digest('base64url');
}
