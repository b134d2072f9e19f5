import assert from 'node:assert/strict';
import { openRegistrationTokens } from '@dhp/clients/registration';
import type { Answer } from '../../../apps/sso/test/support.ts';
import { bearer, isError, isOk } from '../expect.ts';
import { row, type Section } from '../row.ts';
import { issuer, type World } from '../world.ts';

type EnvironmentName = 'playground' | 'production';

/** A token by which one client may be registered. */
async function tokenFor(w: World, environment: EnvironmentName = 'playground'): Promise<string> {
  const tokens = openRegistrationTokens(w.sql, { actor: 'cli:checklist' });
  const scopes = ['openid', 'user/*.rs', 'system/*.rs'];
  return (await tokens.create({ name: 'A row of the checklist', environment, scopes })).secret;
}

async function register(w: World, token: string | undefined, metadata: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : bearer(token)) };
  return w.get('/oauth/register', { method: 'POST', headers, body: JSON.stringify(metadata) });
}

const backend = { client_name: 'Registers itself', grant_types: ['client_credentials'], scope: 'system/Patient.rs' };
const application = {
  client_name: 'Registers itself',
  redirect_uris: ['https://self.uz/cb'],
  scope: 'openid user/*.rs',
};

export const registration: Section = {
  letter: 'Q',
  title: 'RFC 7591 and RFC 7592, dynamic registration',
  rows: [
    row('DCR-01', 'P', 'without an initial access token: 401 invalid_token', async (w) => {
      isError(await register(w, undefined, backend), 401, 'invalid_token');
      isError(await register(w, 'dhpi_unknown', backend), 401, 'invalid_token');
    }),
    row(
      'DCR-02',
      'M',
      'with one: 201 with id, secret and registration access token; the client gets tokens',
      async (w) => {
        const { status, body, text } = await register(w, await tokenFor(w), backend);
        assert.equal(status, 201, text);
        const {
          client_id: id,
          client_secret: secret,
          registration_access_token: access,
        } = body as Record<string, string>;
        assert.ok(id && secret && access);
        assert.equal(body['client_secret_expires_at'], 0);
        isOk(await w.token({ grant_type: 'client_credentials', client_id: id, client_secret: secret }));
      },
    ),
    row('DCR-03', 'M', 'the registration is read, replaced with a rotated token, and deleted', async (w) => {
      const made = (await register(w, await tokenFor(w), application)).body as Record<string, string>;
      const uri = made['registration_client_uri']!;
      assert.ok(uri.startsWith(`${issuer}/`));
      const manage = (method: string, token: string | undefined, body?: object): Promise<Answer> =>
        w.get(uri.slice(issuer.length), {
          method,
          headers: { ...bearer(token), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      const first = made['registration_access_token'];
      const read = await manage('GET', first);
      assert.deepEqual([read.status, read.body['client_id']], [200, made['client_id']]);
      const changed = await manage('PUT', first, {
        ...application,
        client_id: made['client_id'],
        client_name: 'Renamed',
      });
      assert.deepEqual([changed.status, changed.body['client_name']], [200, 'Renamed'], changed.text);
      const second = String(changed.body['registration_access_token']);
      assert.notEqual(second, first);
      isError(await manage('GET', first), 401, 'invalid_token');
      assert.equal((await manage('DELETE', second)).status, 204);
      isError(await manage('GET', second), 401, 'invalid_token');
    }),
    row('DCR-04', 'M', 'redirect URIs with fragment, of scripts, and by http in production: refused', async (w) => {
      const token = await tokenFor(w, 'production');
      for (const uri of ['https://self.uz/cb#x', 'javascript:alert(1)', 'http://self.uz/cb', 'data:text/html,x']) {
        const got = await register(w, token, { ...application, redirect_uris: [uri] });
        isError(got, 400, ['invalid_redirect_uri', 'invalid_client_metadata']);
      }
    }),
  ],
};
