import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { pageLinks } from '../src/search/page-links.ts';
import { observation, type OutcomeIssue } from './bundles.ts';
import { baseUrl, patient, startServer, type Reply, type TestServer } from './environment.ts';
import { idsOf, linkTo, post, put, search } from './searches.ts';

const total = 23;
let now = new Date('2026-11-25T09:00:00+05:00');
const linkKey = Buffer.alloc(32, 7);
let server: TestServer;
before(async () => {
  server = await startServer({ clock: () => now, linkKey });
  await put(server, patient({ id: 'p' }));
  await put(server, ...Array.from({ length: total }, (_, i) => made(`o${String(i + 10)}`, i + 1)));
});
after(() => server.close());

function made(id: string, dayOfMonth: number): Record<string, unknown> {
  const effectiveDateTime = `2026-03-${String(dayOfMonth).padStart(2, '0')}`;
  return observation('Patient/p', {
    id,
    effectiveDateTime,
    code: { coding: [{ system: 'http://loinc.org', code: 'x' }] },
  });
}

async function pages(
  path: string,
  between: (page: number) => Promise<unknown> = () => Promise.resolve(),
): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (let next: string | undefined = path; next !== undefined; next = linkTo(replies.at(-1)!, 'next')) {
    replies.push(await search(server, next));
    await between(replies.length);
  }
  return replies;
}

test('the pages hold every match once, the newest first', async () => {
  const read = await pages('/Observation?subject=Patient/p&_count=5');
  assert.deepEqual(
    read.map((reply) => idsOf(reply).length),
    [5, 5, 5, 5, 3],
  );
  const all = read.flatMap((reply) => idsOf(reply));
  assert.deepEqual(
    all,
    Array.from({ length: total }, (_, i) => `Observation/o${total - i + 9}`),
  );
  for (const reply of read) {
    assert.equal(linkTo(reply, 'first'), '/Observation?subject=Patient/p&_count=5');
    const again = await search(server, linkTo(reply, 'self') ?? '');
    assert.deepEqual(idsOf(again), idsOf(reply), 'the self link is this page');
  }
});

test('previous leads back to the page before', async () => {
  const read = await pages('/Observation?code=x&_sort=date&_count=8');
  assert.equal(linkTo(read[0]!, 'previous'), undefined);
  for (let page = read.length - 1; page > 0; page -= 1) {
    const back = await search(server, linkTo(read[page]!, 'previous') ?? '');
    assert.deepEqual(idsOf(back), idsOf(read[page - 1]!), `before page ${page}`);
    const forth = await search(server, linkTo(back, 'next') ?? '');
    assert.deepEqual(idsOf(forth), idsOf(read[page]!));
  }
});

test('nothing is missed or comes twice while others write', async () => {
  const read = await pages('/Observation?code=x&_count=4', async (page) => {
    await put(server, made(`new-${page}`, 31));
    await server.write('PUT', '/Observation/o10', { ...made('o10', 31), note: [{ text: String(page) }] });
  });
  const all = read.flatMap((reply) => idsOf(reply));
  assert.equal(new Set(all).size, all.length, 'none comes twice');
  const unchanged = Array.from({ length: total - 1 }, (_, i) => `Observation/o${i + 11}`);
  assert.deepEqual(
    unchanged.filter((id) => !all.includes(id)),
    [],
    'none is missed',
  );
  assert.deepEqual(
    all.filter((id) => id.includes('new')),
    [],
    'what is created later is not there',
  );
});

test('the total is counted once and told on every page', async () => {
  const read = await pages('/Observation?date=lt2026-03-31&code=x&_count=9&_total=accurate');
  const counted = read.map((reply) => reply.json['total']);
  assert.ok(Number(counted[0]) >= total - 1);
  assert.deepEqual(new Set(counted).size, 1);
});

test('_maxresults ends the pages', async () => {
  const read = await pages('/Observation?code=x&_count=4&_maxresults=10');
  assert.deepEqual(
    read.map((reply) => idsOf(reply).length),
    [4, 4, 2],
  );
  const back = await search(server, linkTo(read[2]!, 'previous') ?? '');
  assert.deepEqual(idsOf(back), idsOf(read[1]!));
});

