import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { put, remove, send } from './bundles.ts';
import { baseUrl, patient, startServer, type Reply, type TestServer } from './environment.ts';

/** Ten minutes pass between two requests; `now` is the time of the next one. */
let now = Date.parse('2026-03-01T10:00:00+05:00');
let server: TestServer;
const observation = {
  resource: { resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'x' } },
  request: { method: 'PUT', url: 'Observation/o' },
};
before(async () => {
  server = await startServer({ requireIfMatch: false }, undefined, { clock: () => new Date(now) });
  const step = async (...entries: Parameters<typeof send>[2][number][]): Promise<void> => {
    assert.equal((await send(server, 'transaction', entries)).status, 200);
    now += 600_000;
  };
  await step(put('a'), observation); // 10:00
  await step(put('a', { active: false })); // 10:10
  await step(remove('Patient/a'), put('b')); // 10:20
  await step(put('a', { gender: 'male' })); // 10:30
});
after(() => server.close());

interface Entry {
  fullUrl: string;
  resource?: Record<string, unknown>;
  request: { method: string; url: string };
  response: { status: string; etag: string; lastModified: string };
}
const entriesOf = (reply: Reply): Entry[] => (reply.json['entry'] as Entry[] | undefined) ?? [];
const linkTo = (reply: Reply, relation: string): string | undefined =>
  (reply.json['link'] as { relation: string; url: string }[]).find((link) => link.relation === relation)?.url;

/** `DELETE Patient/a 3` and the like. */
const shown = (reply: Reply): string[] =>
  entriesOf(reply).map(({ request, response }) => `${request.method} ${request.url} ${response.etag.slice(3, -1)}`);
const history = (path: string): Promise<Reply> => server.request('GET', path);

const all = ['PUT Patient/a 4', 'PUT Patient/b 1', 'DELETE Patient/a 3', 'PUT Patient/a 2'];

test('the history of a type: its versions, the newest first, deletions included', async () => {
  const reply = await history('/Patient/_history');
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.json['type'], 'history');
  const found = shown(reply);
  assert.deepEqual(found.slice(0, 1), all.slice(0, 1));
  assert.deepEqual([...found].sort(), [...all, 'PUT Patient/a 1'].sort());
  for (const { fullUrl, resource, request, response } of entriesOf(reply)) {
    assert.ok(fullUrl.startsWith(`${baseUrl}/Patient/`));
    assert.equal(resource === undefined, request.method === 'DELETE');
    if (resource !== undefined) {
      assert.equal((resource['meta'] as { lastUpdated: string }).lastUpdated, response.lastModified);
    }
  }
});

test('the history of the system: all types', async () => {
  const found = shown(await history('/_history'));
  assert.deepEqual([...found].sort(), [...all, 'PUT Patient/a 1', 'PUT Observation/o 1'].sort());
  const empty = await history('/Encounter/_history');
  assert.deepEqual([empty.status, empty.json['entry']], [200, undefined]);
});

test('pages have links, and miss nothing while others write', async () => {
  const seen: string[] = [];
  let url: string | undefined = `${baseUrl}/Patient/_history?_count=2`;
  let pages = 0;
  while (url !== undefined) {
    const reply = await history(url.slice(baseUrl.length));
    assert.equal(linkTo(reply, 'self'), url);
    assert.ok(entriesOf(reply).length <= 2);
    seen.push(...shown(reply));
    url = linkTo(reply, 'next');
    pages += 1;
    await server.write('PUT', `/Patient/while-${pages}`, patient({ id: `while-${pages}` }));
    await server.write('PUT', '/Patient/b', patient({ id: 'b', multipleBirthInteger: pages }));
  }
  assert.equal(pages, 3);
  assert.deepEqual(seen.sort(), [...all, 'PUT Patient/a 1'].sort());
  const none = await history('/Patient/_history?_count=0');
  assert.deepEqual([none.json['entry'], linkTo(none, 'next')], [undefined, undefined]);
});

