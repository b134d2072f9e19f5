/**
 * Every field of a client passes through everything derived from its declaration: the row, the API and its description, registration by the
 * client itself, the operators' pages, the options of the command line, and the need for another approval. The tests are generated from the
 * declaration, so that a new field is covered, and fails if one of these omits it.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { shownClient } from '@dhp/administration';
import { runCommandLine } from '../apps/dhp/src/cli.ts';
import { clientCommands } from '../apps/dhp/src/commands/client.ts';
import { givenIn } from '../apps/dhp/src/commands/client-registration.ts';
import type { Browser } from '../apps/sso/test/browser.ts';
import { checkAnswer, requestOf, type Description } from '../apps/sso/test/openapi.ts';
import { reason } from '../apps/sso/test/operate-bed.ts';
import { clientBed, fillIn, formOf, idOf, type Declared, type Members } from './client-bed.ts';

const { bed, url, declared, jwks, base, administer, send, registrationToken, rowOf, operator, otherKeys } =
  await clientBed();

let description: Description;
let browser: Browser;
before(async () => {
  description = (await (await fetch(`${url}/admin/openapi.json`)).json()) as Description;
  browser = await operator();
});

/** A successful call of the administration API; its request and its answer are checked against the description. */
async function call(method: string, path: string, body?: object): Promise<Members> {
  const { status, text } = await administer(method, path, body);
  assert.ok(status < 300, `${method} ${path}: ${text}`);
  checkAnswer(description, { method, path: `/admin${path}`, status, text, body: body && { ...body, reason } });
  return JSON.parse(text) as Members;
}

const read = (id: string): Promise<Members> => call('GET', `/clients/${id}`);

/** A picture is an address in JSON and a digest in the row; keys may have their members in another order. */
function assertIs({ field: { kind }, json }: Declared, value: unknown, expected: unknown): void {
  if (kind === 'picture') assert.match(String(value), /^(?:\/client-logos\/)?[0-9a-f]{64}$/, json);
  else if (kind === 'keys') assert.equal((value as typeof jwks).keys[0]?.['kid'], 'k1');
  else assert.deepEqual(value, expected, json);
}

/** A client that may have the field, without a value in it. */
const without = ({ field, json }: Declared): Promise<Members> =>
  call('POST', '/clients', { ...base, ...(field.isOfKeys === true && otherKeys(json)) });

function assertUnset({ field, inRow }: Declared, row: Members): void {
  const value = inRow(row);
  if (field.kind === 'flag') assert.equal(value, false);
  else if (Array.isArray(value)) assert.deepEqual(value, []);
  else assert.ok(value === null || value === undefined);
}

