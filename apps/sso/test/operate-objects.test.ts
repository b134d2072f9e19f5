/** The operators' pages of clients, sessions, keys, policies and the audit trail: found and shown, and each act makes one record. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openClients } from '@dhp/clients';
import { openPolicies } from '@dhp/accounts/policies';
import { openKeys } from '@dhp/signing-keys';
import { groupNames, kindsOfGroup, eventKinds } from '@dhp/administration/testing';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { chainAll } from './chain-all.ts';
import { operateBed, password, reason } from './operate-bed.ts';
import { basic, newClient, postForm } from './support.ts';

const { bed, chromium, clock, wait, idOf, register, withoutScripts, leavesBehind, act } = await operateBed({
  keyPollSeconds: 0.2,
});
const policies = openPolicies(bed.sql, { actor: 'cli:tester', clock });
const keys = openKeys(bed.sql, { encryptionKey: bed.encryptionKey, actor: 'cli:tester', clock });
let browser: Browser;
let actor: string;

before(async () => {
  await register('nodira', 'Nodira Oʻktamova');
  await register('olim', 'Olim Usmonov', 'Practitioner');
  actor = `account:${idOf('operator')}`;
  ({ browser } = await withoutScripts('operator'));
});

const entriesOf = (text: string, of: string): string[] =>
  [...text.matchAll(new RegExp(`href="/operate/${of}/([^"?/]+)"`, 'g'))].map(([, id]) => decodeURIComponent(id!));

describe('clients', () => {
  it('are found by any word of the name in any script, by id, environment and state', async () => {
    const unapproved = openClients(bed.sql, { actor: 'client:desk', clock, approves: false });
    const waiting = {
      environment: 'production',
      grants: ['client_credentials'],
      scopes: ['system/Patient.rs'],
    } as const;
    await unapproved.create({
      ...waiting,
      grants: [...waiting.grants],
      scopes: [...waiting.scopes],
      name: 'Клиника «Шифо»',
      clientId: 'shifo',
    });
    await newClient(bed.clients, { name: 'Shahar laboratoriyasi', clientId: 'city-lab' });
    const found = async (query: Record<string, string>): Promise<string[]> =>
      entriesOf((await browser.get(`/operate/clients?${new URLSearchParams(query).toString()}`)).text, 'clients');
    assert.deepEqual(await found({ q: 'shifo' }), ['shifo']);
    assert.deepEqual(await found({ q: 'шаҳар лаб' }), ['city-lab']);
    assert.deepEqual(await found({ q: 'city-lab' }), ['city-lab']);
    assert.deepEqual(await found({ environment: 'production', status: 'registered' }), ['shifo']);
    assert.deepEqual(await found({ q: 'shifo', status: 'disabled' }), []);
    assert.equal((await browser.get('/operate/clients/none')).status, 404);
  });

  it('are listed a page at a time, each once', async () => {
    for (let n = 0; n < 60; n += 1)
      await newClient(bed.clients, { name: 'One of many', clientId: `many-${String(n)}` });
    const seen: string[] = [];
    let address: string | undefined = '/operate/clients?q=many';
    while (address !== undefined) {
      const { text } = await browser.get(address);
      seen.push(...entriesOf(text, 'clients'));
      const [, older] = /href="(\?[^"]*after=[^"]*)"/.exec(text) ?? [];
      address = older === undefined ? undefined : `/operate/clients${older.replaceAll('&#38;', '&')}`;
    }
    assert.equal(seen.length, 60);
    assert.equal(new Set(seen).size, 60);
  });

  it('are approved by whom it says, disabled, enabled, changed and given secrets: each leaves one record', async () => {
    const path = '/clients/shifo';
    const recorded = (event: string, why = reason): object[] => [{ event, actor, reason: why }];
    const waiting = await browser.get(`/operate${path}`);
    assert.match(waiting.text, /waiting for approval/);
    assert.match(waiting.text, /by nobody yet/);

    assert.deepEqual(await leavesBehind(() => act(browser, `${path}/approve`)), recorded('client.approved'));
    const approved = await browser.get(`/operate${path}`);
    assert.match(approved.text, /by: Dilshod Rahimov/, 'a person by name');
    assert.equal((await browser.get(`/operate${path}/approve`)).status, 404, 'it is so already');

    let text = '';
    const rotated = await leavesBehind(async () => {
      ({ text } = await act(browser, `${path}/rotate-secret`, { keep_old: 'yes' }));
    });
    assert.deepEqual(rotated, recorded('client.secret-rotated', `old secret kept: ${reason}`));
    const [, secret = ''] = /class="secret"><code>([^<]+)</.exec(text) ?? [];
    const token = (): Promise<{ status: number }> =>
      postForm(`${chromium.issuer}/oauth/token`, { grant_type: 'client_credentials' }, basic('shifo', secret));
    assert.equal((await token()).status, 200, 'the secret that was shown is the one that works');
    assert.ok(!(await browser.get(`/operate${path}`)).text.includes(secret), 'once');
    assert.ok(!JSON.stringify(await bed.sql`select * from sso.audit_event`).includes(secret));
    assert.deepEqual(
      await leavesBehind(() => act(browser, `${path}/drop-old-secret`)),
      recorded('client.old-secret-dropped'),
    );
    assert.equal((await browser.get(`/operate${path}/drop-old-secret`)).status, 404, 'there is none');

    assert.deepEqual(await leavesBehind(() => act(browser, `${path}/disable`)), recorded('client.disabled'));
    assert.equal((await token()).status, 401);
    assert.deepEqual(await leavesBehind(() => act(browser, `${path}/enable`)), recorded('client.enabled'));
    assert.equal((await token()).status, 200);
  });

  it('are changed in name, scopes and addresses; what cannot be is said beside what was typed', async () => {
    const { id } = await newClient(bed.clients, {
      name: 'Cabinet',
      grants: ['authorization_code'],
      scopes: ['openid'],
      redirectUris: ['https://cabinet.example.uz/cb'],
      public: true,
    });
    const change = {
      client_name: 'Kabinet',
      grant_types: 'authorization_code',
      scope: 'openid\nfhirUser',
      redirect_uris: 'https://cabinet.example.uz/cb\nhttps://cabinet.example.uz/cb2',
      post_logout_redirect_uris: '',
      backchannel_logout_uri: '',
      client_uri: '',
      logo_uri: 'https://cabinet.example.uz/logo.svg',
      contacts: 'desk@cabinet.example.uz',
    };
    const left = await leavesBehind(() => act(browser, `/clients/${id}/change`, change));
    assert.deepEqual(left, [{ event: 'client.changed', actor, reason }]);
    const client = await bed.clients.find(id);
    assert.deepEqual([client?.name, client?.scopes], ['Kabinet', ['openid', 'fhirUser']]);
    assert.deepEqual(client?.redirectUris, ['https://cabinet.example.uz/cb', 'https://cabinet.example.uz/cb2']);
    assert.deepEqual(client.details, {
      logo_uri: 'https://cabinet.example.uz/logo.svg',
      contacts: ['desk@cabinet.example.uz'],
    });
    assert.match((await browser.get(`/operate/clients/${id}`)).text, /logo\.svg/);
    for (const wrong of [{ redirect_uris: 'not an address' }, { scope: 'openid admin/users.write' }]) {
      const nothing = await leavesBehind(async () => {
        const again = await act(browser, `/clients/${id}/change`, { ...change, client_name: 'Typed', ...wrong });
        assert.equal(again.status, 'scope' in wrong ? 403 : 400);
        assert.match(again.text, /role="alert"/);
        assert.match(again.text, /value="Typed"/);
      });
      const refused = 'scope' in wrong ? ['administration.refused'] : [];
      assert.deepEqual(
        nothing.map(({ event }) => event),
        refused,
      );
    }
    assert.equal((await bed.clients.find(id))?.name, 'Kabinet');
  });
});

describe('sessions', () => {
  const redirectUri = 'https://desk.example.uz/cb';
  let clientId: string;

  async function person(username: string): Promise<Browser> {
    const visitor = new Browser(chromium.issuer, 'en', { 'user-agent': 'Firefox/1 Linux' }, chromium.issuer);
    const request = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope: 'openid' };
    await signIn(visitor, authorizeAddress({ ...request, ...pkce().query }), { username, password });
    return visitor;
  }

  const isIn = async (visitor: Browser): Promise<boolean> =>
    !(await visitor.get('/account')).text.includes('name="password"');

  before(async () => {
    ({ id: clientId } = await newClient(bed.clients, {
      name: 'Ish stoli',
      grants: ['authorization_code'],
      scopes: ['openid'],
      redirectUris: [redirectUri],
      public: true,
    }));
  });

  it('are found by person, network and client, and one of them is ended', async () => {
    const [nodira, olim] = [await person('nodira'), await person('olim')];
    const list = async (query: Record<string, string>): Promise<string> =>
      (await browser.get(`/operate/sessions?${new URLSearchParams(query).toString()}`)).text;
    const found = async (query: Record<string, string>): Promise<number> =>
      entriesOf(await list(query), 'sessions').length;
    assert.equal(await found({ username: 'Nodira' }), 1);
    assert.equal(await found({ client: clientId }), 2);
    assert.equal(await found({ client: clientId, username: 'olim' }), 1);
    assert.equal(await found({ address: '127.0.0.0/8', username: 'olim' }), 1);
    assert.equal(await found({ address: '10.0.0.0/8' }), 0);
    assert.match(await list({ address: 'nowhere' }), /role="alert"/);
    assert.match(await list({ username: 'no one' }), /role="alert"/);

    const [uid = ''] = entriesOf(await list({ username: 'nodira' }), 'sessions');
    const shown = await browser.get(`/operate/sessions/${uid}`);
    assert.match(shown.text, /Firefox, Linux/);
    assert.match(shown.text, /Ish stoli/);
    const left = await leavesBehind(() => act(browser, `/sessions/${uid}/end`));
    assert.deepEqual(left, [{ event: 'session.ended', actor, reason }]);
    assert.deepEqual([await isIn(nodira), await isIn(olim)], [false, true]);
    assert.equal((await browser.get(`/operate/sessions/${uid}`)).status, 404);
  });

  it('of a client end together: what people gave it and its tokens, while they stay signed in elsewhere', async () => {
    const olim = await person('olim');
    const { rows: before } = await grants();
    assert.ok(before > 0);
    const left = await leavesBehind(() => act(browser, `/clients/${clientId}/sign-out`));
    assert.deepEqual(left, [{ event: 'client.signed-out', actor, reason }]);
    assert.equal((await grants()).rows, 0);
    const [revoked] = await bed.sql`select 1 from sso.revocation where subject = ${`client:${clientId}`}`;
    assert.ok(revoked);
    assert.equal(await isIn(olim), true);
  });

  async function grants(): Promise<{ rows: number }> {
    const rows = await bed.sql`select 1 from sso.artifact where client_id = ${clientId} and model = 'Grant'`;
    return { rows: rows.length };
  }
});

describe('signing keys', () => {
  it('are followed by a new one that is published first, retired, and replaced at once when others know them', async () => {
    const [old] = (await keys.list()).filter(({ alg }) => alg === 'ES256');
    const left = await leavesBehind(() => act(browser, '/keys/rotate?alg=ES256'));
    const [next] = (await keys.list()).filter(({ alg }) => alg === 'ES256');
    assert.deepEqual(left, [{ event: 'key.added', actor, reason: `ES256 ${next!.kid}: ${reason}` }]);
    assert.equal(next!.state, 'published');
    assert.match((await browser.get('/operate/keys')).text, /published/);
    assert.equal((await browser.get(`/operate/keys/retire?kid=${old!.kid}`)).status, 404, 'it still signs');

    wait(16 * 60_000);
    ({ browser } = await withoutScripts('operator'));
    assert.deepEqual(await leavesBehind(() => act(browser, `/keys/retire?kid=${old!.kid}`)), [
      { event: 'key.retired', actor, reason: `ES256 ${old!.kid}: ${reason}` },
    ]);
    assert.ok(!(await keys.list()).some(({ kid }) => kid === old!.kid));

    await leavesBehind(() => act(browser, '/keys/replace?alg=ES256'));
    const now = (await keys.list()).filter(({ alg }) => alg === 'ES256');
    assert.equal(now.length, 1);
    assert.equal(now[0]!.state, 'signing');
    for (const path of ['/keys/rotate?alg=none', '/keys/rotate', '/keys/burn?alg=ES256']) {
      assert.equal((await browser.get(`/operate${path}`)).status, 404, path);
    }
  });
});

describe('policies of roles', () => {
  it('are added, read, changed and removed: each leaves one record', async () => {
    const fields = {
      environment: 'playground',
      role: 'nurse',
      scopes: 'user/Patient.rs\nuser/Observation.cruds?encounter.service-provider={organization}',
    };
    const added = await leavesBehind(() => act(browser, '/policies/add', fields));
    assert.deepEqual(added, [{ event: 'policy.set', actor, reason: `nurse in playground: ${reason}` }]);
    const shown = await browser.get('/operate/policies');
    assert.match(shown.text, /<h3>nurse<\/h3>/);
    assert.equal([...shown.text.matchAll(/class="is"/g)].length, 7, 'a dot for each letter');

    const set = await leavesBehind(() => act(browser, '/policies/playground/nurse/set', { scopes: 'user/Patient.r' }));
    assert.deepEqual(set, [{ event: 'policy.set', actor, reason: `nurse in playground: ${reason}` }]);
    assert.deepEqual((await policies.list())[0]?.scopes, ['user/Patient.r']);
    const wrong = await act(browser, '/policies/playground/nurse/set', { scopes: 'patient/Patient.r' });
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /The role or the policy is not valid/);
    assert.match(wrong.text, /is not a scope of a policy/);
    const inUzbek = await browser.get('/operate/policies/playground/nurse/set?ui_locales=uz');
    const said = await browser.submit(inUzbek, { scopes: 'x', reason }, '');
    assert.match(said.text, /Rol yoki qoida toʻgʻri emas/);
    await browser.get('/operate?ui_locales=en');

    const removed = await leavesBehind(() => act(browser, '/policies/playground/nurse/remove'));
    assert.deepEqual(removed, [{ event: 'policy.removed', actor, reason: `nurse in playground: ${reason}` }]);
    assert.deepEqual(await policies.list(), []);
    assert.equal((await browser.get('/operate/policies/playground/nurse/set')).status, 404);
  });
});

describe('the audit trail', () => {
  const found = async (query: Record<string, string>): Promise<{ ids: string[]; text: string }> => {
    const { text } = await browser.get(`/operate/audit?${new URLSearchParams(query).toString()}`);
    return { ids: entriesOf(text, 'audit'), text };
  };

  it('is searched by kind, outcome, person, operator, client, address, time and request', async () => {
    await bed.sql`
      insert into sso.audit_event (recorded, event, reason, client_id, actor, address, account_id, correlation_id) values
      (${new Date(Date.UTC(2026, 0, 5, 7, 30))}, 'sign-in.refused', 'wrong-password', 'city-lab', null, '203.0.113.77', ${idOf('nodira')}, 'request-77'),
      (${new Date(Date.UTC(2026, 0, 5, 7, 31))}, 'token.issued', null, 'city-lab', null, '203.0.113.77', null, 'request-77'),
      (${new Date(Date.UTC(2026, 0, 5, 7, 32))}, 'client.changed', 'x', 'city-lab', 'cli:somebody', null, null, null)`;
    const rows = await bed.sql<{ id: string }[]>`select id from sso.audit_event order by id desc limit 3`;
    const [changed, issued, refused] = rows.map(({ id }) => id);
    assert.deepEqual((await found({ request: 'request-77' })).ids, [issued, refused]);
    assert.deepEqual((await found({ request: 'request-77', outcome: 'refused' })).ids, [refused]);
    assert.deepEqual((await found({ request: 'request-77', kind: 'token*' })).ids, [issued]);
    assert.deepEqual((await found({ address: '203.0.113.64/28' })).ids, [issued, refused]);
    assert.deepEqual((await found({ actor: 'cli:somebody' })).ids, [changed]);
    assert.ok((await found({ actor: 'operator', kind: 'client.approved' })).ids.length > 0, 'operators by name');
    assert.ok((await found({ person: 'nodira', kind: 'sign-in.refused' })).ids.includes(refused!));
    assert.ok((await found({ client: 'city-lab', kind: 'client*' })).ids.includes(changed!));
    // Times are in the time zone of Tashkent: 12:30 there is 7:30 UTC.
    assert.deepEqual((await found({ since: '2026-01-05T12:31', until: '2026-01-05T12:32' })).ids, []);
    await bed.sql`
      insert into sso.audit_event (recorded, event) values (${clock()}, 'sign-out')`;
    for (const wrong of [{ since: 'yesterday' }, { address: 'x' }, { person: 'no one' }, { kind: 'nothing.such' }]) {
      const { ids, text } = await found(wrong);
      assert.deepEqual(ids, []);
      assert.match(text, /role="alert"/);
    }
  });

  it('has every kind of event in one group, those of use again among them, as refusals', async () => {
    const grouped = groupNames.flatMap((group) => kindsOfGroup(group));
    assert.deepEqual(grouped.sort(), [...eventKinds].sort());
    await bed.sql`
      insert into sso.audit_event (recorded, event, reason, client_id, account_id, correlation_id) values
      (${clock()}, 'code.reused', 'ended with it: the access tokens', 'city-lab', ${idOf('nodira')}, 'request-88')`;
    const { ids, text } = await found({ request: 'request-88', kind: 'token*', outcome: 'refused' });
    assert.equal(ids.length, 1);
    assert.match(text, /Code used again/);
    const page = await browser.get(`/operate/audit/${ids[0]!}`);
    assert.match(page.text, /ended with it: the access tokens/);
    const { text: exported } = await act(browser, '/audit/export?kind=code.reused&request=request-88');
    const { code, outcome } = JSON.parse(exported) as { code: { coding: { code: string }[] }; outcome: unknown };
    assert.equal(code.coding.at(-1)?.code, 'code.reused');
    assert.match(JSON.stringify(outcome), /"error".*ended with it: the access tokens/);
  });

  it('finds by the clock of the platform', async () => {
    const at = clock();
    const local = (date: Date): string =>
      new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tashkent', dateStyle: 'short', timeStyle: 'short' })
        .format(date)
        .replace(' ', 'T');
    const { ids } = await found({
      kind: 'sign-out',
      since: local(new Date(at.getTime() - 60_000)),
      until: local(new Date(at.getTime() + 120_000)),
    });
    assert.equal(ids.length, 1);
    const none = await found({ kind: 'sign-out', since: local(new Date(at.getTime() + 120_000)) });
    assert.deepEqual(none.ids, []);
  });

  it('shows a record with what else came of the request and its place in the chain, and says when it was altered', async () => {
    const [id = ''] = (await found({ request: 'request-77', outcome: 'refused' })).ids;
    assert.match((await browser.get(`/operate/audit/${id}`)).text, /not yet/);
    await chainAll(bed.sql);
    const whole = await browser.get(`/operate/audit/${id}`);
    assert.match(whole.text, /not altered/);
    assert.match(whole.text, /Nodira Oʻktamova/);
    assert.match(whole.text, /Token issued/, 'of the same request');
    assert.match(whole.text, /AuditEvent/);
    await bed.sql.begin(async (sql) => {
      await sql`alter table sso.audit_event disable trigger user`;
      await sql`update sso.audit_event set address = '203.0.113.78' where id = ${id}`;
      await sql`alter table sso.audit_event enable trigger user`;
    });
    assert.match((await browser.get(`/operate/audit/${id}`)).text, /ALTERED/);
    for (const path of ['/audit/0', '/audit/x', '/audit/99999999999999999999']) {
      assert.equal((await browser.get(`/operate${path}`)).status, 404, path);
    }
  });

  it('is exported as AuditEvents, with one record of who took what out and why', async () => {
    let lines: { resourceType: string; id: string }[] = [];
    const left = await leavesBehind(async () => {
      const { headers, text } = await act(browser, '/audit/export?request=request-77');
      assert.match(headers.get('content-type') ?? '', /^application\/fhir\+ndjson/);
      assert.match(headers.get('content-disposition') ?? '', /attachment/);
      lines = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { resourceType: string; id: string });
    });
    assert.deepEqual(
      lines.map(({ resourceType }) => resourceType),
      ['AuditEvent', 'AuditEvent'],
    );
    assert.deepEqual(left, [{ event: 'audit.exported', actor, reason: `2 records of request=request-77: ${reason}` }]);
    assert.equal((await browser.get('/operate/audit/export?address=x')).status, 404);
  });
});
