/**
 * The disk of the database is full: requests that need storage are refused with a request to retry, nothing of them takes effect, and
 * requests without storage continue.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openAccounts } from '@dhp/accounts';
import { authorizeAddress, Browser, pkce } from './browser.ts';
import { newClient, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const password = 'correct horse battery';
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock: () => new Date() });
await accounts.create({ username: 'malika', name: 'Malika', password });
const { id, secret } = await newClient(bed.clients, {
  ...{ grants: ['authorization_code', 'client_credentials'], scopes: ['openid', 'system/Patient.rs'] },
  redirectUris: ['https://app.example/cb'],
});

/** As PostgreSQL reports a statement that finds no room; any write is refused. */
async function full(): Promise<void> {
  await bed.sql.unsafe(`
    create function public.no_room() returns trigger language plpgsql as $$
      begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
    do $$ declare t text; begin
      for t in select format('sso.%I', relname) from pg_class where relnamespace = 'sso'::regnamespace and relkind in ('r', 'p') and not relispartition loop
        execute format('create trigger no_room before insert or update or delete on %s for each statement execute function public.no_room()', t);
      end loop;
    end $$`);
}
async function room(): Promise<void> {
  await bed.sql.unsafe('drop function if exists public.no_room() cascade');
}

const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
const post = (path: string, form: Record<string, string>): Promise<Response> =>
  fetch(`${url}${path}`, { method: 'POST', headers: { authorization: basic }, body: new URLSearchParams(form) });
const askToken = (): Promise<Response> =>
  post('/oauth/token', { grant_type: 'client_credentials', scope: 'system/Patient.rs' });
const issued = async (): Promise<number> => {
  const [row] = await bed.sql<{ count: number }[]>`
    select count(*)::integer as count from sso.audit_event where event = 'token.issued'`;
  return row!.count;
};

it('what would be stored is 503 with a time to come again, keys and what a token says go on, and all is well when there is room', async () => {
  const { access_token: token } = (await (await askToken()).json()) as { access_token: string };
  const browser = new Browser(url, 'en');
  const request = { client_id: id, response_type: 'code', redirect_uri: 'https://app.example/cb', scope: 'openid' };
  const page = await browser.get(authorizeAddress({ ...request, ...pkce().query }));
  await full();
  const before = await issued();
  try {
    for (let n = 0; n < 3; n += 1) {
      const answer = await askToken();
      const text = await answer.text();
      assert.equal(answer.status, 503, text);
      assert.equal((JSON.parse(text) as { error: string }).error, 'temporarily_unavailable');
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
    }
    const refused = await browser.submit(page, { username: 'malika', password }, 'login');
    assert.equal(refused.status, 503, refused.text);
    for (const path of ['/.well-known/openid-configuration', '/oauth/jwks', '/healthz'])
      assert.equal((await fetch(url + path)).status, 200, path);
    const told = await post('/oauth/introspect', { token });
    assert.deepEqual([told.status, ((await told.json()) as { active: boolean }).active], [200, true]);
    assert.equal(await issued(), before);
  } finally {
    await room();
  }
  const end = Date.now() + 20_000;
  while ((await askToken()).status !== 200) {
    assert.ok(Date.now() < end, 'it goes on');
    await delay(50);
  }
  const again = await browser.submit(page, { username: 'malika', password }, 'login');
  assert.deepEqual([again.status, /Allow access/.test(again.text)], [200, true], again.text);
});
