/**
 * Exactly one record for each decision, over every flow: the actor, the client, the address, the outcome and the request id; and no
 * credentials in it.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toAuditEvent, type StoredEvent } from '@dhp/audit/find';
import { auditBed, deviceGrant, password, type SignedIn } from './audit-bed.ts';
import { Browser, type Page } from './browser.ts';
import { newClient, postForm, type Answer } from './support.ts';

const { bed, url, secrets, service, application, later, person, recorded, settled, token, signIn, codeOf } =
  await auditBed();

describe('a client that acts for itself leaves one record', () => {
  const mine = (): { clientId: string; accountId: undefined } => ({ clientId: service.id, accountId: undefined });

  it('of a token', async () => {
    assert.deepEqual(await recorded(mine(), (id) => token(service.form, id)), ['token.issued']);
  });

  it('of a refusal, at each endpoint where it says who it is', async () => {
    const wrong = { client_id: service.id, client_secret: 'not the secret', token: 'x' };
    const at = (path: string) => (id: Record<string, string>) => postForm(`${url}${path}`, wrong, id);
    const refused = (id: Record<string, string>): Promise<Answer> =>
      token({ ...service.form, client_secret: 'x'.repeat(20) }, id);
    assert.deepEqual(await recorded(mine(), refused), ['token.refused wrong-secret']);
    for (const path of ['/oauth/introspect', '/oauth/revoke', '/oauth/launch']) {
      assert.deepEqual(await recorded(mine(), at(path)), [`client.refused wrong-secret at ${path}`]);
    }
    const unknown = { client_id: 'nobody', client_secret: 'x', token: 'x' };
    const asked = (id: Record<string, string>): Promise<Answer> => postForm(`${url}/oauth/introspect`, unknown, id);
    assert.deepEqual(await recorded({ clientId: 'nobody' }, asked), [
      'client.refused unknown-client at /oauth/introspect',
    ]);
    const bearer = (id: Record<string, string>): Promise<Answer> =>
      postForm(`${url}/oauth/introspect`, { token: 'x' }, { ...id, authorization: 'Bearer not.a.token' });
    assert.deepEqual(await recorded({}, bearer), ['client.refused invalid-token at /oauth/introspect']);
  });

  it('of a revocation, and none of a token that is none or of looking at one', async () => {
    const made = String((await token(service.form, {})).body['access_token']);
    const { client_id, client_secret } = service.form;
    const at = (path: string, what: string) => (id: Record<string, string>) =>
      postForm(`${url}${path}`, { client_id, client_secret, token: what }, id);
    assert.deepEqual(await recorded(mine(), at('/oauth/introspect', made)), []);
    assert.deepEqual(await recorded(mine(), at('/oauth/revoke', made)), ['token.revoked']);
    assert.deepEqual(await recorded(mine(), at('/oauth/revoke', 'none')), []);
  });

  it('of a launch', async () => {
    const { client_id, client_secret } = service.form;
    const launch = async (id: Record<string, string>): Promise<void> => {
      const answer = await postForm(
        `${url}/oauth/launch`,
        { client_id, client_secret, application, patient: 'p-1' },
        id,
      );
      assert.ok(answer.status < 300, answer.text);
      secrets.add(String(answer.body['launch']));
    };
    const events = await recorded(mine(), launch);
    assert.deepEqual(
      events.map((one) => one.split(' ')[0]),
      ['launch.registered'],
    );
  });

  it('of what it may not administer', async () => {
    const operator = await newClient(bed.clients, { scopes: ['admin/clients.read'] });
    secrets.add(operator.secret);
    const { body } = await token(operator.form, {});
    const call = (given: string) => (id: Record<string, string>) =>
      fetch(`${url}/admin/users`, { headers: { ...id, authorization: `Bearer ${given}` } });
    assert.deepEqual(await recorded({ clientId: operator.id }, call(String(body['access_token']))), [
      'client.refused without admin/users.read for GET /admin/users',
    ]);
    assert.deepEqual(await recorded({}, call('no.token.x')), ['client.refused invalid-token for GET /admin/users']);
  });
});

describe('a person and an application leave one record', () => {
  it('of a sign-in, of what was allowed, of each token', async () => {
    const { username, accountId } = await person();
    const whose = { clientId: application, accountId };
    let begun: SignedIn;
    const signedIn = await recorded(whose, async (id) => {
      begun = await signIn(username, id);
    });
    assert.deepEqual(signedIn, ['sign-in.succeeded pwd']);
    let form: Record<string, string> = {};
    // The browser keeps the id of its first request.
    await settled();
    const [before] = await bed.sql<{ id: string }[]>`select max(id) as id from sso.audit_event`;
    form = await codeOf(begun!);
    await settled();
    const given = await bed.sql`select event, client_id, account_id from sso.audit_event where id > ${before!.id}`;
    assert.deepEqual([...given], [{ event: 'consent.given', client_id: application, account_id: accountId }]);

    let refresh = '';
    const exchanged = await recorded(whose, async (id) => {
      refresh = String((await token(form, id)).body['refresh_token']);
    });
    assert.deepEqual(exchanged, ['token.issued']);
    let next = '';
    const renewed = (name: string) => async (id: Record<string, string>) => {
      const answer = await token({ grant_type: 'refresh_token', client_id: application, refresh_token: name }, id);
      next = (answer.body['refresh_token'] ?? '') as string;
    };
    assert.deepEqual(await recorded(whose, renewed(refresh)), ['token.issued']);
    assert.notEqual(next, refresh);
    later(10_000);
    // One record reports a reused refresh token, together with the tokens that end with it.
    assert.deepEqual(await recorded(whose, renewed(refresh)), [
      'refresh.reused ended with it: the access tokens and 1 refresh token of this authorization',
    ]);
    assert.deepEqual(await recorded({ clientId: application }, renewed(refresh)), ['token.refused invalid-grant']);
    assert.deepEqual(await recorded({ clientId: application }, renewed('no such token')), [
      'token.refused invalid-grant',
    ]);
  });

  it('of a code that is used twice', async () => {
    const { username, accountId } = await person();
    const form = await codeOf(await signIn(username, {}));
    await token(form, {});
    assert.deepEqual(await recorded({ clientId: application, accountId }, (id) => token(form, id)), [
      'code.reused ended with it: the access tokens and 1 refresh token of this authorization',
    ]);
    assert.deepEqual(await recorded({ clientId: application }, (id) => token(form, id)), [
      'token.refused invalid-grant',
    ]);
  });

  it('of each of the uses of a code at the same time; what the one got ends', async () => {
    const { username, accountId } = await person();
    const form = await codeOf(await signIn(username, {}));
    let answers: Answer[] = [];
    const events = await recorded({ clientId: application }, async (id) => {
      answers = await Promise.all([1, 2, 3].map(() => token(form, id)));
    });
    const ended = 'code.reused ended with it: the access tokens and 1 refresh token of this authorization';
    // The last request either finds the code, or comes after it was removed with everything else.
    const last = events.filter((one) => one !== ended && one !== 'token.issued');
    assert.deepEqual([events.length, events.includes(ended), events.includes('token.issued')], [3, true, true]);
    assert.match(last.join(), /^(code\.reused what came of it had ended before|token\.refused invalid-grant)$/);
    const known = await bed.sql<{ account_id: string }[]>`
      select account_id from sso.audit_event where client_id = ${application} and event in ('code.reused', 'token.issued')
      order by id desc limit 2`;
    assert.deepEqual(
      [...known].map((row) => row.account_id),
      [accountId, accountId],
    );
    const won = answers.find(({ status }) => status === 200)!;
    const renewed = { grant_type: 'refresh_token', client_id: application, refresh_token: won.body['refresh_token'] };
    assert.equal((await token(renewed as Record<string, string>, {})).body['error'], 'invalid_grant');
  });

  it('of a use again, which operators find at their page and take out as an AuditEvent', async () => {
    const { username, accountId } = await person();
    const form = await codeOf(await signIn(username, {}));
    await token(form, {});
    await token(form, {});
    await settled();
    const [row] = await bed.sql<{ content: string }[]>`
      select to_jsonb(e)::text as content from sso.audit_event e where event = 'code.reused' and account_id = ${accountId}`;
    const fhir = JSON.stringify(toAuditEvent(JSON.parse(row!.content) as StoredEvent));
    assert.match(fhir, /"code":"110114","display":"User Authentication"/);
    assert.match(fhir, /"system":"urn:dhp:sso:audit-event","code":"code\.reused"/);
    assert.match(
      fhir,
      /"outcome":\{"code":\{[^}]*"code":"error"\},"detail":\[\{"text":"ended with it: the access tokens/,
    );
  });

  it('of what was not allowed', async () => {
    const { username, accountId } = await person();
    const events = await recorded({ clientId: application, accountId }, async (id) => {
      const { browser, page } = await signIn(username, id);
      await browser.submit(page, {}, 'refuse');
    });
    assert.deepEqual(events, ['sign-in.succeeded pwd', 'consent.refused']);
  });

  it('of a device: of the sign-in, of what was allowed, of each time that it asks', async () => {
    const { username, accountId } = await person();
    const begun = await postForm(`${url}/oauth/device_authorization`, { client_id: application, scope: 'openid' });
    const { device_code: code, user_code: userCode } = begun.body as Record<string, string>;
    secrets.add(code!).add(userCode!);
    const poll = (id: Record<string, string>): Promise<Answer> =>
      token({ grant_type: deviceGrant, client_id: application, device_code: code }, id);
    const early = await recorded({ clientId: application }, poll);
    assert.deepEqual(early, []);
    const allowed = await recorded({ clientId: application, accountId }, async (id) => {
      const browser = new Browser(url, 'en', id);
      const asked = await browser.get(`/oauth/device?user_code=${userCode!}`);
      const xsrfOf = ({ text }: Page): string => /name="xsrf" value="([^"]*)"/.exec(text)?.[1] ?? '';
      const question = await browser.post('/oauth/device', { xsrf: xsrfOf(asked), user_code: userCode! });
      const login = await browser.post('/oauth/device', {
        xsrf: xsrfOf(question),
        user_code: userCode!,
        confirm: 'yes',
      });
      const consent = await browser.submit(login, { username, password }, 'login');
      await browser.submit(consent, {}, 'allow');
    });
    assert.deepEqual(allowed, ['sign-in.succeeded pwd', 'consent.given']);
    later(30_000);
    assert.deepEqual(await recorded({ clientId: application, accountId }, poll), ['token.issued']);
  });
});
