/**
 * Subscriptions with the channel email, on a FHIR server and an SSO that writes messages to a file: mails go only to recipients who agreed,
 * contain nothing about the events, and end with a link. docs/decisions/0123-mails-of-subscriptions.md
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileSender } from '@dhp/accounts/messages';
import { openClients } from '@dhp/clients';
import { createFhirServer } from '@dhp/fhir';
import { migrations as fhirMigrations, openStore, type FhirStore } from '@dhp/fhir-store';
import { listSubscriptions } from '@dhp/fhir-store/subscriptions';
import { connect, type Sql } from '@dhp/postgres';
import { testDatabase, until } from '@dhp/postgres/testing';
import { revocationFeedKey } from '@dhp/signing-keys/server-keys';
import { createSso, migrations as ssoMigrations } from '@dhp/sso';
import { trailKeys } from '@dhp/trail';
import { observation, subscription, topic } from '../apps/fhir/test/subscriptions/bed.ts';
import { issuer, playground } from '../apps/sso/test/addresses.ts';
import { postForm, recordsInUse } from '../apps/sso/test/support.ts';

type Json = Readonly<Record<string, unknown>>;

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly endAt?: string;
}

const encryptionKey = randomBytes(32);
const interval = 3_600;
let sso = '';
let fhir = '';
let store: FhirStore;
let fhirSql: Sql;
let ssoSql: Sql;
let authorization = '';
let mailFile = '';
const closers: (() => Promise<unknown>)[] = [];

before(async () => {
  const databases = [
    await testDatabase({ name: 'sso', migrations: [ssoMigrations] }),
    await testDatabase({ name: 'fhir', migrations: [fhirMigrations] }),
  ] as const;
  const folder = await mkdtemp(join(tmpdir(), 'dhp-mails-'));
  mailFile = join(folder, 'mail.ndjson');
  closers.push(() => rm(folder, { recursive: true }), ...databases.map((one) => () => one.drop()));
  ssoSql = connect(databases[0].url, { max: 4, reads: 2 });
  const server = await createSso({
    ...{ sql: ssoSql, issuer, environments: { playground }, encryptionKey, defaultLanguage: 'en' },
    ...{ patients: recordsInUse, sweepSeconds: 86_400, messagePollSeconds: 0.05, send: fileSender(mailFile) },
    notificationMails: { interval, signInAt: 'https://portal.example', limits: { wait: 0.1 } },
  });
  closers.push(
    () => ssoSql.end({ timeout: 5 }),
    () => server.close(),
  );
  sso = await server.app.listen({ host: '127.0.0.1', port: 0 });
  store = await openStore({ url: databases[1].url, timeZone: 'Asia/Tashkent', ownBases: [playground] });
  fhirSql = connect(databases[1].ownerUrl, { max: 1 });
  closers.push(
    () => store.close(),
    () => fhirSql.end({ timeout: 5 }),
  );
  const { app, close } = await createFhirServer({
    ...{ environment: 'playground', baseUrl: playground, issuer, store, jwksUri: `${sso}/oauth/jwks` },
    revocations: { uri: `${sso}/oauth/revocations`, key: revocationFeedKey(encryptionKey), every: 200 },
    ssoEndpoints: { token: `${issuer}/oauth/token`, jwks: `${issuer}/oauth/jwks` },
    ...{ timeZone: 'Asia/Tashkent', defaultLanguage: 'en', bodyLimit: 1024 ** 2, requireIfMatch: false },
    validation: { level: 'off' },
    audit: { keys: trailKeys(Buffer.alloc(32, 7)), coverSeconds: 3_600, onHead: () => undefined },
    subscriptions: {
      ...{ key: randomBytes(32), mails: { uri: `${sso}/oauth/mails` }, backoff: { first: 0.05, longest: 0.2 } },
      pace: { idle: 100, ends: 300, lease: 10_000, look: 50, laneLease: 5_000 },
    },
  });
  closers.push(close);
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  fhir = address + new URL(playground).pathname;
  const clients = openClients(ssoSql, { actor: 'cli:tests' });
  const { client, secret = '' } = await clients.create({
    ...{ name: 'City clinic http://evil.example', grants: ['client_credentials'], scopes: ['system/*.cruds'] },
    environment: 'playground',
  });
  const form = { grant_type: 'client_credentials', client_id: client.clientId, client_secret: secret };
  const issued = await postForm(`${sso}/oauth/token`, form);
  authorization = `Bearer ${String(issued.body['access_token'])}`;
  const title = { title: 'A result is final', _title: { extension: [translated('ru', 'Готов результат')] } };
  await put(topic('observations', title));
});
after(async () => {
  for (const close of closers.reverse()) await close();
});

function translated(language: string, content: string): Json {
  const parts = [
    { url: 'lang', valueCode: language },
    { url: 'content', valueString: content },
  ];
  return { url: 'http://hl7.org/fhir/StructureDefinition/translation', extension: parts };
}

async function call(method: string, path: string, body?: Json): Promise<{ status: number; text: string; json: Json }> {
  const headers = { authorization, 'content-type': 'application/fhir+json', 'accept-language': 'en' };
  const response = await fetch(fhir + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, text, json: text.startsWith('{') ? (JSON.parse(text) as Json) : {} };
}

async function put(...resources: Json[]): Promise<void> {
  for (const one of resources) {
    const { status, text } = await call('PUT', `/${String(one['resourceType'])}/${String(one['id'])}`, one);
    assert.ok(status < 300, text);
  }
}

const channelType = { system: 'http://terminology.hl7.org/CodeSystem/subscription-channel-type', code: 'email' };
const mailed = (id: string, endpoint: string, more: object = {}): Json => ({
  ...subscription(id, { channelType, endpoint, content: undefined }),
  filterBy: [{ filterParameter: 'patient', value: `Patient/${id}` }],
  ...more,
});
const about = (who: string, n: number): Json =>
  observation(`${who}-${n}`, { subject: { reference: `Patient/${who}` }, valueString: 'secret-finding' });

async function mailsTo(address: string): Promise<Mail[]> {
  const text = await readFile(mailFile, 'utf8').catch(() => '');
  const all = text.split('\n').filter((line) => line !== '');
  return all.map((line) => JSON.parse(line) as Mail).filter(({ to }) => to === address);
}

const untilMails = (address: string, count: number): Promise<Mail[]> =>
  until(`${count} mails to ${address}`, async () => {
    const found = await mailsTo(address);
    assert.ok(found.length <= count, JSON.stringify(found));
    return found.length === count && found;
  });

/** The status and its reason, as returned by `$status`. */
async function stands(id: string): Promise<{ status: string; why: string }> {
  const { json } = await call('GET', `/Subscription/${id}/$status`);
  const [{ resource }] = json['entry'] as [{ resource: Json }];
  return { status: String(resource['status']), why: JSON.stringify(resource['error'] ?? '') };
}

