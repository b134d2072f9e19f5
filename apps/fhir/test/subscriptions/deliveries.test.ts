/** Deliveries as owners of rest-hooks see them, and have them made again. docs/notifications.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { patient, startServer, type Reply, type TestServer } from '../environment.ts';
import * as bed from './bed.ts';
import { numbersAt, startReceiver, statusIn, type Receiver } from './receiver.ts';

const { hooked, observation, put, statusOf, subscription, topic, untilNumbered, untilStatus } = bed;

type Json = Readonly<Record<string, unknown>>;

let receiver: Receiver;
let server: TestServer;
before(async () => {
  receiver = await startReceiver();
  server = await startServer({
    ...{ requireIfMatch: false, validation: { level: 'off' } },
    ...bed.subscriptionOptions(receiver, { backoff: { first: 60, longest: 60 } }),
  });
  await put(server, topic('observations'), patient({ id: 'p' }));
});
after(async () => {
  await server.close();
  await receiver.close();
});

const answer =
  (status: number) =>
  (response: { writeHead(status: number): { end(): unknown } }): void =>
    void response.writeHead(status).end();

/** The parts of the extension of a status by their names. */
function deliveryIn(status: Json): Record<string, unknown> {
  const [{ extension = [] } = {}] = (status['extension'] ?? []) as { extension?: Record<string, unknown>[] }[];
  return Object.fromEntries(
    extension.map(({ url, ...value }) => [String(url), Object.values(value)[0]] as [string, unknown]),
  );
}

/** Code and text of each error. */
function errorsIn(status: Json): unknown[] {
  const errors = (status['error'] ?? []) as { coding?: { code: string }[]; text: string }[];
  return errors.map(({ coding, text }) => [coding?.[0]?.code, text]);
}

/** @param from the number of `$resend`; `time` in its place, or beside it */
const ask = (id: string, operation: string, token?: string, from?: string, time?: string): Promise<Reply> => {
  const parameter = [
    ...(from === undefined ? [] : [{ name: 'eventsSinceNumber', valueInteger64: from }]),
    ...(time === undefined ? [] : [{ name: 'eventsSinceTime', valueInstant: time }]),
  ];
  return server.request('POST', `/Subscription/${id}/${operation}`, {
    ...(token !== undefined && { token }),
    ...(parameter.length > 0 && {
      body: JSON.stringify({ resourceType: 'Parameters', parameter }),
      headers: { 'content-type': 'application/fhir+json' },
    }),
  });
};

const others = (): Promise<string> =>
  server.sso.token({ client_id: 'another', sub: 'another', scope: 'system/*.cruds' });

