/** People at browsers in three languages: sign-ins with all that may go wrong, consent, codes, refreshes, devices, signing out. */
import { createHash } from 'node:crypto';
import { totpCode, totpStep } from '@dhp/accounts/testing';
import { basic } from '../../../apps/sso/test/support.ts';
import { browserOf, type Browser, type Page } from './browser.ts';
import { formOf, jsonOf, languages, type SsoScript, type SsoSession } from './session.ts';

const aziza = { username: 'aziza', password: 'correct horse battery' };
const olim = { username: 'olim', password: 'staple and then some' };
const nodira = { username: 'nobody', password: 'a lantern on the hill' };
const redirect = 'https://clinic.example.uz/cb';
const verifier = 'v'.repeat(43);
const challenge = {
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
};

function authorize(query: Readonly<Record<string, string>>): string {
  return `/oauth/authorize?${new URLSearchParams(query).toString()}`;
}

function asked(id: string, scope = 'openid fhirUser offline_access user/*.rs'): Record<string, string> {
  return { client_id: id, response_type: 'code', redirect_uri: redirect, scope, state: 's', ...challenge };
}

/** Signs in and allows what is asked, where a page asks for it. */
async function signIn(browser: Browser, path: string, person: typeof aziza): Promise<Page> {
  let page = await browser.follow(await browser.get(path));
  if (page.text.includes('name="password"')) {
    page = await browser.follow(await browser.submit(page, { ...person, step: 'login' }));
  }
  if (page.text.includes('value="allow"')) page = await browser.follow(await browser.submit(page, { step: 'allow' }));
  return page;
}

const codeOf = (page: Page): string => new URL(page.path, redirect).searchParams.get('code') ?? '';

const requests: SsoScript = {
  kind: 'authorization requests',
  async run(session) {
    const request = asked(session.clients['app']!.id);
    for (const language of languages) {
      const browser = browserOf(session, language);
      const wrong: Record<string, string>[] = [
        ...[{ client_id: 'nobody' }, { redirect_uri: 'https://elsewhere.example.uz/cb' }, { response_type: 'token' }],
        ...[{ scope: 'nonsense' }, { prompt: 'none' }, { prompt: 'none login' }, { max_age: '-1' }, { claims: '{' }],
        ...[{ code_challenge_method: 'plain' }, { code_challenge: 'short' }, { id_token_hint: 'x' }, { launch: 'x' }],
        ...[
          { response_mode: 'form_post', prompt: 'none' },
          { response_mode: 'fragment', prompt: 'none' },
        ],
        ...[{ resource: 'https://fhir.example.uz' }, { request: 'x' }, { request_uri: 'urn:x' }],
      ];
      for (const change of wrong) await browser.follow(await browser.get(authorize({ ...request, ...change })));
      for (const name of Object.keys(request)) {
        const less = Object.fromEntries(Object.entries(request).filter(([one]) => one !== name));
        await browser.follow(await browser.get(authorize(less)));
      }
      const short = { client_id: session.clients['short']!.id, redirect_uri: redirect };
      await browser.follow(await browser.get(authorize(short)));
      await browser.post('/oauth/authorize', request);
    }
  },
};

const signIns: SsoScript = {
  kind: 'sign-ins',
  async run(session) {
    for (const [n, language] of languages.entries()) {
      for (const client of ['app', 'web']) {
        const { id } = session.clients[client]!;
        for (const person of [aziza, olim, nodira]) {
          const browser = browserOf(session, language);
          const page = await browser.follow(await browser.get(authorize({ ...asked(id), ui_locales: language })));
          await browser.get(`${page.path}?ui_locales=${languages[(n + 1) % 3]!}`);
          const first = { ...person, step: 'login' };
          if (n === 0 && client === 'app') await browser.submit(page, { ...first, password: 'wrong' });
          const next = await browser.follow(await browser.submit(page, first));
          await browser.follow(await browser.submit(page, first)); // pressed twice
          if (next.text.includes('value="allow"')) {
            await browser.get(`${next.path}?ui_locales=${language}`);
            const step = person === nodira ? 'deny' : 'allow';
            await browser.follow(await browser.submit(next, { step }));
            await browser.follow(await browser.submit(next, { step }));
          }
          // Again in the same session: nothing more is asked.
          await browser.follow(await browser.get(authorize(asked(id))));
          await browser.follow(await browser.get(authorize({ ...asked(id), prompt: 'consent' })));
          await browser.follow(await browser.get(authorize({ ...asked(id), prompt: 'login', login_hint: 'somebody' })));
          await browser.follow(await browser.get(authorize({ ...asked(id), response_mode: 'form_post' })));
        }
      }
    }
  },
};