const untilStands = (id: string, status: string): Promise<{ why: string }> =>
  until(`${id} is ${status}`, async () => {
    const found = await stands(id);
    return found.status === status && found;
  });

/** An hour after the last mail of a Subscription, when its delivery is idle. */
async function hourPasses(id: string): Promise<void> {
  await until(`${id} is at rest`, async () => {
    const rows = await fhirSql`select 1 from fhir.lane where subscription = ${id} and holder is null and rests > now()`;
    return rows.length > 0;
  });
  await ssoSql`update sso.mail_recipient set told_at = told_at - interval '1 hour' where subscription = ${id}`;
  await fhirSql`update fhir.lane set rests = null, due = now() where subscription = ${id}`;
}

/** The address in a mail that begins with a path of the SSO, at the address where this one listens. */
function linkIn({ text }: Mail, path: string): string {
  const found = text.split(/\s+/).find((word) => word.startsWith(issuer + path));
  assert.ok(found, text);
  return found.replace(issuer, sso);
}

const confirmPath = '/notifications/confirm';
async function answerTo(mail: Mail, answer: string, language = 'en'): Promise<number> {
  const link = linkIn(mail, confirmPath);
  const body = new URLSearchParams({ token: new URL(link).searchParams.get('token')!, answer });
  const response = await fetch(`${sso}${confirmPath}?ui_locales=${language}`, { method: 'POST', body });
  await response.text();
  return response.status;
}

