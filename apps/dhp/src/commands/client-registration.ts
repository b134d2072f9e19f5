/** The options by which a registration is described, for the commands that make one and that change one. */
import { readFileSync } from 'node:fs';
import { logoOf, type ClientChange } from '@dhp/sso/administration';
import { UsageError, type Command, type Values } from '../cli.ts';
import { textOf, words } from './shared.ts';

/** @throws UsageError when it cannot be read */
function readBytes(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${option} ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws UsageError when it cannot be read or is not JSON; whether it is a key set is for the register to say */
function readKeySet(file: string): unknown {
  const bytes = readBytes('--jwks', file);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new UsageError(`--jwks ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Options of a client registration, which `dhp client add` and later changes share. */
export const registrationOptions: Command['options'] = {
  'redirect-uri': { type: 'string', list: ' ', value: 'URIS', help: 'where people go back to after they signed in' },
  'minimal-authorize': { type: 'boolean', help: 'client_id and redirect_uri alone make an authorization request' },
  'post-logout-redirect-uri': {
    type: 'string',
    list: ' ',
    value: 'URIS',
    help: 'where people may go after they signed out',
  },
  'backchannel-logout-uri': { type: 'string', value: 'URL', help: 'where it is told that somebody signed out' },
  dpop: { type: 'boolean', help: 'its access tokens are always bound to a key of its own (DPoP)' },
  'hex-challenge': { type: 'boolean', help: 'its code_challenge may be SHA-256 in hexadecimal' },
  'require-pkce': {
    type: 'boolean',
    help: 'its authorization requests must use PKCE, as those of public clients must',
  },
  jwks: { type: 'string', value: 'FILE', help: 'its public keys (a key set): it signs assertions and has no secret' },
  'jwks-uri': { type: 'string', value: 'URL', help: 'where it publishes its public keys' },
  'initiate-login-uri': { type: 'string', value: 'URL', help: 'where software of health workers launches it (SMART)' },
  'client-uri': { type: 'string', value: 'URL', help: 'a page about it' },
  'logo-uri': { type: 'string', value: 'URL', help: 'where it publishes its picture' },
  logo: { type: 'string', value: 'FILE', help: 'its picture on the pages: PNG, JPEG or WebP, 40 KiB at most' },
  'sign-in-method': {
    type: 'string',
    list: ' ',
    value: 'METHODS',
    help: 'how people may sign in for it: password, passkey, ids of identity systems such as oneid; default all',
  },
  'policy-uri': { type: 'string', value: 'URL', help: 'what it does with data' },
  'tos-uri': { type: 'string', value: 'URL', help: 'its terms' },
  contact: { type: 'string', list: ' ', value: 'ADDRESSES', help: 'e-mail addresses of who answers for it' },
};

/** Returns the fields of a registration whose options were given on the command line. */
export function givenIn(values: Values): ClientChange {
  const lists = {
    redirectUris: 'redirect-uri',
    postLogoutRedirectUris: 'post-logout-redirect-uri',
    signInMethods: 'sign-in-method',
  };
  const flags = {
    minimalAuthorize: 'minimal-authorize',
    hexChallenge: 'hex-challenge',
    requirePkce: 'require-pkce',
    dpopBound: 'dpop',
  };
  const texts = { jwksUri: 'jwks-uri', backchannelLogoutUri: 'backchannel-logout-uri' };
  const keys = textOf(values, 'jwks');
  const logo = textOf(values, 'logo');
  const details = {
    ...given(['client-uri', 'logo-uri', 'policy-uri', 'tos-uri', 'initiate-login-uri'], values),
    ...(values['contact'] === undefined ? {} : { contacts: words(values['contact']) }),
  };
  const pick = <T>(options: Record<string, string>, read: (value: string | boolean) => T): Record<string, T> =>
    Object.fromEntries(
      Object.entries(options).flatMap(([name, option]) => {
        const value = values[option];
        return value === undefined ? [] : [[name, read(value)]];
      }),
    );
  return {
    ...pick(lists, words),
    ...pick(flags, (value) => value === true),
    ...pick(texts, String),
    ...(keys === undefined ? {} : { jwks: readKeySet(keys) }),
    ...(logo === undefined ? {} : { logo: logoOf(readBytes('--logo', logo)) }),
    details,
  };
}

/** Options whose names with `_` are those of RFC 7591. */
function given(names: readonly string[], values: Values): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = textOf(values, name);
      return text === undefined ? [] : [[name.replaceAll('-', '_'), text]];
    }),
  );
}
