/** A search that names the url of a code system, a value set or a concept map finds what is built in, as the terminology operations do. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { entriesOf as batchEntries, send } from './bundles.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';
import { entriesOf, linkTo, post, put, search } from './searches.ts';

const url = 'http://hl7.org/fhir/ValueSet/administrative-gender';
const core = folderOf('hl7.fhir.r5.core');

interface Published {
  readonly resourceType: string;
  readonly id: string;
  readonly url?: string;
  readonly version?: string;
}

function folderOf(name: string): string {
  return dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));
}

/** Every `every`th resource of a type in a package, which is that of R5. */
function published(type: string, every: number, folder = core): Published[] {
  const files = readdirSync(folder).filter((file) => file.startsWith(`${type}-`));
  return files
    .filter((_file, i) => i % every === 0)
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Published);
}

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

const find = (path: string): Promise<Reply> => search(server, path);
const totalOf = (reply: Reply): unknown => reply.json['total'];
const versionsOf = (reply: Reply): unknown[] => entriesOf(reply).map(({ resource }) => resource['version']);

describe('a search by url', () => {
  it('finds each value set, concept map and code system of R5 that can be asked', async () => {
    for (const [type, every] of [
      ['ValueSet', 40],
      ['ConceptMap', 20],
      ['CodeSystem', 30],
    ] as const) {
      const all = published(type, every);
      assert.ok(all.length > 3, `${all.length} of ${type}`);
      for (const { id, url: named = '', version } of all) {
        const reply = await find(`/${type}?url=${encodeURIComponent(named)}`);
        assert.equal(totalOf(reply), entriesOf(reply).length, named);
        const one = entriesOf(reply).find(({ resource }) => resource['version'] === version);
        assert.equal(one?.resource.id, id, named);
        assert.equal(one.search.mode, 'match');
        const { tag } = one.resource['meta'] as { tag: { code: string }[] };
        assert.equal(tag.at(-1)?.code, 'SUBSETTED');
      }
    }
  });

  it('finds what $expand can be asked for next', async () => {
    const [entry] = entriesOf(await find(`/ValueSet?url=${url}`));
    assert.equal(entry?.fullUrl, url);
    const found = entry.resource['url'] as string;
    const expanded = await server.request('GET', `/ValueSet/$expand?url=${found}`);
    assert.equal(expanded.status, 200);
  });

  it('asks the rest of the search of it, too', async () => {
    const totals = async (rest: string): Promise<unknown> => totalOf(await find(`/ValueSet?url=${url}&${rest}`));
    assert.equal(await totals('version=5.0.0'), 1);
    assert.equal(await totals('version=4.0.1'), 0);
    assert.equal(await totals('status=active&name=Administrative'), 1);
    assert.equal(await totals('status=retired'), 0);
    assert.equal(await totals('reference=http://hl7.org/fhir/administrative-gender'), 1);
    assert.equal(await totals('_id=administrative-gender'), 0);
    assert.equal(await totals('_summary=count'), 1);
    assert.equal(await totals('_total=accurate'), 1);
    assert.equal(await totals('_contained=true'), 0);
  });

  it('shows the elements that are asked for', async () => {
    const [entry] = entriesOf(await find(`/ValueSet?url=${url}&_elements=url`));
    assert.deepEqual(Object.keys(entry!.resource).sort(), ['id', 'meta', 'resourceType', 'status', 'url']);
  });

  it('does not find a code system by codes that are no elements of the answer', async () => {
    const system = 'http://hl7.org/fhir/administrative-gender';
    assert.equal(totalOf(await find(`/CodeSystem?url=${system}`)), 1);
    assert.equal(totalOf(await find(`/CodeSystem?url=${system}&code=male`)), 0);
  });

  it('is the only search that does: others are of what is stored', async () => {
    for (const path of [
      '/ValueSet',
      '/ValueSet?name=AdministrativeGender',
      `/ValueSet?url:below=${url}`,
      `/?_type=ValueSet&url=${url}`,
    ])
      assert.equal(totalOf(await find(path)), 0, path);
    assert.equal(totalOf(await find(`/StructureDefinition?url=http://hl7.org/fhir/StructureDefinition/Patient`)), 0);
  });

  it('gives no two versions of a url the same fullUrl', async () => {
    const entries = entriesOf(await find('/ValueSet?url=http://hl7.org/fhir/ValueSet/value-filter-comparator'));
    assert.equal(entries.length, 2);
    assert.equal(new Set(entries.map(({ fullUrl }) => fullUrl)).size, 2);
  });

  it('lets others have their turn where it names thousands', async () => {
    const all = [core, folderOf('hl7.terminology.r5')].flatMap((folder) => published('ValueSet', 1, folder));
    const urls = [...new Set(all.flatMap((each) => each.url ?? []))];
    assert.ok(urls.length > 2_000, String(urls.length));
    // In CPU time: a busy machine makes nothing longer.
    const spent = (): number => process.cpuUsage().user / 1e3;
    const begin = spent();
    let [longest, last] = [0, begin];
    const timer = setInterval(() => {
      const now = spent();
      [longest, last] = [Math.max(longest, now - last), now];
    }, 1);
    const form = `_count=1&_total=accurate&url=${encodeURIComponent(urls.join())}`;
    const reply = await post(server, '/ValueSet/_search', form);
    clearInterval(timer);
    assert.ok((totalOf(reply) as number) >= urls.length, reply.text.slice(0, 500));
    const took = spent() - begin;
    assert.ok(longest < took / 2, `${longest} of ${took} ms at one go`);
  });

  it('does so in a batch, and a conditional create still creates', async () => {
    const batch = await send(server, 'batch', [{ request: { method: 'GET', url: `ValueSet?url=${url}` } }]);
    const [found] = batchEntries(batch) as unknown as { resource: { total: number } }[];
    assert.equal(found?.resource.total, 1);
    const own = { resourceType: 'ValueSet', url, version: 'own', status: 'active' };
    const created = await server.write('POST', '/ValueSet', own, { 'if-none-exist': `url=${url}` });
    assert.equal(created.status, 201);
    const gone = await server.request(
      'DELETE',
      new URL(created.headers.get('location')!).pathname.split('/').slice(2, 4).join('/').replace(/^/, '/'),
    );
    assert.ok(gone.status === 204 || gone.status === 200, gone.text);
  });
});

