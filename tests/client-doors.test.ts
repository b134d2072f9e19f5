/**
 * The interfaces that set a field of a client agree about its valid values: the administration API, registration by the client itself, the
 * operators' page and the command line. Values with each kind of fault are made for every declared field; all interfaces refuse a value or
 * store the same.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ClientError } from '@dhp/clients/fields';
import { givenIn, givenOfNew, registrationOptions } from '../apps/dhp/src/commands/client-registration.ts';
import type { Browser } from '../apps/sso/test/browser.ts';
import { reason } from '../apps/sso/test/operate-bed.ts';
import { clientBed, fillIn, formOf, idOf, type Declared, type Members } from './client-bed.ts';

const { bed, url, declared, base, administer, send, registrationToken, rowOf, operator, otherKeys } = await clientBed();

let browser: Browser;
let token: string;
before(async () => {
  browser = await operator();
  token = await registrationToken();
});

/** The stored value as JSON, or that the interface refuses it. */
type Outcome = string;
const refused: Outcome = 'refused';

const storedOf = async ({ inRow }: Declared, id: string): Promise<Outcome> =>
  JSON.stringify(inRow(await rowOf(id)) ?? null);

async function outcomeOf(field: Declared, status: number, text: string): Promise<Outcome> {
  if (status === 400) return refused;
  assert.ok(status < 300, `${field.json}: ${String(status)} ${text}`);
  return storedOf(field, idOf(JSON.parse(text) as Members));
}

/** Members that the field needs beside it, or that it replaces. */
const beside = ({ field, json }: Declared): Members => (field.isOfKeys === true ? otherKeys(json) : {});

/** @param value undefined: it is not sent */
const member = ({ json }: Declared, value: unknown): Members => (value === undefined ? {} : { [json]: value });

async function made(field: Declared, more: Members = beside(field)): Promise<Members> {
  const { status, text } = await administer('POST', '/clients', { ...base, ...more });
  assert.equal(status, 201, text);
  return JSON.parse(text) as Members;
}

const changed = new Map<string, Promise<Members>>();

/** The client for an interface that changes one: it has the value set before through that interface, which differs each time. */
function kept(field: Declared, door: string): Promise<Members> {
  const name = `${door} ${field.json}`;
  const client = changed.get(name) ?? made(field);
  changed.set(name, client);
  return client;
}

async function byCreation(field: Declared, value: unknown): Promise<Outcome> {
  const { status, text } = await administer('POST', '/clients', { ...withoutMember(field), ...member(field, value) });
  return outcomeOf(field, status, text);
}

const withoutMember = ({ json }: Declared): Members =>
  Object.fromEntries(Object.entries(base).filter(([name]) => name !== json));

async function byChange(field: Declared, value: unknown, first?: Members): Promise<Outcome> {
  const id = idOf(first ?? (await kept(field, 'PATCH')));
  const { status, text } = await administer('PATCH', `/clients/${id}`, member(field, value));
  return outcomeOf(field, status, text);
}

const methodOf = ({ field }: Declared): Members => ({
  token_endpoint_auth_method: field.isOfKeys === true ? 'private_key_jwt' : 'client_secret_basic',
});

async function byRegistration(field: Declared, value: unknown): Promise<Outcome> {
  const sent = { ...withoutMember(field), ...methodOf(field), ...member(field, value) };
  const response = await send('POST', '/oauth/register', token, sent);
  return outcomeOf(field, response.status, await response.text());
}

async function byReplacement(field: Declared, value: unknown): Promise<Outcome> {
  const first = { ...base, ...methodOf(field), ...beside(field) };
  const told = (await (await send('POST', '/oauth/register', token, first)).json()) as Members;
  const { registration_access_token: access, client_id, client_secret } = told;
  const again = { ...withoutMember(field), ...methodOf(field), ...member(field, value), client_id, client_secret };
  const response = await send('PUT', `/oauth/register/${idOf(told)}`, String(access), again);
  return outcomeOf(field, response.status, await response.text());
}

/** @param given as `fillIn` takes it; null empties the field */
async function byPage(field: Declared, given: unknown, first?: Members): Promise<Outcome> {
  const id = idOf(first ?? (await kept(field, 'page')));
  const path = `/operate/clients/${id}/change`;
  const question = await browser.get(path);
  const form = formOf(question.text);
  if (given !== null) fillIn(form, field, given, question.text);
  else if (field.field.kind === 'picture') form.set(`no_${field.json}`, 'yes');
  else if (question.text.includes(`type="checkbox" name="${field.json}"`)) form.delete(field.json);
  else form.set(field.json, '');
  form.set('reason', reason);
  const { status, text } = await browser.post(`${url}${path}?ui_locales=en`, form);
  if (status === 400) return refused;
  assert.equal(status, 200, text);
  return storedOf(field, id);
}

const shellBase = { name: 'Shell', grant: 'authorization_code', scope: 'openid user/*.rs' };

async function byShell(field: Declared, value: string | true): Promise<Outcome> {
  const values = { ...shellBase, 'redirect-uri': base.redirect_uris.join(' '), [field.field.option.name]: value };
  return fromShell(field, async () => {
    const given = givenOfNew(values) as Parameters<typeof bed.clients.create>[0];
    return (await bed.clients.create({ ...given, environment: 'playground' })).client.clientId;
  });
}

async function byShellChange(field: Declared, value: string | boolean, first?: Members): Promise<Outcome> {
  const id = idOf(first ?? (await kept(field, 'shell')));
  const { name } = field.field.option;
  return fromShell(field, async () => {
    await bed.clients.change(id, givenIn(value === false ? { [`no-${name}`]: true } : { [name]: value }));
    return id;
  });
}