test('the client may change the size and the look of the pages, not what is searched', async () => {
  const first = await search(server, '/Observation?code=x&_sort=date&_count=5');
  const next = linkTo(first, 'next') ?? '';
  assert.equal(idsOf(await search(server, next.replace('_count=5', '_count=2'))).length, 2);
  assert.equal((await server.request('GET', `${next}&_format=xml`)).status, 200);
  for (const tampered of [
    next.replace('code=x', 'code=y'),
    next.replace('_sort=date', '_sort=-date'),
    next.replace('/Observation', '/Condition').replace('_sort=date', '_sort=recorded-date'),
    `${next}&status=final`,
    `${next.slice(0, -4)}${next.at(-4) === 'A' ? 'B' : 'A'}${next.slice(-3)}`,
    next.replace(/_cursor=.*/, '_cursor=abc'),
    next.replace(/_cursor=.*/, '_cursor='),
    `${next}&_cursor=x`,
  ]) {
    const reply = await server.request('GET', tampered);
    assert.deepEqual([reply.status, reply.code], [400, 'page-link-invalid'], `${tampered}\n${reply.text}`);
    const [issue] = reply.json['issue'] as OutcomeIssue[];
    assert.deepEqual(issue?.expression, ['http._cursor']);
  }
});

test('links of a form search work, by GET and by form', async () => {
  const form = 'code=x&_sort=date&_count=5';
  const first = await post(server, '/Observation/_search', form);
  const next = linkTo(first, 'next') ?? '';
  const cursor = new URLSearchParams(next.split('?')[1]).get('_cursor') ?? '';
  const byGet = await search(server, next);
  const byForm = await post(server, '/Observation/_search', `${form}&_cursor=${cursor}`);
  assert.equal(byForm.status, 200);
  assert.deepEqual(idsOf(byForm), idsOf(byGet));
  assert.equal(idsOf(byGet).length, 5);
});

test('a link is good for a day, on every node with the same key, and in no other environment', async (t) => {
  const next = linkTo(await search(server, '/Observation?code=x&_count=5'), 'next') ?? '';
  const other = await startServer({ store: server.store, clock: () => now, linkKey });
  const foreign = await startServer({ store: server.store, clock: () => now, linkKey: Buffer.alloc(32, 8) });
  t.after(() => Promise.all([foreign.close(), other.close()]));
  assert.equal((await other.request('GET', next)).status, 200);
  assert.equal((await foreign.request('GET', next)).code, 'page-link-invalid');
  const before = now;
  now = new Date(before.getTime() + 24 * 3600_000 - 60_000);
  const token = await server.sso.token({ iat: now.getTime() / 1000, exp: now.getTime() / 1000 + 7200 });
  assert.equal((await server.request('GET', next, { token })).status, 200);
  now = new Date(now.getTime() + 120_000);
  const late = await server.request('GET', next, { token });
  assert.deepEqual([late.status, late.code], [410, 'page-link-expired']);
  assert.match(late.diagnostics, /Begin again/);
  now = before;
});

test('a position can be neither read nor made, and one that the release before has signed is good', () => {
  const links = pageLinks(linkKey, () => now);
  const position = { cursor: 'behind p10', left: 3 };
  const sealed = links.seal('/Patient?', position);
  assert.notEqual(sealed, links.seal('/Patient?', position));
  assert.equal(sealed.length, links.seal('/Patient?', { cursor: 'behind p7' }).length);
  assert.doesNotMatch(Buffer.from(sealed, 'base64url').toString('latin1'), /behind|p10/);
  assert.deepEqual(links.open('/Patient?', sealed), position);
  const payload = Buffer.from(JSON.stringify({ expiry: now.getTime() / 1000 + 60, ...position }));
  const signedFor = (search: string): string => {
    const mac = createHmac('sha256', linkKey).update(`${search.length}\n${search}`).update(payload).digest();
    return Buffer.concat([mac.subarray(0, 16), payload]).toString('base64url');
  };
  assert.deepEqual(links.open('/Patient?', signedFor('/Patient?')), position);
  for (const text of [signedFor('/Person?'), links.seal('/Person?', position), links.sealHistory('/Patient?', 'x'), ''])
    assert.throws(() => links.open('/Patient?', text), /page-link-invalid/);
});

test('every link is below the base URL', async () => {
  const reply = await search(server, '/Observation?code=x&_count=5&_format=json');
  for (const { url } of reply.json['link'] as { url: string }[]) {
    assert.ok(url.startsWith(`${baseUrl}/Observation?code=x&_format=json&_count=5`), url);
  }
});
