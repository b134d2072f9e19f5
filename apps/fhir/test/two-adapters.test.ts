/** A read or a search by its address gets the same answer, and the same record, before the web framework as through it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { answer, compareRecords, now, openBoth, origins, type BothAdapters } from './both-adapters.ts';
import { patient } from './environment.ts';

/** Rounds of all addresses, each with other headers. */
const rounds = 6;

let both: BothAdapters;

before(async () => {
  both = await openBoth();
  const { server } = both;
  for (const id of ['a', 'b', 'gone', 'long']) {
    const telecom =
      id === 'long' ? Array.from({ length: 90 }, (_, n) => ({ system: 'phone', value: `+99890${n}` })) : [];
    await server.write('PUT', `/Patient/${id}`, patient({ id, ...(telecom.length > 0 && { telecom }) }));
  }
  const changed = await server.write('PUT', '/Patient/a', patient({ id: 'a', active: true }), { 'if-match': 'W/"1"' });
  assert.equal(changed.status, 200);
  assert.equal((await server.request('DELETE', '/Patient/gone')).status, 200);
  const binary = { resourceType: 'Binary', id: 'x', contentType: 'text/plain', data: 'aGVsbG8=' };
  assert.equal((await server.write('PUT', '/Binary/x', binary)).status, 201);
});
after(() => both.close());

/** Addresses that the quick handler takes. No page has another behind it: its link would tell the time of the database. */
const short = [
  ...['/Patient/a', '/Patient/b', '/Patient/long', '/Patient/gone', '/Patient/never', '/Binary/x'],
  ...['/Patient/a/_history/1', '/Patient/a/_history/2', '/Patient/a/_history/3', '/Patient/a/_history/0'],
  ...['/Patient/gone/_history/2', '/Patient/a/_history/x', '/Nonsense/a', '/Patients/a', '/Observation/a'],
  ...[
    '/Patient?_id=a&_count=1',
    '/Patient?_count=9&_sort=_id',
    '/Patient?family=Karimova',
    '/Patient?nonsense=1',
    '/Patient?',
  ],
  ...['/Patient', '/Nonsense?x=1', '/Patient/a?_format=xml', '/Patient/a?_summary=true', '/Patient/a?_elements=id'],
  ...[
    '/Patient/a?_format=nonsense',
    '/Patient/a?x=%ff',
    '/Patient?family=%c0',
    '/Patient?identifier=a%7Cb&_total=accurate',
  ],
  ...[
    '/Patient/a?access_token=t',
    '/Patient?_id=a,b&_summary=count',
    '/Patient?_id=a#b',
    '/Patient?a;b',
    '/Binary/x?_format=json',
  ],
];

/** Addresses that it leaves to the framework. */
const others = [
  ...[
    '/metadata',
    '/Patient/a/_history',
    '/%50atient/a',
    '/Patient/a%2Fb',
    `/Patient/${'x'.repeat(65)}`,
    '/Patient/a/',
  ],
  ...['/', '', '/Patient/_x', '/Patient/$everything', '/Patient/a/Observation', '//Patient/a', '/Patient/%'],
];

describe('through both adapters', () => {
  it(`${rounds * (short.length + others.length) * 2} requests get the same bytes and header fields, and leave the same records`, async (t) => {
    // Outcomes of searches have an address of their own.
    t.mock.method(crypto, 'randomUUID', () => '00000000-0000-4000-8000-000000000000');
    const { server, quick, framework } = both;
    const token = await server.sso.token();
    const tokens = [
      token,
      await server.sso.token({ scope: 'system/Patient.r' }),
      await server.sso.token({ scope: 'patient/*.rs', patient: 'a' }),
      `${token}x`,
      'Basic',
    ];
    const statuses = new Map<number, number>();
    both.counts.handedOn = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const [n, path] of [...short, ...others].entries()) {
        for (const method of ['GET', 'HEAD']) {
          const headers = headersOf(round, n, tokens);
          both.counts.pair += 1;
          const { pair } = both.counts;
          const [one, other] = await Promise.all([
            answer(both, quick, method, path, { headers: { ...headers, 'x-request-id': `q-${pair}` } }),
            answer(both, framework, method, path, { headers: { ...headers, 'x-request-id': `f-${pair}` } }),
          ]);
          assert.deepEqual(one, other, `${pair}: ${method} ${path} ${JSON.stringify(headers)}`);
          statuses.set(one.status, (statuses.get(one.status) ?? 0) + 1);
        }
      }
    }
    t.diagnostic([...statuses].map(([status, count]) => `${count} × ${status}`).join(', '));
    assert.equal(both.counts.pair, rounds * (short.length + others.length) * 2);
    for (const status of [200, 304, 400, 401, 403, 404, 406, 410, 429]) assert.ok(statuses.has(status), String(status));
    assert.equal(both.counts.handedOn, rounds * others.length * 2);
    await compareRecords(both);
  });

  it('end a connection that is to be closed', async () => {
    const { server, quick, framework } = both;
    const path = '/Patient/a';
    const headers = { authorization: `Bearer ${await server.sso.token()}`, connection: 'close', 'x-request-id': 'c' };
    const answers = [quick, framework].map((of) => answer(both, of, 'GET', path, { headers }));
    const [one, other] = await Promise.all(answers);
    assert.deepEqual(one, other);
  });
});

const accepts = [
  'application/fhir+json',
  'application/fhir+xml',
  '*/*',
  'text/html',
  'application/json;q=0.5',
  'text/plain',
];
const codings = ['gzip', 'br, gzip', 'identity', 'gzip;q=0'];

function headersOf(round: number, n: number, tokens: readonly string[]): Record<string, string> {
  const chosen = (from: readonly string[], by: number): string | undefined =>
    from[(round * 7 + n * by) % (from.length + 1)];
  const token = tokens[round < 3 ? 0 : (round + n) % (tokens.length + 2)];
  const fields: Record<string, string | undefined> = {
    authorization: token === undefined ? undefined : token === 'Basic' ? 'Basic eDp5' : `Bearer ${token}`,
    accept: chosen(accepts, 5),
    'accept-encoding': chosen(codings, 3),
    'accept-language': chosen(['ru', 'en', 'uz-Cyrl, ru;q=0.2'], 2),
    'if-none-match': chosen(['W/"2"', 'W/"1"', '*', 'x'], 11),
    'if-modified-since': chosen([now.toUTCString(), 'Mon, 01 Jan 2001 00:00:00 GMT', 'x'], 13),
    prefer: chosen(['handling=lenient', 'return=minimal'], 17),
    origin: chosen([...origins, 'https://other.example'], 19),
    'x-forwarded-for': chosen(['192.0.2.1', '192.0.2.1, 198.51.100.7', ' , 2001:db8::1 ,'], 23),
    'if-match': round === 5 ? 'W/"1"' : undefined,
  };
  return Object.fromEntries(Object.entries(fields).filter((each): each is [string, string] => each[1] !== undefined));
}
