/** Notifications over rest-hook: what is sent, in which order, and what follows from receivers of all kinds. https://hl7.org/fhir/R5/subscriptions.html#rest-hook */
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  listSubscriptions,
  pauseSubscription,
  replaySubscription,
  resumeSubscription,
} from '@dhp/fhir-store/subscriptions';
import { connect } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { patient, type TestServer } from '../environment.ts';
import { startAudited, type Audited } from '../audit/audited.ts';
import * as bed from './bed.ts';
import { numbersAt, startReceiver, statusIn, type Receiver } from './receiver.ts';

const { hooked, observation, put, topic, untilNumbered, untilStatus } = bed;

let receiver: Receiver;
let server: Audited;
before(async () => {
  receiver = await startReceiver();
  server = await startAudited({
    ...{ requireIfMatch: false, validation: { level: 'off' } },
    ...bed.subscriptionOptions(receiver, { backoff: { first: 0.05, longest: 0.2, until: 2 } }),
  });
  await put(server, topic('observations'), patient({ id: 'p' }));
});
after(async () => {
  await server.close();
  await receiver.close();
});

const of = (who: string, more: object = {}): object => ({
  filterBy: [{ filterParameter: 'patient', value: `Patient/${who}` }],
  ...more,
});
const about = (who: string, n: number, more: object = {}): Record<string, unknown> =>
  observation(`${who}-${n}`, { subject: { reference: `Patient/${who}` }, ...more });
const counted = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

