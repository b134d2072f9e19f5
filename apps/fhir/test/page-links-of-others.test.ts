/** A link to a page is of the search, not of the caller: whoever follows the link of somebody who sees more is shown what its own rights leave, and no more is counted. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { startServer, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';
import { entriesOf, linkTo, put } from './searches.ts';

let server: TestServer;
let [wide, narrow] = ['', ''];

before(async () => {
  server = await startServer();
  const tag = (n: number): object[] => [{ system: 'urn:t', code: n % 3 === 0 ? 'ours' : 'theirs' }];
  const subject = { reference: 'Patient/a' };
  const observations = Array.from({ length: 12 }, (_, n) => ({
    ...{ resourceType: 'Observation', id: `o${String(n)}`, status: 'final', code: { text: 'x' }, subject },
    ...{ meta: { tag: tag(n) }, effectiveDateTime: `2024-01-${String(10 + n)}` },
  }));
  await put(server, { resourceType: 'Patient', id: 'a', meta: { tag: tag(0) } }, ...observations);
  const who = { client: ['narrow'] };
  const rule = { who, types: ['Observation'], interactions: ['read', 'search'] as const, criteria: '_tag=theirs' };
  await activatePolicies(server, { others: 'as-scoped', rules: [{ name: 'not-theirs', effect: 'deny', ...rule }] });
  wide = await server.sso.token({ scope: 'system/*.rs', client_id: 'wide' });
  narrow = await server.sso.token({ scope: 'system/*.rs', client_id: 'narrow' });
});
after(() => server.close());

const seen = ['o0', 'o3', 'o6', 'o9', 'a'];
const searches = [
  '_sort=_id',
  '_sort=-date',
  '',
  '_include=Observation:subject',
  '_total=none',
  'patient=a&_sort=_lastUpdated',
];
const paths = [
  ...searches.map((query) =>
    `/Observation?_count=2&_total=accurate&${query}`.replace('_total=accurate&_total', '_total'),
  ),
  ...['/Patient/a/Observation?_count=2', '/Observation/_history?_count=2', '/_history?_count=2'],
  ...['/Patient/a/$everything?_type=Observation&_count=2', '/$changes?_type=Observation&_count=2'],
];

for (const path of paths)
  it(`${path}: every page that another caller is led to`, async () => {
    const own = await server.request('GET', path, { token: narrow });
    assert.equal(own.status, 200, own.text);
    const links = await linksFrom(path);
    assert.ok(links.length > 1, 'the other caller has no further pages');
    for (const link of links) {
      const reply = await server.request('GET', link, { token: narrow });
      assert.equal(reply.status, 200, reply.text);
      const ids = entriesOf(reply).map(({ fullUrl }) => fullUrl.split('/').at(-1)!);
      assert.deepEqual(
        ids.filter((id) => !seen.includes(id)),
        [],
      );
      assert.equal(reply.json['total'], own.json['total']);
    }
  });

/** The links of somebody who sees everything, six at most. */
async function linksFrom(path: string): Promise<string[]> {
  const links: string[] = [];
  for (let link: string | undefined = path; link !== undefined && links.length < 6;) {
    const page = await server.request('GET', link, { token: wide });
    assert.equal(page.status, 200, page.text);
    link = linkTo(page, 'next');
    if (link !== undefined) links.push(link);
  }
  return links;
}
