/** Requests to the SSO, and what they need: registered clients with secrets or keys, signed assertions and proofs. */
import { createPrivateKey, generateKeyPairSync, randomUUID, sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import { resourceTypes } from '@dhp/fhir-model';
import { list } from '../requests.ts';
import type { Credentials, Sent, World } from '../shape.ts';

const formType = { 'content-type': 'application/x-www-form-urlencoded' };

export const form = (path: string, fields: string, headers: Readonly<Record<string, string>> = {}): Sent => ({
  ...{ server: 'sso', method: 'POST', path, body: fields },
  headers: { ...formType, ...headers },
});

/** A form with the id and the secret of a client. */
export const formOf = ({ id, secret }: Credentials, path: string, fields: string): Sent =>
  form(path, `client_id=${id}&client_secret=${secret}&${fields}`);

/** @param token a registration token, or a token of the administration */
export const json = (path: string, body: object, token: string, method = 'POST'): Sent => ({
  ...{ server: 'sso', method, path, body: JSON.stringify(body) },
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
});

export const get = (path: string, headers: Readonly<Record<string, string>> = {}): Sent => ({
  ...{ server: 'sso', method: 'GET', path, headers },
});

/** @throws Error with the answer unless it is a success */
async function done(world: World, sent: Sent): Promise<Record<string, string>> {
  const { status, text } = await world.ask(sent);
  if (status < 200 || status >= 300) throw new Error(`${sent.method} /${sent.path}: ${status} ${text.slice(0, 500)}`);
  return JSON.parse(text) as Record<string, string>;
}

/** An access token of the administration with all scopes. */
export async function administrationToken(world: World): Promise<string> {
  const { access_token: token } = await done(
    world,
    formOf(world.operator, 'oauth/token', 'grant_type=client_credentials'),
  );
  return token!;
}

export const reason = 'a measurement';

/** Does an act of the administration. @returns its answer @throws Error when it is not done */
export async function administer(world: World, path: string, body: object): Promise<Record<string, string>> {
  return done(world, json(`admin/${path}`, { ...body, reason }, await administrationToken(world)));
}

/** The members of a client by which people sign in, with a secret. */
export const application = {
  client_name: 'Cost',
  environment: 'playground',
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  scope: 'openid fhirUser launch/patient offline_access user/*.cruds patient/*.cruds',
  redirect_uris: ['https://cost.example.org/cb'],
};

/** Registers a client. @returns its id and secret */
export async function registered(world: World, members: object = application): Promise<Credentials> {
  const { client_id: id, client_secret: secret = '' } = await administer(world, 'clients', members);
  return { id: id!, secret };
}

/** The types that `*` in a scope stands for. */
export const clinical = resourceTypes.filter((type) => type !== 'AuditEvent' && type !== 'Provenance');

/** Scopes that differ. */
export const scopes = (
  n: number,
  context: 'system' | 'user' | 'patient',
  types: readonly string[] = resourceTypes,
): string[] =>
  list(n, (i) => {
    const rights = Array.from('cruds').filter((_, bit) => (((1 + Math.floor(i / types.length)) >> bit) & 1) === 1);
    return `${context}/${types[i % types.length]!}.${rights.join('')}`;
  });

/** JWKs of public keys that differ; the first one's private key, as a PEM, is for signing. */
export function keys(n: number): { readonly jwks: { readonly keys: JsonWebKey[] }; readonly pem: string } {
  const pairs = list(n, () => generateKeyPairSync('ec', { namedCurve: 'P-384' }));
  return {
    jwks: { keys: pairs.map(({ publicKey }, i) => ({ ...publicKey.export({ format: 'jwk' }), kid: `k${i}` })) },
    pem: pairs[0]!.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed(header: object, claims: object, hash: string | undefined, key: KeyObject): string {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${sign(hash, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** Registers a client that signs. @returns for `assertion` */
export async function signingClient(world: World): Promise<string> {
  const { jwks, pem } = keys(1);
  const { id } = await registered(world, {
    ...{ client_name: 'Cost', environment: 'playground', grant_types: ['client_credentials'] },
    ...{ scope: 'system/*.rs', jwks },
  });
  return JSON.stringify({ id, pem });
}

/** A request for a token with a good assertion (RFC 7523) that has more claims, and more members in its header. */
export function assertion({ sso }: World, client: string, claims: object = {}, header: object = {}): Sent {
  const { id, pem } = JSON.parse(client) as { id: string; pem: string };
  const jwt = signed(
    { alg: 'ES384', typ: 'JWT', kid: 'k0', ...header },
    { ...claimsOf(id, sso.issuer), ...claims },
    'sha384',
    createPrivateKey(pem),
  );
  return byAssertion(jwt);
}

const claimsOf = (id: string, aud: string): object => ({
  ...{ iss: id, sub: id, aud, jti: randomUUID() },
  exp: Math.floor(Date.now() / 1000) + 60,
});

const byAssertion = (jwt: string): Sent =>
  form(
    'oauth/token',
    `grant_type=client_credentials&client_assertion_type=${encodeURIComponent('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')}&client_assertion=${jwt}`,
  );

/** A request for a token with an assertion that nobody signed: its signature is as long as the modulus of the RSA key. */
export function forged({ sso }: World, id: string, bytes: number): Sent {
  const signature = Buffer.alloc(bytes, 1).toString('base64url');
  return byAssertion(`${part({ alg: 'RS256', kid: 'k0' })}.${part(claimsOf(id, sso.issuer))}.${signature}`);
}

/**
 * A good proof for the token endpoint (RFC 9449 section 4) that has more claims, and more members in its key.
 * @param alg an algorithm of RFC 9449; all but ES256 are by a key on Ed25519
 */
export function proof({ sso }: World, claims: object, ofKey: object = {}, alg = 'ES256'): string {
  const { privateKey, publicKey } =
    alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  return signed(
    { alg, typ: 'dpop+jwt', jwk: { ...publicKey.export({ format: 'jwk' }), ...ofKey } },
    {
      ...{ htm: 'POST', htu: `${sso.issuer}/oauth/token`, iat: Math.floor(Date.now() / 1000), jti: randomUUID() },
      ...claims,
    },
    alg === 'ES256' ? 'sha256' : undefined,
    privateKey,
  );
}

/** Members of an object. */
export const members = (n: number): Record<string, number> => Object.fromEntries(list(n, (i) => [`c${i}`, i]));

/** A list in a list in a list. */
export const levels = (n: number): unknown => list(n, () => 0).reduce<unknown>((inner) => [inner], 1);
