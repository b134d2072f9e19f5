/** Applications with a server of their own: the person goes to a page of theirs and comes back signed in. */
import { createServer } from 'node:http';
import { Auth, skipCSRFCheck } from '@auth/core';
import express from 'express';
import openidConnect from 'express-openid-connect';
import session from 'express-session';
import grant from 'grant';
import passport from 'passport';
import OAuth2Strategy from 'passport-oauth2';
import OpenIDConnectStrategy from 'passport-openidconnect';
import { ground, open, visit } from './table.mjs';

const { issuer, app: base, web } = ground;
const scope = 'openid profile fhirUser offline_access user/*.cruds';
const secret = 'a secret of the application, long enough';
const endpoints = {
  authorizationURL: `${issuer}/oauth/authorize`,
  tokenURL: `${issuer}/oauth/token`,
  userInfoURL: `${issuer}/oauth/userinfo`,
};

/** Serves an application, goes to its page, and fails unless the page says `done`. */
async function goTo(handler, page) {
  const server = createServer(handler);
  await new Promise((resolve) => server.listen(Number(new URL(base).port), 'localhost', resolve));
  try {
    const text = await visit(base + page);
    if (!text.startsWith('200') || !text.includes('done')) throw new Error(text.slice(0, 1500));
    return text;
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function withPassport(strategy) {
  const app = express();
  app.use(session({ secret, resave: false, saveUninitialized: false }));
  const own = new passport.Passport();
  own.use('dhp', strategy);
  app.use(own.initialize());
  app.get('/login', own.authenticate('dhp', { session: false }));
  app.get('/cb', own.authenticate('dhp', { session: false }), (request, response) =>
    response.send(`done ${JSON.stringify(request.user)}`),
  );
  // eslint-disable-next-line no-unused-vars -- Express knows such a handler by its four parameters
  app.use((error, _request, response, _next) =>
    response.status(500).send(`${error.message} ${error.code ?? ''} ${error.oauthError?.data ?? ''}`),
  );
  return app;
}

const strategyOptions = {
  ...endpoints,
  clientID: web.client_id,
  clientSecret: web.client_secret,
  callbackURL: `${base}/cb`,
};

const passportOauth2 = open('passport-oauth2');
for (const [name, more] of [
  ['as documented', {}],
  ['with state', { state: true }],
  ['with PKCE', { state: true, pkce: true }],
  ['with a plain PKCE', { state: true, pkce: 'plain' }],
]) {
  await passportOauth2(`sign in ${name}`, () => {
    const options = { ...strategyOptions, scope, ...more };
    return goTo(
      withPassport(
        new OAuth2Strategy(options, (token, refresh, _profile, done) =>
          done(null, { token: token !== '', refresh: refresh !== undefined }),
        ),
      ),
      '/login',
    );
  });
}

const passportOpenid = open('passport-openidconnect');
for (const [name, more] of [
  ['as documented', {}],
  ['with scopes, nonce and prompt', { scope: scope.replace('openid ', '').split(' '), nonce: true, prompt: 'consent' }],
]) {
  await passportOpenid(`sign in ${name}`, () =>
    goTo(
      withPassport(
        new OpenIDConnectStrategy({ issuer, ...strategyOptions, ...more }, (_issuer, profile, done) =>
          done(null, profile),
        ),
      ),
      '/login',
    ),
  );
}

const expressOpenid = open('express-openid-connect');
for (const [name, more] of [
  ['code', { authorizationParams: { response_type: 'code', scope } }],
  ['code by form_post', { authorizationParams: { response_type: 'code', response_mode: 'form_post', scope } }],
  ['as it is without settings (id_token)', {}],
]) {
  await expressOpenid(`sign in ${name}`, () => {
    const app = express();
    const routes = { callback: '/cb' };
    app.use(
      openidConnect.auth({
        issuerBaseURL: issuer,
        baseURL: base,
        clientID: web.client_id,
        clientSecret: web.client_secret,
        secret,
        routes,
        ...more,
      }),
    );
    app.get('/', async (request, response) => response.send(`done ${(await request.oidc.fetchUserInfo()).name}`));
    // eslint-disable-next-line no-unused-vars -- Express knows such a handler by its four parameters
    app.use((error, _request, response, _next) =>
      response.status(error.status ?? 500).send(`${error.message} ${error.error} ${error.error_description}`),
    );
    return goTo(app, '/');
  });
}

const withGrant = open('grant');
await withGrant('sign in', () => {
  const app = express();
  app.use(session({ secret, resave: false, saveUninitialized: true }));
  const dhp = {
    ...{ authorize_url: endpoints.authorizationURL, access_url: endpoints.tokenURL, oauth: 2 },
    ...{ key: web.client_id, secret: web.client_secret, scope: scope.split(' '), scope_delimiter: ' ' },
    ...{
      nonce: true,
      pkce: true,
      callback: '/hello',
      profile_url: endpoints.userInfoURL,
      response: ['tokens', 'profile'],
    },
  };
  app.use(grant.express({ defaults: { origin: base, transport: 'session', state: true }, dhp }));
  app.get('/hello', (request, response) => {
    const answer = request.session.grant?.response ?? {};
    response.send(answer.access_token ? `done ${JSON.stringify(answer.profile)}` : JSON.stringify(answer));
  });
  return goTo(app, '/connect/dhp');
});

const withAuth = open('@auth/core');
for (const type of ['oidc', 'oauth']) {
  await withAuth(`sign in (${type})`, () => {
    const client = { clientId: web.client_id, clientSecret: web.client_secret };
    const urls = { token: endpoints.tokenURL, userinfo: endpoints.userInfoURL };
    const provider = {
      ...{ id: 'dhp', name: 'DHP', type, issuer, ...client, checks: ['pkce', 'state'] },
      authorization: { url: endpoints.authorizationURL, params: { scope } },
      ...(type === 'oauth' && urls),
      profile: ({ sub, name }) => ({ id: sub, name }),
    };
    const failures = [];
    const config = {
      ...{ providers: [provider], secret, trustHost: true, basePath: '/auth', useSecureCookies: false, skipCSRFCheck },
      logger: { error: (error) => failures.push(String(error.cause?.err ?? error)), warn() {}, debug() {} },
      callbacks: { redirect: () => `${base}/auth/session` },
    };
    const handler = async (incoming, response) => {
      const isBegin = incoming.url === '/begin';
      const init = { method: isBegin ? 'POST' : 'GET', headers: { cookie: incoming.headers.cookie ?? '' } };
      const answer = await Auth(new Request(base + (isBegin ? '/auth/signin/dhp' : incoming.url), init), config);
      const text = await answer.text();
      for (const line of answer.headers.getSetCookie()) response.appendHeader('set-cookie', line);
      if (answer.headers.has('location')) response.setHeader('location', answer.headers.get('location'));
      response.statusCode = answer.status;
      response.end(text.includes('Aziza') ? `done ${text}` : `${failures.join(' ')} ${text}`);
    };
    const guarded = (request, response) =>
      handler(request, response).catch((error) => response.writeHead(500).end(String(error)));
    return goTo((request, response) => void guarded(request, response), '/begin');
  });
}