test('nothing can be read of a link, and it is one of its own history alone', async () => {
  const cursorOf = async (path: string): Promise<string> =>
    new URL(linkTo(await history(path), 'next')!).searchParams.get('_cursor')!;
  const [one, other] = [await cursorOf('/Patient/_history?_count=1'), await cursorOf('/Patient/_history?_count=1')];
  assert.notEqual(one, other);
  assert.equal(one.length, other.length);
  assert.doesNotMatch(Buffer.from(one, 'base64url').toString('latin1'), /older|\d{8}/);
  assert.equal((await history(`/Patient/_history?_cursor=${one}`)).status, 200);
  const forged = `${one.slice(0, 40)}${one[40] === 'A' ? 'B' : 'A'}${one.slice(41)}`;
  for (const path of [`/_history?_cursor=${one}`, `/Patient/_history?_cursor=${forged}`])
    assert.equal((await history(path)).code, 'parameter-invalid', path);
});

test('_sort=_lastUpdated is the oldest first, and links lead back and forth', async () => {
  const sorted = shown(await history('/Patient/a/_history?_sort=_lastUpdated'));
  assert.deepEqual(sorted, ['PUT Patient/a 1', 'PUT Patient/a 2', 'DELETE Patient/a 3', 'PUT Patient/a 4']);
  for (const path of ['/Patient/a/_history', '/Patient/_history', '/_history']) {
    const whole: Record<string, string[]> = {};
    for (const sort of ['_lastUpdated', '-_lastUpdated', 'none']) {
      const query = `_sort=${sort}&_at=2026-03-01`;
      const expected = shown(await history(`${path}?${query}&_count=500`));
      whole[sort] = expected;
      const pages: string[][] = [];
      let reply = await history(`${path}?${query}&_count=2`);
      assert.equal(linkTo(reply, 'previous'), undefined);
      for (;;) {
        pages.push(shown(reply));
        const next = linkTo(reply, 'next');
        if (next === undefined) break;
        assert.ok(next.includes(`_sort=${sort}`));
        reply = await history(next.slice(baseUrl.length));
      }
      assert.ok(pages.length > 1);
      assert.deepEqual(pages.flat(), expected);
      for (const page of pages.slice(0, -1).reverse()) {
        reply = await history(linkTo(reply, 'previous')!.slice(baseUrl.length));
        assert.deepEqual(shown(reply), page);
        assert.ok(linkTo(reply, 'next') !== undefined);
      }
      assert.equal(linkTo(reply, 'previous'), undefined);
    }
    assert.deepEqual(whole['_lastUpdated'], whole['-_lastUpdated']?.toReversed());
    assert.deepEqual(whole['none'], whole['-_lastUpdated']);
  }
  const both = await history('/Patient/a/_history?_before=3&_after=1');
  assert.deepEqual([both.status, both.code], [400, 'parameter-invalid']);
});

test('each version has the method of its request, and 201 where it made the resource', async () => {
  const patched = async (path: string): Promise<Reply> =>
    server.request('PATCH', path, {
      headers: { 'content-type': 'application/json-patch+json' },
      body: JSON.stringify([{ op: 'add', path: '/multipleBirthInteger', value: path.length }]),
    });
  await server.write('PUT', '/Patient/how', patient({ id: 'how' }));
  assert.equal((await patched('/Patient/how')).status, 200);
  assert.equal((await patched('/Patient?_id=how')).status, 200);
  const data = Buffer.from('[{"op":"add","path":"/gender","value":"male"}]').toString('base64');
  const resource = { resourceType: 'Binary', contentType: 'application/json-patch+json', data };
  const entry = { resource, request: { method: 'PATCH', url: 'Patient/how' } };
  assert.equal((await send(server, 'transaction', [entry])).status, 200);
  await server.request('DELETE', '/Patient/how');
  await server.write('PUT', '/Patient/how', patient({ id: 'how' }));
  const expected = ['PUT 201', 'DELETE 200', 'PATCH 200', 'PATCH 200', 'PATCH 200', 'PUT 201'];
  const made = (reply: Reply): string[] =>
    entriesOf(reply)
      .filter(({ request }) => request.url === 'Patient/how')
      .map(({ request, response }) => `${request.method} ${response.status}`);
  assert.deepEqual(made(await history('/Patient/how/_history')), expected);
  assert.deepEqual(made(await history('/Patient/_history?_count=500')), expected);
  assert.deepEqual(made(await history('/Patient/how/_history?_sort=_lastUpdated')), expected.toReversed());
});

