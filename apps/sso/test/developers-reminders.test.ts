/** Expiring secrets and keys of applications, and the reminders to their owners: each is sent once, whichever server comes first. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { openAccounts } from '@dhp/accounts';
import { remindOfEnds, type ReminderOptions } from '@dhp/applications';
import type { Client } from '@dhp/clients';
import { deleteUnusedSecretEnds } from '@dhp/clients/rows';
import { developersBed, makeOrganization, type Developer } from './developers-bed.ts';
import { issuer, newClient, postForm } from './support.ts';

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

const day = 86_400_000;
const portal = 'https://portal.example.uz';
const credentials = { secretDays: 60, reminderDays: [30, 7, 1], portal };
const limits = { organizations: 5, applicationsOfPerson: 50, applicationsOfOrganization: 50 };
const began = Date.now();
let now = began;
const clock = (): Date => new Date(now);
const { bed, url, developer } = await developersBed({ clock, credentials, developers: limits });
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });

/** An owner with an address, who reads messages in a language. */
async function owner(username: string, language: string): Promise<Developer> {
  const email = `${username}@example.uz`;
  await accounts.create({ username, password: 'correct horse battery', name: username, email });
  const signedIn = await developer(username);
  await bed.sql`update sso.account set language = ${language} where username = ${username}`;
  return signedIn;
}

const aziza = await owner('aziza', 'en');
const clinic = await makeOrganization(aziza);

interface Person {
  readonly organizations: readonly { readonly applications: readonly { client_id: string; ends: unknown }[] }[];
}

interface Made {
  readonly client_id: string;
  readonly client_secret: string;
}

async function register(who: Developer, organization: string, asked: object = {}): Promise<Made> {
  const details = { client_name: 'Lab', kind: 'backend', task: 'laboratory', ...asked };
  const { status, body } = await who.ask(`/organizations/${organization}/applications`, details);
  assert.equal(status, 201, JSON.stringify(body));
  return body as unknown as Made;
}

/** Status of the token endpoint, and of introspection, which authenticates in another way. */
async function statusesWith(id: string, secret: string): Promise<[number, number]> {
  const form = { client_id: id, client_secret: secret };
  const token = await postForm(`${url}/oauth/token`, { ...form, grant_type: 'client_credentials' });
  const introspection = await postForm(`${url}/oauth/introspect`, { ...form, token: 'none' });
  return [token.status, introspection.status];
}

/** Goes to a time that many days after the beginning, and back again. */
async function at<Result>(days: number, work: () => Promise<Result>): Promise<Result> {
  now = began + days * day;
  try {
    return await work();
  } finally {
    now = began;
  }
}

/** Messages of one more process, that many days after the beginning. */
async function remindedAt(days: number, options: Partial<ReminderOptions> = {}): Promise<Mail[]> {
  const mails: Mail[] = [];
  await remindOfEnds({
    ...{ sql: bed.sql, days: [30, 7, 1], portal, defaultLanguage: 'uz', timeZone: 'Asia/Tashkent' },
    queue: (_sql, { to, subject, text }) => Promise.resolve(void mails.push({ to, subject, text })),
    clock: () => new Date(began + days * day),
    ...options,
  });
  return mails;
}

const forClient = (mails: readonly Mail[], { client_id: id }: Made): Mail[] =>
  mails.filter(({ text }) => text.includes(id));

const endsOf = async (who: Developer, { client_id: id }: Made): Promise<unknown> =>
  ((await who.ask(`/applications/${id}`)).body['ends'] as { ends_at: string }[]).map(({ ends_at: ends, ...of }) => ({
    ...of,
    days: Math.round((Date.parse(ends) - began) / day),
  }));

