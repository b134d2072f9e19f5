/** Scopes that a client gets (RFC 6749 3.3, SMART App Launch scopes). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start({ resourceTypes: ['Patient', 'Observation'] });
const token = `${url}/oauth/token`;

describe('the scope of a token', () => {
  const granted: [why: string, allowed: string, asked: string | undefined, scope: string][] = [
    [
      'PD-01 none asked: all that is registered',
      'system/Patient.rs system/Observation.r',
      undefined,
      'system/Patient.rs system/Observation.r',
    ],
    ['an empty parameter is an omitted one', 'system/Patient.rs', '', 'system/Patient.rs'],
    ['the registered scope itself', 'system/*.cruds', 'system/*.cruds', 'system/*.cruds'],
    ['a part of it', 'system/*.cruds', 'system/Patient.rs', 'system/Patient.rs'],
    ['two parts', 'system/*.cruds', 'system/Patient.rs system/Observation.c', 'system/Patient.rs system/Observation.c'],
    ['a scope twice counts once', 'system/*.cruds', 'system/Patient.r system/Patient.r', 'system/Patient.r'],
    ['SM-08 the v1 form, echoed', 'system/*.cruds', 'system/Patient.read', 'system/Patient.read'],
    [
      'SM-08 a query',
      'system/*.cruds',
      'system/Observation.rs?category=laboratory',
      'system/Observation.rs?category=laboratory',
    ],
    [
      'CORE-16 only the covered ones of many',
      'system/*.cruds',
      'system/*.cruds patient/Patient.rs bogus',
      'system/*.cruds',
    ],
    [
      'CORE-16 only the covered ones of a narrow list',
      'system/Patient.rs',
      'system/Patient.rs system/Patient.cruds system/Observation.r',
      'system/Patient.rs',
    ],
    [
      'a word of the bulk data guide, which is no resource',
      'system/bulk-submit system/Patient.cu',
      'system/bulk-submit system/Patient.u',
      'system/bulk-submit system/Patient.u',
    ],
    ['such a word is in no wildcard', 'system/*.cruds', 'system/*.cruds system/bulk-submit', 'system/*.cruds'],
    ['SM-08 not a type that does not exist', 'system/*.cruds', 'system/Patient.r system/Nope.r', 'system/Patient.r'],
    ['SM-08 not letters out of order', 'system/*.cruds', 'system/Patient.r system/Patient.sr', 'system/Patient.r'],
  ];
  for (const [why, allowed, asked, scope] of granted) {
    it(why, async () => {
      const client = await newClient(bed.clients, { scopes: allowed.split(' ') });
      const { status, body } = await postForm(token, { ...client.form, scope: asked });
      assert.equal(status, 200);
      assert.equal(body['scope'], scope);
      assert.equal(decodeJwt(body['access_token'] as string)['scope'], scope);
    });
  }

  const refused: [why: string, asked: string][] = [
    ['CORE-17 only scopes that it may not have', 'patient/Patient.rs user/*.cruds'],
    ['CORE-17 more than is registered', 'system/*.cruds'],
    ['SM-08 only a type that does not exist', 'system/Nope.rs'],
    ['SM-08 only letters out of order', 'system/Patient.sr'],
    ['openid without a person', 'openid'],
    ['__proto__', '__proto__'],
    ['CORE-18 a quote', 'system/Patient.rs "x"'],
    ['CORE-18 a backslash', 'system\\Patient.rs'],
    ['a line feed', 'system/Patient.rs\nsystem/Patient.c'],
    ['two spaces', 'system/Patient.rs  system/Patient.c'],
    ['a space at the end', 'system/Patient.rs '],
    ['a Cyrillic letter', 'system/\u0420atient.rs'],
    ['a NUL', 'system/Patient.rs\0'],
    ['forty thousand characters', `system/Patient.rs?a=${'b'.repeat(40_000)}`],
  ];
  for (const [why, asked] of refused) {
    it(`is refused: ${why}`, async () => {
      const client = await newClient(bed.clients, { scopes: ['system/Patient.rs'] });
      const { status, body } = await postForm(token, { ...client.form, scope: asked });
      assert.equal(status, 400);
      assert.equal(body['error'], 'invalid_scope');
      assert.match(body['error_description'] as string, /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/);
      assert.equal('access_token' in body, false);
    });
  }

  it('never has a scope that needs a person, whatever the registration says', async () => {
    const client = await newClient(bed.clients);
    await bed.sql`
      update sso.client set scopes = ${['user/*.cruds', 'patient/*.rs', 'system/Patient.r']} where client_id = ${client.id}`;
    assert.equal((await postForm(token, client.form)).body['scope'], 'system/Patient.r');
    const asked = await postForm(token, { ...client.form, scope: 'user/Patient.r' });
    assert.equal(asked.body['error'], 'invalid_scope');
    await bed.sql`update sso.client set scopes = ${['user/*.cruds']} where client_id = ${client.id}`;
    assert.equal((await postForm(token, client.form)).body['error'], 'invalid_scope');
  });
});
