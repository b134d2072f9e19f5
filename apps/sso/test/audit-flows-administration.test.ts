/** Exactly one record for each decision: every act of the administration that changes something. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { acts } from '@dhp/administration/testing';
import { auditBed, type Row } from './audit-bed.ts';
import { newClient } from './support.ts';

const { bed, url, accounts, secrets, clock, later, person, recorded, token, signIn } = await auditBed();

describe('an act of the administration leaves one record', () => {
  const reason = 'as the ministry asked';
  let actor = '';
  let full = '';
  let renew: () => Promise<void>;
  const made: Record<string, string> = {};

  before(async () => {
    const scopes = ['admin/clients.approve'].concat(
      [
        'clients',
        'users',
        'sessions',
        'keys',
        'policies',
        'access-policies',
        'broken-glass',
        'legal-holds',
        'jobs',
      ].flatMap((part) => [`admin/${part}.read`, `admin/${part}.write`]),
    );
    const operator = await newClient(bed.clients, { scopes });
    secrets.add(operator.secret);
    actor = `client:${operator.id}`;
    renew = async () => {
      full = String((await token(operator.form, {})).body['access_token']);
    };
    await renew();
    made['client_id'] = (await newClient(bed.clients)).id;
    made['username'] = (await person()).username;
    made['environment'] = 'playground';
    made['role'] = 'nurse';
    made['id'] = '7';
  });

  /** Values of each act in addition to a reason, in a possible order; if an act records two events, both are listed. */
  const order: readonly [method: string, path: string, values: object, expected: string[]][] = [
    ['POST', '/clients', { client_name: 'Made', scope: 'system/Patient.rs' }, ['client.created']],
    ['PATCH', '/clients/{client_id}', { client_name: 'Renamed' }, ['client.changed']],
    ['POST', '/clients/{client_id}/rotate-secret', { keep_old: true }, ['client.secret-rotated']],
    ['POST', '/clients/{client_id}/drop-old-secret', {}, ['client.old-secret-dropped']],
    ['POST', '/clients/{client_id}/sign-out', {}, ['client.signed-out']],
    ['POST', '/clients/{client_id}/disable', {}, ['client.disabled']],
    ['POST', '/clients/{client_id}/enable', {}, ['client.enabled']],
    ['POST', '/clients/{client_id}/approve', {}, ['client.approved']],
    ['POST', '/registration-tokens', { name: 'House', scope: 'system/Patient.rs' }, ['registration-token.created']],
    ['POST', '/registration-tokens/{token_id}/end', {}, ['registration-token.ended']],
    ['POST', '/users', { username: 'made.person', name: 'Made' }, ['account.created']],
    ['PATCH', '/users/{username}', { name: 'Renamed' }, ['account.changed']],
    ['POST', '/users/{username}/unlock', {}, ['account.unlocked']],
    ['POST', '/users/{username}/reset-factors', {}, ['account.factors-reset']],
    ['POST', '/users/{username}/reset-link', {}, ['account.reset-link-made']],
    ['POST', '/users/{username}/paper-code', {}, ['account.paper-code-made']],
    ['POST', '/users/{username}/set-password', {}, ['account.password-set']],
    ['POST', '/users/{username}/disable', {}, ['account.disabled']],
    ['POST', '/users/{username}/enable', {}, ['account.enabled']],
    ['POST', '/users/{username}/roles', { role: 'nurse', organization: 'o-1' }, ['account.role-given']],
    ['DELETE', '/users/{username}/roles', { role: 'nurse', organization: 'o-1' }, ['account.role-taken']],
    ['DELETE', '/users/{username}/links/{upstream}', {}, ['account.unlinked']],
    ['POST', '/users/{username}/confirm', { upstream: 'hospital' }, ['account.link-confirmed']],
    ['POST', '/users/{username}/reject', { upstream: 'clinic' }, ['account.link-rejected']],
    ['POST', '/identity-sources', { resource_type: 'Patient' }, ['identity-source.named']],
    ['DELETE', '/identity-sources', { resource_type: 'Patient' }, ['identity-source.removed']],
    ['POST', '/identity-cases/{case_id}/decide', {}, ['identity-case.decided']],
    ['DELETE', '/sessions/{session_id}', {}, ['session.ended']],
    ['POST', '/users/{username}/sign-out', {}, ['account.signed-out']],
    ['POST', '/keys', { alg: 'ES256' }, ['key.added']],
    ['POST', '/keys/{kid}/retire', {}, ['key.retired']],
    ['PUT', '/policies/{environment}/{role}', { scopes: ['user/Patient.rs'] }, ['policy.set']],
    ['DELETE', '/policies/{environment}/{role}', {}, ['policy.removed']],
    ['POST', '/access-policies/{environment}/activate', { policies: '{}', base: 2 }, ['access-policies.activated']],
    ['POST', '/access-policies/{environment}/rollback', { base: 2 }, ['access-policies.rolled-back']],
    ['POST', '/broken-glass/{environment}/{id}/review', { verdict: 'justified' }, ['broken-glass.reviewed']],
    ['POST', '/legal-holds/{environment}', { on: 'Patient/44' }, ['legal-hold.set']],
    ['POST', '/legal-holds/{environment}/{id}/lift', {}, ['legal-hold.lifted']],
    ['POST', '/jobs/{environment}/{id}/cancel', {}, ['job.cancelled']],
    ['POST', '/jobs/{environment}/{id}/retry', {}, ['job.retried']],
    ['POST', '/subscriptions/{environment}/{id}/pause', {}, ['subscription.paused']],
    ['POST', '/subscriptions/{environment}/{id}/resume', {}, ['subscription.resumed']],
    ['POST', '/subscriptions/{environment}/{id}/turn-off', {}, ['subscription.turned-off']],
  ];

  it('is tried for each of them', () => {
    const changing = acts
      .filter(({ method, isQuestion }) => method !== 'GET' && isQuestion !== true)
      .map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(order.map(([method, path]) => `${method} ${path}`).sort(), changing.sort());
  });

  for (const [method, path, values, expected] of order) {
    it(`${method} ${path}`, async () => {
      await prepare(path);
      const isOfSource = path === '/identity-sources';
      const source = { client_id: made['client_id']!, environment: 'playground' };
      const sent = { ...values, ...(isOfSource && source) };
      const events = await recorded({}, async (id) => {
        const query = method === 'DELETE' ? `?${new URLSearchParams({ ...sent, reason }).toString()}` : '';
        const answer = await fetch(
          `${url}/admin${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => made[name]!)}${query}`,
          {
            method,
            headers: { ...id, authorization: `Bearer ${full}`, 'content-type': 'application/json' },
            ...(method === 'DELETE' ? {} : { body: JSON.stringify({ ...sent, reason }) }),
          },
        );
        const text = await answer.text();
        assert.ok(answer.ok, text);
        const body = (text === '' ? {} : JSON.parse(text)) as Record<string, string>;
        for (const name of ['client_secret', 'token', 'password', 'link'])
          if (body[name] !== undefined) secrets.add(body[name]);
        if (body['token_id'] !== undefined) made['token_id'] = body['token_id'];
      });
      assert.deepEqual(
        events.map((one) => one.split(' ')[0]),
        expected,
      );
      const [row] = await bed.sql<
        Row[]
      >`select actor, reason from sso.audit_event where event = ${expected[0]!} order by id desc limit 1`;
      assert.equal(row!.actor, actor);
      assert.match(row!.reason ?? '', /as the ministry asked$/);
    });
  }

  async function prepare(path: string): Promise<void> {
    const { accountId } = (await accounts.find(made['username']!))!;
    if (path.includes('{upstream}')) {
      made['upstream'] = 'oneid';
      await bed.sql`
        insert into sso.upstream_link (account_id, upstream, subject_hash, linked_at)
        values (${accountId}, 'oneid', sha256('s'), ${clock()})`;
    }
    if (path.includes('{case_id}')) {
      const [row] = await bed.sql<{ case_id: string }[]>`
        insert into sso.identity_case (case_id, account_id, environment, type, kind, fhir_ids, pinfl_hash, opened_at)
        values (gen_random_uuid(), ${accountId}, 'production', 'Patient', 'several', '{a,b}', sha256('p'), ${clock()})
        returning case_id`;
      made['case_id'] = row!.case_id;
    }
    if (/(confirm|reject)$/.test(path)) {
      await bed.sql`
        insert into sso.unconfirmed_link (account_id, upstream, subject_hash, linked_at)
        select ${accountId}, u, sha256('s'), ${clock()} from unnest('{hospital,clinic}'::text[]) u on conflict do nothing`;
    }
    if (path.includes('{session_id}')) {
      const username = (await person()).username;
      await signIn(username, {});
      const [row] = await bed.sql<
        { session_uid: string }[]
      >`select session_uid from sso.session_detail order by began_at desc limit 1`;
      made['session_id'] = row!.session_uid;
    }
    // The key of the previous token may be retired by now; a server notices it with a delay, and signs with it until then.
    if (made['kid'] !== undefined) await renew();
    if (path.includes('{kid}')) {
      // A key that no longer signs.
      later(20 * 60_000);
      const [row] = await bed.sql<
        { kid: string }[]
      >`select kid from sso.signing_key where alg = 'ES256' order by signs_from limit 1`;
      made['kid'] = row!.kid;
    }
  }
});
