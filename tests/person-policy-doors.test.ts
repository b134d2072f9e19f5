/**
 * The interfaces that set a field of a person or a policy agree about its valid values: the administration API, the operators' pages and
 * the command line. Values with each kind of fault are made for every declared field; all interfaces refuse a value or store the same.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { AccountError, openAccounts, openPeople } from '@dhp/accounts';
import { personFields, policyFields, type GivenPolicyValues, type PersonField } from '@dhp/accounts/fields';
import { openPolicies, PolicyError } from '@dhp/accounts/policies';
import { UsageError } from '../apps/dhp/src/cli.ts';
import { readOptions, readOptionsOfNew } from '../apps/dhp/src/commands/declared-options.ts';
import type { Browser } from '../apps/sso/test/browser.ts';
import { operateBed, reason } from '../apps/sso/test/operate-bed.ts';
import { newClient, postForm } from '../apps/sso/test/support.ts';
import { formOf, type Members } from './client-bed.ts';

const { bed, chromium, withoutScripts } = await operateBed();
const url = chromium.issuer;
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const people = openPeople(bed.sql, { actor: 'cli:tester' });
const policies = openPolicies(bed.sql, { actor: 'cli:tester' });

let bearer = '';
let browser: Browser;
before(async () => {
  const scopes = ['admin/users.write', 'admin/policies.write'];
  const admin = await newClient(bed.clients, { scopes });
  bearer = String(
    (await postForm(`${url}/oauth/token`, { ...admin.form, scope: scopes.join(' ') })).body['access_token'],
  );
  ({ browser } = await withoutScripts('operator'));
});

/** The stored value as JSON, or that the interface refuses it. */
type Outcome = string;
type Doors = Record<string, () => Promise<Outcome>>;
type Stored = () => Promise<Outcome>;
const refused: Outcome = 'refused';
const columnOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

let count = 0;
const newName = (): string => `one-${String(count++)}`;

async function byApi(method: string, path: string, body: Members, stored: Stored): Promise<Outcome> {
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
  const sent = JSON.stringify({ ...body, reason });
  const response = await fetch(`${url}/admin${path}`, { method, headers, body: sent });
  const text = await response.text();
  if (response.status === 400) return refused;
  assert.ok(response.status < 300, `${method} ${path} ${sent}: ${String(response.status)} ${text}`);
  return stored();
}

/** @param values undefined: the box is not ticked */
async function byPage(path: string, values: Record<string, string | undefined>, stored: Stored): Promise<Outcome> {
  const form = formOf((await browser.get(path)).text);
  for (const [name, value] of Object.entries({ ...values, reason } as typeof values)) {
    form.delete(name);
    if (value !== undefined) form.set(name, value);
  }
  const { status, text } = await browser.post(`${url}${path}?ui_locales=en`, form);
  if (status === 400) return refused;
  assert.equal(status, 200, `${path}: ${text}`);
  return stored();
}

async function byShell(work: () => Promise<unknown>, stored: Stored): Promise<Outcome> {
  try {
    await work();
  } catch (error) {
    if ([AccountError, PolicyError, UsageError].some((kind) => error instanceof kind)) return refused;
    throw error;
  }
  return stored();
}

async function agreed(what: string, doors: Doors): Promise<Outcome> {
  const outcomes: Record<string, Outcome> = {};
  for (const [name, door] of Object.entries(doors)) outcomes[name] = await door();
  const [first] = Object.values(outcomes);
  for (const outcome of Object.values(outcomes)) assert.equal(outcome, first, `${what}: ${JSON.stringify(outcomes)}`);
  return first!;
}

/** Texts with a fault, or with characters that do not belong to them. */
const textsOf = (valid: string): Record<string, string> => ({
  'a valid text': valid,
  'a control character': `${valid}\u0001`,
  'a control character in the middle': `${valid.slice(0, -1)}\u007f${valid.slice(-1)}`,
  'a control character of Latin 1': `${valid}\u009b`,
  'the character U+0000': `${valid}\u0000`,
  'more than any text may have': valid + 'x'.repeat(3000),
  'as much as a name may have': valid.padEnd(200, 'x'),
  'one more than a name may have': valid.padEnd(201, 'x'),
  'a semicolon behind it': `${valid};`,
  markup: `<b>${valid}</b>`,
  'Cyrillic letters': `${valid}Усмонов`,
});
/** Faults of single texts: a typed list is split at these characters. */
const aloneOf = (valid: string): Record<string, string> => ({
  'spaces around it': `  ${valid} `,
  'a line that ends': `${valid}\n`,
  'two lines': `${valid}\n${valid}`,
  'a tab in the middle': `${valid}\t${valid}`,
});
const wrongTypes = {
  text: [5, true, {}, ['a']],
  list: [5, 'a', {}, [5], [null], [['a']]],
  flag: [1, 'true', 'yes', {}, []],
};

