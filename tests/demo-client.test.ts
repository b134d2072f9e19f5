/** The client and the banner of a start on a laptop: the same at every start, and absent if production is served. */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { askToken, openHome, type Credentials, type Home } from './platform.ts';

let place: Home;
let first: Credentials;
before(async () => {
  place = await openHome({ begins: 'migrated', programs: 'kept', serves: 'sso' });
});
after(() => place.close());

test('its secret stays the same at the next start, and is stored nowhere in clear', async () => {
  const one = await place.start();
  first = one.demo!;
  assert.equal((await askToken(one.urls.sso, first)).status, 200);
  assert.deepEqual(await one.end('SIGTERM'), { code: 0, signal: null });
  const two = await place.start();
  assert.deepEqual(two.demo, first);
  assert.equal((await askToken(two.urls.sso, first)).status, 200);
  for (const file of (await readdir(place.data, { withFileTypes: true })).filter((entry) => entry.isFile()))
    assert.ok(!(await readFile(join(place.data, file.name), 'utf8')).includes(first.client_secret), file.name);
  await two.end('SIGTERM');
});

test('an operator who gives it another secret has the last word', async () => {
  const rotated = await place.json<Credentials>(['client', 'rotate-secret', 'demo']);
  const platform = await place.start();
  assert.equal(platform.demo, undefined);
  assert.equal((await askToken(platform.urls.sso, first)).status, 401);
  assert.equal((await askToken(platform.urls.sso, rotated)).status, 200);
  await platform.end('SIGTERM');
  first = rotated;
});

test('it is disabled where production is served, and the start says so', async () => {
  const platform = await place.start({ DHP_PRODUCTION: 'on', DHP_PRODUCTION_PORT: '' });
  assert.equal(platform.demo, undefined);
  assert.match(platform.said(), /^The client demo is disabled, because production is on\. .* dhp client enable demo$/m);
  assert.equal((await askToken(platform.urls.sso, first)).status, 401);
  await platform.end('SIGTERM');
});
