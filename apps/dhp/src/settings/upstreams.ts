/** Readers of settings about other systems, with their credentials, and of keys. */
import type { OpenIdConnectOptions } from '@dhp/accounts/identity-systems';
import { reject, wants } from './setting.ts';

/** 32 bytes. */
export function secretKey(text: string): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length !== 32 || !/^[A-Za-z0-9+/]{43}=$/.test(text)) {
    return reject(wants().secretKey);
  }
  return key;
}

/** OneID: our own test system, none, or its address with the credentials for it. */
export function oneIdUrl(text: string): 'test' | 'off' | { url: string; clientId: string; clientSecret: string } {
  if (text === 'test' || text === 'off') return text;
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.username === '' || url.password === '') {
    return reject(wants().oneId);
  }
  const [clientId, clientSecret] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  return { url: `${url.origin}${url.pathname}`, clientId, clientSecret };
}

/** `Name=https://CLIENT_ID:SECRET@ISSUER`, separated by commas; `?pinfl=CLAIM` if the provider is trusted to state PINFLs. */
export function openIdProviders(text: string): OpenIdConnectOptions[] {
  const found = text.split(',').map((part) => {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(at, 0)).trim();
    const url = URL.parse(part.slice(at + 1).trim());
    const isLocal = url?.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
    if (
      name === '' ||
      url === null ||
      !(url.protocol === 'https:' || isLocal) ||
      url.username === '' ||
      url.password === ''
    ) {
      return reject(wants().provider);
    }
    const id = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|(?<!-)-+$/g, '');
    if (!/^[a-z]/.test(id) || ['password', 'passkey', 'oneid'].includes(id)) {
      return reject(wants().providerName({ name }));
    }
    const pinflClaim = url.searchParams.get('pinfl');
    const [clientId, clientSecret] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    const issuer = `${url.origin}${url.pathname}`.replace(/\/$/, '');
    return { id, name, issuer, clientId, clientSecret, ...(pinflClaim !== null && { pinflClaim }) };
  });
  if (new Set(found.map(({ id }) => id)).size < found.length) return reject(wants().providersAlike);
  return found;
}

/** A bucket of S3, by the path of its address. */
export interface BucketAddress {
  readonly endpoint: string;
  readonly bucket: string;
  /** Without slashes at its ends; may be empty. */
  readonly prefix: string;
}

/** `https://HOST/BUCKET/PREFIX`; without TLS on this machine alone. Names are of letters, digits, `.`, `_` and `-`, and begin with a letter or digit. */
export function bucket(text: string): BucketAddress {
  const url = URL.parse(text);
  const isHere = url !== null && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  const path = /^\/([A-Za-z\d][\w.-]{2,62})((?:\/[A-Za-z\d][\w.-]*)*)$/.exec(url?.pathname ?? '');
  if (url === null || path === null || !isPlain || !(url.protocol === 'https:' || (isHere && url.protocol === 'http:')))
    return reject(wants().bucket);
  const [, name = '', prefix = ''] = path;
  return { endpoint: url.origin, bucket: name, prefix: prefix.slice(1) };
}

/** As signatures name it. */
export function region(text: string): string {
  return /^[a-z\d-]{1,64}$/.test(text) ? text : reject(wants().region);
}

/** URL of the mail server, or of a gateway: without TLS on this machine alone. */
export function mailUrl(text: string): string {
  const url = URL.parse(text);
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url?.hostname ?? '');
  if (url !== null && (/^(smtps?|https):\/\//.test(text) || (isLocal && text.startsWith('http://')))) return text;
  return reject(wants().mail);
}