describe('a rest-hook', () => {
  it('begins with a handshake, and then tells events in the order of their numbers, as many at once as are wanted', async () => {
    const secret = randomBytes(32);
    const parameter = [
      { name: 'Authorization', value: 'Bearer of-the-receiver' },
      { name: 'webhook-secret', value: `whsec_${secret.toString('base64')}` },
    ];
    await put(
      server,
      hooked('good', receiver.url('/good'), of('good', { parameter, maxCount: 3, content: 'full-resource' })),
    );
    const active = await untilStatus(server, 'good', 'active');
    assert.equal(active['eventsSinceSubscriptionStart'], '0');
    await put(server, ...counted(7).map((n) => about('good', n)));
    await until('all are told', () => numbersAt(receiver, '/good').length >= 7);
    const all = receiver.at('/good');
    const [handshake] = all.map(({ body }) => statusIn(body));
    assert.deepEqual(
      [handshake!['type'], handshake!['status'], handshake!['eventsSinceSubscriptionStart']],
      ['handshake', 'requested', '0'],
    );
    assert.deepEqual(numbersAt(receiver, '/good'), counted(7));
    for (const { body, headers } of all) {
      assert.equal(headers['authorization'], 'Bearer of-the-receiver');
      assert.equal(headers['webhook-secret'], undefined);
      assert.match(headers['content-type']!, /^application\/fhir\+json/);
      const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
      assert.equal(headers['webhook-signature'], `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`);
      const { type, entry } = JSON.parse(body) as {
        type: string;
        entry: { resource: { resourceType: string; id?: string } }[];
      };
      assert.equal(type, 'subscription-notification');
      assert.equal(entry[0]!.resource.resourceType, 'SubscriptionStatus');
      const events = statusIn(body).notificationEvent ?? [];
      assert.ok(events.length <= 3);
      assert.deepEqual(
        entry.slice(1).map(({ resource }) => `good-${Number(resource.id!.slice(5))}`),
        events.map(({ eventNumber }) => `good-${String(eventNumber)}`),
      );
    }
    const trail = await server.records();
    const told = trail.filter(
      ({ content }) => content['interaction'] === '$events' && content['type'] === 'Subscription',
    );
    assert.ok(told.length >= 3, JSON.stringify(trail.slice(-5)));
  });

  it('tells in XML, by id alone, or that there was something, as is wanted', async () => {
    const xml = { contentType: 'application/fhir+xml', content: 'id-only' };
    await put(
      server,
      hooked('xml', receiver.url('/xml'), of('forms', xml)),
      hooked('empty', receiver.url('/empty'), of('forms', { content: 'empty' })),
    );
    await untilStatus(server, 'xml', 'active');
    await untilStatus(server, 'empty', 'active');
    await put(server, about('forms', 1));
    const [, told] = await until(
      'both are told',
      () => receiver.at('/xml').length === 2 && receiver.at('/empty').length === 2 && receiver.at('/xml'),
    );
    assert.match(told!.headers['content-type']!, /^application\/fhir\+xml/);
    assert.match(told!.body, /<type value="event-notification"\/>.*<reference value="[^"]*Observation\/forms-1"\/>/s);
    const { body } = receiver.at('/empty')[1]!;
    assert.ok(!body.includes('forms-1') && numbersAt(receiver, '/empty').join() === '1', body);
  });

  it('is in error when the handshake fails, and begins anew when it is requested again', async () => {
    receiver.answers.set('/late', (response) => void response.writeHead(403).end());
    await put(server, hooked('late', receiver.url('/late'), of('late')));
    const failed = await untilStatus(server, 'late', 'error');
    assert.match(JSON.stringify(failed['error']), /handshake failed: the receiver answered 403/);
    await put(server, about('late', 1), about('late', 2));
    await untilNumbered(server, 'late', 2);
    receiver.answers.delete('/late');
    await put(server, hooked('late', receiver.url('/late'), of('late')));
    await until('both are told', () => numbersAt(receiver, '/late').length === 2);
    assert.deepEqual(numbersAt(receiver, '/late'), [1, 2]);
  });

  it('sends signs of life in the period that is asked for, which have no number', async () => {
    await put(server, hooked('beats', receiver.url('/beats'), of('beats', { heartbeatPeriod: 10 })));
    await untilStatus(server, 'beats', 'active');
    await bed.beDue(server, 'beats');
    const { body } = await until('a heartbeat', () => receiver.at('/beats')[1]);
    assert.deepEqual([statusIn(body)['type'], statusIn(body)['eventsSinceSubscriptionStart']], ['heartbeat', '0']);
  });

  it('sends no signs of life that were not asked for', async () => {
    await put(server, hooked('silent', receiver.url('/silent'), of('silent')));
    await untilStatus(server, 'silent', 'active');
    await until('its lane is never due again by itself', async () => {
      const rows = await server.owner`
        select 1 from fhir.lane where subscription = 'silent' and holder is null and due > now() + interval '1 year'`;
      return rows.length === 1;
    });
    assert.equal(receiver.at('/silent').length, 1, 'the handshake alone');
  });

  it('tells again from the number that an operator wants, whatever is on its way meanwhile', async () => {
    const sql = connect(server.ownerUrl, { max: 1 });
    try {
      await put(server, hooked('again', receiver.url('/again'), of('again', { maxCount: 1 })));
      await untilStatus(server, 'again', 'active');
      await put(server, ...counted(3).map((n) => about('again', n)));
      await until('all are told', () => numbersAt(receiver, '/again').length === 3);
      await until(
        'all are taken',
        async () => (await listSubscriptions(sql, 1, { id: 'again' }))[0]?.acknowledged === 3,
      );
      assert.deepEqual(await replaySubscription(sql, 'again', 4), { first: 1, last: 3 });
      assert.equal(await replaySubscription(sql, 'nobody', 1), 'unknown');
      const held = Promise.withResolvers<undefined>();
      receiver.answers.set('/again', (response) => void held.promise.then(() => response.end()));
      await put(server, about('again', 4));
      await until('the next is on its way', () => numbersAt(receiver, '/again').length === 4);
      assert.deepEqual(await replaySubscription(sql, 'again', 2), { from: 2 });
      receiver.answers.delete('/again');
      held.resolve(undefined);
      await until('they are told again', () => numbersAt(receiver, '/again').length === 7);
      assert.deepEqual(numbersAt(receiver, '/again'), [1, 2, 3, 4, 2, 3, 4]);
      const [row] = await listSubscriptions(sql, 1, { id: 'again' });
      assert.deepEqual([row?.status, row?.numbered, row?.client, row?.tries], ['active', 4, 'tests', 0]);
    } finally {
      await sql.end();
    }
  });

  it('is held back while an operator wants that, also when it is requested anew, and goes on behind what was taken', async () => {
    const sql = connect(server.ownerUrl, { max: 1 });
    const paused = async (): Promise<unknown> => (await bed.statusOf(server, 'held'))['error'];
    // Told of the same, it shows that there was time.
    const witness = async (count: number): Promise<unknown> =>
      until('the witness is told', () => numbersAt(receiver, '/witness').length === count);
    try {
      const [held, other] = ['held', 'witness'].map((id) => hooked(id, receiver.url(`/${id}`), of('held')));
      await put(server, held!, other!);
      for (const id of ['held', 'witness']) await untilStatus(server, id, 'active');
      await put(server, about('held', 1));
      await until('the first is told', () => numbersAt(receiver, '/held').length === 1);
      await witness(1);
      assert.deepEqual(
        [await pauseSubscription(sql, 'nobody'), await resumeSubscription(sql, 'held')],
        [undefined, false],
      );
      assert.deepEqual([await pauseSubscription(sql, 'held'), await pauseSubscription(sql, 'held')], [true, false]);
      await put(server, about('held', 2));
      await witness(2);
      await put(server, held!);
      assert.match(JSON.stringify(await paused()), /held back by an operator/);
      await put(server, about('held', 3));
      await witness(3);
      await untilNumbered(server, 'held', 3);
      const types = (): unknown[] => receiver.at('/held').map(({ body }) => statusIn(body)['type']);
      const before = types().length;
      assert.ok(numbersAt(receiver, '/held').every((number) => number === 1));
      const [row] = await listSubscriptions(sql, 1, { id: 'held' });
      assert.ok(row?.paused instanceof Date && row.behindSince instanceof Date);
      assert.equal(await resumeSubscription(sql, 'held'), true);
      await until('all are told', () => numbersAt(receiver, '/held').at(-1) === 3);
      assert.deepEqual(types().slice(before), ['handshake', 'event-notification']);
      assert.deepEqual([...new Set(numbersAt(receiver, '/held'))], [1, 2, 3]);
      assert.equal(await paused(), undefined);
    } finally {
      await sql.end();
    }
  });

  it('tells nothing of what its owner does not see any more but the number', async () => {
    const token = await server.sso.token({
      client_id: 'narrow',
      sub: 'narrow',
      scope: 'system/Observation.rs?status=final system/Subscription.cruds',
    });
    let isOpen = true;
    receiver.answers.set('/seen', (response, { body }) => {
      const isMeant = (statusIn(body).notificationEvent ?? []).length > 0;
      response.writeHead(isMeant && isOpen ? 503 : 200).end();
    });
    const body = JSON.stringify(hooked('seen', receiver.url('/seen'), of('seen', { content: 'full-resource' })));
    const sent = await server.request('PUT', '/Subscription/seen', {
      token,
      body,
      headers: { 'content-type': 'application/fhir+json' },
    });
    assert.equal(sent.status, 201, sent.text);
    await untilStatus(server, 'seen', 'active');
    await put(server, about('seen', 1));
    await until('it is tried', () => numbersAt(receiver, '/seen').length > 0);
    await put(server, about('seen', 1, { status: 'amended' }));
    isOpen = false;
    const last = await until('it is told', () =>
      receiver.at('/seen').findLast(({ body: text }) => !text.includes('seen-1') && text.includes('eventNumber')),
    );
    assert.deepEqual(
      statusIn(last.body).notificationEvent?.map(({ eventNumber, focus }) => [eventNumber, focus]),
      [['1', undefined]],
    );
  });
});

