/** Tokens of an application for developers who try a call: for whom, for how long, and their record in the audit trail. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { developersBed, makeOrganization, type Developer } from './developers-bed.ts';
import { playground } from './support.ts';

const { bed, url, developer } = await developersBed();
const [aziza, bobur] = [await developer('aziza'), await developer('bobur')];
const clinic = await makeOrganization(aziza);

async function register(kind: string, task: string, more: object = {}): Promise<string> {
  const asked = { client_name: 'Lab', kind, task, ...more };
  const { status, body } = await aziza.ask(`/organizations/${clinic}/applications`, asked);
  assert.equal(status, 201, JSON.stringify(body));
  return String(body['client_id']);
}

const laboratory = await register('backend', 'laboratory');
const call = { method: 'GET', path: '/Patient?name=Karimova' };
const tokenOf = (who: Developer, id: string, asked: object = call): ReturnType<Developer['ask']> =>
  who.ask(`/applications/${id}/explorer-token`, asked);

describe('a token for a call', () => {
  it('is one of the application for its environment, for a minute', async () => {
    const { status, body } = await tokenOf(aziza, laboratory);
    assert.equal(status, 200, JSON.stringify(body));
    const token = String(body['access_token']);
    const claims = decodeJwt(token);
    assert.deepEqual(
      [claims.aud, claims.sub, claims['client_id'], claims.exp! - claims.iat!, decodeProtectedHeader(token).typ],
      [playground, laboratory, laboratory, 60, 'at+jwt'],
    );
    const registered = (await aziza.ask(`/applications/${laboratory}`)).body['scope'];
    assert.equal(claims['scope'], registered);
    assert.equal((await fetch(`${url}/developer`, { headers: { authorization: `Bearer ${token}` } })).status, 401);
  });

  it('is in the audit trail as the person’s, with the call and without its query', async () => {
    const { body } = await tokenOf(aziza, laboratory);
    const { jti } = decodeJwt(String(body['access_token']));
    const [event] = await bed.sql<{ actor: string; reason: string; client_id: string; account_id: string }[]>`
      select actor, reason, client_id, account_id from sso.audit_event where jti = ${jti!}`;
    const [person] = await bed.sql<
      { account_id: string }[]
    >`select account_id from sso.account where username = 'aziza'`;
    assert.deepEqual(
      { ...event },
      {
        ...{ actor: `account:${person!.account_id}`, reason: 'explorer: GET /Patient', client_id: laboratory },
        account_id: person!.account_id,
      },
    );
  });

  it('is for members of its organisation alone, as long as it works', async () => {
    assert.equal((await tokenOf(bobur, laboratory)).status, 404);
    assert.equal((await tokenOf(aziza, 'dhp-portal')).status, 404);
    const other = await register('backend', 'laboratory');
    assert.equal((await aziza.ask(`/applications/${other}/revoke`, {})).status, 200);
    const refused = await tokenOf(aziza, other);
    assert.deepEqual([refused.status, refused.body['kind']], [409, 'already-revoked']);
  });

  it('is not given for an application that acts for people, nor for one of production', async () => {
    const page = await register('single-page', 'own-record', { redirect_uris: ['https://a.example.uz/cb'] });
    const checklist = { profiles: 'Patient', tests: 'all of them', contacts: ['a@example.uz'] };
    const asked = await aziza.ask(`/applications/${laboratory}/production`, checklist);
    assert.equal(asked.status, 201, JSON.stringify(asked.body));
    for (const id of [page, String(asked.body['client_id'])]) {
      const { status, body } = await tokenOf(aziza, id);
      assert.deepEqual([status, body['kind']], [409, 'not-explorable']);
    }
  });

  it('names a call that can be written down', async () => {
    for (const wrong of [
      {},
      { method: 'GET' },
      { method: 'TRACE', path: '/x' },
      { method: 'GET', path: 'a\nb' },
      { method: 'GET', path: 'x'.repeat(4001) },
      { method: 'GET', path: '' },
    ])
      assert.equal((await tokenOf(aziza, laboratory, wrong)).status, 400, JSON.stringify(wrong).slice(0, 60));
  });

  it('explains a search of the playground, and nothing that it is not asked for', async () => {
    const scopeOf = async (path: string): Promise<string[]> => {
      const { status, body } = await tokenOf(aziza, laboratory, { method: 'GET', path });
      assert.equal(status, 200, JSON.stringify(body));
      return String(decodeJwt(String(body['access_token']))['scope']).split(' ');
    };
    assert.ok((await scopeOf('/Patient?name=a&_explain=true')).includes('dhp.explain'));
    for (const path of [
      '/Patient',
      '/Patient?name=_explain=true',
      '/Patient?x_explain=true',
      '/Patient?_explain=truer',
    ])
      assert.ok(!(await scopeOf(path)).includes('dhp.explain'), path);
  });

  it('is given so often in a minute', async () => {
    const eager = await developer('eager');
    const organization = await makeOrganization(eager, 'Eager');
    const made = await eager.ask(`/organizations/${organization}/applications`, {
      client_name: 'E',
      kind: 'backend',
      task: 'laboratory',
    });
    const id = String(made.body['client_id']);
    const began = performance.now();
    const statuses = await Promise.all(Array.from({ length: 300 }, async () => (await tokenOf(eager, id)).status));
    const seconds = (performance.now() - began) / 1000;
    // The quota refills by two per second.
    assert.ok(statuses.filter((status) => status === 200).length <= 121 + 2 * seconds);
    if (seconds < 60) assert.ok(statuses.includes(409));
    assert.equal((await tokenOf(aziza, laboratory)).status, 200, 'others go on');
  });
});

describe('calls without a token of an application', () => {
  it('are counted with the others, for each person', async () => {
    const busy = await developer('busy');
    const began = performance.now();
    const statuses = await Promise.all(
      Array.from({ length: 300 }, async () => (await busy.ask('/explorer-call', {})).status),
    );
    const seconds = (performance.now() - began) / 1000;
    assert.ok(statuses.filter((status) => status === 204).length <= 121 + 2 * seconds);
    if (seconds < 60) assert.ok(statuses.includes(409));
    const { status, body } = await busy.ask('/value-set-token', {});
    if (seconds < 60 && status !== 200) assert.deepEqual([status, body['kind']], [409, 'too-many-calls']);
    assert.equal((await aziza.ask('/explorer-call', {})).status, 204, 'others go on');
  });

  it('have a token that reads value sets alone, with the person in the trail', async () => {
    const { status, body } = await bobur.ask('/value-set-token', {});
    assert.equal(status, 200, JSON.stringify(body));
    const claims = decodeJwt(String(body['access_token']));
    assert.deepEqual(
      [claims['scope'], claims.aud, claims['client_id'], claims.exp! - claims.iat!],
      ['system/ValueSet.r', playground, 'dhp-portal', 60],
    );
    const [event] = await bed.sql<{ reason: string; username: string }[]>`
      select reason, username from sso.audit_event join sso.account using (account_id) where jti = ${claims.jti!}`;
    assert.deepEqual({ ...event }, { reason: 'explorer: codes of a value set', username: 'bobur' });
  });
});
