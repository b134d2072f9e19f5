/**
 * Each place that reads a JWT of this server, or a proof of a key, with each known attack on header and signature, and with tokens of every
 * other kind: a token is accepted only at the place that it was issued for.
 */
import assert from 'node:assert/strict';
import { createPublicKey, randomUUID, sign } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { openKeyRing } from '@dhp/signing-keys';
import { revocationFeedKey } from '@dhp/signing-keys/server-keys';
import { authorizeAddress, Browser, pkce, signIn, type Page } from './browser.ts';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from './jose.ts';
import { issuer, newClient, postForm, production, testBed } from './support.ts';

const bed = await testBed();
const clock = (): Date => new Date();
const { url } = await bed.start();
const ring = await openKeyRing({ ...bed, clock });
const redirectUri = 'https://clinic.example.uz/cb';
const person = { username: 'aziza', password: 'a long and quiet password' };
await openAccounts(bed.sql, { actor: 'cli:tester' }).create({ ...person, name: 'Aziza Karimova' });
const spa = await newClient(bed.clients, {
  ...{ grants: ['authorization_code', 'refresh_token'], scopes: ['openid', 'user/*.rs'], public: true },
  redirectUris: [redirectUri],
});
const other = await newClient(bed.clients, {
  ...{ grants: ['authorization_code'], scopes: ['openid'], public: true, redirectUris: [redirectUri] },
});
/** Sees all tokens of its environment. */
const server = await newClient(bed.clients, { scopes: ['system/*.cruds'] });
const operator = await newClient(bed.clients, { scopes: ['admin/clients.read'], environment: 'production' });
const browser = new Browser(url);

type Json = Record<string, unknown>;
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part: string): Json => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
const seconds = (): number => Math.floor(Date.now() / 1000);

interface Key {
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

async function newKey(alg: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, publicKey, jwk: await exportJWK(publicKey) };
}
const foreign = { ES256: await newKey('ES256'), RS256: await newKey('RS256') };

let accessToken = '';
let idToken = '';
/** Of a client that administers, and of a server. */
let adminToken = '';
let serverToken = '';

async function tokensOf(client: string): Promise<Record<string, string>> {
  const { verifier, query } = pkce();
  const asked = { client_id: client, response_type: 'code', redirect_uri: redirectUri, scope: 'openid', ...query };
  const back = await signIn(browser, authorizeAddress(asked), person);
  const code = { code: back.searchParams.get('code')!, code_verifier: verifier };
  const form = { grant_type: 'authorization_code', client_id: client, redirect_uri: redirectUri, ...code };
  return (await postForm(`${url}/oauth/token`, form)).body as Record<string, string>;
}

before(async () => {
  ({ access_token: accessToken = '', id_token: idToken = '' } = await tokensOf(spa.id));
  const tokenOf = async (form: Record<string, string>): Promise<string> =>
    String((await postForm(`${url}/oauth/token`, form)).body['access_token']);
  adminToken = await tokenOf({ ...operator.form, resource: issuer, scope: 'admin/clients.read' });
  serverToken = await tokenOf(server.form);
});

/** The places that read a JWT signed by this server, and whether they accept a token. */
interface Place {
  /** A token that is accepted. */
  good: () => string;
  takes: (token: string) => Promise<boolean>;
}

const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
const isServed = async (path: string, init: RequestInit): Promise<boolean> => {
  try {
    return (await fetch(url + path, init)).ok;
  } catch {
    return false; // no header field can have it
  }
};
const signedOutBy = async (hint: string): Promise<boolean> => {
  const page = await browser.get(`/oauth/logout?${new URLSearchParams({ id_token_hint: hint }).toString()}`);
  return page.status === 200;
};
const isKnownBy = async (hint: string): Promise<boolean> => {
  const asked = { client_id: spa.id, response_type: 'code', redirect_uri: redirectUri, scope: 'openid' };
  const page: Page = await browser.get(
    authorizeAddress({ ...asked, ...pkce().query, prompt: 'none', id_token_hint: hint }),
  );
  return page.address.includes('code=');
};

