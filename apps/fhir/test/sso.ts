import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';

/** A little SSO for tests: a JWKS on a real HTTP server, and tokens signed with its key. */
export interface TestSso {
  readonly issuer: string;
  readonly jwksUri: string;
  /** A good access token; claims and header can be changed, `undefined` removes one. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  publicJwk(): Promise<Record<string, unknown>>;
  /** Makes a new key, which then signs; the old one is no longer published. */
  rotate(): Promise<void>;
  /** Where it says what is revoked. */
  readonly revocationsUri: string;
  /** With which it is asked. */
  readonly revocationsKey: Buffer;
  /** How it names what is revoked. */
  revocationName(subject: string): string;
  /** From now on names these as revoked now. */
  /** @returns when they were revoked */
  revoke(...subjects: string[]): Date;
  /** How often the JWKS was fetched. */
  fetches(): number;
  /** From now on the JWKS is answered with 500, or well again. */
  break(isBroken: boolean): void;
  close(): Promise<void>;
}

/** @param clock by which it checks who asks for revocations: that of the server, which signs by it */
export async function startSso(audience: () => string, clock = () => new Date()): Promise<TestSso> {
  let number = 1;
  let pair = await generateKeyPair('ES256', { extractable: true });
  let fetched = 0;
  let isBroken = false;
  const publicJwk = async (): Promise<Record<string, unknown>> => ({
    ...(await exportJWK(pair.publicKey)),
    kid: `k${number}`,
    alg: 'ES256',
    use: 'sig',
  });
  const revocationsKey = randomBytes(32);
  const revocationName = (subject: string): string =>
    createHmac('sha256', revocationsKey).update(subject).digest('base64url');
  const revocations: { subject: string; revoked_at: string }[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url!.startsWith('/oauth/revocations')) {
      const [, asked = ''] = request.headers.authorization?.split(' ') ?? [];
      const audience = `${issuer}/oauth/revocations`;
      const isOurs = await jwtVerify(asked, revocationsKey, {
        audience,
        typ: 'dhp-revocations+jwt',
        currentDate: clock(),
      }).catch(() => undefined);
      response.statusCode = isBroken ? 500 : isOurs === undefined ? 401 : 200;
      response.end(JSON.stringify({ now: new Date().toISOString(), revocations }));
      return;
    }
    fetched += 1;
    response.statusCode = isBroken ? 500 : 200;
    response.end(JSON.stringify({ keys: [await publicJwk()] }));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    issuer,
    jwksUri: `${issuer}/oauth/jwks`,
    revocationsUri: `${issuer}/oauth/revocations`,
    revocationsKey,
    revocationName,
    revoke(...subjects) {
      const at = new Date();
      const revoked = { revoked_at: at.toISOString() };
      revocations.push(...subjects.map((subject) => ({ subject: revocationName(subject), ...revoked })));
      return at;
    },
    publicJwk,
    async token(claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const payload = {
        iss: issuer,
        aud: audience(),
        sub: 'tests',
        client_id: 'tests',
        scope: 'system/*.cruds system/AuditEvent.cruds system/Provenance.cruds',
        iat: now,
        exp: now + 3600,
        jti: crypto.randomUUID(),
        ...claims,
      };
      const signer = new SignJWT(payload).setProtectedHeader({
        alg: 'ES256',
        typ: 'at+jwt',
        kid: `k${number}`,
        ...header,
      });
      return signer.sign(pair.privateKey);
    },
    async rotate() {
      number += 1;
      pair = await generateKeyPair('ES256', { extractable: true });
    },
    fetches: () => fetched,
    break(broken) {
      isBroken = broken;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => {
          closed();
        });
        server.closeAllConnections();
      }),
  };
}
