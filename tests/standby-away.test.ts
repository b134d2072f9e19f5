/** While the synchronous standby is unavailable nothing can be committed: writes fail in bounded time, and reads continue. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startPair } from '@dhp/postgres/testing';
import { fhirAt, hasStatus, type Answer } from './fhir.ts';
import { askToken, getToken, type Credentials, type Home, type Platform } from './platform.ts';
import { platformOn, startWriting } from './proof/failure/scenario.ts';

let pair: Awaited<ReturnType<typeof startPair>>;
let home: Home;
let platform: Platform;
let client: Credentials;
let token: string;

before(async () => {
  pair = await startPair();
  ({ home, platform, token } = await platformOn(pair.primary, {
    ...{ DHP_ROLE: 'sso,fhir', DHP_SSO_CLIENT_RATE: '0', DHP_SSO_ADDRESS_RATE: '0' },
  }));
  client = await home.createClient();
  await pair.synchronous(true);
});
after(async () => {
  await home.close();
  await pair.close();
});

interface Readiness {
  readonly status: number;
  readonly body: { readonly status: string; readonly writes?: string; readonly checks: { readonly commits: string } };
}

/** Polled often, but not so often that it takes CPU from the work that it waits for. */
async function readiness(server: string): Promise<Readiness> {
  await delay(60);
  const response = await fetch(`${server}/readyz`);
  return { status: response.status, body: (await response.json()) as Readiness['body'] };
}

async function untilReady(server: string): Promise<void> {
  while ((await readiness(server)).body.status !== 'ready');
}

test('all servers stay in service, read, and refuse what would have to be stored', { timeout: 300_000 }, async (t) => {
  const { sso, playground } = platform.urls;
  token = await getToken(sso, client);
  const ask = fhirAt(playground, token);
  hasStatus(await ask('PUT', 'Basic/kept', { resourceType: 'Basic', id: 'kept', code: { text: 'kept' } }), 201);
  for (const server of [sso, playground]) await untilReady(server);

  const writing = startWriting(playground, token, 4);
  let isOver = false;
  t.after(() => {
    isOver = true;
    return writing.stop();
  });
  const tokens = new Set<number>();
  // Each of these waits on a connection of the SSO: all of them are in use.
  const asking = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (!isOver) {
        tokens.add((await askToken(sso, client)).status);
        await delay(60);
      }
    }),
  );
  while (writing.acknowledged() < 50) await readiness(playground);
  await pair.killStandby();
  const begin = performance.now();
  // Until a write and a token are refused, while a commit is waited for: by then all writing connections have waited.
  const seen: string[] = [];
  let written: Answer | undefined;
  void ask('POST', 'Basic', { resourceType: 'Basic', code: { text: 'new' } }).then((answer) => (written = answer));
  do {
    for (const server of [sso, playground]) {
      const { status, body } = await readiness(server);
      assert.equal(status, 200, JSON.stringify(body));
      seen.push(`${body.status} ${body.writes ?? 'taken'} ${body.checks.commits}`);
    }
    hasStatus(await ask('GET', 'Basic/kept'), 200);
    hasStatus(await ask('GET', 'Basic?_id=kept'), 200);
    assert.equal((await fetch(`${sso}/oauth/jwks`)).status, 200);
  } while (!tokens.has(503) || written === undefined);
  const taken = (performance.now() - begin) / 1000;
  assert.ok(taken < 30, `it took ${taken.toFixed(1)} s until a write and a token were refused`);
  assert.match(hasStatus(written, 503).text, /"outcome-unknown"|"database-unavailable"/);
  // The first answers may still show the previous state.
  for (const one of seen) assert.ok(['degraded blocked blocked', 'ready taken ok'].includes(one), one);
  assert.equal(seen.at(-1), 'degraded blocked blocked');

  // From here on the state is known, and nothing is sent to the database.
  for (const deadline = performance.now() + 60_000; ;) {
    await delay(60);
    const refused = await ask('PUT', 'Basic/refused', { resourceType: 'Basic', id: 'refused', code: { text: 'new' } });
    assert.equal(refused.status, 503, refused.text);
    const answer = await askToken(sso, client);
    assert.equal(answer.status, 503);
    const isKnown = [refused.text.includes('"writes-blocked"'), (await answer.text()).includes('not carried out')];
    if (isKnown.every(Boolean)) break;
    assert.ok(performance.now() < deadline, 'the state is not known');
  }
  for (let n = 0; n < 20; n += 1) {
    const again = { resourceType: 'Basic', id: `refused-${n}`, code: { text: 'new' } };
    const answers = [
      await ask('PUT', `Basic/refused-${n}`, again),
      await ask('POST', '', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [{ resource: again, request: { method: 'PUT', url: `Basic/refused-${n}` } }],
      }),
      await ask('DELETE', 'Basic/kept'),
    ];
    for (const answer of answers) {
      assert.match(hasStatus(answer, 503).text, /"writes-blocked"/);
      assert.equal(answer.headers.get('retry-after'), '2');
    }
    const token = await askToken(sso, client);
    assert.equal(token.status, 503);
    assert.match(await token.text(), /not carried out/);
  }

  await pair.startStandby();
  for (const server of [sso, playground]) await untilReady(server);
  const before = writing.acknowledged();
  while (writing.acknowledged() < before + 50) await readiness(playground);
  isOver = true;
  await asking;
  assert.deepEqual([...tokens].sort(), [200, 503]);
  const refused = await writing.stop();
  assert.deepEqual([...new Set(refused.map(({ status }) => status))].join(), '503');
  await writing.check(ask);
  for (let n = 0; n < 20; n += 1) hasStatus(await ask('GET', `Basic/refused-${n}`), 404);
  hasStatus(await ask('GET', 'Basic/kept'), 200);
});