const places: Record<string, Place> = {
  'userinfo, in the header': {
    good: () => accessToken,
    takes: (token) => isServed('/oauth/userinfo', bearer(token)),
  },
  'userinfo, in a form': {
    good: () => accessToken,
    takes: (token) =>
      isServed('/oauth/userinfo', { method: 'POST', body: new URLSearchParams({ access_token: token }) }),
  },
  'introspection, about it': {
    good: () => accessToken,
    takes: async (token) =>
      (await postForm(`${url}/oauth/introspect`, { ...server.form, token })).body['active'] === true,
  },
  'introspection, by it': {
    good: () => serverToken,
    takes: (token) =>
      isServed('/oauth/introspect', {
        ...{ method: 'POST', body: new URLSearchParams({ token: 'x' }) },
        ...bearer(token),
      }),
  },
  'the administration': {
    good: () => adminToken,
    takes: (token) => isServed('/admin/clients', bearer(token)),
  },
  'signing out, as a hint': { good: () => idToken, takes: signedOutBy },
  'an authorization, as a hint': { good: () => idToken, takes: isKnownBy },
};

/** As ECDSA signatures are in DER. */
function derOf(signature: Buffer): Buffer {
  const half = signature.length / 2;
  const integers = [signature.subarray(0, half), signature.subarray(half)].map((part) => {
    const digits = part[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), part]) : part;
    return Buffer.concat([Buffer.from([2, digits.length]), digits]);
  });
  const body = Buffer.concat(integers);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** Changes of a valid token by an attacker without a key of this server, by their names. */
async function forged(good: string): Promise<Record<string, string>> {
  const [head, body, signature] = good.split('.') as [string, string, string];
  const [header, claims] = [decoded(head), decoded(body)];
  const alg = header['alg'] as 'ES256' | 'RS256';
  const own = ring.signing(alg);
  const thief = foreign[alg];
  const spki = createPublicKey(own.privateKey).export({ type: 'spki', format: 'pem' }).toString();
  const bytes = Buffer.from(signature, 'base64url');
  const by = (more: Json, claimsOf: Json = claims): Promise<string> =>
    new SignJWT(claimsOf).setProtectedHeader({ ...header, alg, ...more }).sign(thief.privateKey);
  const hmac = async (size: number, secret: string | Buffer): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ ...header, alg: `HS${String(size)}` }).sign(longEnough(secret));
  const all: Record<string, string> = {
    ...Object.fromEntries(
      ['none', 'None', 'NONE', 'nOnE', ''].flatMap((none) => {
        const unsigned = `${encoded({ ...header, alg: none })}.${body}.`;
        return [
          [`alg ${none}`, unsigned],
          [`alg ${none}, signed`, unsigned + signature],
        ];
      }),
    ),
    'no signature': `${head}.${body}.`,
    'no last part': `${head}.${body}`,
    'a signature of zeros': `${head}.${body}.${Buffer.alloc(bytes.length).toString('base64url')}`,
    'a signature of nothing': `${head}.${body}.AA`,
    'a longer signature': `${head}.${body}.${Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64url')}`,
    'a shorter signature': `${head}.${body}.${bytes.subarray(0, -1).toString('base64url')}`,
    'another algorithm over the same': `${encoded({ ...header, alg: alg === 'ES256' ? 'RS256' : 'ES256' })}.${body}.${signature}`,
    'other claims': `${head}.${encoded({ ...claims, sub: randomUUID(), exp: seconds() + 9 })}.${signature}`,
    'HMAC with the PEM': await hmac(256, spki),
    'HMAC with the PEM, trimmed': await hmac(256, spki.trim()),
    'HMAC with the JWK': await hmac(256, JSON.stringify(own.publicJwk)),
    'HMAC with the kid': await hmac(256, own.kid),
    'HMAC 384 with the PEM': await hmac(384, spki),
    'HMAC with zeros': await hmac(512, Buffer.alloc(64)),
    'a key of a thief': await by({}),
    'a key of a thief, in the header': await by({ jwk: thief.jwk }),
    'a key of a thief, named by the header': await by({ jku: 'https://evil.example/jwks', kid: 'evil' }),
    'a certificate that the header names': await by({ x5u: 'https://evil.example/x.pem' }),
    'a certificate in the header': await by({ x5c: ['MIIB'] }),
    'no kid, by a thief': await by({ kid: undefined }),
    'a kid that leads to a file': await by({ kid: '../../../../dev/null' }),
    'a kid that is a statement': await by({ kid: "x' or '1'='1" }),
    'what is critical and not known': `${encoded({ ...header, crit: ['x'], x: 1 })}.${body}.${signature}`,
    'a payload that is not encoded': `${encoded({ ...header, b64: false, crit: ['b64'] })}.${body}.${signature}`,
    'five parts': `${head}.${body}.${signature}.${body}.${signature}`,
    'a part more': `${good}.`,
    'a part before': `.${good}`,
    'a space within': `${head}. ${body}.${signature}`,
    'the JSON of it': JSON.stringify({ payload: body, protected: head, signature }),
    nothing: '.',
    'two dots': '..',
  };
  if (alg === 'ES256') all['a signature in DER'] = `${head}.${body}.${derOf(bytes).toString('base64url')}`;
  return all;
}

