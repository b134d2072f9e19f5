/** The time that a request may take: its parts that have not begun by then are refused. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { codeOf, entriesOf, get, post, send, statusesOf, type EntryToSend } from './bundles.ts';
import { patient, startServer, type TestServer } from './environment.ts';

/** Times that a request looks at the clock until its time is over. */
const looks = 100;
/** A millisecond passes whenever somebody looks. */
let now = 0;
let server: TestServer;

before(async () => {
  server = await startServer({
    ...{
      costs: { milliseconds: looks },
      validation: { level: 'off' as const },
      referenceIntegrity: 'enforce' as const,
    },
    stopwatch: () => (now += 1),
  });
});
after(() => server.close());

const system = 'https://id.example.uz';

function many(make: (n: number) => EntryToSend): EntryToSend[] {
  return Array.from({ length: 3 * looks }, (_, n) => make(n));
}

function conditional(method: 'POST' | 'PUT', n: number): EntryToSend {
  const resource = patient({ identifier: [{ system, value: `${method}-${n}` }] });
  // A date beside it, so that each is looked for by itself.
  const criteria = `identifier=${system}|${method}-${n}&birthdate=gt2000-01-01`;
  return method === 'PUT'
    ? { resource, request: { method, url: `Patient?${criteria}` } }
    : { resource, request: { method, url: 'Patient', ifNoneExist: criteria } };
}

describe('a batch keeps the answers of the entries that had begun, and tells the others that nothing was done', () => {
  const kinds: readonly [string, (n: number) => EntryToSend, string][] = [
    ['searches', (n) => get(`Patient?identifier=none-${n}`), '200 OK'],
    ['chained searches', (n) => get(`Observation?subject:Patient.identifier=none-${n}`), '200 OK'],
    ['_has', (n) => get(`Patient?_has:Observation:subject:code=none-${n}`), '200 OK'],
    ['includes', (n) => get(`Observation?code=none-${n}&_include=Observation:subject`), '200 OK'],
    ['histories', (n) => get(`Patient/_history?_count=${(n % 10) + 1}`), '200 OK'],
    ['conditional creates', (n) => conditional('POST', n), '201 Created'],
    ['conditional updates', (n) => conditional('PUT', n), '201 Created'],
    ['creates', () => post(patient()), '201 Created'],
  ];
  for (const [name, make, done] of kinds) {
    test(name, async () => {
      const reply = await send(server, 'batch', many(make));
      assert.equal(reply.status, 200, reply.text.slice(0, 500));
      const entries = entriesOf(reply);
      const refused = entries.filter((entry) => codeOf(entry) === 'time-limit-exceeded');
      const begun = entries.filter(({ response }) => response.status === done);
      assert.equal(refused.length + begun.length, 3 * looks, JSON.stringify(statusesOf(reply)));
      assert.ok(refused.length > looks, `${refused.length} are refused`);
      for (const { response } of refused) {
        assert.match(response.status, /^503/);
        assert.match(response.outcome?.issue[0]?.details.text ?? '', /DHP_REQUEST_SECONDS/);
      }
    });
  }

  test('the entries before the limit are done', async () => {
    const reply = await send(server, 'batch', many((n) => get(`Patient?identifier=none-${n}`)).slice(0, 30));
    assert.deepEqual(new Set(statusesOf(reply)), new Set(['200 OK']));
  });
});

describe('a transaction whose time is over stores nothing', () => {
  const kinds: readonly [string, (n: number) => EntryToSend][] = [
    ['conditional creates', (n) => conditional('POST', n)],
    ['creates', () => post(patient({ identifier: [{ system, value: 'created' }] }))],
    [
      'conditional references',
      (n) =>
        post({
          ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' } },
          subject: { reference: `Patient?identifier=${system}|none-${n}&birthdate=gt2000-01-01` },
        }),
    ],
    ['searches beside a create', (n) => (n === 0 ? post(patient()) : get(`Patient?identifier=none-${n}`))],
  ];
  for (const [name, make] of kinds) {
    test(name, async () => {
      const count = async (): Promise<unknown> => {
        const all = await Promise.all(
          ['Patient', 'Observation'].map((type) => server.request('GET', `/${type}?_summary=count`)),
        );
        return all.map(({ json }) => json['total']);
      };
      const before = await count();
      const reply = await send(server, 'transaction', many(make));
      assert.deepEqual([reply.status, reply.code], [503, 'time-limit-exceeded'], reply.text.slice(0, 500));
      assert.ok(reply.headers.has('retry-after'));
      assert.deepEqual(await count(), before);
    });
  }
});