describe('a secret of an application', () => {
  it('ends by itself, at every place where it is taken; one that an operator gave does not', async () => {
    const made = await register(aziza, clinic);
    const { id, secret } = await newClient(bed.clients, { scopes: ['system/*.rs'] });
    assert.deepEqual(await statusesWith(made.client_id, made.client_secret), [200, 200]);
    assert.deepEqual(await at(59.9, () => statusesWith(made.client_id, made.client_secret)), [200, 200]);
    assert.deepEqual(await at(60.1, () => statusesWith(made.client_id, made.client_secret)), [401, 401]);
    assert.deepEqual(await at(4000, () => statusesWith(id, secret)), [200, 200]);
    assert.deepEqual(await statusesWith(made.client_id, made.client_secret), [200, 200], 'by the time alone');
  });

  it('keeps its end when another one is made, which has its own', async () => {
    const made = await register(aziza, clinic);
    assert.deepEqual(await endsOf(aziza, made), [{ credential: 'secret', days: 60, state: 'good' }]);
    const { body } = await at(0.001, () => aziza.ask(`/applications/${made.client_id}/rotate-secret`, {}));
    await bed.sql`
      update sso.secret_end set ends_at = ends_at + interval '40 days'
      where client_id = ${made.client_id} and made_at = (select max(made_at) from sso.secret_end where client_id = ${made.client_id})`;
    assert.deepEqual(await endsOf(aziza, made), [
      { credential: 'older-secret', days: 60, state: 'good' },
      { credential: 'secret', days: 100, state: 'good' },
    ]);
    assert.deepEqual(await at(61, () => statusesWith(made.client_id, made.client_secret)), [401, 401]);
    assert.deepEqual(await at(61, () => statusesWith(made.client_id, String(body['client_secret']))), [200, 200]);
    await aziza.ask(`/applications/${made.client_id}/drop-old-secret`, {});
    assert.deepEqual(await endsOf(aziza, made), [{ credential: 'secret', days: 100, state: 'good' }]);
    await deleteUnusedSecretEnds(bed.sql);
    const [left] = await bed.sql`select count(*)::int as count from sso.secret_end where client_id = ${made.client_id}`;
    assert.deepEqual(left, { count: 1 });
  });
});

describe('a secret that has ended', () => {
  const rotated = async (id: string): Promise<{ live: unknown; secret: string }> => {
    const { status, body } = await aziza.ask(`/applications/${id}/rotate-secret`, {});
    assert.equal(status, 200, JSON.stringify(body));
    return { live: body['live_secrets'], secret: String(body['client_secret']) };
  };
  const endNow = (id: string, which: 'secret_hash' | 'previous_secret_hash'): Promise<unknown> => bed.sql`
    update sso.secret_end e set made_at = made_at - interval '60 days', ends_at = ends_at - interval '60 days'
    from sso.client c where c.client_id = ${id} and e.secret_hash = c.${bed.sql.unsafe(which)}`;
  const live = async (id: string): Promise<unknown> => (await aziza.ask(`/applications/${id}`)).body['live_secrets'];

  it('is counted no longer, and stands in the way of no other one', async () => {
    const { client_id: id, client_secret: first } = await register(aziza, clinic);
    const second = await rotated(id);
    assert.equal(second.live, 2);
    assert.equal((await aziza.ask(`/applications/${id}/rotate-secret`, {})).status, 409);
    await endNow(id, 'previous_secret_hash');
    assert.equal(await live(id), 1);
    // Operators see the same for one client, in a list, and in the answer to an act.
    const accepted = ({ clientId, acceptedSecrets }: Client): unknown[] => [clientId, acceptedSecrets];
    assert.deepEqual(accepted((await bed.clients.find(id))!), [id, 1]);
    const { items } = await bed.clients.search({ q: id });
    assert.deepEqual(items.map(accepted), [[id, 1]]);
    assert.deepEqual(accepted(await bed.clients.change(id, { name: 'Lab 2' })), [id, 1]);
    const third = await rotated(id);
    assert.equal(third.live, 2);
    for (const [secret, status] of [
      [first, 401],
      [second.secret, 200],
      [third.secret, 200],
    ] as const)
      assert.deepEqual(await statusesWith(id, secret), [status, status]);
  });

  it('is marked in the list of applications, and an older one that is missed by nobody is not', async () => {
    const who = await developer('marked');
    const place = await makeOrganization(who, 'Marked');
    const markOf = async (id: string): Promise<unknown> => {
      const { organizations } = (await who.ask('')).body as unknown as Person;
      return organizations[0]!.applications.find((one) => one.client_id === id)?.ends;
    };
    const { client_id: id } = await register(who, place);
    assert.equal(await markOf(id), null);
    await bed.sql`
      update sso.secret_end set made_at = made_at - interval '40 days', ends_at = ends_at - interval '40 days'
      where client_id = ${id}`;
    assert.equal(await markOf(id), 'ends-soon');
    await endNow(id, 'secret_hash');
    assert.equal(await markOf(id), 'ended');
    assert.equal((await who.ask(`/applications/${id}/rotate-secret`, {})).status, 200);
    assert.equal(await markOf(id), null, 'the newest one is good');
  });

  it('does not take the place of one that works when another one is made, also by an operator', async () => {
    for (const rotate of [rotated, (id: string) => bed.clients.rotateSecret(id, { keepOld: true })]) {
      const { client_id: id, client_secret: working } = await register(aziza, clinic);
      const ended = await rotated(id);
      await endNow(id, 'secret_hash');
      assert.equal(await live(id), 1);
      const { secret } = await rotate(id);
      for (const [one, status] of [
        [working, 200],
        [ended.secret, 401],
        [secret, 200],
      ] as const)
        assert.deepEqual(await statusesWith(id, one), [status, status]);
    }
  });

  it('is replaced where it is the only one', async () => {
    const { client_id: id } = await register(aziza, clinic);
    await endNow(id, 'secret_hash');
    assert.equal(await live(id), 0);
    const { live: count, secret } = await rotated(id);
    assert.equal(count, 1);
    assert.deepEqual(await statusesWith(id, secret), [200, 200]);
  });
});