/** The texts that show a value to people. */
function toldTo({ field, json }: Declared, now: unknown): string[] {
  if (json === 'require_pkce') return ['required'];
  if (json === 'sign_in_methods') return ['Password'];
  if (field.kind === 'flag') return ['yes'];
  if (field.kind === 'keys') return ['k1'];
  const escaped = (text: unknown): string =>
    String(text).replaceAll(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`);
  return (field.kind === 'words' ? String(now).split(' ') : [now].flat()).map(escaped);
}

/** Whether a list requests no more than another; the example of scopes is narrower than a scope of the base. */
function isPart(some: unknown, all: unknown): boolean {
  const members = (value: unknown): unknown[] => (Array.isArray(value) ? value : String(value).split(' '));
  return members(some).every((one) => members(all).includes(one) || one === 'user/Patient.r');
}

for (const declaredField of declared) {
  const { json, given, stored, shell, inRow, field } = declaredField;
  const { option, registrant, widens } = field;

  describe(`${json} of a client`, () => {
    it('is registered, read and changed by the API as its description says, and kept in the row', async () => {
      const made = await call('POST', '/clients', { ...base, [json]: given });
      assertIs(declaredField, made[json], given);
      assertIs(declaredField, (await read(idOf(made)))[json], given);
      assertIs(declaredField, inRow(await rowOf(idOf(made))), stored);
      const other = await without(declaredField);
      const changed = await call('PATCH', `/clients/${idOf(other)}`, { [json]: given });
      assertIs(declaredField, changed[json], given);
      assertIs(declaredField, inRow(await rowOf(idOf(other))), stored);
    });

    it('is in the description of the administration', () => {
      for (const [path, method] of [
        ['/admin/clients', 'post'],
        ['/admin/clients/{client_id}', 'patch'],
      ] as const) {
        assert.ok(json in requestOf(description.paths[path]![method]!).properties!, `${method} ${path}`);
      }
      assert.ok(json in (description.components.schemas['Client']?.properties ?? {}), 'the schema of the answer');
    });

    it('is shown and changed at its page, and no other field with it', async () => {
      const first = await without(declaredField);
      const path = `/operate/clients/${idOf(first)}/change`;
      const question = await browser.get(path);
      const form = formOf(question.text);
      fillIn(form, declaredField, given, question.text);
      form.set('reason', reason);
      const answer = await browser.post(`${url}${path}?ui_locales=en`, form);
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.text, /The client is changed/);
      const now = await read(idOf(first));
      assertIs(declaredField, now[json], given);
      const changes = [json, 'updated_at', 'client_secret', ...(field.isOfKeys === true ? ['jwks', 'jwks_uri'] : [])];
      const others = (client: Members): Members =>
        Object.fromEntries(Object.entries(client).filter(([name]) => !changes.includes(name)));
      assert.deepEqual(others(now), others(first));
      for (const text of toldTo(declaredField, now[json])) assert.ok(answer.text.includes(text), `${text} is shown`);
    });

    it('is an option of the shell with a help, and printed by it', async () => {
      for (const command of ['create', 'change']) {
        let help = '';
        await runCommandLine(clientCommands, ['client', command, '--help'], (text) => (help += text));
        assert.match(help, new RegExp(`--${option.name}\\b.* \\S`), command);
      }
      const usual = { name: 'Shell', grant: 'authorization_code', scope: 'openid user/*.rs' };
      const all = { ...usual, 'redirect-uri': base.redirect_uris.join(' '), [option.name]: shell };
      const { client } = await bed.clients.create({
        ...(givenIn(all) as Parameters<typeof bed.clients.create>[0]),
        environment: 'playground',
      });
      assertIs(declaredField, (await read(client.clientId))[json], given);
      assertIs(declaredField, shownClient(client)[json], given);
    });

    it(`is ${registrant === 'ignored' ? 'not heard from' : 'taken from'} a client that registers itself`, async () => {
      const method = {
        token_endpoint_auth_method: field.isOfKeys === true ? 'private_key_jwt' : 'client_secret_basic',
      };
      const token = await registrationToken();
      const response = await send('POST', '/oauth/register', token, { ...base, ...method, [json]: given });
      const told = (await response.json()) as Members;
      assert.equal(response.status, 201, JSON.stringify(told));
      const id = idOf(told);
      if (registrant !== 'ignored') {
        assertIs(declaredField, told[json], given);
        assertIs(declaredField, inRow(await rowOf(id)), stored);
        return;
      }
      assert.equal(told[json], undefined);
      assertUnset(declaredField, await rowOf(id));
      await call('PATCH', `/clients/${id}`, { [json]: given });
      const { registration_access_token: access, client_id, client_secret } = told;
      const again = { ...base, ...method, client_id, client_secret };
      const replaced = await send('PUT', `/oauth/register/${id}`, String(access), again);
      assert.equal(replaced.status, 200, await replaced.text());
      assertIs(declaredField, inRow(await rowOf(id)), stored);
    });

    it(`widens an approved client of production: ${widens}`, async () => {
      const { client } = await bed.clients.create({
        ...{ name: 'Fields', grants: ['authorization_code'], scopes: ['openid', 'user/*.rs'] },
        ...{ redirectUris: [...base.redirect_uris], environment: 'production' },
        ...(json === 'jwks' && { jwksUri: 'https://before.example.uz/jwks' }),
        ...(json === 'jwks_uri' && { jwks }),
      });
      const { status } = await call('PATCH', `/clients/${client.clientId}`, { [json]: given });
      const isMore = widens === 'more' && !isPart(given, base[json] ?? []);
      assert.equal(status, widens === 'another' || widens === 'on' || isMore ? 'registered' : 'approved');
      if (widens !== 'off') return;
      const taken = await call('PATCH', `/clients/${client.clientId}`, { [json]: false });
      assert.equal(taken['status'], 'registered', 'a demand that ends');
    });
  });
}
