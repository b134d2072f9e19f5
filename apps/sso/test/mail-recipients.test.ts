/**
 * Mails of Subscriptions at the SSO: who may send them, to whom, how often, and the data that the mail server gets.
 * https://www.rfc-editor.org/rfc/rfc8058
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { jwtVerify } from 'jose';
import { SMTPServer } from 'smtp-server';
import { deleteUnseenRecipients } from '@dhp/accounts/recipients';
import { smtpSender } from '@dhp/accounts/messages';
import { revocationFeedKey } from '@dhp/signing-keys/server-keys';
import { questionToken } from './standing-question.ts';
import { issuer, newClient, playground, testBed } from './support.ts';

interface Sent {
  readonly to: readonly string[];
  readonly text: string;
}

const sent: Sent[] = [];
/** How the mail server answers to a recipient. */
const refusals = new Map<string, number>();
/** Statuses for the sender, and for the mail itself; 0: it is accepted. */
const refused = { sender: 0, mail: 0 };
const mailServer = new SMTPServer({
  ...{ authOptional: true, hideSTARTTLS: true, logger: false },
  onMailFrom(_, _session, done) {
    if (refused.sender === 0) done();
    else done(Object.assign(new Error('no mail from you'), { responseCode: refused.sender }));
  },
  onRcptTo({ address }, _session, done) {
    const code = refusals.get(address);
    if (code === undefined) done();
    else done(Object.assign(new Error('no such mailbox here'), { responseCode: code }));
  },
  onData(stream, { envelope }, done) {
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('end', () => {
      if (refused.mail > 0) {
        done(Object.assign(new Error('not this mail'), { responseCode: refused.mail }));
        return;
      }
      sent.push({ to: envelope.rcptTo.map(({ address }) => address), text: Buffer.concat(parts).toString('utf8') });
      done();
    });
  },
});
mailServer.on('error', () => undefined);
const port = await new Promise<number>((listening) => {
  const server = mailServer.listen(0, '127.0.0.1', () => listening(server.address().port));
});
after(() => mailServer.close(() => undefined));

const bed = await testBed();
const key = revocationFeedKey(bed.encryptionKey);
let now = new Date();
const lines: string[] = [];
const { url } = await bed.start({
  ...{ clock: () => now, messagePollSeconds: 0.05, defaultLanguage: 'en' },
  send: smtpSender(`smtp://127.0.0.1:${String(port)}`, 'noreply@sso.example.uz'),
  logger: { level: 'trace', stream: { write: (line: string) => void lines.push(line) } },
});
const { id: client } = await newClient(bed.clients, { name: 'City clinic' });
const { id: other } = await newClient(bed.clients, { name: 'Another' });

interface Told {
  readonly state: string;
  readonly seconds?: number;
  readonly by?: string;
  readonly reason?: string;
  readonly isFinal?: boolean;
}

const later = (seconds: number): void => void (now = new Date(now.getTime() + 1_000 * seconds));
const claims = (): object => {
  const iat = Math.floor(now.getTime() / 1_000);
  return { aud: `${issuer}/oauth/mails`, iat, exp: iat + 60 };
};
const header = { typ: 'dhp-mails+jwt' };

async function send(body: string, made: Partial<Parameters<typeof questionToken>[1]> = {}): Promise<Response> {
  const token = await questionToken(body, { key, header, ...made, claims: { ...claims(), ...made.claims } });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return fetch(`${url}/oauth/mails`, { method: 'POST', headers, body });
}

const question = (address: string, more: object = {}): object => ({
  ...{ subscription: address.replace(/@.*/, ''), topic: 'https://example.org/t', request: 'r1', address, client },
  ...{ titles: { en: 'A result', ru: 'Результат' }, act: 'begin' },
  ...more,
});

async function ask(address: string, more: object = {}): Promise<Told> {
  const response = await send(JSON.stringify(question(address, more)));
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const { payload } = await jwtVerify(text, key, {
    ...{ algorithms: ['HS256'], typ: 'dhp-mails-answer+jwt', issuer, audience: playground, currentDate: now },
  });
  return payload['answer'] as Told;
}

const tell = (address: string, until: number, more: object = {}): Promise<Told> =>
  ask(address, { act: 'tell', since: 1, until, ...more });

async function mailTo(address: string, nth = 1): Promise<Sent> {
  const found = (): Sent[] => sent.filter(({ to }) => to.includes(address));
  for (let n = 0; found().length < nth && n < 600; n += 1) await delay(25);
  assert.equal(found().length, nth, JSON.stringify(found()));
  return found()[nth - 1]!;
}

/** The token in the body or the header of a mail, which breaks long lines. */
function tokenIn({ text }: Sent, path: string): string {
  const [, token] = new RegExp(`${path}\\?token=(?:3D)?([\\w-]{43})`).exec(text.replaceAll(/=\r\n|\r\n /g, '')) ?? [];
  assert.ok(token, text);
  return token;
}