describe('owners of an application', () => {
  it('are told 30, 7 and 1 days before, once each, in their language, and developers are not', async () => {
    const own = await makeOrganization(aziza, 'Clinic <two>');
    const made = await register(aziza, own);
    for (const [username, role] of [
      ['bobur', 'owner'],
      ['vera', 'owner'],
      ['dilnoza', 'developer'],
    ] as const) {
      const { body } = await aziza.ask(`/organizations/${own}/invitations`, { role });
      const joining = await owner(username, username === 'vera' ? 'ru' : 'uz');
      assert.ok((await joining.ask('/join', { token: body['token'] })).status < 300);
    }
    assert.deepEqual(forClient(await remindedAt(29.9), made), []);
    const first = forClient(await remindedAt(30.1), made);
    assert.deepEqual(
      first.map(({ to }) => to).sort(),
      ['aziza', 'bobur', 'vera'].map((name) => `${name}@example.uz`),
    );
    const english = first.find(({ to }) => to.startsWith('aziza'))!;
    assert.match(english.subject, /^The secret of Lab ends on \d/);
    assert.ok(english.text.includes(`${portal}/applications/${made.client_id}/secret`), english.text);
    assert.match(first.find(({ to }) => to.startsWith('vera'))!.text, /Секрет/);
    assert.match(first.find(({ to }) => to.startsWith('bobur'))!.text, /Maxfiy|maxfiy/);
    for (const { subject, text } of first) assert.doesNotMatch(subject + text, /dhps_|\{/);
    assert.deepEqual(forClient(await remindedAt(30.2), made), [], 'said once');
    assert.deepEqual(forClient(await remindedAt(52.9), made), []);
    assert.equal(forClient(await remindedAt(53.1), made).length, 3, '7 days');
    assert.equal(forClient(await remindedAt(59.5), made).length, 3, 'a day');
    for (const late of [59.9, 60.1, 90]) assert.deepEqual(forClient(await remindedAt(late), made), []);
  });

  it('are told once by servers that look at the same moment, and what was skipped is not made up for', async () => {
    const made = await register(aziza, clinic);
    const all = await Promise.all(Array.from({ length: 6 }, () => remindedAt(59.5)));
    assert.equal(all.flatMap((mails) => forClient(mails, made)).length, 1);
    assert.deepEqual(forClient(await remindedAt(59.6), made), []);
  });

  it('are told after all where a process ended before the message was stored', async () => {
    const made = await register(aziza, clinic);
    const failing = (): Promise<never> => Promise.reject(new Error('the process ends here'));
    await assert.rejects(remindedAt(31, { queue: failing }), /ends here/);
    assert.equal(forClient(await remindedAt(31), made).length, 1);
  });

  it('are not told of what was revoked, replaced, or is younger than the reminder', async () => {
    const [revoked, replaced, young] = [
      await register(aziza, clinic),
      await register(aziza, clinic),
      await register(aziza, clinic),
    ];
    await aziza.ask(`/applications/${revoked.client_id}/revoke`, {});
    await aziza.ask(`/applications/${replaced.client_id}/rotate-secret`, {});
    await aziza.ask(`/applications/${replaced.client_id}/drop-old-secret`, {});
    await bed.sql`update sso.secret_end set ends_at = made_at + interval '20 days' where client_id = ${young.client_id}`;
    const mails = await remindedAt(1);
    assert.deepEqual(
      [revoked, replaced, young].map((made) => forClient(mails, made).length),
      [0, 0, 0],
    );
    assert.equal(forClient(await remindedAt(13.5), young).length, 1, 'at 7 days');
    const later = await remindedAt(30.5);
    assert.deepEqual(forClient(later, revoked), []);
    assert.equal(forClient(later, replaced).length, 1, 'of the secret that works');
    assert.deepEqual(await remindedAt(58, { days: [] }), [], 'where none are wanted');
  });

  it('see on the page which secret ends soon or has ended', async () => {
    const made = await register(aziza, clinic);
    const shift = (days: number): Promise<unknown> =>
      bed.sql`update sso.secret_end set made_at = made_at - ${`${String(days)} days`}::interval,
        ends_at = ends_at - ${`${String(days)} days`}::interval where client_id = ${made.client_id}`;
    await shift(31);
    assert.deepEqual(await endsOf(aziza, made), [{ credential: 'secret', days: 29, state: 'ends-soon' }]);
    await shift(30);
    assert.deepEqual(await endsOf(aziza, made), [{ credential: 'secret', days: -1, state: 'ended' }]);
  });
});

describe('a key with an end of its own', () => {
  it('is refused behind it, and its owners are told before, whatever its name is', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES384');
    const exp = Math.floor((began + 40 * day) / 1000);
    const kid = `k\n${'x'.repeat(5000)}`;
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, exp }] };
    const made = await register(aziza, clinic, { jwks });
    assert.deepEqual(await endsOf(aziza, made), [{ credential: 'key', kid, days: 40, state: 'good' }]);
    const signed = async (path: string): Promise<Record<string, string>> => ({
      client_assertion: await new SignJWT({ iss: made.client_id, sub: made.client_id, jti: randomUUID() })
        .setProtectedHeader({ alg: 'ES384', kid })
        .setAudience(`${issuer}${path}`)
        .setExpirationTime(Math.floor(now / 1000) + 200)
        .sign(privateKey),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    const statuses = async (): Promise<number[]> => [
      (await postForm(`${url}/oauth/token`, { grant_type: 'client_credentials', ...(await signed('/oauth/token')) }))
        .status,
      (await postForm(`${url}/oauth/introspect`, { token: 'none', ...(await signed('/oauth/introspect')) })).status,
    ];
    assert.deepEqual(await statuses(), [200, 200]);
    const [mail, ...others] = forClient(await remindedAt(35), made);
    assert.deepEqual(others, []);
    assert.ok(mail!.text.includes(`${portal}/applications/${made.client_id}/change`), mail!.text);
    assert.doesNotMatch(mail!.subject, /\n/);
    assert.doesNotMatch(mail!.text, /k\n/);
    assert.deepEqual(forClient(await remindedAt(35), made), []);
    now = began + 41 * day;
    const late = await statuses();
    now = began;
    assert.deepEqual(
      late.map((status) => status >= 400),
      [true, true],
    );
  });
});

it('servers look by themselves: of two, one sends each message', async () => {
  const mails: Mail[] = [];
  const send = (mail: Mail): Promise<void> => Promise.resolve(void mails.push(mail));
  const made = await register(aziza, clinic);
  await bed.sql`
    update sso.secret_end set made_at = made_at - interval '55 days', ends_at = ends_at - interval '55 days'
    where client_id = ${made.client_id}`;
  for (let server = 0; server < 2; server += 1)
    await bed.start({ clock, credentials, send, sweepSeconds: 1, messagePollSeconds: 1 });
  for (const until = Date.now() + 30_000; forClient(mails, made).length === 0 && Date.now() < until;) await delay(50);
  await delay(2500);
  assert.equal(forClient(mails, made).length, 1);
});