describe('$status of a rest-hook', () => {
  it('tells its owner what the receiver has taken, since when events wait, what failed, and when it is tried again', async () => {
    await put(server, hooked('told', receiver.url('/told')));
    await untilStatus(server, 'told', 'active');
    assert.deepEqual(deliveryIn(await statusOf(server, 'told')), { taken: '0' });
    receiver.answers.set('/told', answer(503));
    await put(server, observation('o1'));
    const failed = await until('it has failed', async () => {
      const status = await statusOf(server, 'told');
      return deliveryIn(status)['failures'] === 1 && status;
    });
    assert.equal(failed['status'], 'active');
    assert.deepEqual(errorsIn(failed), [
      ['answered-503', 'The last delivery failed: the receiver answered 503. It is tried again.'],
    ]);
    const { taken, ...times } = deliveryIn(failed) as Record<string, string>;
    assert.equal(taken, '0');
    const wait = Date.parse(times['next-attempt']!) - Date.now();
    assert.ok(wait > 30_000 && wait <= 60_000, String(wait));
    for (const name of ['waiting-since', 'failing-since'])
      assert.ok(Math.abs(Date.parse(times[name]!) - Date.now()) < 60_000, `${name} ${String(times[name])}`);
    assert.equal(times['paused-since'], undefined);
    const [other] = [await statusOf(server, 'told', await others())];
    assert.deepEqual([other['extension'], other['error']], [undefined, undefined]);
    receiver.answers.delete('/told');
    await put(server, hooked('told', receiver.url('/told')));
    await until('it is told', () => numbersAt(receiver, '/told').length === 2);
    const mended = await until('it is taken', async () => {
      const status = await statusOf(server, 'told');
      return deliveryIn(status)['taken'] === '1' && status;
    });
    assert.deepEqual([mended['error'], deliveryIn(mended)], [undefined, { taken: '1' }]);
  });

  it('keeps the code of what a handshake failed with, also when there are further events', async () => {
    receiver.answers.set('/locked', answer(401));
    await put(server, hooked('locked', receiver.url('/locked')));
    await untilStatus(server, 'locked', 'error');
    await put(server, observation('o2'));
    await untilNumbered(server, 'locked', 1);
    // The lane was woken by the event, and is at rest again.
    await until('the lane rests', async () => (await server.store.subscriptions.nextLaneDue()) !== 0);
    const status = await statusOf(server, 'locked');
    const text = 'The handshake failed: the receiver answered 401. Mend it, and request it again.';
    assert.deepEqual(errorsIn(status), [['answered-401', text]]);
    assert.equal(deliveryIn(status)['next-attempt'], undefined, 'nothing is tried in error');
  });

  it('tells of those alone that the caller has requested, where only these are asked for', async () => {
    const token = await others();
    const body = JSON.stringify(subscription('of-another'));
    const headers = { 'content-type': 'application/fhir+json' };
    assert.equal((await server.request('PUT', '/Subscription/of-another', { token, body, headers })).status, 201);
    await untilStatus(server, 'of-another', 'active');
    const idsOf = async (query: string, by?: string): Promise<string[]> => {
      const reply = await server.request(
        'GET',
        `/Subscription/$status?${query}`,
        by === undefined ? {} : { token: by },
      );
      assert.equal(reply.status, 200, reply.text);
      const { entry = [] } = reply.json as { entry?: { fullUrl: string }[] };
      return entry.map(({ fullUrl }) => fullUrl.split('/').at(-2)!);
    };
    assert.deepEqual(await idsOf('own=true', token), ['of-another']);
    // One that may read by id, and not search, finds its own.
    const narrow = { client_id: 'another', sub: 'another', scope: 'system/Subscription.cru' };
    assert.deepEqual(await idsOf('own=true', await server.sso.token(narrow)), ['of-another']);
    const [byId, all] = ['?own=false', ''].map((query) => `/Subscription/$status${query}`);
    for (const path of [byId!, all!])
      assert.equal((await server.request('GET', path, { token: await server.sso.token(narrow) })).status, 403, path);
    const own = await idsOf('own=true');
    assert.ok(own.includes('told') && !own.includes('of-another'), own.join());
    assert.ok((await idsOf('own=false')).includes('of-another'));
    assert.deepEqual(await idsOf('own=true&id=told&id=of-another'), ['told']);
  });

  it('tells of all that the caller has requested, a page after the other', async () => {
    const token = await server.sso.token({ client_id: 'many', sub: 'many' });
    const headers = { 'content-type': 'application/fhir+json' };
    for (const id of ['many-1', 'many-2', 'many-3']) {
      const body = JSON.stringify(subscription(id));
      assert.equal((await server.request('PUT', `/Subscription/${id}`, { token, body, headers })).status, 201);
      await untilStatus(server, id, 'active');
    }
    const sql = connect(server.ownerUrl, { max: 1 });
    try {
      // Those that were deleted long ago, of which nothing is told, are before two of them.
      await sql`update fhir.subscription set changed = '2020-01-01' where id in ('many-1', 'many-2')`;
      await sql`
        insert into fhir.subscription (id, ver, owner, status, changed)
        select 'gone-' || n, 1, (select owner from fhir.subscription where id = 'many-1'), 'off', '2021-01-01' from generate_series(1, 520) n`;
      const pages: string[][] = [];
      let next: string | undefined = '/Subscription/$status?own=true&status=active';
      while (next !== undefined) {
        const { status, json, text } = await server.request('GET', next, { token });
        assert.equal(status, 200, text);
        const {
          entry = [],
          link,
          total,
        } = json as {
          entry?: { resource: { id: string } }[];
          link: { relation: string; url: string }[];
          total?: number;
        };
        pages.push(entry.map(({ resource }) => resource.id));
        assert.equal(total, undefined, 'a page does not tell how many there are');
        next = link.find(({ relation }) => relation === 'next')?.url.replace(/^.*(?=\/Subscription)/, '');
      }
      assert.deepEqual(pages, [['many-3'], ['many-1', 'many-2']]);
      const named = '/Subscription/$status?own=true&id=many-2';
      assert.equal((await server.request('GET', named, { token })).json['total'], 1, 'by its id wherever it stands');
      const wrong = await server.request('GET', '/Subscription/$status?own=true&behind=x', { token });
      assert.deepEqual([wrong.status, wrong.code], [400, 'parameter-invalid'], wrong.text);
    } finally {
      await sql`delete from fhir.subscription where id like 'gone-%'`;
      await sql.end();
    }
  });

  it('has no such part on a channel without a receiver', async () => {
    await put(server, subscription('asks'));
    await untilStatus(server, 'asks', 'active');
    assert.equal((await statusOf(server, 'asks'))['extension'], undefined);
  });
});