describe('what is stored under the same url', () => {
  const stored = (id: string, version: string): Record<string, unknown> => ({
    ...{ resourceType: 'ValueSet', id, url, version, status: 'active' },
    compose: { include: [{ system: 'http://hl7.org/fhir/administrative-gender' }] },
  });
  before(() => put(server, stored('one', '1'), stored('two', '2')));

  it('is counted with it, and comes first, on pages of any size', async () => {
    for (const count of [1, 2, 3, 10]) {
      const versions: unknown[] = [];
      let path: string | undefined = `/ValueSet?url=${url}&_sort=version&_total=accurate&_count=${count}`;
      while (path !== undefined) {
        const page: Reply = await find(path);
        assert.equal(totalOf(page), 3, path);
        assert.ok(entriesOf(page).length <= count && entriesOf(page).length > 0, path);
        versions.push(...versionsOf(page));
        path = linkTo(page, 'next');
      }
      assert.deepEqual(versions, ['1', '2', '5.0.0'], `pages of ${count}`);
    }
  });

  it('is counted on a page of built-in ones alone, where the first page was not', async () => {
    let next = linkTo(await find(`/ValueSet?url=${url}&_sort=version&_total=none&_count=1`), 'next');
    next = linkTo(await find(next!), 'next');
    assert.deepEqual(versionsOf(await find(next!)), ['5.0.0']);
    for (const rest of ['_total=accurate', '_summary=count']) {
      const page = await find(`${next!.replace(/&?_total=none/, '')}&${rest}`);
      assert.equal(totalOf(page), 3, rest);
    }
  });

  it('keeps to _maxresults, and to several urls', async () => {
    assert.deepEqual(versionsOf(await find(`/ValueSet?url=${url}&_sort=version&_maxresults=2`)), ['1', '2']);
    const other = 'http://hl7.org/fhir/ValueSet/observation-status';
    const both = await find(`/ValueSet?url=${url},${other}&version=5.0.0`);
    assert.deepEqual([totalOf(both), versionsOf(both)], [2, ['5.0.0', '5.0.0']]);
  });

  it('takes the place of a built-in one of its version', async () => {
    await put(server, stored('three', '5.0.0'));
    const reply = await find(`/ValueSet?url=${url}&version=5.0.0`);
    assert.deepEqual(
      entriesOf(reply).map(({ resource }) => resource.id),
      ['three'],
    );
  });
});

it('a permission for some of the type finds built-in ones only where they meet it', async () => {
  const asked = `/ValueSet?url=http://hl7.org/fhir/ValueSet/observation-status`;
  const as = async (scope: string): Promise<unknown> =>
    totalOf(await search(server, asked, { token: await server.sso.token({ scope }) }));
  assert.equal(await as('system/ValueSet.rs'), 1);
  assert.equal(await as('system/ValueSet.rs?status=active'), 1);
  assert.equal(await as('system/ValueSet.rs?status=draft'), 0);
});
