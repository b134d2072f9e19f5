/**
 * The caller's address, if one process forwards a request to another: determined once, by the trust settings of the process that has the
 * connection.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddress from '@fastify/proxy-addr';
import type { SettingValues } from '../settings.ts';

/** Header fields in which proxies state a caller, lower case. Callers can write them too. */
const isTold = (name: string): boolean =>
  name === 'forwarded' || name === 'x-real-ip' || name.startsWith('x-forwarded-');

/** The trusted field, which is therefore always overwritten. */
const ofAddress = 'x-forwarded-for';

export interface Callers {
  /** The address as the web framework determines it, otherwise that of the connection; undefined if the connection is gone. */
  addressOf(request: IncomingMessage): string | undefined;
  /**
   * Whether a header field of the request may be forwarded: not if the caller states its own address in it.
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
      // A text that is not an address would be counted for all such callers together.
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
 * Lets the framework behind it trust the request's statement of the address, since the caller's own statements are removed.
 * @returns false if the connection is gone, so that nobody waits for an answer
 */
export function tellCaller(request: IncomingMessage, of: Callers): boolean {
  const address = of.addressOf(request);
  if (address === undefined) return false;
  const headers: IncomingHttpHeaders = request.headers;
  for (const name of Object.keys(headers)) if (!of.mayHandOn(request, name)) headers[name] = undefined;
  headers[ofAddress] = address;
  return true;
}

/** As Fastify's `trustProxy`, behind `tellCaller` or a process that sent the address. */
export const trustsHandedOn = (_address: string, hop: number): boolean => hop === 0;
