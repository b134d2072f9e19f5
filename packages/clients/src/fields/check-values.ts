/** Checks of single values of a registration: those of some fields, and those of each kind for the others. */
import { ClientError } from './client-error.ts';
import { readableName, type FieldKind, type FieldValues } from '@dhp/sso-kit/fields';
import type { Around } from './client-field.ts';
import { validateKeySet } from './validate-keys.ts';

const email = /^[^\s\p{Cc}@<>,;"]+@[^\s\p{Cc}@<>,;"][^\s\p{Cc}@<>,;".]*\.[^\s\p{Cc}@<>,;"]+$/u;

/** Longest address, in UTF-16 units. */
const longest = 2000;

/** @returns the value to store @throws ClientError */
export const checkOfKind: {
  [Kind in FieldKind]: (value: FieldValues[Kind], around: Around, json: string) => FieldValues[Kind];
} = {
  text(given, _around, json) {
    const text = readableName(given);
    if (text !== undefined) return text;
    throw new ClientError('invalid-details', `${json} is a text of 1 to 200 characters`);
  },
  words: (words) => [...new Set(words)],
  list: (list) => [...new Set(list)],
  emails(emails, _around, json) {
    if (emails.length <= 10 && emails.every((one) => one.length <= 200 && email.test(one))) return emails;
    throw new ClientError('invalid-details', `${json} is a list of at most 10 e-mail addresses`);
  },
  flag: (flag) => flag,
  address: (uri, _around, json) => validateAddress(json, uri),
  email(one, _around, json) {
    if (one.length <= 200 && email.test(one)) return one;
    throw new ClientError('invalid-details', `${json} is an e-mail address`);
  },
  keys: (keys) => validateKeySet(keys),
  picture: (sha256) => sha256,
};

/** @throws ClientError */
export function checkName(given: string): string {
  const name = readableName(given);
  if (name !== undefined) return name;
  throw new ClientError('invalid-name', 'A client needs a name of 1 to 200 characters: who it is, for people');
}

/** Checks only the form of the id: the record is on another server. @throws ClientError */
export function checkOrganization(given: string): string {
  const id = given.trim();
  if (/^[A-Za-z0-9.-]{1,64}$/.test(id)) return id;
  throw new ClientError('invalid-details', `"${id.slice(0, 100)}" is not the id of an Organization, such as org-7`);
}

/**
 * Checks only the form of the ids: the identity systems are a setting of the server, and an unknown id is simply never offered. @throws
 * ClientError
 */
export function checkSignInMethods(methods: string[]): string[] {
  const bad = methods.find((method) => !/^[a-z][a-z0-9-]{0,39}$/.test(method));
  if (bad === undefined) return [...new Set(methods)];
  throw new ClientError(
    'invalid-sign-in-method',
    `"${bad}" is not a way to sign in: password, passkey, or the id of an identity system such as oneid`,
  );
}

/** A scheme of an app's own, made from a domain name (RFC 8252 section 7.1). */
const privateScheme = /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+:\/[^/]/;

/** @throws ClientError */
export function checkRedirectUris(uris: string[], { isPublic }: Around): string[] {
  const bad = uris.find((uri) => uri.length > longest || !isRedirectUri(uri, isPublic));
  if (bad === undefined) return [...new Set(uris)];
  throw new ClientError(
    'invalid-redirect-uri',
    `"${bad.slice(0, longest)}" is not a redirect URI: https without fragment, user or *; http only for 127.0.0.1, [::1] and localhost; ` +
      'com.example.app:/path only for a public client',
  );
}

function isRedirectUri(uri: string, isPublic: boolean): boolean {
  const url = URL.parse(uri);
  if (
    url === null ||
    /[#*\s\p{Cc}\p{Cs}\\]/u.test(uri) ||
    !isPlainHost(url) ||
    url.username !== '' ||
    url.password !== ''
  )
    return false;
  return isAddress(uri) || (isPublic && privateScheme.test(uri));
}

/** Parsers accept characters in a host that have a meaning in header fields, such as the policy of a page: ";" and "," among them. */
const isPlainHost = ({ protocol, host }: URL): boolean => !/^https?:$/.test(protocol) || /^[\w.:[\]-]+$/.test(host);

const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?(?:\/|$)/;

/** Whether an address uses https, or http on the same machine. */
function isAddress(uri: string): boolean {
  return URL.parse(uri)?.protocol === 'https:' || loopback.test(uri);
}

/**
 * An address that this server calls or shows to people: https; http for programs on the same machine, which are called only if the operator
 * allows it.
 * @throws ClientError
 */
function validateAddress(name: string, given: string): string {
  const uri = given.trim();
  const url = URL.parse(uri);
  const isClean = url?.hash === '' && url.username === '' && !/[\s\p{Cc}\p{Cs}]/u.test(uri) && isPlainHost(url);
  const isFine = isClean && isAddress(uri) && uri.length <= 2000;
  if (isFine) return uri;
  throw new ClientError('invalid-address', `The ${name} "${uri}" is not an https address without fragment and user`);
}