async function confirmed(id: string, address: string): Promise<void> {
  await put(mailed(id, `mailto:${address}`));
  const [asked] = await untilMails(address, 1);
  assert.equal(await answerTo(asked!, 'confirm'), 200);
  await untilStands(id, 'active');
}

describe('a Subscription by e-mail', () => {
  it('waits for whoever reads the address, and then tells how many events there were, and nothing of them', async () => {
    await put(mailed('aziza', 'mailto:Aziza@Clinic.example', { language: 'ru' }));
    const [asked] = await untilMails('Aziza@clinic.example', 1);
    assert.match(asked!.subject, /Подтвердите/);
    assert.ok(!/http:\/\/evil|evil\.example/.test(asked!.text), asked!.text);
    await put(about('aziza', 1), about('aziza', 2));
    // Programs that check links confirm nothing.
    for (const method of ['GET', 'HEAD', 'GET']) {
      const page = await fetch(linkIn(asked!, confirmPath), { method, headers: { 'accept-language': 'en' } });
      assert.equal(page.status, 200);
      const html = await page.text();
      if (method === 'GET') assert.match(html, /City clinic http evil example[\s\S]*A result is final/);
    }
    assert.equal((await stands('aziza')).status, 'requested');
    assert.equal(await answerTo(asked!, 'perhaps'), 400);
    assert.equal(await answerTo(asked!, 'confirm', 'ru'), 200);
    assert.equal(await answerTo(asked!, 'confirm'), 400, 'once');
    assert.equal(await answerTo(asked!, 'refuse'), 400, 'once');
    const [, told] = await untilMails('Aziza@clinic.example', 2);
    assert.equal(told!.subject, 'Платформа цифрового здравоохранения: Готов результат');
    assert.match(told!.text, /^Готов результат: 2 события с прошлого/);
    assert.match(told!.text, /https:\/\/portal\.example/);
    assert.ok(!/Observation|secret-finding|Patient|aziza/i.test(told!.text), told!.text);
    await untilStands('aziza', 'active');
  });

  it('sums what happens in a short time', async () => {
    await confirmed('burst', 'burst@clinic.example');
    await put(about('burst', 1));
    await untilMails('burst@clinic.example', 2);
    for (let n = 2; n <= 6; n += 1) await put(about('burst', n));
    const listed = await until('all have numbers, and wait', async () => {
      const [one] = await listSubscriptions(fhirSql, 1, { id: 'burst' });
      return one?.numbered === 6 && one;
    });
    assert.equal(listed.acknowledged, 1);
    const [lane] = await fhirSql<{ seconds: number }[]>`
      select extract(epoch from due - now())::float8 as seconds from fhir.lane where subscription = 'burst'`;
    assert.ok(lane!.seconds > interval - 120, String(lane!.seconds));
    await hourPasses('burst');
    const [, , summed] = await untilMails('burst@clinic.example', 3);
    assert.match(summed!.text, /^A result is final: 5 events since/);
    await until(
      'all are taken',
      async () => (await listSubscriptions(fhirSql, 1, { id: 'burst' }))[0]!.acknowledged === 6,
    );
  });

  it('ends by the link of a mail, that one alone, without a sign-in and not by a look', async () => {
    await confirmed('ending', 'two@clinic.example');
    await put(mailed('staying', 'mailto:two@clinic.example'));
    const [, second] = await untilMails('two@clinic.example', 2);
    assert.equal(await answerTo(second!, 'confirm'), 200);
    await untilStands('staying', 'active');
    await put(about('ending', 1));
    const [, , told] = await untilMails('two@clinic.example', 3);
    const endAt = told!.endAt!.replace(issuer, sso);
    assert.ok(told!.text.includes(told!.endAt!));
    const page = await fetch(endAt);
    assert.match(await page.text(), /<form method="post"/);
    assert.equal((await fetch(endAt, { method: 'POST', body: new URLSearchParams({ other: '1' }) })).status, 400);
    assert.equal((await stands('ending')).status, 'active');
    const form = new FormData();
    form.set('List-Unsubscribe', 'One-Click');
    assert.equal((await fetch(endAt, { method: 'POST', body: form })).status, 200);
    const again = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
    assert.equal((await fetch(endAt, { method: 'POST', body: again })).status, 200, 'again is no fault');
    assert.equal((await fetch(`${endAt.slice(0, -1)}_`, { method: 'POST', body: again })).status, 400, 'guessed');
    await put(about('ending', 2), about('staying', 1));
    await hourPasses('ending');
    const { why } = await untilStands('ending', 'off');
    assert.match(why, /has ended the notifications by a link/);
    const [, , , other] = await untilMails('two@clinic.example', 4);
    assert.match(other!.text, /^A result is final: one event|^A result is final: 1 event /);
    // The client cannot begin it again.
    await put(mailed('ending', 'mailto:two@clinic.example'));
    await untilStands('ending', 'off');
    assert.equal((await mailsTo('two@clinic.example')).length, 4);
    assert.equal((await stands('staying')).status, 'active');
  });

  it('bothers nobody who has not agreed: two mails of a client to an address, none after a refusal', async () => {
    await put(mailed('no', 'mailto:no@clinic.example'));
    const [asked] = await untilMails('no@clinic.example', 1);
    assert.equal(await answerTo(asked!, 'refuse'), 200);
    assert.match((await untilStands('no', 'off')).why, /ended/);
    await put(mailed('no-2', 'mailto:NO@clinic.example'));
    assert.match((await untilStands('no-2', 'error')).why, /refused the notifications/);
    const silent = [1, 2, 3, 4].map((n) => `silent-${n}`);
    for (const id of silent) await put(mailed(id, 'mailto:silent@clinic.example'));
    // They are processed concurrently: which two come first is undefined.
    const refused = await until('two have not asked', async () => {
      const all = await Promise.all(silent.map(async (id) => ({ id, ...(await stands(id)) })));
      const found = all.filter(({ status }) => status === 'error');
      return found.length === 2 && found;
    });
    for (const { why } of refused) assert.match(why, /asked for a confirmation several times/);
    const asks = silent.find((id) => refused.every((one) => one.id !== id))!;
    // Requested again, and turned off and on: the same mails.
    for (let n = 0; n < 5; n += 1) {
      await put(mailed(asks, 'mailto:silent@clinic.example', { status: 'off' }));
      await put(mailed(asks, 'mailto:silent@clinic.example'));
    }
    await until('the last request is known', async () => {
      const [lane] =
        await fhirSql`select 1 from fhir.lane where subscription = ${asks} and holder is null and rests > now()`;
      return lane !== undefined;
    });
    assert.equal((await mailsTo('silent@clinic.example')).length, 2);
    assert.equal((await mailsTo('no@clinic.example')).length + (await mailsTo('NO@clinic.example')).length, 1);
  });

  it('is in error when the address has not confirmed, and asks anew when it is requested again', async () => {
    await put(mailed('late', 'mailto:late@clinic.example'));
    const [first] = await untilMails('late@clinic.example', 1);
    await ssoSql`update sso.mail_recipient set expires_at = now() - interval '1 second' where subscription = 'late'`;
    assert.match((await untilStands('late', 'error')).why, /not confirmed within two days/);
    assert.equal(await answerTo(first!, 'confirm'), 400);
    await put(mailed('late', 'mailto:late@clinic.example'));
    const [, second] = await untilMails('late@clinic.example', 2);
    assert.equal(await answerTo(first!, 'confirm'), 400, 'the first link is gone');
    assert.equal(await answerTo(second!, 'confirm'), 200);
    await untilStands('late', 'active');
  });

  it('asks again for another topic: who agreed to one has not agreed to all', async () => {
    await confirmed('other', 'other@clinic.example');
    await put(topic('further', { url: 'http://example.org/topics/further', title: 'Further\r\nBcc: x@evil.example' }));
    await put(mailed('other', 'mailto:other@clinic.example', { topic: 'http://example.org/topics/further' }));
    const [, asked] = await untilMails('other@clinic.example', 2);
    assert.equal((await stands('other')).status, 'requested');
    assert.equal(await answerTo(asked!, 'confirm'), 200);
    await untilStands('other', 'active');
    await put(about('other', 1));
    const [, , told] = await untilMails('other@clinic.example', 3);
    assert.equal(told!.subject, 'Digital Health Platform: Further Bcc x evil example');
  });

  it('is refused with the place and the cure where it would be anything else than one plain mail', async () => {
    const faults: [string, object, RegExp][] = [
      ['content', { content: 'id-only' }, /a mail holds no health data/],
      ['content', { content: 'full-resource' }, /a mail holds no health data/],
      ['contentType', { contentType: 'application/fhir+json' }, /text\/plain/],
      ['maxCount', { maxCount: 5 }, /leave it out/],
      ['heartbeatPeriod', { heartbeatPeriod: 60 }, /leave it out/],
      ['parameter', { parameter: [{ name: 'Bcc', value: 'x@evil.example' }] }, /leave it out/],
    ];
    const addresses = [
      ...['a@b.example,c@d.example', 'a@b.example?cc=c@d.example', 'a@b.example?body=hello', 'a%0D%0ABcc:c@d.example'],
      ...[
        'a%2Cc@b.example',
        '%22a%20b%22@b.example',
        'a@[127.0.0.1]',
        'a@localhost',
        'a@127.0.0.1',
        '@b.example',
        'a@',
      ],
      ...[
        'a%00@b.example',
        'a@b.example%0A',
        'a%25evil.example@b.example',
        'a!b@b.example',
        '-oQ@b.example',
        'a..b@b.example',
      ],
      ...[
        'a@b@c.example',
        '<a@b.example>',
        'a@b.example;c@d.example',
        'ａ@b.example',
        'a@b_c.example',
        'a@b.example/../x',
        '',
      ],
      ...[`${'a'.repeat(65)}@b.example`, `a@${'b'.repeat(300)}.example`, 'a%ZZ@b.example', 'азиза@b.example'],
    ];
    for (const address of addresses) faults.push(['endpoint', { endpoint: `mailto:${address}` }, /one address/]);
    faults.push(
      ['endpoint', { endpoint: 'https://b.example' }, /mailto:/],
      ['endpoint', { endpoint: undefined }, /mailto:/],
    );
    for (const [place, more, cure] of faults) {
      const { status, json } = await call('PUT', '/Subscription/bad', mailed('bad', 'mailto:a@b.example', more));
      assert.equal(status, 422, JSON.stringify(more));
      const issues = json['issue'] as { expression?: string[]; diagnostics: string }[];
      const found = issues.find(({ expression }) => expression?.[0]?.startsWith(`Subscription.${place}`));
      assert.match(found?.diagnostics ?? JSON.stringify(issues), cure, JSON.stringify(more));
    }
    // A domain of other letters has a form for mail.
    await put(mailed('idn', 'mailto:name@почта.example'));
    await untilMails('name@xn--80a1acny.example', 1);
  });

  it('leaves a record of each step, which names neither the address nor a link', async () => {
    const rows = await ssoSql<{ event: string; reason: string | null }[]>`
      select event, reason from sso.audit_event where event like 'recipient.%' or event like 'notification.%'`;
    const kinds = new Set(rows.map(({ event }) => event));
    for (const kind of ['asked', 'confirmed', 'refused', 'ended']) assert.ok(kinds.has(`recipient.${kind}`), kind);
    assert.ok(
      rows.some(
        ({ event, reason }) => event === 'notification.sent' && reason === 'Subscription/burst (playground) 2-6',
      ),
    );
    const told = JSON.stringify(rows);
    assert.ok(!/@|clinic\.example|token/.test(told), told);
    // At the FHIR server a delivery is a request of its owner.
    const trail = await fhirSql`select 1 from fhir.audit_record where content like '%$events%'`;
    assert.ok(trail.length >= 6, String(trail.length));
  });
});
