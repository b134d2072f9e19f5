import type { IncomingMessage } from 'node:http';
import type { FhirOptions } from '../options.ts';

export type AddressOf = (request: IncomingMessage) => string;

/** Returns the function that finds the address of a client, as the web framework does; undefined if only that can read the setting. */
export function addressOf(setting: FhirOptions['trustProxy']): AddressOf | undefined {
  if (setting === undefined || setting === false) return ({ socket }) => socket.remoteAddress ?? '';
  if (setting === true) return (request) => forwarded(request).at(-1)!;
  if (typeof setting !== 'function') return undefined;
  const trusts = setting;
  return (request) => {
    const addresses = forwarded(request);
    return addresses.find((address, hop) => !trusts(address, hop)) ?? addresses.at(-1)!;
  };
}

/** The address of the connection, and those that proxies have told, the nearest first. */
function forwarded({ socket, headers }: IncomingMessage): string[] {
  const told = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.replaceAll(/^ +|(?<! ) +$/g, ''))
    .filter((address) => address !== '');
  return [socket.remoteAddress ?? '', ...told.reverse()];
}
