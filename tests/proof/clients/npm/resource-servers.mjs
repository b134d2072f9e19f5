/** Libraries by which resource servers check access tokens: each finds the keys by discovery, takes a token of the platform, and refuses others. */
import { createServer } from 'node:http';
import { JwtVerifier } from 'aws-jwt-verify';
import express from 'express';
import { expressjwt } from 'express-jwt';
import { auth } from 'express-oauth2-jwt-bearer';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import jwksRsa from 'jwks-rsa';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { check, ground, open } from './table.mjs';

const { issuer, fhir: audience, backend } = ground;
const { jwks_uri: jwksUri } = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
const body = new URLSearchParams({ grant_type: 'client_credentials', ...backend });
const { access_token: token } = await (await fetch(`${issuer}/oauth/token`, { method: 'POST', body })).json();
const forged = `${token.slice(0, -20)}${'A'.repeat(20)}`;

async function takes(verify) {
  const claims = await verify(token);
  check(claims?.client_id === backend.client_id, 'claims of the token');
  let isRefused = false;
  try {
    await verify(forged);
  } catch {
    isRefused = true;
  }
  check(isRefused, 'a forged token is refused');
}

/** Verifies by a server with this middleware. */
function byMiddleware(middleware, claimsOf) {
  return async (one) => {
    const app = express();
    app.get('/', middleware, (request, response) => response.json(claimsOf(request)));
    // eslint-disable-next-line no-unused-vars -- Express knows such a handler by its four parameters
    app.use((error, _request, response, _next) => response.status(error.status ?? 500).send(error.message));
    const server = createServer(app);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const address = `http://127.0.0.1:${server.address().port}/`;
      const response = await fetch(address, { headers: { authorization: `Bearer ${one}` } });
      const text = await response.text();
      check(response.ok, `${response.status} ${text}`);
      return JSON.parse(text);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };
}

await open('jose')('a token', () =>
  takes(
    async (one) =>
      (await jwtVerify(one, createRemoteJWKSet(new URL(jwksUri)), { issuer, audience, typ: 'at+jwt' })).payload,
  ),
);
await open('express-jwt')('a token, with jwks-rsa', () => {
  const secret = jwksRsa.expressJwtSecret({ jwksUri, cache: true, rateLimit: true });
  return takes(
    byMiddleware(expressjwt({ secret, audience, issuer, algorithms: ['ES256'] }), (request) => request.auth),
  );
});
await open('passport-jwt')('a token, with jwks-rsa', () => {
  const own = new passport.Passport();
  const secretOrKeyProvider = jwksRsa.passportJwtSecret({ jwksUri, cache: true });
  const jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken();
  own.use(
    new Strategy({ secretOrKeyProvider, jwtFromRequest, issuer, audience, algorithms: ['ES256'] }, (claims, done) =>
      done(null, claims),
    ),
  );
  return takes(byMiddleware(own.authenticate('jwt', { session: false }), (request) => request.user));
});
for (const [name, options] of [
  ['by discovery', { issuerBaseURL: issuer }],
  ['by its keys', { issuer, jwksUri }],
  ['by its keys, strict (RFC 9068)', { issuer, jwksUri, strict: true }],
])
  await open('express-oauth2-jwt-bearer')(`a token, ${name}`, () =>
    takes(byMiddleware(auth({ ...options, audience, tokenSigningAlg: 'ES256' }), (request) => request.auth.payload)),
  );
await open('aws-jwt-verify')('a token', async () => {
  const keys = await (await fetch(jwksUri)).json();
  const verifier = JwtVerifier.create({ issuer, audience, jwksUri: jwksUri.replace('http:', 'https:') });
  verifier.cacheJwks(keys);
  return takes((one) => verifier.verify(one));
});