const declaredOfPerson = Object.entries(personFields).map(([name, field]) => ({ name, ...(field as PersonField) }));
for (const { name, json, kind, option, isNeeded } of declaredOfPerson) {
  const valid = kind === 'email' ? 'a@example.uz' : 'Some text';
  const password = 'correct horse battery';
  const storedOf =
    (username: string): Stored =>
    async () => {
      const [row] = await bed.sql<Members[]>`select * from sso.account where username = ${username}`;
      return JSON.stringify(row?.[columnOf(name)] ?? null);
    };
  const base = { [personFields.name.json]: 'Somebody' };
  const shellBase = { [personFields.name.option.name]: 'Somebody' };

  /** @param value undefined: it is not sent */
  function apiDoors(value: unknown): Doors {
    const member = value === undefined ? {} : { [json]: value };
    const username = newName();
    return {
      'POST /users': () => byApi('POST', '/users', { ...base, username, ...member }, storedOf(username)),
    };
  }

  async function kept(): Promise<{ username: string; accountId: string }> {
    const given = { username: newName(), name: 'Somebody', email: 'before@example.uz', password };
    const { accountId } = await accounts.create(given);
    return { username: given.username, accountId };
  }

  async function changingDoors(value: unknown, text: string): Promise<Doors> {
    const [api, page, shell] = [await kept(), await kept(), await kept()];
    return {
      'PATCH /users/{username}': () =>
        byApi('PATCH', `/users/${api.username}`, { [json]: value }, storedOf(api.username)),
      'the page of a change': () =>
        byPage(`/operate/users/${page.accountId}/change`, { [json]: text }, storedOf(page.username)),
      'dhp user change': () =>
        byShell(
          () => people.change(shell.username, readOptions(personFields, { [option.name]: text })),
          storedOf(shell.username),
        ),
    };
  }

  async function allDoors(text: string): Promise<Doors> {
    const [page, shell] = [newName(), newName()];
    const given = { ...shellBase, [option.name]: text };
    return {
      ...apiDoors(text),
      ...(await changingDoors(text, text)),
      'the page of a new person': () =>
        byPage('/operate/add-person', { ...base, username: page, way: 'password', [json]: text }, storedOf(page)),
      'dhp user create': () =>
        byShell(
          () =>
            accounts.create({
              ...(readOptionsOfNew(personFields, given) as { name: string }),
              ...{ username: shell, password },
            }),
          storedOf(shell),
        ),
    };
  }

  describe(`the doors of ${json} of a person agree`, () => {
    for (const [fault, text] of Object.entries({ ...textsOf(valid), ...aloneOf(valid) }))
      it(`about ${fault}`, async () => {
        const outcome = await agreed(json, await allDoors(text));
        if (/^a control|^more than|U\+0000|^two lines/.test(fault)) assert.equal(outcome, refused);
        if (/^a valid|^spaces around/.test(fault)) assert.equal(outcome, JSON.stringify(valid));
      });

    it('about values of other types', async () => {
      for (const value of wrongTypes.text) {
        const { username } = await kept();
        const patch = byApi('PATCH', `/users/${username}`, { [json]: value }, storedOf(username));
        assert.equal(await agreed(json, { ...apiDoors(value), PATCH: () => patch }), refused, JSON.stringify(value));
      }
    });

    it('about null, which is as good as nothing where a person is registered', async () => {
      assert.equal(
        await agreed(json, apiDoors(null)),
        await agreed(json, isNeeded === true ? apiDoors('') : apiDoors(undefined)),
      );
    });

    it('about taking it away, which JSON says by null', async () => {
      for (const empty of ['', '   ']) {
        const outcome = await agreed(json, await changingDoors(null, empty));
        assert.equal(outcome, isNeeded === true ? refused : 'null', `"${empty}"`);
      }
    });
  });
}

