/** Sign-ins, refreshes and sign-outs of one person at the same time as acts on that person: nobody meets a fault of the server. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openPeople } from '@dhp/accounts';
import { endEverything } from '@dhp/grants';
import { transact } from '@dhp/sso-kit';
import { authorizeAddress, Browser, pkce } from './browser.ts';
import { codeBed, doctor } from './code-bed.ts';
import { postForm } from './support.ts';

const { bed, url, token, accounts, spa, request, exchange } = await codeBed();
const people = openPeople(bed.sql, { actor: 'cli:tester' });
const milliseconds = Number(process.env['AT_ONCE_MS'] ?? 4000);

const scope = 'openid offline_access user/*.rs';
const faults: string[] = [];
const counts: Record<string, number> = {};
const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);

const seen = (what: string, { status, text }: { status: number; text: string }): void => {
  count(`${what} ${String(status)}`);
  if (status >= 500) faults.push(`${what}: ${String(status)} ${text}`);
};

/** From a sign-in to tokens; undefined where an act came in between. */
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
    ...[1, 2, 3].map(() => loop(() => acts[(n += 1) % acts.length]!().then(() => count('act')))),
  ]);
  t.diagnostic(JSON.stringify(counts));
  assert.deepEqual(faults, []);
});
