/**
 * Every declared field of a person and of a policy goes through the API and its description, the row, the pages of the operators and the
 * options of the shell. The tests are made from the declarations.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts, openPeople } from '@dhp/accounts';
import { openPolicies } from '@dhp/accounts/policies';
import { personFields, policyFields, type PersonField, type PolicyField } from '@dhp/accounts/fields';
import { runCommandLine, type Command } from '../apps/dhp/src/cli.ts';
import { optionsOf, readOptions } from '../apps/dhp/src/commands/declared-options.ts';
import { personCommands } from '../apps/dhp/src/commands/person.ts';
import { policyCommands } from '../apps/dhp/src/commands/policy.ts';
import { userCommands } from '../apps/dhp/src/commands/user.ts';
import type { Browser } from '../apps/sso/test/browser.ts';
import { checkAnswer, requestOf, type Description } from '../apps/sso/test/openapi.ts';
import { operateBed, reason } from '../apps/sso/test/operate-bed.ts';
import { newClient, postForm } from '../apps/sso/test/support.ts';
import { formOf, type Members } from './client-bed.ts';

const { bed, chromium, withoutScripts } = await operateBed();
const url = chromium.issuer;
const people = openPeople(bed.sql, { actor: 'cli:tester' });
const policies = openPolicies(bed.sql, { actor: 'cli:tester' });
const commands: readonly Command[] = [...userCommands, ...personCommands, ...policyCommands];

let description: Description;
let bearer = '';
let browser: Browser;
before(async () => {
  const scopes = ['users.read', 'users.write', 'policies.read', 'policies.write'].map((scope) => `admin/${scope}`);
  const admin = await newClient(bed.clients, { scopes });
  const granted = await postForm(`${url}/oauth/token`, { ...admin.form, scope: scopes.join(' ') });
  bearer = String(granted.body['access_token']);
  description = (await (await fetch(`${url}/admin/openapi.json`)).json()) as Description;
  ({ browser } = await withoutScripts('operator'));
});

/** A successful call; its request and its answer are checked against the description. */
async function call(method: string, path: string, body?: object): Promise<Members> {
  const sent = body && { ...body, reason };
  const response = await fetch(`${url}/admin${path}`, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(sent !== undefined && { 'content-type': 'application/json' }),
    },
    ...(sent !== undefined && { body: JSON.stringify(sent) }),
  });
  const text = await response.text();
  assert.ok(response.status < 300, `${method} ${path}: ${text}`);
  checkAnswer(description, { method, path: `/admin${path}`, status: response.status, text, body: sent });
  return JSON.parse(text) as Members;
}

/** Fails if an act does not accept the member, or if the schema of the answer lacks it. */
function assertDescribed(
  json: string,
  acts: readonly (readonly [path: string, method: string])[],
  schema: string,
): void {
  for (const [path, method] of acts) {
    assert.ok(json in requestOf(description.paths[path]![method]!).properties!, `${method} ${path}`);
  }
  assert.ok(json in (description.components.schemas[schema]?.properties ?? {}), schema);
}

async function assertOption(name: string, of: readonly string[]): Promise<void> {
  for (const command of of) {
    let help = '';
    await runCommandLine(commands, [...command.split(' '), '--help'], (text) => (help += text));
    assert.match(help, new RegExp(`--${name}\\b.* \\S`), command);
  }
}

/** Sends the form of an act with other values. */
async function change(path: string, values: Record<string, string | undefined>): Promise<string> {
  const form = formOf((await browser.get(path)).text);
  const all: Readonly<Record<string, string | undefined>> = { ...values, reason };
  for (const [name, value] of Object.entries(all)) {
    assert.ok(name !== 'email' || form.has(name), 'the control is in the form');
    if (value === undefined) form.delete(name);
    else form.set(name, value);
  }
  const answer = await browser.post(`${url}${path}?ui_locales=en`, form);
  assert.equal(answer.status, 200, answer.text);
  return answer.text;
}

const columnOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Without the changed member, and members that are shown only once. */
const others = (members: Members, changed: string): Members =>
  Object.fromEntries(
    Object.entries(members).filter(([name]) => ![changed, 'updated_at', 'updated_by', 'password'].includes(name)),
  );