describe('the doors of policies agree', () => {
  const before = { scopes: ['user/Patient.rs'], delegated: true };
  const { scopes, delegated } = policyFields;
  const storedOf =
    (role: string): Stored =>
    async () => {
      const [row] = await bed.sql<Members[]>`select * from sso.access_policy where role = ${role}`;
      return JSON.stringify(row === undefined ? null : [row['scopes'], row['delegated']]);
    };
  const environment = 'playground' as const;

  async function kept(): Promise<string> {
    const role = newName();
    await policies.set({ ...before, role, environment });
    return role;
  }

  /** @param page undefined: the box is not ticked */
  async function doors(o: {
    json: Members;
    page: Record<string, string | undefined>;
    shell: Record<string, string>;
  }): Promise<Doors> {
    const [api, page, shell] = [await kept(), await kept(), await kept()];
    const usual = { json: { [scopes.json]: before.scopes }, shell: { [scopes.option.name]: before.scopes.join(' ') } };
    return {
      'PUT /policies/{environment}/{role}': () =>
        byApi('PUT', `/policies/${environment}/${api}`, { ...usual.json, ...o.json }, storedOf(api)),
      'the page of a policy': () => byPage(`/operate/policies/${environment}/${page}/set`, o.page, storedOf(page)),
      'dhp policy set': () =>
        byShell(async () => {
          const given = readOptions(policyFields, { ...usual.shell, ...o.shell });
          await policies.set({ ...(given as unknown as GivenPolicyValues), role: shell, environment });
        }, storedOf(shell)),
    };
  }

  const ofScope = (text: string): ReturnType<typeof doors> =>
    doors({ json: { [scopes.json]: [text] }, page: { [scopes.json]: text }, shell: { [scopes.option.name]: text } });

  const valid = 'user/Observation.rs?category=laboratory,vital-signs';
  const more = {
    'a scope of a patient': 'patient/Patient.rs',
    'a scope of a system': 'system/Patient.rs',
    'a scope of the administration': 'admin/clients.read',
    openid: 'openid',
    'letters in another order': 'user/Patient.sr',
    'no letters': 'user/Patient.',
    'what can be put in': 'user/Patient.rs?organization={organization}',
    'what cannot be put in': 'user/Patient.rs?organization={ministry}',
    'a brace that does not end': 'user/Patient.rs?organization={organization',
    'identifiers of a type': 'dhp.national-identifiers/Patient',
    'identifiers of a type that has none': 'dhp.national-identifiers/Observation',
  };
  for (const [fault, text] of Object.entries({ ...textsOf(valid), ...more }))
    it(`about scopes with ${fault}`, async () => {
      const outcome = await agreed('scopes', await ofScope(text));
      if (/^a control|U\+0000/.test(fault)) assert.equal(outcome, refused);
      if (fault === 'a valid text') assert.equal(outcome, JSON.stringify([[valid], true]));
    });

  it('about several scopes, and the same one twice', async () => {
    for (const all of [
      [valid, 'user/Patient.rs'],
      [valid, valid],
    ]) {
      const text = all.join(' ');
      const given = {
        json: { [scopes.json]: all },
        page: { [scopes.json]: text },
        shell: { [scopes.option.name]: text },
      };
      assert.notEqual(await agreed('scopes', await doors(given)), refused);
    }
  });

  it('about no scope', async () => {
    const given = { json: { [scopes.json]: [] }, page: { [scopes.json]: ' ' }, shell: { [scopes.option.name]: '' } };
    assert.equal(await agreed('scopes', await doors(given)), refused);
  });

  it('about giving by organisations', async () => {
    for (const is of [true, false]) {
      const shell = { [delegated.option.name]: is ? 'yes' : 'no' };
      const given = { json: { [delegated.json]: is }, page: { [delegated.json]: is ? 'yes' : undefined }, shell };
      assert.equal(await agreed('delegated', await doors(given)), JSON.stringify([before.scopes, is]));
    }
  });

  it('about values of other types', async () => {
    const all = { [scopes.json]: wrongTypes.list, [delegated.json]: wrongTypes.flag };
    for (const [json, values] of Object.entries(all))
      for (const value of values) {
        const role = await kept();
        const body = { [scopes.json]: before.scopes, [json]: value };
        const outcome = await byApi('PUT', `/policies/${environment}/${role}`, body, storedOf(role));
        assert.equal(outcome, refused, `${json} ${JSON.stringify(value)}`);
      }
  });
});