async function fromShell(field: Declared, work: () => Promise<string>): Promise<Outcome> {
  try {
    return await storedOf(field, await work());
  } catch (error) {
    if (error instanceof ClientError) return refused;
    throw error;
  }
}

type Doors = Record<string, () => Promise<Outcome>>;

function jsonDoors(field: Declared, value: unknown): Doors {
  return {
    'POST /clients': () => byCreation(field, value),
    'PATCH /clients/{client_id}': () => byChange(field, value),
    ...(field.field.registrant !== 'ignored' && {
      'POST /oauth/register': () => byRegistration(field, value),
      'PUT /oauth/register/{client_id}': () => byReplacement(field, value),
    }),
  };
}

/** @param text as it is typed; for a list, its only member */
function allDoors(field: Declared, text: string): Doors {
  const { kind } = field.field;
  const value = kind === 'list' || kind === 'emails' ? [text] : text;
  return {
    ...jsonDoors(field, value),
    'the page': () => byPage(field, value),
    'dhp client create': () => byShell(field, text),
    'dhp client change': () => byShellChange(field, text),
  };
}

async function agreed(field: Declared, doors: Doors): Promise<Outcome> {
  const asked = Object.entries(doors).map(async ([name, door]) => [name, await door()] as const);
  const outcomes = Object.fromEntries(await Promise.all(asked));
  const [first] = Object.values(outcomes);
  for (const outcome of Object.values(outcomes))
    assert.equal(outcome, first, `${field.json}: ${JSON.stringify(outcomes)}`);
  return first!;
}

/** Texts with a fault, or with characters that do not belong to them. */
function textsOf(field: Declared): Record<string, string> {
  const { kind } = field.field;
  const valid = kind === 'words' ? 'openid' : String([field.given].flat()[0]);
  const isAlone = kind === 'text' || kind === 'address';
  return {
    'a valid text': valid,
    'a control character': `${valid}\u0001`,
    'a control character in the middle': `${valid.slice(0, -1)}\u007f${valid.slice(-1)}`,
    'a control character of Latin 1': `${valid}\u009b`,
    'more than any text may have': valid + 'x'.repeat(3000),
    'a comma behind it': `${valid};`,
    ...(isAlone && {
      'spaces around it': `  ${valid} `,
      'a line that ends': `${valid}\n`,
      'two lines': `${valid}\n${valid}`,
    }),
    ...(kind === 'address' && {
      'no address': 'nowhere',
      'a fragment': `${valid}#x`,
      'a script': 'javascript:alert(1)',
    }),
  };
}

const wrongTypes: Record<Declared['field']['kind'], readonly unknown[]> = {
  text: [5, true, {}, ['a']],
  address: [5, true, {}, ['https://a.example.uz']],
  words: [5, true, {}, ['openid']],
  list: [5, 'a', {}, [5], [null], [['a']]],
  email: [5, true, {}, ['a@example.uz']],
  emails: [5, 'a@example.uz', {}, [5], [null]],
  flag: [1, 'true', 'yes', {}, []],
  keys: [5, 'a', {}, [], { keys: [] }, { keys: 'a' }, { keys: [5] }, { keys: [{ kty: 'oct', k: 'AAAA' }] }],
  picture: [5, true, {}, ['a']],
};

for (const field of declared) {
  const { kind, isNeeded, stays } = field.field;
  const isTyped = kind !== 'flag' && kind !== 'keys' && kind !== 'picture';

  describe(`the doors of ${field.json} agree`, () => {
    if (isTyped)
      for (const [name, text] of Object.entries(textsOf(field)))
        it(`about ${name}`, async () => {
          const outcome = await agreed(field, allDoors(field, text));
          if (/^a control|^more than/.test(name)) assert.equal(outcome, refused);
          if (name === 'a valid text') assert.notEqual(outcome, refused);
        });

    it('about values of other types', async () => {
      for (const value of wrongTypes[kind]) {
        const outcome = await agreed(field, jsonDoors(field, value));
        assert.equal(outcome, refused, `${field.json} ${JSON.stringify(value)}`);
      }
    });

    it('about null, which is as good as nothing where a registration is told whole', async () => {
      assert.equal(await byCreation(field, null), await byCreation(field, undefined));
      if (field.field.registrant === 'ignored') return;
      assert.equal(await byRegistration(field, null), await byRegistration(field, undefined));
      assert.equal(await byReplacement(field, null), await byReplacement(field, undefined));
    });

    it('about taking it away', async () => {
      const given = member(field, field.given);
      const first = (): Promise<Members> => made(field, given);
      const empty = kind === 'list' || kind === 'emails' ? [] : kind === 'flag' ? false : null;
      const outcome = await agreed(field, {
        'PATCH null': async () => byChange(field, null, await first()),
        'PATCH with an empty value': async () => byChange(field, empty, await first()),
        'the page': async () => byPage(field, null, await first()),
        'dhp client change': async () => byShellChange(field, kind === 'flag' ? false : '', await first()),
      });
      const mustStay = isNeeded === true || stays === true || field.json === 'redirect_uris';
      assert.equal(outcome === refused, mustStay, outcome);
    });
  });
}

it('each flag has an option that ends it, of the change alone', () => {
  for (const { field } of declared.filter(({ field: { kind } }) => kind === 'flag')) {
    const name = `no-${field.option.name}`;
    assert.equal(registrationOptions.change[name]?.type, 'boolean', name);
    assert.equal(registrationOptions.create[name], undefined, name);
  }
});
