/** Passwords known from breaches: both forms of the list, and every place where a password is set. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BreachedPasswordsError, inspectBreachedPasswords, openBreachedPasswords } from '@dhp/accounts/sign-in';
import { openAccounts } from '@dhp/accounts';
import { Browser, type Page } from './browser.ts';
import { answer, basic, newClient, postForm, testBed } from './support.ts';

const hashOf = (password: string): string => createHash('sha1').update(password).digest('hex').toUpperCase();
const stolen = 'tulip on the windowsill';
const directory = await mkdtemp(join(tmpdir(), 'dhp-breached-'));
after(() => rm(directory, { recursive: true }));

/** As the downloader of Pwned Passwords writes them. */
async function rangeFiles(name: string, passwords: Record<string, number>, extension: string): Promise<string> {
  const path = join(directory, name);
  await mkdir(path);
  const ranges = new Map<string, string[]>();
  for (const [password, count] of Object.entries(passwords)) {
    const hash = hashOf(password);
    const lines = ranges.get(hash.slice(0, 5)) ?? [
      '0018A45C4D1DEF81644B54AB7F969B88D65:1',
      'FFFA45C4D1DEF81644B54AB7F969B88D650:10',
    ];
    ranges.set(hash.slice(0, 5), [...lines, `${hash.slice(5)}:${String(count)}`].sort());
  }
  for (const [range, lines] of ranges) await writeFile(join(path, range + extension), lines.join('\r\n'));
  return path;
}

async function sortedFile(name: string, passwords: readonly string[], end = '\r\n'): Promise<string> {
  const path = join(directory, name);
  const lines = passwords.map((password, index) => `${hashOf(password)}:${String(10 ** (index % 7))}`).sort();
  await writeFile(path, lines.join(end) + end);
  return path;
}

describe('a list', () => {
  it('of range files is read a range at a time, with and without an ending', async () => {
    for (const extension of ['.txt', '']) {
      const path = await rangeFiles(`ranges${extension}`, { [stolen]: 7, 'padding of the answer': 0 }, extension);
      // Reading the whole list would fail here.
      for (const other of ['00000', 'FFFFF']) await mkdir(join(path, other + extension));
      const list = await openBreachedPasswords(path);
      assert.equal(await list.timesSeen(stolen), 7);
      assert.equal(await list.timesSeen('padding of the answer'), 0, 'a count of 0 is no breach');
      assert.equal(await list.timesSeen(`${stolen}s`), 0);
      assert.equal((await inspectBreachedPasswords(path)).form, 'directory');
    }
  });

  it('in one file is found by halves, at its begin, its end and between, with either end of a line', async () => {
    const passwords = Array.from({ length: 20_000 }, (_, n) => `password number ${String(n)}`);
    for (const end of ['\n', '\r\n']) {
      const path = await sortedFile(`all${String(end.length)}`, passwords, end);
      const list = await openBreachedPasswords(path);
      const order = passwords.toSorted((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1));
      for (const [place, password] of order.entries()) {
        if (place > 2 && place < order.length - 3 && place % 997 !== 0) continue;
        const expected = 10 ** (Number(password.split(' ')[2]) % 7);
        assert.equal(await list.timesSeen(password), expected, `${password} at ${String(place)}`);
      }
      for (let n = 0; n < 100; n += 1) assert.equal(await list.timesSeen(`absent ${String(n)}`), 0);
      assert.ok((await inspectBreachedPasswords(path)).size! > 800_000);
    }
  });

  it('of one line is a list', async () => {
    const list = await openBreachedPasswords(await sortedFile('one', [stolen]));
    assert.deepEqual([await list.timesSeen(stolen), await list.timesSeen('another')], [1, 0]);
  });

  it('that is not there, is empty or is something else is refused', async () => {
    const empty = join(directory, 'empty');
    await mkdir(empty);
    await writeFile(join(empty, 'README.txt'), 'nothing');
    const text = join(directory, 'words.txt');
    await writeFile(text, '123456\npassword\n');
    for (const [path, why] of [
      [join(directory, 'nothing'), /ENOENT/],
      [empty, /no range file/],
      [text, /HASH:COUNT/],
    ] as const) {
      await assert.rejects(openBreachedPasswords(path), (error: unknown) => {
        assert.ok(error instanceof BreachedPasswordsError);
        assert.match(error.message, why);
        return true;
      });
    }
  });
});