describe('$resend', () => {
  it('tells events again under their numbers, for the owner alone, and refuses numbers that cannot be', async () => {
    await put(server, hooked('again', receiver.url('/again'), { maxCount: 1 }));
    await untilStatus(server, 'again', 'active');
    assert.equal((await ask('again', '$resend', undefined, '1')).status, 400);
    await put(server, ...[1, 2, 3].map((n) => observation(`again-${n}`)));
    await until('all are told', () => numbersAt(receiver, '/again').length === 3);
    await until('all are taken', async () => deliveryIn(await statusOf(server, 'again'))['taken'] === '3');
    const done = await ask('again', '$resend', undefined, '2');
    assert.equal(done.status, 200, done.text);
    assert.equal(statusIn(done.text)['eventsSinceSubscriptionStart'], '3');
    await until('they are told again', () => numbersAt(receiver, '/again').length === 5);
    assert.deepEqual(numbersAt(receiver, '/again'), [1, 2, 3, 2, 3]);
    for (const number of ['0', '9', 'x', '-1']) {
      const refused = await ask('again', '$resend', undefined, number);
      assert.equal(refused.status, 400, refused.text);
      assert.match(refused.text, /eventsSinceNumber/);
    }
    assert.match((await ask('again', '$resend', undefined, '9')).text, /from 1 to 3/);
    assert.equal((await ask('again', '$resend')).status, 400);
    assert.equal((await server.request('GET', '/Subscription/again/$resend?eventsSinceNumber=1')).status, 405);
    const other = await ask('again', '$resend', await others(), '1');
    assert.deepEqual([other.status, other.text.includes('subscription-of-others')], [403, true]);
    const reader = await server.sso.token({ scope: 'system/Subscription.rs' });
    assert.equal((await ask('again', '$resend', reader, '1')).status, 403);
    assert.deepEqual(numbersAt(receiver, '/again'), [1, 2, 3, 2, 3]);
    assert.match((await ask('asks', '$resend', undefined, '1')).text, /another channel than rest-hook/);
  });

  it('tells them again from a time on, and leaves none out that is as late', async () => {
    await put(server, hooked('timed', receiver.url('/timed'), { maxCount: 100 }));
    await untilStatus(server, 'timed', 'active');
    const count = 23;
    await put(server, ...Array.from({ length: count }, (_, n) => observation(`timed-${n}`)));
    await until('all are taken', async () => deliveryIn(await statusOf(server, 'timed'))['taken'] === String(count));
    // An hour apart, as if they had come one after the other; the first three are not kept any more.
    const sql = connect(server.ownerUrl, { max: 1 });
    await sql`update fhir.event set stored = '2026-11-01T00:00:00Z'::timestamptz + number * interval '1 hour' where subscription = 'timed'`;
    await sql`delete from fhir.event where subscription = 'timed' and number <= 3`;
    await sql.end();
    const since = (operation: string, time: string, number?: string): Promise<Reply> => {
      if (operation === '$resend') return ask('timed', operation, undefined, number, time);
      const query = `eventsSinceTime=${encodeURIComponent(time)}`;
      const more = number === undefined ? '' : `&eventsSinceNumber=${number}`;
      return server.request('GET', `/Subscription/timed/$events?${query}${more}`);
    };
    const numbers = async (time: string): Promise<number[]> => {
      const { status, text } = await since('$events', time);
      assert.equal(status, 200, text);
      const { notificationEvent = [] } = statusIn(text);
      return notificationEvent.map(({ eventNumber }) => Number(eventNumber));
    };
    const from = (first: number): number[] => Array.from({ length: count - first + 1 }, (_, n) => first + n);
    for (const first of [4, 5, 11, 12, 22, 23]) {
      const hour = new Date(Date.parse('2026-11-01T00:00:00Z') + first * 3_600_000);
      assert.deepEqual(await numbers(hour.toISOString()), from(first), String(first));
      assert.deepEqual(
        await numbers(new Date(hour.getTime() + 50_000).toISOString()),
        from(first),
        'the minute before',
      );
      if (first < count)
        assert.deepEqual(await numbers(new Date(hour.getTime() + 61_000).toISOString()), from(first + 1));
    }
    assert.deepEqual(await numbers('2026-11-01T10:00:00+05:00'), from(5), 'with an offset');
    assert.deepEqual(await numbers('2126-01-01T00:00:00Z'), []);
    assert.match((await since('$events', '2026-10-01T00:00:00Z')).text, /Events before 4 are not kept any more/);
    assert.doesNotMatch((await since('$events', '2026-11-01T09:00:00Z')).text, /not kept/);
    const done = await since('$resend', '2026-11-01T22:00:00Z');
    assert.equal(done.status, 200, done.text);
    await until('they are told again', () => numbersAt(receiver, '/timed').length === count + 2);
    assert.deepEqual(numbersAt(receiver, '/timed').slice(count), [22, 23]);
    const none = await since('$resend', '2126-01-01T00:00:00Z');
    assert.deepEqual([none.status, /no event of that time/.test(none.text)], [400, true], none.text);
    for (const [operation, time, more] of [
      ...['yesterday', '2026-11-01', '2026-13-01T00:00:00Z'].map((text) => ['$events', text, undefined] as const),
      ['$events', '2026-11-01T00:00:00Z', '1'],
      ['$resend', '2026-11-01T00:00:00Z', '1'],
    ] as const) {
      const refused = await since(operation, time, more);
      assert.equal(refused.status, 400, refused.text);
      assert.match(refused.text, /http\.eventsSinceTime/);
    }
  });
});