async function confirm(address: string): Promise<void> {
  assert.equal((await ask(address)).state, 'waiting');
  const body = new URLSearchParams({
    token: tokenIn(await mailTo(address), '/notifications/confirm'),
    answer: 'confirm',
  });
  assert.equal((await fetch(`${url}/notifications/confirm`, { method: 'POST', body })).status, 200);
  assert.equal((await ask(address)).state, 'confirmed');
}

describe('a question about mails', () => {
  it('is answered to the FHIR servers of the installation alone, once', async () => {
    const body = JSON.stringify(question('nobody@a.example'));
    const refused = async (made: Parameters<typeof send>[1]): Promise<void> => {
      const response = await send(body, made);
      assert.equal(response.status, 401, JSON.stringify(made));
      assert.match(response.headers.get('www-authenticate') ?? '', /invalid_token/);
    };
    await refused({ header: { typ: 'dhp-standing+jwt' } });
    await refused({ claims: { aud: `${issuer}/oauth/standing` } });
    await refused({ key: revocationFeedKey(Buffer.alloc(32)) });
    await refused({ claims: { digest: 'AAAA' } });
    await refused({ claims: { iss: 'https://elsewhere.example/fhir' } });
    assert.equal((await fetch(`${url}/oauth/mails`, { method: 'POST', body })).status, 401);
    assert.equal((await fetch(`${url}/oauth/mails`)).status, 405);
    const jti = 'used-once';
    assert.equal(
      (await send(JSON.stringify(question('nobody@a.example', { act: 'look' })), { claims: { jti } })).status,
      200,
    );
    assert.equal(
      (await send(JSON.stringify(question('nobody@a.example', { act: 'look' })), { claims: { jti } })).status,
      401,
    );
    assert.deepEqual(sent, []);
  });

  it('of another form is refused, and so is an address that is not one', async () => {
    const faults: object[] = [
      ...[{ act: 'send' }, { act: 'tell' }, { act: 'tell', since: 2, until: 1 }, { act: 'tell', since: 0, until: 1 }],
      ...[{ subscription: '' }, { client: 7 }, { titles: 'x' }, { request: undefined }, { topic: 'x'.repeat(2_001) }],
      ...[
        'a@b.example, c@d.example',
        'a@b.example\r\nBcc: c@d.example',
        'a',
        'a@b',
        '"a b"@b.example',
        '<a@b.example>',
      ].map((address) => ({ address })),
    ];
    for (const fault of faults) {
      const response = await send(JSON.stringify({ ...question('nobody@a.example'), ...fault }));
      assert.equal(response.status, 400, JSON.stringify(fault));
      assert.match(await response.text(), /Send subscription, topic, request/);
    }
    for (const body of ['', '[]', 'null', '{']) assert.equal((await send(body)).status, 400, body);
    assert.deepEqual(sent, []);
  });
});

