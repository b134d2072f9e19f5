/**
 * Sign-ins, refreshes and sign-outs of one person concurrent with acts on that person, while PostgreSQL aborts some of their writes as in a
 * deadlock: nobody gets a server error, and work in progress does not continue without its ended session.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openPeople } from '@dhp/accounts';
import { endEverything, endSession } from '@dhp/grants';
import { overtakenEvery } from '@dhp/postgres/testing';
import { transact } from '@dhp/sso-kit';
import { authorizeAddress, Browser, pkce } from './browser.ts';
import { codeBed, doctor, patient } from './code-bed.ts';
import { whileHeld } from './held-row.ts';
import { postForm } from './support.ts';

/** The server's log, which explains a fault. */
const logged: string[] = [];
const logger = { level: 'error', stream: { write: (line: string) => void logged.push(line) } };
const { bed, url, token, accounts, spa, request, exchange } = await codeBed({ logger }, { overtaken: true });
const people = openPeople(bed.sql, { actor: 'cli:tester' });
const milliseconds = Number(process.env['AT_ONCE_MS'] ?? 4000);

const scope = 'openid offline_access user/*.rs';
const faults: string[] = [];
const counts: Record<string, number> = {};
const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);

const seen = (what: string, { status, text }: { status: number; text: string }): void => {
  count(`${what} ${String(status)}`);
  const title = /<title>([^<]*)/.exec(text)?.[1] ?? text;
  if (status >= 500) faults.push(`${what}: ${String(status)} ${title}\n${logged.splice(0).join('')}`);
};

/** From a sign-in to tokens; undefined if an act interrupted it. */
async function signIn(): Promise<Record<string, string> | undefined> {
  const browser = new Browser(url);
  const { verifier, query } = pkce();
  let page = await browser.get(authorizeAddress({ ...request, scope, ...query }));
  seen('page', page);
  if (page.text.includes('name="password"')) page = await browser.submit(page, doctor, 'login');
  seen('login', page);
  if (page.text.includes('value="allow"')) page = await browser.submit(page, {}, 'allow');
  seen('allow', page);
  const code = new URL(page.address).searchParams.get('code') ?? undefined;
  if (code === undefined) return undefined;
  const given = await exchange({ code, code_verifier: verifier });
  seen('exchange', given);
  return given.body as Record<string, string>;
}

async function signInAndRefresh(): Promise<void> {
  let given = await signIn();
  for (let n = 0; n < 4 && given?.['refresh_token'] !== undefined; n += 1) {
    const refreshToken = given['refresh_token'];
    const form = { client_id: spa.id, refresh_token: refreshToken };
    const both = await Promise.all([1, 2].map(() => postForm(token, { grant_type: 'refresh_token', ...form })));
    for (const one of both) seen('refresh', one);
    if (n === 2) seen('revoke', await postForm(`${url}/oauth/revoke`, { client_id: spa.id, token: refreshToken }));
    given = both[0]!.body as Record<string, string>;
  }
}

const acts: (() => Promise<unknown>)[] = [
  () => transact(bed.sql, (begun) => endEverything(begun, accountId, new Date())),
  () => people.resetFactors(doctor.username),
  () => people.change(doctor.username, { name: `Aziza ${String(Math.random())}` }),
  () => people.unlock(doctor.username),
  () => bed.clients.change(spa.id, { name: `Clinic ${String(Math.random())}` }),
];
let accountId = '';

