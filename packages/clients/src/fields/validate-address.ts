/** Addresses that a registration names. */
import { ClientError } from './client-error.ts';

const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?(?:\/|$)/;

/** Whether an address uses https, or http on the same machine. */
export function isAddress(uri: string): boolean {
  return URL.parse(uri)?.protocol === 'https:' || loopback.test(uri);
}

/**
 * An address that this server calls or tells people: https; http for what runs on the same machine, which is called only where the
 * operator allows it.
 * @throws ClientError
 */
export function validateAddress(name: string, given: string): string {
  const uri = given.trim();
  const url = URL.parse(uri);
  const isClean = url?.hash === '' && url.username === '' && !/[\s\p{Cc}]/u.test(uri);
  const isFine = isClean && isAddress(uri) && uri.length <= 2000;
  if (isFine) return uri;
  throw new ClientError('invalid-address', `The ${name} "${uri}" is not an https address without fragment and user`);
}
