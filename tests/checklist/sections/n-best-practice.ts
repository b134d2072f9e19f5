import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import {
  basic,
  challenge,
  isError,
  isOk,
  isPageError,
  isRedirectedError,
  leadsToSignIn,
  refreshForm,
  spaRequest,
  webRequest,
} from '../expect.ts';
import { row, type Section } from '../row.ts';
import { openCarelessServer, openTlsProxy } from '../tls-proxy.ts';
import { issuer, usualLimits, type Query, type World } from '../world.ts';
import type { Answer } from '../../../apps/sso/test/support.ts';

const nativeRequest = (w: World, redirectUri: string): Query => ({
  client_id: w.of.NAT.id,
  redirect_uri: redirectUri,
  response_type: 'code',
  scope: 'openid user/*.rs',
  ...challenge,
});

async function loginPage(w: World): Promise<{ headers: Headers; text: string }> {
  const query = new URLSearchParams(spaRequest(w) as Record<string, string>);
  return w.browser().get(`/oauth/authorize?${query.toString()}`);
}

/** Asserts that a page cannot be framed, sends no referrer, and loads nothing from other hosts. */
function isSafePage({ headers, text }: { headers: Headers; text: string }): void {
  assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
  assert.doesNotMatch(text, /(?:src|href)="(?:https?:)?\/\//);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

export const bestPractice: Section = {
  letter: 'N',
  title: 'RFC 9700 and OAuth 2.1, best practice',
  rows: [
    row('BCP-01', 'M', 'variants of a registered redirect_uri: 400 and no redirect', async (w) => {
      const variants = [
        ...['https://app.uz/cb/', 'https://app.uz/cb?x=1', 'https://app.uz:8443/cb', 'https://app.uz/CB'],
        ...[
          'https://APP.uz.evil.example/cb',
          'http://app.uz/cb',
          'https://app.uz/x/../cb',
          'https://app.uz@evil.example/cb',
        ],
        ...['https://app.uz/cb#x', 'https://app.uz/%63b', 'https://a.app.uz/cb', 'https://app.uz\\@evil.example/cb'],
        ...['javascript:alert(1)', '//app.uz/cb', 'https://app.uz/cb%00', ' https://app.uz/cb'],
      ];
      for (const redirectUri of variants) isPageError(await w.authorize(spaRequest(w, { redirect_uri: redirectUri })));
    }),
    row('BCP-02', 'M', 'a native application at any port of the loopback address', async (w) => {
      leadsToSignIn(await w.authorize(nativeRequest(w, 'http://127.0.0.1:51234/cb')));
      isPageError(await w.authorize(nativeRequest(w, 'http://127.0.0.1:51234/other')));
    }),
    row('BCP-03', 'M', 'localhost is not the loopback address: 400', async (w) => {
      isPageError(await w.authorize(nativeRequest(w, 'http://localhost:51234/cb')));
    }),
    row('BCP-04', 'M', 'response types with tokens: unsupported_response_type', async (w) => {
      for (const type of ['token', 'id_token token', 'code token', 'id_token']) {
        const got = await w.authorize(spaRequest(w, { response_type: type }));
        // An answer with tokens may be in the fragment, which nobody on the way sees.
        const location = new URL(got.location!.href.replace('#', '?'));
        isRedirectedError({ location }, w.of.SPA, 'unsupported_response_type');
      }
    }),
    row('BCP-05', 'M', 'the password grant: unsupported_grant_type', async (w) => {
      const form = { ...w.of.CC.form, grant_type: 'password', username: 'doctor1', password: 'x' };
      isError(await w.token(form), 400, 'unsupported_grant_type');
    }),
    row('BCP-06', 'M', 'a refresh gives another refresh token', async (w) => {
      const { refresh_token: first } = await w.tokens();
      assert.notEqual(isOk(await w.token(refreshForm(w, first)))['refresh_token'], first);
    }),
    row('BCP-07', 'M', 'an old refresh token used again later ends the family', async (w) => {
      const { refresh_token: first } = await w.tokens();
      const { refresh_token: second } = isOk(await w.token(refreshForm(w, first)));
      w.clock.ahead(4);
      isError(await w.token(refreshForm(w, first)), 400, 'invalid_grant');
      isError(await w.token(refreshForm(w, second)), 400, 'invalid_grant');
    }),
    row('BCP-08', 'P', '50 parallel refreshes of one token log nobody out', async (w) => {
      const { refresh_token: first } = await w.tokens();
      const answers = await Promise.all(Array.from({ length: 50 }, () => w.token(refreshForm(w, first))));
      const next = answers.map((one) => isOk(one)['refresh_token']);
      for (const token of [next[0], next[25], next[49]]) isOk(await w.token(refreshForm(w, token)));
    }),
    row('BCP-09', 'M', 'after the password the browser goes on by GET', async (w) => {
      const query = new URLSearchParams(spaRequest(w) as Record<string, string>);
      const begun = await w.authorize(query);
      const cookie = begun.headers
        .getSetCookie()
        .map((one) => one.split(';', 1)[0])
        .join('; ');
      const page = await w.get(begun.location!.pathname, { headers: { cookie } });
      const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(page.text) ?? [];
      const form = { csrf, username: 'doctor1', password: 'the first doctor', step: 'login' };
      const got = await w.get(begun.location!.pathname, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: { cookie },
      });
      assert.ok([302, 303].includes(got.status), String(got.status));
    }),
    row('BCP-10', 'M', 'pages may not be framed', async (w) => {
      isSafePage(await loginPage(w));
      isSafePage(await w.get('/oauth/authorize'));
    }),
    row('BCP-11', 'M', 'pages tell nobody their address and load nothing of others', async (w) => {
      isSafePage(await loginPage(w));
    }),
    row('BCP-12', 'M', 'no script of another origin may read the authorization endpoint', async (w) => {
      const headers = { origin: 'https://app.uz' };
      const got = await w.authorize(spaRequest(w), headers);
      assert.equal(got.headers.get('access-control-allow-origin'), null);
      const asked = await w.get('/oauth/authorize', { method: 'OPTIONS', headers });
      assert.equal(asked.headers.get('access-control-allow-origin'), null);
    }),
    row(
      'BCP-13',
      'P',
      'the token endpoint may be read from the origin of the application, and from no other',
      async (w) => {
        const { id, redirectUri } = w.of.SPA;
        for (const [origin, allowed] of [
          ['https://app.uz', 'https://app.uz'],
          ['https://evil.example', null],
        ] as const) {
          const one = await w.signIn({ client_id: id, redirect_uri: redirectUri, scope: 'openid user/*.rs' });
          const got = await w.exchange(one, { client_id: id, redirect_uri: redirectUri }, { origin });
          isOk(got);
          assert.equal(got.headers.get('access-control-allow-origin'), allowed);
        }
      },
    ),
    row('BCP-14', 'M', 'no error and no logout leads to an address that is not registered', async (w) => {
      const wrong: Query[] = [{ response_type: 'foo' }, { scope: '"' }, { resource: 'x' }, { client_id: 'nobody' }, {}];
      for (const given of wrong) {
        const got = await w.authorize(spaRequest(w, { ...given, redirect_uri: 'https://evil.example/cb' }));
        assert.equal(got.location, undefined);
      }
      const paths = [
        '/oauth/logout?post_logout_redirect_uri=https://evil.example',
        `/oauth/logout?client_id=${w.of.SPA.id}&post_logout_redirect_uri=https://evil.example`,
        '/sign-in/x?next=https://evil.example',
        '/?next=https://evil.example',
      ];
      for (const path of paths) {
        const got = await w.get(path);
        assert.doesNotMatch(got.headers.get('location') ?? '', /evil\.example/, path);
        assert.doesNotMatch(got.text, /evil\.example/, path);
      }
    }),
    row('BCP-15', 'M', 'iss lets a client tell the codes of two issuers apart', async (w) => {
      const { id, redirectUri } = w.of.SPA;
      const { back } = await w.signIn({ client_id: id, redirect_uri: redirectUri, scope: 'openid user/*.rs' });
      const { issuer: named } = (await w.get('/.well-known/openid-configuration')).body as { issuer: string };
      assert.equal(back.searchParams.get('iss'), named);
    }),
    row('BCP-16', 'S', 'the database has no secret and no refresh token in clear', async (w) => {
      const { refresh_token: refresh } = await w.tokens();
      const rows = await w.sql<{ text: string }[]>`
        select c::text as text from sso.client c union all
        select a::text || encode(content, 'escape') from sso.artifact a union all
        select e::text from sso.audit_event e`;
      const all = rows.map(({ text }) => text).join('\n');
      for (const secret of [w.of.CC.secret, w.of.WEB.secret, refresh!]) {
        assert.ok(secret.length > 30);
        assert.ok(!all.includes(secret));
      }
    }),
    row(
      'BCP-17',
      'P',
      'PKCE is optional for a confidential client (decision 18); DHP_PKCE=required demands it',
      async (w) => {
        const without = { code_challenge: undefined, code_challenge_method: undefined };
        leadsToSignIn(await w.authorize(webRequest(w, without)));
        const url = await w.anotherSso({ requirePkce: true });
        const query = Object.entries(webRequest(w)).filter(([name]) => !(name in without));
        const address = `/oauth/authorize?${new URLSearchParams(query as [string, string][]).toString()}`;
        const { headers } = await fetch(url + address, { redirect: 'manual' });
        isRedirectedError({ location: new URL(headers.get('location') ?? '', issuer) }, w.of.WEB2, 'invalid_request');
      },
    ),
    row('BCP-18', 'M', 'no code, token or secret in the log', async (w) => {
      const { id, redirectUri } = w.of.SPA;
      const one = await w.signIn({
        client_id: id,
        redirect_uri: redirectUri,
        scope: 'openid offline_access user/*.rs',
      });
      const tokens = isOk(await w.exchange(one, { client_id: id, redirect_uri: redirectUri }));
      isError(await w.token({ ...w.of.CC.form, client_secret: 'a-wrong-secret' }), 401);
      await delay(20);
      const log = w.log.join('\n');
      const secrets = [one.back.searchParams.get('code')!, tokens['access_token']!, tokens['refresh_token']!];
      for (const secret of [...secrets, w.of.CC.secret, 'a-wrong-secret']) assert.ok(!log.includes(secret));
    }),
    row(
      'BCP-19',
      'P',
      'wrong secrets of one client: 429 with Retry-After, while others get their tokens',
      async (w) => {
        const sso = await w.anotherSso({ limits: usualLimits });
        const ask = ({ form }: { form: Record<string, string> }, secret = form['client_secret']!): Promise<Answer> =>
          w.tokenAt(sso, { ...form, client_secret: secret });
        for (let n = 0; n < 5; n += 1) isError(await ask(w.of.CC, 'wrong'), 401, 'invalid_client');
        const got = await ask(w.of.CC, 'wrong');
        assert.equal(got.status, 429);
        const wait = Number(got.headers.get('retry-after'));
        assert.ok(wait >= 1 && wait <= 30, String(wait));
        isOk(await ask(w.of.CC)); // a stranger's guesses do not lock the client out
        isOk(await ask(w.of.CCP));
        w.clock.ahead(31);
        isOk(await ask(w.of.CC));
      },
    ),
    row('BCP-20', 'P', 'a wrong secret and an unknown client take the same time', async (w) => {
      const timed = async (into: number[], id: string): Promise<void> => {
        const begin = performance.now();
        await w.token({ grant_type: 'client_credentials' }, basic(id, 'wrong'));
        into.push(performance.now() - begin);
      };
      let ratio = 0;
      // Other work on the machine can spoil a try; what the server does cannot.
      for (let tries = 0; tries < 15; tries += 1) {
        const [wrong, unknown]: [number[], number[]] = [[], []];
        for (let round = 0; round < 60; round += 1) {
          await timed(wrong, w.of.CC.id);
          await timed(unknown, 'nobody-at-all');
        }
        ratio = median(wrong) / median(unknown);
        if (ratio > 0.8 && ratio < 1.25) return;
      }
      assert.fail(`ratio ${ratio.toFixed(2)}`);
    }),
    row('BCP-21', 'P', 'plain HTTP at the TLS proxy, TLS 1.0 and TLS 1.1: refused by the server', async (w) => {
      const proxy = await openTlsProxy(w.sso, new URL(issuer).host);
      const careless = await openCarelessServer('careless.example');
      try {
        for (const version of ['TLSv1', 'TLSv1.1'] as const) {
          assert.equal(await careless.handshake(version), version, 'the client itself can speak it');
          assert.equal(await proxy.handshake(version), 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
        }
        for (const version of ['TLSv1.2', 'TLSv1.3'] as const) assert.equal(await proxy.handshake(version), version);
        for (const path of ['/oauth/authorize', '/oauth/token', '/.well-known/openid-configuration']) {
          assert.match(await proxy.askPlainly(path), /^(?:ECONNRESET|EPIPE|400)$/);
        }
      } finally {
        await proxy.close();
        await careless.close();
      }
    }),
  ],
};