it('all are answered', async (t) => {
  ({ accountId } = (await accounts.find(doctor.username))!);
  const until = Date.now() + milliseconds;
  const loop = async (work: () => Promise<unknown>): Promise<void> => {
    while (Date.now() < until && faults.length < 10) {
      await work().catch((error: unknown) => {
        faults.push(`${String(error)} ${String((error as { where?: string }).where)}`);
      });
    }
  };
  let n = 0;
  await Promise.all([
    ...[1, 2, 3, 4].map(() => loop(signInAndRefresh)),
    // With pauses: a sign-in during which something was ended begins again.
    ...[1, 2, 3].map(() => loop(() => acts[(n += 1) % acts.length]!().then(() => (count('act'), delay(300))))),
  ]);
  const writes = async (): Promise<number> => {
    const [row] = await bed.sql<{ count: number }[]>`select last_value::int as count from public.writes_of_servers`;
    return row!.count;
  };
  // On a busy machine nothing may have been aborted by then.
  while ((await writes()) < overtakenEvery) await signInAndRefresh();
  t.diagnostic(JSON.stringify({ ...counts, writes: await writes() }));
  assert.deepEqual(faults, []);
});

it('a sign-in in another language waits for no other sign-in of the person, and the next one notes the language', async () => {
  await bed.sql`delete from sso.throttle`;
  const language = async (): Promise<string> => {
    const [row] = await bed.sql<
      { language: string }[]
    >`select language from sso.account where account_id = ${accountId}`;
    return row!.language;
  };
  await bed.sql`update sso.account set language = 'ru' where account_id = ${accountId}`;
  const given = await bed.sql.begin(async (other) => {
    await other`select 1 from sso.account where account_id = ${accountId} for share`;
    return Promise.race([signIn(), delay(20_000, undefined, { ref: false })]);
  });
  assert.ok(given?.['access_token'] !== undefined, 'it has waited');
  assert.equal(await language(), 'ru');
  assert.ok((await signIn())?.['access_token'] !== undefined);
  assert.equal(await language(), 'en');
});

describe('a request that is under way while the session of its browser ends', () => {
  const asked = { ...request, scope: 'openid offline_access patient/*.rs' };
  /** Signs in up to the last request before the code. */
  const ways: Record<string, (browser: Browser) => Promise<() => ReturnType<Browser['get']>>> = {
    'asks for nothing': async (browser) => {
      await browser.submit(await browser.submit(await browser.get(address()), patient, 'login'), {}, 'allow');
      return () => browser.get(address({ prompt: 'none' }));
    },
    'answers the question of consent': async (browser) => {
      let page = await browser.get(address({ prompt: 'login consent' }));
      page = await browser.submit(page, patient, 'login');
      return () => browser.submit(page, {}, 'allow');
    },
  };
  const { verifier, query } = pkce();
  const address = (more: Record<string, string> = {}): string => authorizeAddress({ ...asked, ...query, ...more });

  for (const [way, come] of Object.entries(ways)) {
    for (const isAll of [true, false]) {
      it(`and ${way} gets no code, and the session is not there again: ${isAll ? 'all end' : 'this one ends'}`, async () => {
        // Of the sign-ins before, which were ended as if they had failed.
        await bed.sql`delete from sso.throttle`;
        const { accountId: id } = (await accounts.find(patient.username))!;
        const browser = new Browser(url);
        const last = await come(browser);
        const [session] = await bed.sql<{ session_uid: string }[]>`
          select session_uid from sso.session_detail where account_id = ${id} order by began_at desc limit 1`;
        const [page] = await whileHeld(
          bed.sql,
          (held) => held`
            select 1 from sso.artifact where model = 'Session' and account_id = ${id} order by id_hash for update`,
          [last],
          async (held) => {
            if (isAll) await endEverything(held, id, new Date());
            else assert.ok(await endSession(held, id, session!.session_uid, new Date()));
          },
        );
        assert.ok(page!.status < 500, page!.text);
        const code = new URL(page!.address).searchParams.get('code') ?? '';
        const { status } = await exchange({ code, code_verifier: verifier });
        assert.deepEqual([code, status], ['', 400]);
        const left = await bed.sql`
          select model from sso.artifact where account_id = ${id} and model <> 'Interaction' and uid = ${session!.session_uid}`;
        assert.deepEqual([...left], []);
        assert.match((await browser.get('/account')).text, /name="password"/);
      });
    }
  }
});