test('_since and _at choose versions by time', async () => {
  const at = (clock: string): string => encodeURIComponent(`2026-03-01T${clock}+05:00`);
  const early = `_at=${at('10:10:00')}`;
  assert.deepEqual(shown(await history(`/Patient/_history?${early}`)), ['PUT Patient/a 2']);
  assert.deepEqual(shown(await history(`/Patient/a/_history?${early}`)), ['PUT Patient/a 2']);
  assert.deepEqual(shown(await history(`/Patient/a/_history?_at=${at('10:05:00')}`)), ['PUT Patient/a 1']);
  assert.deepEqual(shown(await history(`/Patient/a/_history?_since=${at('10:20:00')}`)), [
    'PUT Patient/a 4',
    'DELETE Patient/a 3',
  ]);
  const day = await history('/Patient/a/_history?_at=2026-03-01');
  assert.deepEqual(shown(day), ['PUT Patient/a 4', 'DELETE Patient/a 3', 'PUT Patient/a 2', 'PUT Patient/a 1']);
  assert.deepEqual(
    entriesOf(day).map(({ response }) => response.status),
    ['201', '200', '200', '201'],
  );
  const before = await history('/Patient/a/_history?_at=2026-02-28');
  assert.deepEqual([before.status, before.json['total'], before.json['entry']], [200, 0, undefined]);
  assert.equal((await history('/Patient/never/_history?_at=2026-02-28')).status, 404);
  const system = await history(`/_history?_since=${at('10:30:00')}&_count=500`);
  assert.ok(shown(system).includes('PUT Patient/a 4'));
  assert.ok(!shown(system).includes('DELETE Patient/a 3'));
  const raw = await history('/Patient/a/_history?_since=2026-03-01T10:20:00+05:00&_count=1');
  assert.deepEqual(shown(raw), ['PUT Patient/a 4']);
  const next = linkTo(raw, 'next')?.slice(baseUrl.length) ?? '';
  assert.deepEqual(shown(await history(next)), ['DELETE Patient/a 3']);
});

test('what cannot be is 400', async () => {
  for (const path of ['/_history', '/Patient/_history', '/Patient/a/_history']) {
    for (const query of [
      ...['_since=yesterday', '_at=ge2026-01-01', '_since=2026-01-01&_since=2026-01-01', '_count=-1', '_count=x'],
      ...['_sort=lastUpdated', '_sort=name', '_sort=-_lastUpdated,name', '_at='],
    ]) {
      const reply = await history(`${path}?${query}`);
      assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], `${path}?${query}`);
    }
    assert.equal((await history(`${path}?_sort=-_lastUpdated`)).status, 200);
    assert.equal((await history(`${path}?_tag=x`)).code, 'parameter-unknown');
  }
  for (const cursor of ['', 'x', 'MTox', Buffer.from('1:2: 3 4').toString('base64url')]) {
    const reply = await history(`/Patient/_history?_cursor=${cursor}`);
    assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], cursor);
  }
  assert.equal((await history('/patient/_history')).code, 'type-unknown');
});

test('they take the permission to search', async () => {
  const read = await server.sso.token({ scope: 'system/*.r' });
  const search = await server.sso.token({ scope: 'system/Patient.s' });
  const status = async (token: string, path: string): Promise<number> =>
    (await server.request('GET', path, { token })).status;
  assert.equal(await status(read, '/Patient/_history'), 403);
  assert.equal(await status(read, '/_history'), 403);
  assert.equal(await status(search, '/Patient/_history'), 200);
  assert.equal(await status(search, '/Observation/_history'), 403);
  const all = await server.request('GET', '/_history?_count=500', { token: search });
  assert.equal(all.status, 200);
  assert.deepEqual(
    new Set(all.text.match(/"url":"[A-Z][a-z]+/g)),
    new Set(['"url":"Patient']),
    'only what it may search',
  );
});