const declaredOfPerson = Object.entries(personFields).map(([name, field]) => ({ name, ...(field as PersonField) }));
for (const { name, json, kind, option, isNeeded } of declaredOfPerson) {
  const value = kind === 'email' ? 'someone@example.uz' : 'Another text';
  const typed = ` ${value} `;

  describe(`${json} of a person`, () => {
    const stored = async (username: string): Promise<unknown> => {
      const [row] = await bed.sql<Members[]>`select * from sso.account where username = ${username}`;
      return row![columnOf(name)];
    };

    it('is registered, read and changed by the API as its description says, and kept in the row', async () => {
      const [made, other] = [`made-${json}`, `other-${json}`];
      await call('POST', '/users', { name: 'Somebody', username: made, [json]: typed });
      assert.equal((await call('GET', `/users/${made}`))[json], value);
      assert.equal(await stored(made), value);
      const first = await call('POST', '/users', { name: 'Somebody', username: other });
      const changed = await call('PATCH', `/users/${other}`, { [json]: typed });
      assert.equal(changed[json], value);
      assert.deepEqual(others(changed, json), others(first, json));
      const acts = [
        ['/admin/users', 'post'],
        ['/admin/users/{username}', 'patch'],
      ] as const;
      assertDescribed(json, acts, 'User');
      if (isNeeded === true) return;
      await call('PATCH', `/users/${other}`, { [json]: null });
      assert.equal(await stored(other), null);
    });

    it('is shown and changed at the page, and asked of a new person', async () => {
      const account = await openAccounts(bed.sql).create({
        username: `page-${json}`,
        name: 'Somebody',
        password: 'correct horse battery',
      });
      const text = await change(`/operate/users/${account.accountId}/change`, { [json]: typed });
      assert.ok(text.includes(value), 'it is shown');
      assert.equal(await stored(`page-${json}`), value);
      assert.match((await browser.get('/operate/add-person')).text, new RegExp(` name="${json}"`));
      if (isNeeded === true) return;
      await change(`/operate/users/${account.accountId}/change`, { [json]: '' });
      assert.equal(await stored(`page-${json}`), null);
    });

    it('is an option of the shell with a help', async () => {
      await assertOption(option.name, ['user create', 'user change']);
      const username = `shell-${json}`;
      await openAccounts(bed.sql).create({ username, name: 'Somebody', password: 'correct horse battery' });
      const given = (text: string): Parameters<typeof people.change>[1] =>
        readOptions(personFields, { [option.name]: text });
      await people.change(username, given(typed));
      assert.equal(await stored(username), value);
      if (isNeeded === true) return;
      for (const none of ['', ...(option.none === undefined ? [] : [option.none])]) {
        await people.change(username, given(value));
        await people.change(username, given(none));
        assert.equal(await stored(username), null, `"${none}"`);
      }
    });
  });
}

const declaredOfPolicy = Object.entries(policyFields).map(([name, field]) => ({ name, ...(field as PolicyField) }));
for (const { name, json, kind, option } of declaredOfPolicy) {
  const usual = { scopes: ['user/Patient.rs'] };
  const values = { list: ['user/Observation.rs?category=laboratory,vital-signs'], flag: true, text: 'Some text' };
  const value = values[kind];
  const typed = { list: 'user/Observation.rs?category=laboratory,vital-signs', flag: 'yes', text: 'Some text' }[kind];

  describe(`${json} of a policy`, () => {
    const stored = async (role: string): Promise<unknown> => {
      const [row] = await bed.sql<Members[]>`select * from sso.access_policy where role = ${role}`;
      return row![columnOf(name)];
    };

    it('is set and read by the API as its description says, and kept in the row', async () => {
      const path = `/policies/playground/api-${json}`;
      const first = await call('PUT', path, usual);
      const changed = await call('PUT', path, { ...usual, [json]: value });
      assert.deepEqual(changed[json], value);
      assert.deepEqual(others(changed, json), others(first, json));
      assert.deepEqual(await stored(`api-${json}`), value);
      const { policies: all } = (await call('GET', '/policies')) as { policies: Members[] };
      assert.deepEqual(all.find(({ role }) => role === `api-${json}`)?.[json], value);
      assertDescribed(json, [['/admin/policies/{environment}/{role}', 'put']], 'Policy');
      if (json === 'scopes') return;
      assert.deepEqual((await call('PUT', path, usual))[json], value, 'what is not told stays');
    });

    it('is changed at the page', async () => {
      await policies.set({ ...usual, delegated: undefined, role: `page-${json}`, environment: 'playground' });
      await change(`/operate/policies/playground/page-${json}/set`, { [json]: typed });
      assert.deepEqual(await stored(`page-${json}`), value);
      assert.match((await browser.get('/operate/policies/add')).text, new RegExp(` name="${json}"`));
    });

    it('is an option of the shell with a help', async () => {
      await assertOption(option.name, ['policy set']);
      assert.ok(option.name in optionsOf(policyFields, 'create'));
      const given = readOptions(policyFields, { scope: usual.scopes.join(' '), [option.name]: typed });
      const asked = { role: `shell-${json}`, environment: 'playground' } as const;
      await policies.set({ ...(given as unknown as Parameters<typeof policies.set>[0]), ...asked });
      assert.deepEqual(await stored(`shell-${json}`), value);
    });
  });
}
