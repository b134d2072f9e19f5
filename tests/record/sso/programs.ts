/** Requests of programs: metadata, tokens, introspection, revocation, pushed requests, registration; right ones and wrong ones. */
import { basic } from '../../../apps/sso/test/support.ts';
import { formOf, jsonOf, languages, type SsoScript } from './session.ts';

const token = '/oauth/token';
const cross = { origin: 'https://clinic.example.uz' };

const documents: SsoScript = {
  kind: 'documents',
  async run(session) {
    const paths = [
      ...['/', '/healthz', '/readyz', '/favicon.svg', '/oauth/jwks', '/nothing', '/admin/openapi.json', '/%zz'],
      ...[
        '/.well-known/openid-configuration',
        '/.well-known/oauth-authorization-server',
        '/.well-known/smart-configuration',
      ],
      ...[
        '/account',
        '/operate',
        '/password/forgotten',
        '/oauth/token',
        '/oauth/authorize/nothing',
        '/sign-in/nothing',
      ],
    ];
    for (const path of paths) {
      for (const language of languages) {
        await session.send({ method: 'GET', path, headers: { accept: 'text/html', 'accept-language': language } });
      }
      await session.send({
        method: 'GET',
        path,
        headers: { accept: 'application/json', 'accept-language': 'uz-Cyrl, ru;q=0.5' },
      });
      await session.send({ method: 'OPTIONS', path, headers: { ...cross, 'access-control-request-method': 'POST' } });
      await session.send({ method: 'DELETE', path });
    }
  },
};

const tokens: SsoScript = {
  kind: 'tokens',
  async run(session) {
    const { id, secret } = session.clients['system']!;
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret };
    const variants: Record<string, string>[] = [
      ...[form, { ...form, scope: 'system/Patient.rs' }, { ...form, scope: 'system/Patient.rs system/*.cruds' }],
      ...[
        { ...form, scope: 'user/*.rs' },
        { ...form, scope: '' },
        { ...form, scope: 'nonsense' },
      ],
      ...[
        { ...form, resource: 'https://playground.example.uz/fhir' },
        { ...form, resource: 'https://fhir.example.uz' },
      ],
      ...[
        { ...form, resource: 'https://sso.example.uz' },
        { ...form, client_secret: 'wrong' },
      ],
      ...[{ ...form, client_id: 'nobody' }, { grant_type: 'client_credentials' }, { ...form, grant_type: 'password' }],
      ...[{ ...form, grant_type: 'authorization_code', code: 'x' }, { ...form, grant_type: 'refresh_token' }, {}],
    ];
    for (const variant of variants) await formOf(session, token, variant);
    for (const variant of variants) await formOf(session, token, variant, cross);
    await formOf(session, token, { grant_type: 'client_credentials' }, basic(id, secret));
    await formOf(session, token, { grant_type: 'client_credentials' }, basic(id, 'wrong'));
    await formOf(session, token, form, basic(id, secret));
    await session.send({ method: 'POST', path: token, headers: { 'content-type': 'application/json' }, body: '{}' });
    await session.send({ method: 'POST', path: token, headers: { 'content-type': 'text/plain' }, body: 'a=b' });
    const body = `${new URLSearchParams(form).toString()}&scope=a&scope=b`;
    await session.send({
      method: 'POST',
      path: token,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
  },
};

const afterTokens: SsoScript = {
  kind: 'introspection',
  async run(session) {
    const { id, secret } = session.clients['system']!;
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret };
    const { access_token: given = '' } = jsonOf(await formOf(session, token, form));
    const parts = given.split('.');
    const forged = [...parts.slice(0, 2), 'AAAA'].join('.');
    const subjects = [given, forged, 'x', '', `${given}x`];
    for (const path of ['/oauth/introspect', '/oauth/revoke', '/oauth/introspect']) {
      for (const subject of subjects) {
        await formOf(session, path, { token: subject }, basic(id, secret));
        await formOf(session, path, { token: subject, client_id: id, client_secret: secret });
        await formOf(session, path, { token: subject, token_type_hint: 'refresh_token' }, basic(id, 'wrong'));
      }
      await formOf(session, path, {}, basic(id, secret));
      await formOf(session, path, { token: given });
    }
    for (const authorization of [`Bearer ${given}`, `DPoP ${given}`, 'Bearer x', '']) {
      for (const path of ['/oauth/userinfo', '/oauth/revocations', '/admin/clients']) {
        await session.send({ method: 'GET', path, headers: authorization === '' ? {} : { authorization } });
      }
    }
  },
};

const pushed: SsoScript = {
  kind: 'pushed requests',
  async run(session) {
    const web = session.clients['web']!;
    const app = session.clients['app']!;
    const asked = { response_type: 'code', redirect_uri: 'https://clinic.example.uz/cb', scope: 'openid user/*.rs' };
    const challenge = { code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' };
    const forms: Record<string, string>[] = [
      ...[{ ...asked, client_id: app.id, ...challenge }, { ...asked, client_id: app.id }, { client_id: app.id }],
      { ...asked, client_id: app.id, ...challenge, redirect_uri: 'https://elsewhere.example.uz' },
      { ...asked, client_id: app.id, ...challenge, scope: 'nonsense' },
      { ...asked, client_id: app.id, ...challenge, request_uri: 'urn:x' },
    ];
    for (const form of forms) await formOf(session, '/oauth/par', form);
    await formOf(session, '/oauth/par', { ...asked, ...challenge }, basic(web.id, web.secret));
    await formOf(session, '/oauth/par', { ...asked, ...challenge }, basic(web.id, 'wrong'));
    await formOf(session, '/oauth/register', { client_name: 'x' });
    await session.send({
      ...{ method: 'POST', path: '/oauth/register', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ client_name: 'x', redirect_uris: ['https://a.example.uz/cb'] }),
    });
  },
};

export const programs: readonly SsoScript[] = [documents, tokens, afterTokens, pushed];