/** A library refuses short secrets, which a thief would not mind. */
const longEnough = (secret: string | Buffer): Buffer => {
  const bytes = Buffer.from(secret);
  return bytes.length >= 64 ? bytes : Buffer.concat([bytes, Buffer.alloc(64 - bytes.length)]);
};

/** Signed by this server's own key, but not for this place. */
function misused(good: string): Record<string, string> {
  const [head, body] = good.split('.') as [string, string];
  const [header, claims] = [decoded(head), decoded(body)];
  const key = ring.keys.find(({ kid }) => kid === header['kid'])!;
  const by = (moreHeader: Json, more: Json): string => {
    const text = `${encoded({ ...header, ...moreHeader })}.${encoded({ ...claims, ...more })}`;
    const form = key.alg === 'ES256' ? { key: key.privateKey, dsaEncoding: 'ieee-p1363' as const } : key.privateKey;
    return `${text}.${sign('sha256', Buffer.from(text), form).toString('base64url')}`;
  };
  const isHint = header['typ'] !== 'at+jwt';
  const aud = String(claims['aud']);
  return {
    'of another issuer': by({}, { iss: 'https://sso.evil.example' }),
    'of an issuer with a slash': by({}, { iss: `${issuer}/` }),
    'of an issuer in capitals': by({}, { iss: issuer.toUpperCase() }),
    'of no issuer': by({}, { iss: undefined }),
    'for nobody': by({}, { aud: [] }),
    'for no audience': by({}, { aud: undefined }),
    'for another audience': by({}, { aud: 'https://other.example' }),
    'for an audience with a slash': by({}, { aud: `${aud}/` }),
    'for a part of the audience': by({}, { aud: aud.slice(0, -1) }),
    'about nobody': by({}, { sub: undefined }),
    ...(isHint
      ? {}
      : {
          'of no type': by({ typ: undefined }, {}),
          'of the type JWT': by({ typ: 'JWT' }, {}),
          'of the type of a logout token': by({ typ: 'logout+jwt' }, {}),
          'that has ended': by({}, { exp: seconds() - 1 }),
          'without an end': by({}, { exp: undefined }),
          'that begins later': by({}, { nbf: seconds() + 600 }),
          'of no client': by({}, { client_id: undefined }),
          'of a client that is not there': by({}, { client_id: randomUUID() }),
          'without an id': by({}, { jti: undefined }),
        }),
  };
}

describe('a place that reads a JWT of this server', () => {
  for (const [place, { good, takes }] of Object.entries(places)) {
    it(`${place}: takes what is made for it, and nothing else`, async (t) => {
      assert.ok(await takes(good()), 'the good one');
      const others = { 'an access token': accessToken, 'an ID token': idToken, 'a token of a server': serverToken };
      const ofServers = await new SignJWT({ iss: production, aud: `${issuer}/oauth/revocations`, iat: seconds() })
        .setProtectedHeader({ alg: 'HS256', typ: 'dhp-revocations+jwt' })
        .setExpirationTime('1m')
        .sign(revocationFeedKey(bed.encryptionKey));
      const kinds = Object.entries({ ...others, 'an administrator’s': adminToken, 'a question': ofServers });
      const own = decoded(good().split('.')[1]!);
      // Two tokens of one audience and kind are equivalent at a place, whoever owns them: all others are refused.
      const foreignKinds = kinds.filter(([, one]) => !isAlike(one, own, good()));
      const cases = [...Object.entries(await forged(good())), ...Object.entries(misused(good())), ...foreignKinds];
      // A person who signs out may be at another client than that of the hint.
      if (place === 'an authorization, as a hint')
        cases.push(['for another client', (await tokensOf(other.id))['id_token']!]);
      const taken: string[] = [];
      for (const [what, token] of cases) if (await takes(token)) taken.push(what);
      t.diagnostic(`${String(cases.length)} tokens`);
      assert.deepEqual(taken, []);
      assert.ok(await takes(good()), 'the good one, still');
    });
  }

  function isAlike(one: string, own: Json, good: string): boolean {
    const [head, body] = one.split('.') as [string, string];
    return decoded(body)['aud'] === own['aud'] && decoded(head)['typ'] === decoded(good.split('.')[0]!)['typ'];
  }
});
