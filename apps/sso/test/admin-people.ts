/** People, their roles, sessions, records and invitations, in the administration over HTTP. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { reason, type AdminFixture } from './admin-fixture.ts';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { issuer, newClient, postForm } from './support.ts';

/** Declares the tests. @param fixture a server whose administration API they use */
export function peopleTests(fixture: AdminFixture): void {
  const { audited, bed, call, url } = fixture;

  describe('people, roles and sessions', () => {
    it('are administered', async () => {
      const identities = [{ environment: 'playground', reference: 'Practitioner/pr-1' }];
      const made = await call('POST', '/users', { username: 'aziza', name: 'Aziza Karimova', identities, reason });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const password = String(made.body['password']);
      assert.equal((await call('GET', '/users?q=karim')).body['total'], 1);

      const role = { role: 'doctor', organization: 'o-1', reason };
      const given = await call('POST', '/users/aziza/roles', role);
      assert.deepEqual([given.status, (given.body['roles'] as unknown[]).length], [201, 1]);
      const taken = await call(
        'DELETE',
        `/users/aziza/roles?role=doctor&organization=o-1&reason=${encodeURIComponent(reason)}`,
      );
      assert.equal(taken.status, 204);

      const redirectUri = 'https://clinic.example.uz/cb';
      const app = await newClient(bed.clients, {
        grants: ['authorization_code'],
        scopes: ['openid', 'user/*.rs'],
        redirectUris: [redirectUri],
        public: true,
      });
      const request = {
        client_id: app.id,
        response_type: 'code',
        redirect_uri: redirectUri,
        scope: 'openid user/*.rs',
      };
      assert.ok(Number(new Date(String(made.body['password_expires_at']))) > Date.now() + 71 * 3600_000);
      const person = { username: 'aziza', password, own: 'quiet words on paper' };
      await signIn(new Browser(url), authorizeAddress({ ...request, ...pkce().query }), person);
      assert.equal((await call('GET', '/users/aziza')).body['password_expires_at'], undefined);
      const { body } = await call('GET', '/sessions?username=aziza');
      const sessions = body['sessions'] as { session_id: string }[];
      assert.equal(sessions.length, 1);
      const path = `/sessions/${sessions[0]!.session_id}`;
      assert.equal((await call('DELETE', path)).status, 400, 'without a reason');
      assert.equal((await call('DELETE', `${path}?reason=stolen+telephone`)).status, 204);
      assert.equal((await call('DELETE', `${path}?reason=stolen+telephone`)).status, 404);
      assert.deepEqual((await call('GET', '/sessions?username=aziza')).body['sessions'], []);
      assert.equal((await audited('session.ended')).at(-1)?.reason, 'stolen telephone');
      const again = new Browser(url);
      await signIn(again, authorizeAddress({ ...request, ...pkce().query }), {
        username: 'aziza',
        password: person.own,
      });
      assert.deepEqual((await call('POST', '/users/aziza/sign-out', { reason })).body, { ended: 1 });
      assert.equal((await audited('account.signed-out')).at(-1)?.reason, reason);
      assert.equal((await call('POST', '/users/aziza/disable', { reason })).status, 200);
      assert.equal((await call('GET', '/users/nobody')).status, 404);
    });
  });

  describe('a person', () => {
    it('is changed, with reason and record', async () => {
      const made = { username: 'olim', name: 'Olim', email: 'olim@example.uz', reason };
      assert.equal((await call('POST', '/users', made)).status, 201);
      const identities = [{ environment: 'playground', reference: 'Patient/p-9' }];
      const changed = await call('PATCH', '/users/olim', { name: 'Olim Usmonov', email: null, identities, reason });
      assert.deepEqual([changed.status, changed.body['name'], changed.body['email']], [200, 'Olim Usmonov', undefined]);
      assert.deepEqual(changed.body['identities'], identities);
      const kept = await call('PATCH', '/users/olim', { email: 'o@example.uz', reason });
      assert.deepEqual([kept.body['name'], kept.body['identities']], ['Olim Usmonov', identities]);
      assert.equal((await call('PATCH', '/users/olim', { email: 'nowhere', reason })).status, 400);
      assert.equal((await call('PATCH', '/users/nobody', { name: 'X', reason })).status, 404);
      assert.equal((await audited('account.changed')).at(-1)?.reason, reason);
    });

    it('who waits for wrong passwords is seen and let in', async () => {
      const accounts = openAccounts(bed.sql);
      for (let n = 0; n < 5; n += 1) await accounts.authenticate('olim', 'wrong', '192.0.2.7');
      assert.ok((await call('GET', '/users/olim')).body['locked_until']);
      assert.equal((await call('POST', '/users/olim/unlock', { reason })).status, 200);
      assert.equal((await call('GET', '/users/olim')).body['locked_until'], undefined);
      assert.equal((await audited('account.unlocked')).length, 1);
    });

    it('who lost codes or passkeys gets rid of them, and who lost the password a link', async () => {
      const { account_id: id } = (
        await bed.sql<{ account_id: string }[]>`select account_id from sso.account where username = 'olim'`
      )[0]!;
      await bed.sql`insert into sso.recovery_code values (${id}, ${Buffer.alloc(32)}, now())`;
      await bed.sql`insert into sso.passkey values ('c', ${id}, '', 0, 'key', now())`;
      const ways = async (): Promise<object> => (await call('GET', '/users/olim')).body['signs_in_by'] as object;
      const some = { password: true, codes: false, recovery_codes_left: 1, passkeys: 1, links: [] };
      assert.deepEqual(await ways(), some);
      assert.equal((await call('POST', '/users/olim/reset-factors', { reason })).status, 200);
      assert.deepEqual(await ways(), { ...some, recovery_codes_left: 0, passkeys: 0 });
      const { status, body } = await call('POST', '/users/olim/reset-link', { reason });
      assert.equal(status, 201);
      const link = new URL(String(body['link']));
      assert.equal(link.origin, issuer);
      const form = { token: link.searchParams.get('token')!, new: 'a quite new password' };
      await postForm(`${url}/password/new`, form);
      assert.ok('account' in (await openAccounts(bed.sql).authenticate('olim', form.new, '192.0.2.8')));
      const paper = await call('POST', '/users/olim/paper-code', { reason });
      assert.deepEqual([paper.status, paper.body['address']], [201, `${issuer}/invited`]);
      assert.match(String(paper.body['code']), /^[2-9B-Z]{4}-[2-9B-Z]{4}-[2-9B-Z]{5}$/);
      await call('POST', '/users/olim/disable', { reason });
      assert.equal((await call('POST', '/users/olim/reset-link', { reason })).status, 400);
      assert.equal((await call('POST', '/users/olim/paper-code', { reason })).status, 400);
    });

    it('loses a wrong link to an identity system, with the PINFL that would make it again', async () => {
      const { account_id: id } = (
        await bed.sql<{ account_id: string }[]>`select account_id from sso.account where username = 'olim'`
      )[0]!;
      await bed.sql`insert into sso.upstream_link values ('oneid', ${Buffer.alloc(32)}, ${id}, now())`;
      await bed.sql`update sso.account set pinfl_hash = ${Buffer.alloc(32)} where account_id = ${id}`;
      assert.equal((await call('DELETE', '/users/olim/links/oneid?reason=of+another')).status, 204);
      assert.equal((await call('DELETE', '/users/olim/links/oneid?reason=of+another')).status, 404);
      const [row] = await bed.sql`select pinfl_hash from sso.account where account_id = ${id}`;
      assert.equal(row!['pinfl_hash'], null);
      assert.equal((await audited('account.unlinked')).at(-1)?.reason, 'oneid: of another');
    });

    it('has a link and a record of the old rule, which an operator confirms or rejects', async () => {
      const { accountId } = (await openAccounts(bed.sql).find('olim'))!;
      await bed.sql`insert into sso.unconfirmed_link values ('oneid', ${Buffer.alloc(32, 7)}, ${accountId}, now())`;
      await bed.sql`insert into sso.unconfirmed_identity values (${accountId}, 'production', 'RelatedPerson', 'old-1')`;
      const listed = await call('GET', '/unconfirmed');
      assert.equal(listed.status, 200);
      assert.deepEqual(
        (listed.body['people'] as { username: string }[]).map(({ username }) => username),
        ['olim'],
      );
      const record = { environment: 'production', reference: 'RelatedPerson/old-1' };
      for (const wrong of [{}, { upstream: 'oneid', ...record }, { reference: 'RelatedPerson/old-1' }])
        assert.equal((await call('POST', '/users/olim/confirm', { ...wrong, reason })).status, 400);
      assert.equal((await call('POST', '/users/olim/confirm', { upstream: 'oneid', reason: ' ' })).status, 400);
      assert.equal((await call('POST', '/users/olim/confirm', { upstream: 'other', reason })).status, 404);
      const left = await call('POST', '/users/olim/confirm', { ...record, reason });
      assert.deepEqual([left.status, left.body['identities']], [200, []]);
      const none = await call('POST', '/users/olim/reject', { upstream: 'oneid', reason });
      assert.deepEqual([none.status, none.body['links']], [200, []]);
      await bed.sql`delete from sso.account_identity where fhir_id = 'old-1'`;
    });

    it('has a record when a source or an operator says so', async () => {
      const { id: client } = await newClient(bed.clients, { environment: 'production' });
      const source = { client_id: client, environment: 'production', resource_type: 'Patient' };
      for (const wrong of [{}, { ...source, resource_type: 'Group' }, { ...source, environment: 'playground' }])
        assert.equal((await call('POST', '/identity-sources', { ...wrong, reason })).status, 400);
      assert.equal((await call('POST', '/identity-sources', { ...source, client_id: 'nobody', reason })).status, 404);
      assert.equal((await call('POST', '/identity-sources', { ...source, reason })).status, 201);
      const { identity_sources: listed } = (await call('GET', '/identity-sources')).body as {
        identity_sources: Record<string, string>[];
      };
      assert.deepEqual([listed[0]!['client_id'], listed[0]!['reason'], listed.length], [client, reason, 1]);
      const query = new URLSearchParams({ ...source, reason }).toString();
      assert.equal((await call('DELETE', `/identity-sources?${query}`)).status, 204);
      assert.equal((await call('DELETE', `/identity-sources?${query}`)).status, 404);

      const { accountId } = (await openAccounts(bed.sql).find('olim'))!;
      const [row] = await bed.sql<{ case_id: string }[]>`
        insert into sso.identity_case (case_id, account_id, environment, type, kind, fhir_ids, pinfl_hash, opened_at)
        values (gen_random_uuid(), ${accountId}, 'production', 'Practitioner', 'unproven', '{case-1}', ${Buffer.alloc(32)}, now())
        returning case_id`;
      const { identity_cases: open } = (await call('GET', '/identity-cases')).body as { identity_cases: object[] };
      assert.equal(open.length, 1);
      const path = `/identity-cases/${row!.case_id}/decide`;
      assert.equal((await call('POST', path, { id: 'case-2', reason })).status, 400);
      assert.equal((await call('POST', path, { id: 'case-1', reason })).status, 204);
      assert.equal((await call('POST', path, { id: 'case-1', reason })).status, 404);
      assert.equal((await call('POST', '/identity-cases/1/decide', { reason })).status, 404);
      assert.equal((await bed.sql`delete from sso.account_identity where fhir_id = 'case-1' returning 1`).length, 1);
    });

    it('is found among many by name, state, record and role, a page at a time', async () => {
      for (let n = 0; n < 7; n += 1) {
        const identities = [{ environment: 'production', reference: `Practitioner/many-${String(n)}` }];
        await call('POST', '/users', { username: `many-${String(n)}`, name: `Many ${String(n)}`, identities, reason });
      }
      await call('POST', '/users/many-3/disable', { reason });
      const role = { environment: 'production', role: 'nurse', organization: 'o-1', reason };
      await call('POST', '/users/many-4/roles', role);
      const names = async (query: string): Promise<string[]> => {
        const { status, body } = await call('GET', `/users?q=many&${query}`);
        assert.equal(status, 200, JSON.stringify(body));
        return (body['users'] as { username: string }[]).map(({ username }) => username);
      };
      const all = Array.from({ length: 7 }, (_, n) => `many-${String(n)}`);
      assert.deepEqual(await names('environment=production'), all);
      assert.deepEqual(await names('environment=playground'), []);
      assert.deepEqual(await names('status=disabled'), ['many-3']);
      assert.deepEqual(await names('reference=Practitioner/many-5'), ['many-5']);
      assert.deepEqual(await names('role=nurse'), ['many-4']);
      assert.deepEqual(await names('count=3'), all.slice(0, 3));
      assert.deepEqual(await names('count=3&after=many-2'), all.slice(3, 6));
      const last = await call('GET', '/users?q=many&count=3&after=many-5');
      assert.deepEqual([last.body['total'], last.body['next']], [7, undefined]);
      for (const wrong of ['status=tired', 'count=1.5', 'after=nobody', 'environment=nowhere']) {
        assert.equal((await call('GET', `/users?${wrong}`)).status, 400, wrong);
      }
    });
  });

  describe('an invitation', () => {
    it('is a link for who has no address, for an account without a password; else it is sent', async () => {
      const person = { username: 'mehmon', name: 'Mehmon', invite: true, reason };
      const other = { ...person, username: 'mehmon2', email: 'mehmon@example.uz', language: 'ru' };
      const sent = await call('POST', '/users', other);
      assert.deepEqual([sent.body['invitation_sent'], sent.body['invitation']], [true, undefined]);
      const { status, body } = await call('POST', '/users', person);
      assert.equal(status, 201);
      assert.match(String(body['invitation']), /\/password\/new\?token=[\w-]{43}$/);
      assert.equal(body['password'], undefined);
      const shown = await call('GET', '/users/mehmon');
      assert.equal((shown.body['signs_in_by'] as { password: boolean }).password, false);
    });

    it('goes with no password, and in a language that there is', async () => {
      const person = { username: 'kimdir', name: 'Kimdir', invite: true, reason };
      assert.equal((await call('POST', '/users', { ...person, password: 'a long password 7' })).status, 400);
      assert.equal((await call('POST', '/users', { ...person, language: 'fr' })).status, 400);
      assert.equal((await call('GET', '/users/kimdir')).status, 404);
    });
  });
}