describe('a mail', () => {
  it('says to mail programs how it is ended, and that no person has caused it', async () => {
    await confirm('wire@a.example');
    assert.deepEqual(await tell('wire@a.example', 3), { state: 'told', seconds: 3_600 });
    const { to, text } = await mailTo('wire@a.example', 2);
    assert.deepEqual(to, ['wire@a.example']);
    const [head = ''] = text.split('\r\n\r\n');
    assert.match(head, /^To: wire@a\.example\r$/m);
    assert.match(head, /^Auto-Submitted: auto-generated\r$/m);
    assert.match(head, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
    assert.match(
      head.replaceAll(/\r\n /g, ''),
      new RegExp(`^List-Unsubscribe: *<${issuer}/notifications/end\\?token=[\\w-]{43}>\\r$`, 'm'),
    );
    assert.match(head, /^Subject: Digital Health Platform: A result\r$/m);
  });

  it('is not sent twice because an answer was lost, nor sooner than an hour after the one before', async () => {
    await confirm('hourly@a.example');
    assert.equal((await tell('hourly@a.example', 1)).state, 'told');
    later(30);
    assert.deepEqual(await tell('hourly@a.example', 1), { state: 'told', seconds: 3_570 });
    assert.deepEqual(await tell('hourly@a.example', 2), { state: 'later', seconds: 3_570 });
    later(3_570);
    assert.equal((await tell('hourly@a.example', 2)).state, 'told');
    await mailTo('hourly@a.example', 3);
  });

  it('that the mail server refuses has failed: for good where it is for whom it was', async () => {
    await confirm('gone@a.example');
    refusals.set('gone@a.example', 451);
    assert.deepEqual(await tell('gone@a.example', 1), { state: 'failed', reason: '451', isFinal: false });
    refusals.set('gone@a.example', 550);
    assert.deepEqual(await tell('gone@a.example', 1), { state: 'failed', reason: '550', isFinal: true });
    refusals.delete('gone@a.example');
    refused.sender = 550;
    const ofSender = { state: 'failed', reason: '550', isFinal: false };
    assert.deepEqual(await tell('gone@a.example', 1), ofSender, 'the operator has to mend that');
    refused.sender = 0;
    for (const [code, isFinal] of [
      [452, false],
      [554, true],
    ] as const) {
      refused.mail = code;
      assert.deepEqual(await tell('gone@a.example', 1), { state: 'failed', reason: String(code), isFinal });
    }
    refused.mail = 0;
    assert.equal((await tell('gone@a.example', 1)).state, 'told', 'what failed was not told');
    const rows = await bed.sql<{ reason: string }[]>`
      select reason from sso.audit_event where event = 'notification.not-sent' order by id`;
    assert.deepEqual(
      rows.map(({ reason }) => reason),
      ['451', '550', '550', '452', '554'].map((code) => `Subscription/gone (playground) ${code}`),
    );
  });

  it('goes to nobody who has not agreed, and not to another address, client or topic than was agreed to', async () => {
    assert.equal((await tell('stranger@a.example', 1)).state, 'unconfirmed');
    await confirm('agreed@a.example');
    const of = { subscription: 'agreed' };
    assert.equal((await tell('elsewhere@a.example', 1, of)).state, 'unconfirmed');
    assert.equal((await tell('agreed@a.example', 1, { client: other })).state, 'unconfirmed');
    assert.equal((await tell('agreed@a.example', 1, { topic: 'https://example.org/other' })).state, 'unconfirmed');
    assert.equal((await tell('agreed@a.example', 1, { subscription: 'of-others' })).state, 'unconfirmed');
    assert.equal((await tell('AGREED@a.example', 1, of)).state, 'told', 'the same mailbox');
    const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
    const token = tokenIn(await mailTo('AGREED@a.example'), '/notifications/end');
    assert.equal((await fetch(`${url}/notifications/end?token=${token}`, { method: 'POST', body })).status, 200);
    later(3_600);
    assert.equal((await tell('agreed@a.example', 2, of)).state, 'ended');
    assert.equal((await ask('agreed@a.example', { ...of, request: 'r2' })).state, 'ended');
  });
});

describe('asking strangers', () => {
  it('is bounded for an address, whoever asks, under whatever name', async () => {
    const named = (n: number, of: string): Promise<Told> =>
      ask('bombed@b.example', { subscription: `s${String(n)}`, client: of });
    const answers: string[] = [];
    for (const asking of [client, other, 'c3', 'c4', 'c5'])
      for (let n = 0; n < 3; n += 1) answers.push((await named(n, asking)).state);
    assert.deepEqual(answers.filter((state) => state === 'waiting').length, 5);
    await mailTo('bombed@b.example', 5);
    later(3 * 86_400);
    assert.equal((await named(9, 'c6')).state, 'limited', 'days do not help');
    // At once.
    const together = await Promise.all(
      Array.from({ length: 12 }, (_, n) => ask('at-once@b.example', { subscription: `t${String(n)}` })),
    );
    assert.equal(together.filter(({ state }) => state === 'waiting').length, 2);
    await mailTo('at-once@b.example', 2);
  });

  it('is bounded for a client, and for a domain', async () => {
    const states = await Promise.all(
      Array.from({ length: 25 }, (_, n) => ask(`n${String(n)}@c.example`, { client: 'busy' })),
    );
    assert.equal(states.filter(({ state }) => state === 'waiting').length, 20);
    assert.deepEqual(
      states.find(({ state }) => state !== 'waiting'),
      { state: 'limited', by: 'client' },
    );
    const before = await bed.sql`select 1 from sso.mail_recipient`;
    let waits = 0;
    for (let n = 0; n < 302; n += 1) {
      const { state, seconds = 0 } = await ask(`n${String(n)}@d.example`, { client: `client-${String(n)}` });
      assert.equal(state, 'waiting');
      if (seconds >= 60) waits += 1;
    }
    assert.equal(waits, 2);
    assert.equal((await bed.sql`select 1 from sso.mail_recipient`).length - before.length, 300);
  });

  it('leaves no link that opens anything in the log', async () => {
    const tokens = sent.map((mail) => tokenIn(mail, '/notifications/(?:confirm|end)'));
    assert.ok(tokens.length > 5 && lines.length > 0);
    await fetch(`${url}/notifications/confirm?token=${tokens[0]!}`);
    await fetch(`${url}/notifications/end?token=${tokens[0]!}`, { method: 'POST' });
    const log = lines.join('');
    assert.deepEqual(
      tokens.filter((token) => log.includes(token)),
      [],
    );
    const stored = JSON.stringify(await bed.sql`select * from sso.mail_recipient`);
    assert.ok(!stored.includes('.example"') && !stored.includes('a.example'), 'addresses are not stored');
  });

  it('is forgotten when no FHIR server has spoken of it for a month', async () => {
    await confirm('kept@a.example');
    await deleteUnseenRecipients(bed.sql, new Date(now.getTime() + 30 * 86_400_000));
    assert.equal((await ask('kept@a.example', { act: 'look' })).state, 'confirmed');
    later(20 * 86_400);
    assert.equal((await ask('kept@a.example', { act: 'look' })).state, 'confirmed');
    await deleteUnseenRecipients(bed.sql, new Date(now.getTime() + 20 * 86_400_000));
    assert.equal((await ask('kept@a.example', { act: 'look' })).state, 'confirmed');
    await deleteUnseenRecipients(bed.sql, new Date(now.getTime() + 32 * 86_400_000));
    assert.equal((await ask('kept@a.example', { act: 'look' })).state, 'unconfirmed');
  });
});
