/** Every field of a client goes through all that is made of its declaration: the API, its description, and the options of the shell. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { clientDetails, clientFields } from '@dhp/sso/administration';
import { givenIn, registrationOptions } from '../apps/dhp/src/commands/client-registration.ts';
import { checkAnswer, type Description } from '../apps/sso/test/openapi.ts';
import { newClient, postForm, testBed } from '../apps/sso/test/support.ts';

const bed = await testBed();
const { url } = await bed.start();
const folder = await mkdtemp(join(tmpdir(), 'dhp-client-fields-'));
after(() => rm(folder, { recursive: true, force: true }));

const jwks = { keys: [generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' })] };
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
await writeFile(join(folder, 'keys.json'), JSON.stringify(jwks));
await writeFile(join(folder, 'logo.png'), Buffer.from(png, 'base64'));

interface Sample {
  /** In JSON. */
  readonly given: unknown;
  /** The value of its option of `dhp client`. */
  readonly option: string | true;
}

/** A value of each field. A field that is declared and has none here does not compile. */
const fields: Record<keyof typeof clientFields, Sample> = {
  name: { given: 'Another name', option: 'Another name' },
  grants: { given: ['authorization_code'], option: 'authorization_code' },
  scopes: { given: 'openid user/Patient.r', option: 'openid user/Patient.r' },
  redirectUris: { given: ['https://a.example.uz/cb'], option: 'https://a.example.uz/cb' },
  postLogoutRedirectUris: { given: ['https://a.example.uz/bye'], option: 'https://a.example.uz/bye' },
  signInMethods: { given: ['password'], option: 'password' },
  logoSha256: { given: `data:image/png;base64,${png}`, option: join(folder, 'logo.png') },
  backchannelLogoutUri: { given: 'https://a.example.uz/out', option: 'https://a.example.uz/out' },
  jwks: { given: jwks, option: join(folder, 'keys.json') },
  jwksUri: { given: 'https://a.example.uz/jwks.json', option: 'https://a.example.uz/jwks.json' },
  dpopBound: { given: true, option: true },
  minimalAuthorize: { given: true, option: true },
  hexChallenge: { given: true, option: true },
  requirePkce: { given: true, option: true },
};
const address = { given: 'https://a.example.uz/page', option: 'https://a.example.uz/page' };
const details: Record<keyof typeof clientDetails, Sample> = {
  ...{ client_uri: address, logo_uri: address, policy_uri: address, tos_uri: address, initiate_login_uri: address },
  contacts: { given: ['a@example.uz'], option: 'a@example.uz' },
  software_id: { given: 'ehr', option: 'ehr' },
  software_version: { given: '1.2', option: '1.2' },
};

const every = [
  ...Object.entries(fields).map(([name, sample]) => {
    const { json, option } = clientFields[name as keyof typeof clientFields];
    return { json, option: option.name, sample };
  }),
  ...Object.entries(details).map(([json, sample]) => ({
    ...{ json, option: clientDetails[json as keyof typeof clientDetails].option.name, sample },
  })),
];

const base = { client_name: 'Fields', scope: 'openid user/*.rs', grant_types: ['authorization_code'] };
const redirects = { redirect_uris: ['https://b.example.uz/cb'] };
const reason = 'a test';

const admin = await newClient(bed.clients, { scopes: ['admin/clients.read', 'admin/clients.write'] });
const granted = await postForm(`${url}/oauth/token`, {
  ...admin.form,
  scope: 'admin/clients.read admin/clients.write',
});
const description = (await (await fetch(`${url}/admin/openapi.json`)).json()) as Description;

/** Held to the description of the interface. */
async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/admin${path}`, {
    method,
    headers: {
      authorization: `Bearer ${String(granted.body['access_token'])}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify({ ...body, reason }) }),
  });
  const text = await response.text();
  assert.ok(response.status < 300, `${method} ${path}: ${text}`);
  checkAnswer(description, { method, path: `/admin${path}`, status: response.status, text });
  return JSON.parse(text) as Record<string, unknown>;
}

/** A picture has an address of its own in answers. */
function assertShown(client: Record<string, unknown>, json: string, given: unknown): void {
  if (json === 'logo') assert.match(String(client[json]), /\/[0-9a-f]{64}$/);
  else if (json === 'jwks') assert.equal((client[json] as typeof jwks).keys.length, 1);
  else assert.deepEqual(client[json], given);
}

describe('a field of a client', () => {
  for (const { json, option, sample } of every) {
    const { given } = sample;

    it(`${json} is registered, read and changed by the API as its description says`, async () => {
      const made = await call('POST', '/clients', { ...base, ...redirects, [json]: given });
      assertShown(made, json, given);
      assertShown(await call('GET', `/clients/${String(made['client_id'])}`), json, given);
      const isKeys = json === 'jwks' || json === 'jwks_uri';
      const other = isKeys ? made : await call('POST', '/clients', { ...base, ...redirects });
      assertShown(await call('PATCH', `/clients/${String(other['client_id'])}`, { [json]: given }), json, given);
      assert.ok(description.components.schemas['Client']?.properties?.[json] !== undefined, 'it is in the schema');
    });

    it(`${json} is an option of the shell`, async () => {
      const declared = registrationOptions.create[option];
      assert.equal(declared?.type, sample.option === true ? 'boolean' : 'string');
      const { client } = await bed.clients.create({
        ...{ name: 'Shell', grants: ['authorization_code'], scopes: ['openid'], environment: 'playground' },
        redirectUris: redirects.redirect_uris,
        ...(givenIn({ [option]: sample.option }) as object),
      });
      assertShown(await call('GET', `/clients/${client.clientId}`), json, given);
    });
  }
});
