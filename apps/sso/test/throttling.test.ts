/** Guessing: one account, many accounts, many addresses, many concurrently. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { authorizeAddress, Browser, pkce, signIn, type Page } from './browser.ts';
import { newClient, testBed } from './support.ts';

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const one = await bed.start({ clock, trustProxy: true });
const other = await bed.start({ clock, trustProxy: true });
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const password = 'correct horse battery';
const client = await newClient(bed.clients, {
  grants: ['authorization_code'],
  scopes: ['openid'],
  redirectUris: ['https://clinic.example.uz/cb'],
  public: true,
});
const ask = authorizeAddress({
  client_id: client.id,
  response_type: 'code',
  redirect_uri: 'https://clinic.example.uz/cb',
  ...pkce().query,
});
const crowd = 1000;

before(async () => {
  for (const username of ['aziza', 'bobur', 'olim']) await accounts.create({ username, name: 'Somebody', password });
  // A thousand people with the same password: hashing it for each would take most of a minute.
  await bed.sql`
    insert into sso.account (account_id, username, name, password_hash, created_at, updated_at)
    select gen_random_uuid(), 'person' || n, 'Person', a.password_hash, a.created_at, a.updated_at
    from sso.account a, generate_series(1, ${crowd}) n where a.username = 'aziza'`;
});

function from(address: string, url = one.url): Browser {
  return new Browser(url, 'en', { 'x-forwarded-for': address });
}

async function attempt(browser: Browser, page: Page, username: string, guess: string): Promise<Page> {
  return browser.submit(page, { username, password: guess }, 'login');
}

describe('guessing', () => {
  it('a name waits after five wrong passwords, on every node, longer with each more, and only this name', async () => {
    const browser = from('192.0.2.1');
    let page = await browser.get(ask);
    for (let n = 0; n < 5; n += 1) page = await attempt(browser, page, 'aziza', `wrong ${String(n)}`);
    const elsewhere = from('192.0.2.2', other.url);
    const waits = async (): Promise<boolean> => {
      const answer = await attempt(elsewhere, await elsewhere.get(ask), 'aziza', password);
      return answer.status === 401;
    };
    assert.ok(await waits(), 'the right password is not taken');
    assert.ok((await signIn(from('192.0.2.3'), ask, { username: 'bobur', password })).searchParams.get('code'));
    now = new Date(now.getTime() + 31_000);
    await attempt(browser, page, 'aziza', 'wrong again');
    now = new Date(now.getTime() + 31_000);
    assert.ok(await waits(), 'the wait has doubled');
    now = new Date(now.getTime() + 31_000);
    assert.ok((await signIn(from('192.0.2.4'), ask, { username: 'aziza', password })).searchParams.get('code'));
  });

  it('many at once do not get more guesses than are free', async () => {
    const answers = await Promise.all(
      Array.from({ length: 16 }, async (_, n) => {
        const browser = from(`198.51.100.${String(n)}`, n % 2 === 0 ? one.url : other.url);
        return attempt(browser, await browser.get(ask), 'olim', `wrong ${String(n)}`);
      }),
    );
    assert.ok(answers.every(({ status }) => status === 401));
    const rows = await bed.sql<{ reason: string; n: number }[]>`
      select e.reason, count(*)::int as n from sso.audit_event e join sso.account a using (account_id)
      where a.username = 'olim' and event = 'sign-in.refused' group by reason order by reason`;
    assert.deepEqual(Object.fromEntries(rows.map(({ reason, n }) => [reason, n])), {
      'account-locked': 11,
      'wrong-password': 5,
    });
  });

  it('one password on a thousand accounts is slowed down, while others sign in', async () => {
    const sprayer = from('203.0.113.7');
    const page = await sprayer.get(ask);
    const statuses: number[] = [];
    const spray = (async () => {
      for (let n = 1; n <= crowd; n += 1) {
        const answer = await attempt(sprayer, page, `person${String(n)}`, 'Summer-2026!!');
        statuses.push(answer.status);
        if (answer.status === 429) assert.ok(Number(answer.headers.get('retry-after')) > 0);
      }
    })();
    for (const address of ['2001:db8::1', '203.0.113.8']) {
      const back = await signIn(from(address), ask, { username: 'bobur', password });
      assert.ok(back.searchParams.get('code'), 'another address is not held up');
    }
    await spray;
    assert.equal(statuses.filter((status) => status !== 429).length, 40);
  });

  it('whoever has an IPv6 network has one address', async () => {
    const answers: number[] = [];
    for (let n = 1; n <= 42; n += 1) {
      const browser = from(`2001:db8:0:7::${n.toString(16)}`);
      answers.push((await attempt(browser, await browser.get(ask), `nobody${String(n)}`, 'wrong')).status);
    }
    assert.deepEqual(answers.slice(-2), [429, 429]);
  });

  it('a new password from an administrator ends the wait', async () => {
    await accounts.setPassword('olim', 'another long password');
    const back = await signIn(from('192.0.2.9'), ask, { username: 'olim', password: 'another long password' });
    assert.ok(back.searchParams.get('code'));
  });
});

describe('the password policy', () => {
  it('refuses what is tried first, what is known of the person, and what is short; and nothing else', async () => {
    const refused: [string, RegExp][] = [
      ['short', /10 to 256/],
      ['x'.repeat(257), /10 to 256/],
      ['qwertyuiop', /tried first/],
      ['Password123!', /tried first/],
      ['aaaaaaaaaaaa', /tried first/],
      ['nodira.karimova', /made of the name/],
      ['Karimova2026', /made of the name/],
    ];
    for (const [bad, why] of refused) {
      const person = { username: 'nodira.karimova', name: 'Nodira Karimova', password: bad };
      await assert.rejects(accounts.create(person), why, bad);
    }
    await accounts.create({ username: 'nodira.karimova', name: 'Nodira Karimova', password: 'шесть тихих слов' });
  });
});