describe('$handshake', () => {
  const outcomeOf = ({ json }: Reply): unknown[] => {
    const { parameter } = json as { parameter: { name: string; [value: string]: unknown }[] };
    const error = parameter.find(({ name }) => name === 'error')?.['valueCodeableConcept'];
    const milliseconds = parameter.find(({ name }) => name === 'milliseconds')?.['valueInteger'];
    assert.ok(Number.isInteger(milliseconds) && Number(milliseconds) >= 0);
    return [parameter.find(({ name }) => name === 'ok')?.['valueBoolean'], ...errorsIn({ error: error && [error] })];
  };

  it('shows how the receiver answers, decides on nothing, and is one at a time', async () => {
    const parameter = [{ name: 'X-Key', value: 'of-the-receiver' }];
    await put(server, hooked('tried', receiver.url('/tried'), { parameter, timeout: 1 }));
    await untilStatus(server, 'tried', 'active');
    assert.deepEqual(outcomeOf(await ask('tried', '$handshake')), [true]);
    const [, second] = receiver.at('/tried');
    assert.equal(statusIn(second!.body)['type'], 'handshake');
    assert.equal(second!.headers['x-key'], 'of-the-receiver');
    receiver.answers.set('/tried', answer(403));
    const refused = outcomeOf(await ask('tried', '$handshake'));
    assert.deepEqual(refused, [false, ['answered-403', 'the receiver answered 403']]);
    receiver.answers.set('/tried', () => undefined);
    const [silent, busy] = await Promise.all([
      ask('tried', '$handshake'),
      until('it is on its way', () => receiver.at('/tried').length === 4).then(() => ask('tried', '$handshake')),
    ]);
    assert.deepEqual(outcomeOf(silent), [false, ['no-answer', `http://${receiver.host} did not answer`]]);
    assert.deepEqual([busy.status, busy.headers.get('retry-after')], [429, '10']);
    assert.equal((await statusOf(server, 'tried'))['status'], 'active');
    assert.equal((await ask('tried', '$handshake', await others())).status, 403);
    assert.equal(receiver.at('/tried').length, 4);
    await put(server, { ...hooked('tried', receiver.url('/tried'), { timeout: 1 }), status: 'off' });
    assert.match((await ask('tried', '$handshake')).text, /request it again/);
  });
});