const patients: SsoScript = {
  kind: 'choosing a patient',
  async run(session) {
    for (const language of languages) {
      const browser = browserOf(session, language);
      const { id } = session.clients['web']!;
      let page = await browser.follow(await browser.get(authorize(asked(id, 'openid launch/patient patient/*.rs'))));
      page = await browser.follow(await browser.submit(page, { ...aziza, step: 'login' }));
      page = await browser.follow(await browser.submit(page, { step: 'search', family: 'Usmonov', q: 'Usmonov' }));
      page = await browser.follow(await browser.submit(page, { step: 'choose', patient: 'p-1' }));
      page = await browser.follow(await browser.submit(page, { step: 'allow' }));
      const form = {
        grant_type: 'authorization_code',
        code: codeOf(page),
        redirect_uri: redirect,
        code_verifier: verifier,
      };
      await formOf(session, '/oauth/token', form, basic(id, session.clients['web']!.secret));
    }
  },
};

const redemptions: SsoScript = {
  kind: 'codes and refreshes',
  async run(session) {
    const { id } = session.clients['app']!;
    const web = session.clients['web']!;
    const browser = browserOf(session, 'en');
    const exchange = (form: Record<string, string>): ReturnType<typeof formOf> =>
      formOf(session, '/oauth/token', {
        grant_type: 'authorization_code',
        redirect_uri: redirect,
        client_id: id,
        ...form,
      });
    const fresh = async (): Promise<string> => codeOf(await signIn(browser, authorize(asked(id)), aziza));
    for (const wrong of [
      { redirect_uri: 'https://elsewhere.example.uz' },
      { client_id: web.id },
      { code_verifier: 'w'.repeat(43) },
    ]) {
      const code = await fresh();
      await exchange({ code, code_verifier: verifier, ...wrong });
      await exchange({ code, code_verifier: verifier });
    }
    await exchange({ code: 'nothing', code_verifier: verifier });
    await exchange({ code: await fresh() });
    for (const scope of [undefined, 'openid', 'openid user/*.rs', 'nonsense']) {
      const code = await fresh();
      const {
        refresh_token: first = '',
        access_token: access = '',
        id_token: idToken = '',
      } = jsonOf(await exchange({ code, code_verifier: verifier }));
      for (const method of ['GET', 'POST']) {
        await session.send({ method, path: '/oauth/userinfo', headers: { authorization: `Bearer ${access}` } });
      }
      const refresh = (refresh_token: string, more: Record<string, string> = {}): ReturnType<typeof formOf> =>
        formOf(session, '/oauth/token', { grant_type: 'refresh_token', refresh_token, ...more });
      const { refresh_token: second = '' } = jsonOf(
        await refresh(first, { client_id: id, ...(scope !== undefined && { scope }) }),
      );
      await refresh(second); // a public client may leave its id out
      await refresh('nothing', { client_id: id });
      await refresh(second === '' ? first : second, { client_id: web.id, client_secret: web.secret });
      await formOf(session, '/oauth/introspect', { token: access }, basic(web.id, web.secret));
      await exchange({ code, code_verifier: verifier }); // used before: all that resulted from it ends
      await refresh(second, { client_id: id });
      await session.send({ method: 'GET', path: '/oauth/userinfo', headers: { authorization: `Bearer ${access}` } });
      await browser.get(`/oauth/logout?${new URLSearchParams({ id_token_hint: idToken }).toString()}`);
    }
  },
};

