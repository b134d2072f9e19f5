/** Every link of a page can be followed, however long the search is: by POST, and by GET in a Bundle, of one id to thousands. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { entriesOf as entriesOfBundle, send } from './bundles.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';
import { entriesOf, idsOf, linkTo, post, put, search } from './searches.ts';

let server: TestServer;
const people = Array.from({ length: 9 }, (_, n) => `person-${n}`);
const notes = Array.from({ length: 23 }, (_, n) => `note-${String(n).padStart(2, '0')}`);

before(async () => {
  server = await startServer({ bodyLimit: 4 * 1024 ** 2 }, undefined, {
    searchTimeouts: { search: 60_000, total: 60_000 },
  });
  for (const id of people) await put(server, { resourceType: 'Patient', id });
  for (const [n, id] of notes.entries()) {
    await put(server, {
      ...{ resourceType: 'Basic', id, code: { coding: [{ system: 'urn:c', code: `code-${n}` }] } },
      ...{ subject: { reference: `Patient/${people[n % people.length]!}` }, identifier: [{ value: `id-${n}` }] },
    });
  }
});
after(() => server.close());

/** As many values as wanted, those that are there spread among those that are not. */
function among(values: readonly string[], count: number): string[] {
  const uuid = (n: number) => `0190a3b2-5c1d-7e4f-8a9b-${n.toString(16).padStart(12, '0')}`;
  const others = Array.from({ length: Math.max(0, count - values.length) }, (_, n) => uuid(n));
  const step = Math.max(1, Math.floor(others.length / values.length));
  return [
    ...values.flatMap((value, n) => [value, ...others.slice(n * step, (n + 1) * step)]),
    ...others.slice(values.length * step),
  ];
}

const shapes: Record<string, (count: number) => [path: string, form: Record<string, string>]> = {
  ids: (count) => ['/Basic', { _id: among(notes, count).join(',') }],
  'ids, sorted, with what they refer to': (count) => [
    '/Basic',
    {
      _id: among(notes, count).join(','),
      _sort: '-_id',
      _include: 'Basic:subject',
      _total: 'accurate',
      _format: 'json',
    },
  ],
  references: (count) => [
    '/Basic',
    {
      subject: among(
        people.map((id) => `Patient/${id}`),
        count,
      ).join(','),
      _sort: '_lastUpdated',
      _lastUpdated: 'gt2020',
    },
  ],
  'codes of a filter': (count) => [
    '/Basic',
    {
      _filter: notes.map((_, n) => `code eq urn:c|code-${n}`).join(' or '),
      code: among(
        notes.map((_, n) => `urn:c|code-${n}`),
        count,
      ).join(','),
    },
  ],
  identifiers: (count) => [
    '/Basic',
    {
      identifier: among(
        notes.map((_, n) => `id-${n}`),
        count,
      ).join(','),
      _elements: 'id,code',
    },
  ],
  'a compartment': (count) => ['/Patient/person-1/Basic', { _id: among(notes, count).join(',') }],
  'several types': (count) => ['', { _type: 'Basic,Patient', _id: among([...notes, ...people], count).join(',') }],
};

/** All pages from the first on by one relation: `Type/id` of the matches, page by page. */
async function follow(reply: Reply, relation: 'next' | 'previous'): Promise<{ pages: string[][]; last: Reply }> {
  const pages = [idsOf(reply)];
  let last = reply;
  for (let path = linkTo(reply, relation); path !== undefined; path = linkTo(last, relation)) {
    assert.ok(path.length < 8_000, `a link of ${path.length} characters`);
    last = await search(server, path);
    pages.push(idsOf(last));
  }
  return { pages, last };
}

for (const [name, shape] of Object.entries(shapes))
  for (const count of [1, 40, 430, 5_000])
    test(`${name}: ${count} of them`, async () => {
      const [path, form] = shape(count);
      const asked = async (more: Record<string, string>): Promise<Reply> => {
        const reply = await post(server, `${path}/_search`, new URLSearchParams({ ...form, ...more }).toString());
        assert.equal(reply.status, 200, reply.text.slice(0, 500));
        return reply;
      };
      const whole = idsOf(await asked({ _count: '500' }));
      const first = await asked({ _count: '5' });
      const forward = await follow(first, 'next');
      assert.deepEqual(forward.pages.flat(), whole);
      assert.ok(whole.length > 0);
      const backward = await follow(forward.last, 'previous');
      assert.deepEqual(backward.pages.toReversed().flat(), whole);
      for (const reply of [first, forward.last]) {
        assert.deepEqual(idsOf(await search(server, linkTo(reply, 'self')!)), idsOf(reply));
        assert.deepEqual(idsOf(await search(server, linkTo(reply, 'first')!)), idsOf(first));
      }
      if (form['_total'] !== undefined) assert.equal(forward.last.json['total'], whole.length);
      const includes = entriesOf(forward.last).some(({ search }) => search.mode === 'include');
      assert.equal(includes, form['_include'] !== undefined);
    });

test('a search of a Bundle has links that can be followed alone', async () => {
  const url = `Basic?_id=${among(notes, 2_000).join(',')}&_count=5`;
  const reply = await send(server, 'batch', [{ request: { method: 'GET', url } }]);
  const [entry] = entriesOfBundle(reply) as unknown as [{ resource: Record<string, unknown> }];
  const inner = { ...reply, json: entry.resource };
  assert.deepEqual((await follow(inner, 'next')).pages.flat().length, notes.length);
});

test('what is not kept, or belongs to another search, is refused by name', async () => {
  const form = new URLSearchParams({ _id: among(notes, 2_000).join(','), _count: '5' }).toString();
  const link = linkTo(await post(server, '/Basic/_search', form), 'next')!;
  assert.match(link, /_kept=/);
  const refused = async (path: string): Promise<unknown> => {
    const reply = await server.request('GET', path);
    return [reply.status, reply.code];
  };
  assert.deepEqual(await refused(link.replace(/_kept=[^&]+/, `_kept=${'A'.repeat(32)}`)), [410, 'page-link-expired']);
  assert.deepEqual(await refused(link.replace(/_kept=[^&]+/, '_kept=x')), [410, 'page-link-expired']);
  assert.deepEqual(await refused(`${link}&identifier=id-1`), [400, 'page-link-invalid']);
  assert.deepEqual(await refused(link.replace('/Basic', '/Patient')), [400, 'page-link-invalid']);
});

test('of one caller the last hundred are kept', async () => {
  const links: string[] = [];
  const long = among(notes, 300);
  for (let n = 0; n < 103; n += 1) {
    const form = new URLSearchParams({ _id: [...long, `other-${n}`].join(','), _count: '1' }).toString();
    links.push(linkTo(await post(server, '/Basic/_search', form), 'next')!);
  }
  assert.equal((await server.request('GET', links[0]!)).code, 'page-link-expired');
  assert.equal((await server.request('GET', links[102]!)).status, 200);
  assert.equal((await server.request('GET', links[10]!)).status, 200);
  const other = await server.sso.token({ sub: 'somebody-else' });
  const form = new URLSearchParams({ _id: long.join(','), _count: '1' }).toString();
  assert.equal((await post(server, '/Basic/_search', form, { token: other })).status, 200);
  assert.equal((await server.request('GET', links[20]!)).status, 200);
});
