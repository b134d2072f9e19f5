/** The address of who asks, where one process hands a request on to another: found once, by the trust of the process that has the connection. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddress from '@fastify/proxy-addr';
import type { SettingValues } from '../settings.ts';

/** Header fields in which proxies tell of a caller, lower case. Whoever is no proxy can write them too. */
const isTold = (name: string): boolean =>
  name === 'forwarded' || name === 'x-real-ip' || name.startsWith('x-forwarded-');

/** The one that is believed, and so is always written again. */
const ofAddress = 'x-forwarded-for';

export interface Callers {
  /** The address as the web framework finds it, that of the connection where it finds none; undefined if the connection is gone. */
  addressOf(request: IncomingMessage): string | undefined;
  /**
   * Whether a header field of the request may be handed on: none in which the caller tells of itself.
   * @param name lower case
   */
  mayHandOn(request: IncomingMessage, name: string): boolean;
}

/** @param trusted as DHP_TRUST_PROXY is read */
export function callers(trusted: SettingValues['DHP_TRUST_PROXY'] = false): Callers {
  const trusts = trustOf(trusted);
  return {
    addressOf: (request) => {
      const found = proxyAddress(request, trusts) as string | undefined;
      // A word in the place of an address would be counted for nobody, so for everybody together.
      return found !== undefined && isIP(found) === 0 ? request.socket.remoteAddress : found;
    },
    mayHandOn: ({ socket }, name) => !isTold(name) || (name !== ofAddress && trusts(socket.remoteAddress ?? '', 0)),
  };
}

function trustOf(trusted: NonNullable<SettingValues['DHP_TRUST_PROXY']>): (address: string, hop: number) => boolean {
  if (typeof trusted === 'function') return trusted;
  return Array.isArray(trusted) ? proxyAddress.compile(trusted) : () => trusted;
}

/** The address as the next process gets it: names and values in turn. */
export function toldOn(address: string): string[] {
  return [ofAddress, address];
}

/**
 * Lets the framework behind it believe what the request tells, since nothing is left in it that the caller tells of itself.
 * @returns false if the connection is gone, and nobody waits for an answer
 */
export function tellCaller(request: IncomingMessage, of: Callers): boolean {
  const address = of.addressOf(request);
  if (address === undefined) return false;
  const headers: IncomingHttpHeaders = request.headers;
  for (const name of Object.keys(headers)) if (!of.mayHandOn(request, name)) headers[name] = undefined;
  headers[ofAddress] = address;
  return true;
}

/** As Fastify's `trustProxy`, behind `tellCaller` or a process that told the address. */
export const trustsHandedOn = (_address: string, hop: number): boolean => hop === 0;