const devices: SsoScript = {
  kind: 'devices',
  async run(session) {
    const { id } = session.clients['device']!;
    const grant = 'urn:ietf:params:oauth:grant-type:device_code';
    for (const language of languages) {
      const browser = browserOf(session, language);
      const begun = jsonOf(
        await formOf(session, '/oauth/device_authorization', { client_id: id, scope: 'openid user/*.rs' }),
      );
      const { user_code: userCode = '', device_code: deviceCode = '' } = begun;
      const poll = (): ReturnType<typeof formOf> =>
        formOf(session, '/oauth/token', { grant_type: grant, device_code: deviceCode, client_id: id });
      await poll();
      await poll();
      await browser.get('/oauth/device');
      let page = await browser.get(`/oauth/device?user_code=${userCode}`);
      await browser.submit(page, { user_code: 'WRNG-CDXX' });
      await browser.submit(page, { user_code: '' });
      page = await browser.submit(page, { user_code: userCode });
      page = await browser.follow(await browser.submit(page, { confirm: 'yes' }));
      page = await browser.follow(await browser.submit(page, { ...aziza, step: 'login' }));
      await browser.follow(await browser.submit(page, { step: language === 'ru' ? 'deny' : 'allow' }));
      await poll();
      await poll();
    }
  },
};

const ownPages: SsoScript = {
  kind: 'own pages',
  async run(session) {
    for (const language of languages) {
      const browser = browserOf(session, language);
      await signIn(browser, '/account', olim);
      for (const path of [
        '/account',
        '/account/security',
        '/account/sessions',
        '/account/applications',
        '/account/codes',
      ]) {
        await browser.follow(await browser.get(path));
        await browser.follow(await browser.get(`${path}?ui_locales=en`));
      }
      const page = await browser.follow(await browser.get('/account/applications'));
      await browser.follow(await browser.submit(page, { step: 'revoke' }));
      // Another person in the same browser.
      await signIn(browser, authorize({ ...asked(session.clients['app']!.id), prompt: 'login' }), aziza);
      const leaving = await browser.get('/oauth/logout');
      await browser.get('/oauth/logout?ui_locales=ru');
      await browser.follow(await browser.submit(leaving, { logout: 'yes' }));
      await browser.follow(await browser.get('/account'));
      await browser.follow(await browser.post('/password/forgotten', { username: 'olim' }));
    }
  },
};

const operators: SsoScript = {
  kind: 'pages of operators',
  async run(session: SsoSession) {
    const { id, secret } = session.clients['operator']!;
    const code = (): string => totpCode(Buffer.from(secret, 'hex'), totpStep(new Date()) + 1);
    const browser = browserOf(session, 'en');
    let page = await browser.follow(await browser.get('/operate/users'));
    page = await browser.follow(
      await browser.submit(page, { username: id, password: 'a very long password', step: 'login' }),
    );
    await browser.follow(await browser.submit(page, { code: code(), step: 'code' }));
    const { app, web, system } = session.clients;
    const paths = [
      // Not those of the chain of the audit trail and of keys: they draw digests and the time of now.
      ...['/users', '/clients', '/sessions', '/policies', '/staff', '/identity', '/add-client', '/add-user'],
      ...['/users?q=aziza', '/clients?q=clinic', '/clients?environment=production'],
      ...[app!, web!, system!].flatMap((one) => [
        `/clients/${one.id}`,
        `/clients/${one.id}/change`,
        `/clients/${one.id}/disable`,
      ]),
    ];
    for (const language of languages) {
      for (const path of paths) {
        await browser.follow(
          await browser.get(`/operate${path}${path.includes('?') ? '&' : '?'}ui_locales=${language}`),
        );
      }
    }
    page = await browser.follow(await browser.get('/operate/add-client?ui_locales=en'));
    await browser.follow(
      await browser.submit(page, {
        client_name: 'By hand',
        scope: 'openid user/*.rs',
        redirect_uris: 'https://hand.example.uz/cb',
        reason: 'recorded',
      }),
    );
  },
};

export const people: readonly SsoScript[] = [requests, signIns, patients, redemptions, devices, ownPages, operators];