describe('a Subscription of somebody else', () => {
  const filterBy = [{ filterParameter: 'patient', value: 'Patient/p' }];
  const as = (client: string, scope: string): Promise<string> =>
    server.sso.token({ client_id: client, sub: client, scope });
  const right = 'system/Subscription.rus dhp.subscriptions';

  it('is there for who may read it, and shows neither where it is sent to nor whom it watches', async () => {
    await put(server, hooked('mine', receiver.url('/mine'), { filterBy, name: 'of-the-clinic' }));
    await untilStatus(server, 'mine', 'active');
    const [other, operator] = await Promise.all([others(), as('operator', right)]);
    const entry = [{ request: { method: 'GET', url: 'Subscription/mine' } }];
    const batch = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry });
    const headers = { 'content-type': 'application/fhir+json' };
    for (const path of [
      ...[
        '/Subscription/mine',
        '/Subscription/mine/_history/1',
        '/Subscription/mine/_history',
        '/Subscription?_id=mine',
      ],
      ...['/Subscription/_history?_count=100', '/$changes?_type=Subscription', '/'],
    ]) {
      const [own, theirs, all] = await Promise.all(
        [undefined, other, operator].map((token) => {
          const by = token === undefined ? {} : { token };
          return path === '/'
            ? server.request('POST', '/', { ...by, body: batch, headers })
            : server.request('GET', path, by);
        }),
      );
      for (const { status, text } of [own!, all!]) {
        assert.equal(status, 200, text);
        assert.ok(text.includes(receiver.url('/mine')) && text.includes('Patient/p"'), `${path} ${text}`);
      }
      assert.ok(theirs!.text.includes('of-the-clinic'), `${path} ${theirs!.text}`);
      for (const secret of [receiver.host, 'Patient/p"']) assert.ok(!theirs!.text.includes(secret), path);
    }
  });

  it('is found by neither of them but by its owner', async () => {
    const [other, operator] = await Promise.all([others(), as('operator', right)]);
    const url = encodeURIComponent(receiver.url('/mine'));
    const found = async (query: string, token?: string): Promise<unknown[]> => {
      const { json, text } = await server.request(
        'GET',
        `/Subscription?${query}`,
        token === undefined ? {} : { token },
      );
      assert.equal(json['resourceType'], 'Bundle', text);
      return ((json['entry'] ?? []) as { resource: Json }[]).map(({ resource }) => resource['id']);
    };
    for (const query of [`url=${url}`, `url:below=${url}`, `url=${url}&filter-value=Patient/p`])
      for (const [token, ids] of [
        [other, []],
        [operator, ['mine']],
        [undefined, ['mine']],
      ] as const)
        assert.deepEqual(await found(query, token), ids, query);
    for (const query of ['_content=receiver', '_sort=url', `_filter=url eq "${url}"`]) {
      const refused = await server.request('GET', `/Subscription?${query}`, { token: other });
      assert.deepEqual([refused.status, refused.code], [403, 'search-parameter-hidden'], `${query} ${refused.text}`);
      // No policy is in force here.
      assert.doesNotMatch(refused.text, /policy/);
      assert.match(refused.text, /of resources of others you do not see what/);
    }
    // Nothing else that one may search by is refused.
    for (const path of ['/Patient?_id=p&_revinclude=*', '/Patient?_id=p&_include=*', '/Subscription?status=active'])
      assert.equal((await server.request('GET', path, { token: other })).status, 200, path);
  });

  it('is written by its owner alone, and turned off by who has the right, who leaves the rest as it is', async () => {
    const off = [{ op: 'replace', path: '/status', value: 'off' }];
    const patch = (token: string): Promise<Reply> =>
      server.request('PATCH', '/Subscription/mine', {
        ...{ token, body: JSON.stringify(off), headers: { 'content-type': 'application/json-patch+json' } },
      });
    const other = await others();
    const refused = await patch(other);
    assert.deepEqual([refused.status, refused.code], [422, 'resource-subsetted'], refused.text);
    const put = await server.request('PUT', '/Subscription/mine', {
      ...{ token: other, body: JSON.stringify({ ...hooked('mine', receiver.url('/mine')), status: 'off' }) },
      headers: { 'content-type': 'application/fhir+json' },
    });
    assert.equal(put.status, 422, put.text);
    assert.match(put.text, /make a Subscription of your own/);
    assert.equal((await statusOf(server, 'mine'))['status'], 'active');
    const person = await server.sso.token({ client_id: 'app', sub: 'p', scope: 'user/*.cruds dhp.subscriptions' });
    assert.ok(!(await server.request('GET', '/Subscription/mine', { token: person })).text.includes(receiver.host));
    const done = await patch(await as('operator', right));
    assert.equal(done.status, 200, done.text);
    const { json } = await server.request('GET', '/Subscription/mine');
    assert.deepEqual([json['status'], json['endpoint'], json['filterBy']], ['off', receiver.url('/mine'), filterBy]);
  });
});