describe('receivers that fail', () => {
  it('keep no others waiting, and get each event again in its order until they have taken it', async () => {
    receiver.answers.set('/hangs', () => undefined);
    receiver.answers.set('/breaks', (response) => void response.destroy());
    receiver.answers.set(
      '/redirects',
      (response) => void response.writeHead(307, { location: receiver.url('/elsewhere') }).end(),
    );
    receiver.answers.set('/slow', (response) => void setTimeout(() => response.end(), 200));
    receiver.answers.set(
      '/lies',
      (response) => void response.writeHead(200).end('{"resourceType":"Nothing'.repeat(5_000)),
    );
    // The head at once, and then a byte now and then: the time of the answer is that of all of it.
    receiver.answers.set('/drips', (response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 100);
      response.on('close', () => {
        clearInterval(drip);
      });
    });
    let flaps = 0;
    receiver.answers.set('/flaps', (response) => void response.writeHead((flaps += 1) % 3 === 0 ? 200 : 500).end());
    const opened = (path: string): string => receiver.url(path);
    const names = ['hangs', 'breaks', 'redirects', 'drips', 'slow', 'lies', 'flaps'];
    const good = counted(8).map((n) => `good-${n}`);
    // They take handshakes, and fail from then on.
    const failing = new Map(receiver.answers);
    for (const name of names) receiver.answers.delete(`/${name}`);
    const more = of('many', { timeout: 1, maxCount: 1 });
    await put(server, ...[...names, ...good].map((name) => hooked(name, opened(`/${name}`), more)));
    for (const name of [...names, ...good]) await untilStatus(server, name, 'active');
    for (const [path, answer] of failing) receiver.answers.set(path, answer);
    const began = Date.now();
    await put(server, ...counted(5).map((n) => about('many', n)));
    for (const name of good) await until(`${name} has all`, () => numbersAt(receiver, `/${name}`).length >= 5);
    assert.ok(Date.now() - began < 20_000);
    for (const name of good) assert.deepEqual(numbersAt(receiver, `/${name}`), counted(5), name);
    for (const name of ['slow', 'flaps'])
      await until(`${name} has all`, () => new Set(numbersAt(receiver, `/${name}`)).size === 5);
    assert.deepEqual(numbersAt(receiver, '/slow'), counted(5));
    const flapped = numbersAt(receiver, '/flaps');
    assert.deepEqual([...new Set(flapped)], counted(5));
    assert.deepEqual(
      flapped,
      flapped.toSorted((a, b) => a - b),
      'an event is told again before the next one',
    );
    for (const name of ['hangs', 'breaks', 'redirects', 'drips', 'lies']) {
      const failed = await untilStatus(server, name, 'error');
      assert.match(JSON.stringify(failed['error']), /failed for/, name);
      assert.deepEqual(new Set(numbersAt(receiver, `/${name}`)), new Set([1]), name);
    }
    assert.equal(receiver.at('/elsewhere').length, 0);
  });

  it('are left alone as long as they ask for, within an hour, and for good when they are gone', async () => {
    const asked = {
      seconds: ['429', '1800', 1800],
      date: ['503', new Date(Date.now() + 1_800_000).toUTCString(), 1795],
      ages: ['429', '86400', 3600],
    } as const;
    const names = [...Object.keys(asked), 'gone'];
    await put(server, ...names.map((name) => hooked(name, receiver.url(`/${name}`), of('asked'))));
    for (const name of names) await untilStatus(server, name, 'active');
    for (const [name, [status, after]] of Object.entries(asked))
      receiver.answers.set(`/${name}`, (response) => {
        response.writeHead(Number(status), { 'retry-after': after }).end();
      });
    receiver.answers.set('/gone', (response) => void response.writeHead(410).end());
    await put(server, about('asked', 1));
    for (const [name, [status, , seconds]] of Object.entries(asked)) {
      const [found] = await until('it has failed', async () => {
        const all = await server.store.subscriptions.deliveries([name]);
        // On a busy machine one may have failed before because nobody answered in time.
        return all[0]?.failure?.code === `answered-${status}` && all;
      });
      const wait = (found!.due!.getTime() - Date.now()) / 1000;
      assert.ok(wait > seconds - 30 && wait < seconds * 1.05 + 1, `${name} is left alone for ${String(wait)} s`);
      assert.deepEqual(new Set(numbersAt(receiver, `/${name}`)), new Set([1]));
    }
    const gone = await untilStatus(server, 'gone', 'error');
    assert.match(JSON.stringify(gone['error']), /answered-410.*says that it is gone/);
    assert.deepEqual(new Set(numbersAt(receiver, '/gone')), new Set([1]));
    await put(server, ...names.map((name) => ({ ...hooked(name, receiver.url(`/${name}`)), status: 'off' })));
  });

  it('are not waited for longer than any is when the clock of the database was set back', async () => {
    const names = ['behind', 'ahead'];
    await put(server, ...names.map((name) => hooked(name, receiver.url(`/${name}`), of('clock'))));
    for (const name of names) await untilStatus(server, name, 'active');
    const sql = connect(server.ownerUrl, { max: 1 });
    try {
      // As they are when the clock ran ahead by a month while they were told to wait.
      const ahead = sql`clock_timestamp() + interval '30 days'`;
      await sql`update fhir.lane set due = ${ahead}, tries = 3, failing = ${ahead} where subscription = 'behind'`;
      await sql`update fhir.lane set due = ${ahead}, rests = ${ahead} where subscription = 'ahead'`;
      await put(server, about('clock', 1));
      for (const name of names) await untilNumbered(server, name, 1);
      for (const name of names) assert.deepEqual(numbersAt(receiver, `/${name}`), [], name);
      await server.store.subscriptions.sweep(14);
      for (const name of names) await until(`${name} is told`, () => numbersAt(receiver, `/${name}`).length === 1);
    } finally {
      await sql.end();
    }
  });

  it('are counted for who watches the server, until they are in error', async () => {
    const figures = (): ReturnType<TestServer['store']['subscriptions']['figures']> =>
      server.store.subscriptions.figures();
    await put(server, hooked('counted', receiver.url('/counted'), of('counted')));
    await untilStatus(server, 'counted', 'active');
    const before = await until('nobody waits', async () => {
      const found = await figures();
      return found.behind === 0 && found;
    });
    assert.deepEqual([before.oldest, before.isRead, before.failing], [0, true, 0]);
    receiver.answers.set('/counted', (response) => void response.writeHead(503).end());
    await put(server, about('counted', 1));
    await until('it fails', async () => {
      const { behind, failing, oldest } = await figures();
      return behind === 1 && failing === 1 && oldest > 0;
    });
    await untilStatus(server, 'counted', 'error');
    const { failed, live, behind, oldest } = await figures();
    assert.deepEqual([failed, live, behind, oldest], [before.failed + 1, before.live, 0, 0]);
  });

  it('tells in halves what is too large together, for the receiver or for a request of its owner', async () => {
    const most = 4_000;
    receiver.answers.set('/small', (response, { body }) => {
      response.writeHead(body.length > most ? 413 : 200).end();
    });
    const note = [{ text: 'x'.repeat(1_500) }];
    const more = { content: 'full-resource', maxCount: 20 };
    await put(server, hooked('small', receiver.url('/small'), of('small', more)));
    await untilStatus(server, 'small', 'active');
    const sql = connect(server.ownerUrl, { max: 1 });
    try {
      await pauseSubscription(sql, 'small');
      await put(server, ...counted(7).map((n) => about('small', n, { note })));
      await untilNumbered(server, 'small', 7);
      await resumeSubscription(sql, 'small');
    } finally {
      await sql.end();
    }
    const taken = (): number[] =>
      receiver
        .at('/small')
        .filter(({ body }) => body.length <= most)
        .flatMap(({ body }) => (statusIn(body).notificationEvent ?? []).map(({ eventNumber }) => Number(eventNumber)));
    await until('all are taken', () => taken().length >= 7);
    assert.deepEqual(taken(), counted(7));
    assert.ok(receiver.at('/small').some(({ body }) => body.length > most));
  });
});