describe('a breached password', async () => {
  const breachedPasswords = await openBreachedPasswords(await rangeFiles('installed', { [stolen]: 3 }, '.txt'));
  const bed = await testBed();
  const { url } = await bed.start({ breachedPasswords, send: () => Promise.resolve() });
  const accounts = openAccounts(bed.sql, { actor: 'cli:tester', breachedPasswords });
  const first = 'correct horse battery';
  let token = '';

  before(async () => {
    const { id, secret } = await newClient(bed.clients, { scopes: ['admin/users.write'], environment: 'production' });
    const granted = await postForm(
      `${url}/oauth/token`,
      { grant_type: 'client_credentials', scope: 'admin/users.write' },
      basic(id, secret),
    );
    token = String(granted.body['access_token']);
  });

  async function administer(path: string, body: object): Promise<{ status: number; text: string }> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return answer(
      await fetch(`${url}/admin/${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ ...body, reason: 'test' }),
      }),
    );
  }

  async function setByLink(username: string, password: string, language = 'en'): Promise<Page> {
    const { link } = await accounts.invite({ username, name: 'Somebody' });
    return new Browser(url, language).post('/password/new', { token: link.split('token=')[1]!, new: password });
  }

  /** Every place where a password is set: it refuses this one with the reason, and accepts another one. */
  const places: Record<string, (username: string, password: string) => Promise<string>> = {
    'an account that is made at the command line': async (username, password) => {
      await accounts.create({ username, name: 'Somebody', password });
      return '';
    },
    'a password set at the command line': async (username, password) => {
      await accounts.create({ username, name: 'Somebody', password: first });
      await accounts.setPassword(username, password);
      return '';
    },
    'an account that is made by the administration': async (username, password) => {
      const { status, text } = await administer('users', { username, name: 'Somebody', password });
      return status === 201 ? '' : text;
    },
    'a password set by the administration': async (username, password) => {
      await accounts.create({ username, name: 'Somebody', password: first });
      const { status, text } = await administer(`users/${username}/set-password`, { password });
      return status < 300 ? '' : text;
    },
    'a link': async (username, password) => {
      const page = await setByLink(username, password);
      return page.status === 200 ? '' : page.text;
    },
    'the own account': async (username, password) => {
      await accounts.create({ username, name: 'Somebody', password: first });
      const browser = new Browser(url);
      const page = await browser.submit(await browser.get('/account/security'), { username, password: first }, 'login');
      const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(page.text) ?? [];
      const changed = await browser.post('/account', { csrf, step: 'change-password', current: first, new: password });
      return changed.address.includes('notice=') ? changed.text : '';
    },
  };
  let people = 0;
  for (const [place, set] of Object.entries(places)) {
    it(`is refused for ${place}`, async () => {
      const [one, other] = [`person${String((people += 1))}`, `person${String((people += 1))}`];
      const refusal = await set(one, stolen).catch((error: unknown) => (error as Error).message);
      assert.match(refusal, /breach|stolen elsewhere/);
      assert.ok(!('account' in (await accounts.authenticate(one, stolen, '192.0.2.1'))));
      assert.equal(await set(other, `${stolen} of ours`), '');
      assert.ok('account' in (await accounts.authenticate(other, `${stolen} of ours`, '192.0.2.1')));
    });
  }

  it('is spoken of in the language of the page', async () => {
    const said = { uz: /oʻgʻirlangan parollar/, ru: /украденных/, en: /stolen elsewhere/ };
    for (const [language, words] of Object.entries(said)) {
      const page = await setByLink(`speaks-${language}`, stolen, language);
      assert.equal(page.status, 400);
      assert.match(page.text, words);
    }
  });

  it('is taken where no list is installed', async () => {
    const without = openAccounts(bed.sql, { actor: 'cli:tester' });
    await without.create({ username: 'nolist', name: 'Somebody', password: stolen });
    assert.ok('account' in (await without.authenticate('nolist', stolen, '192.0.2.1')));
  });
});
