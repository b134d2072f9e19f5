/** Readers of what leads to other systems, with the credentials for them, and of keys. */
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

/** OneID: our own for trying out, none, or where it is with the credentials for it. */
export function oneIdUrl(text: string): 'test' | 'off' | { url: string; clientId: string; clientSecret: string } {
  if (text === 'test' || text === 'off') return text;
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.username === '' || url.password === '') {
    return reject(wants().oneId);
  }
  const [clientId, clientSecret] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  return { url: `${url.origin}${url.pathname}`, clientId, clientSecret };
}

/** `Name=https://CLIENT_ID:SECRET@ISSUER`, apart by commas; `?pinfl=CLAIM` where the provider is trusted to say PINFLs. */
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

/** URL of the mail server. */
export function mailUrl(text: string): string {
  if (/^smtps?:\/\//.test(text) && URL.canParse(text)) return text;
  return reject(wants().mail);
}
