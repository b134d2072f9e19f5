/** `$changes`: every version in the order of commits, as the caller sees it. docs/decisions/0099-change-feed.md */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { nationalProfile } from '@dhp/consent';
import { scanJson } from '@dhp/fhir-model';
import { connect, type Sql } from '@dhp/postgres';
import { startAudited, type Audited } from './audit/audited.ts';
import { caughtUp, deletedOf, eventsFrom, exactly, versionsOf, type Entry } from './followed-changes.ts';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';
import { changeWaiters } from '../src/operations/changes/waiters.ts';
import { activatePolicies, activateVersion } from './policies.ts';
import { linkTo, put } from './searches.ts';

const linkKey = randomBytes(32);
const options = { requireIfMatch: false, validation: { level: 'off' }, linkKey } as const;

let server: Audited;
let url = '';
before(async () => {
  server = await startAudited(options, (given) => (url = given));
});
after(() => server.close());

/** A further server of the same environment. */
async function startAnother(costs = {}): Promise<TestServer> {
  const { sso } = server;
  const { issuer, jwksUri, revocationsUri: uri, revocationsKey: key } = sso;
  const made = await startServer({ ...options, issuer, jwksUri, revocations: { uri, key }, costs }, () => url);
  const own = await sso.token();
  const request: TestServer['request'] = (method, path, o = {}) => made.request(method, path, { token: own, ...o });
  return {
    ...{ ...made, sso, request },
    write: (method, path, resource, headers = {}) =>
      request(method, path, {
        headers: { 'content-type': 'application/fhir+json', ...headers },
        body: JSON.stringify(resource),
      }),
  };
}

/** Asks once all earlier writes are visible. An open transaction anywhere in the cluster delays everything after it. */
async function changes(path: string, token?: string): Promise<Reply> {
  await caughtUp(server);
  const reply = await server.request('GET', path, token === undefined ? {} : { token });
  assert.equal(reply.status, 200, reply.text);
  return reply;
}

/** Returns the address after everything stored so far. */
async function fromNow(query = '', token?: string): Promise<string> {
  return linkTo(await changes(`/$changes?after=now${query}`, token), 'next')!;
}

function observation(id: string, of: string, more: object = {}): Record<string, unknown> {
  const subject = { reference: `Patient/${of}` };
  return { resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, subject, ...more };
}

/** Stores a resource as the platform itself, regardless of who may see it. */
async function stored(resource: { readonly resourceType: string; readonly id: string }): Promise<void> {
  const { resourceType: type, id } = resource;
  const version = { type, id, source: scanJson(JSON.stringify(resource)), resource };
  await server.store.update({ ...version, requireMatch: false, createAllowed: true });
}

const cursorIn = (link: string): string => new URLSearchParams(link.split('?')[1]).get('after')!;
const entries = (reply: Reply): Entry[] => (reply.json['entry'] as Entry[] | undefined) ?? [];

describe('a page', () => {
  it('has each version in its order, deletions too, told as a history tells it', async () => {
    const start = await fromNow();
    await put(server, patient({ id: 'a' }), observation('o1', 'a'), patient({ id: 'a', active: false }));
    assert.equal((await server.request('DELETE', '/Observation/o1')).status, 200);
    const created = await server.write('POST', '/Basic', { resourceType: 'Basic', code: { text: 'x' } });
    const reply = await changes(start);
    assert.deepEqual([reply.json['resourceType'], reply.json['type']], ['Bundle', 'history']);
    const basic = `Basic/${String(created.json['id'])}/1`;
    assert.deepEqual(versionsOf(reply), ['Patient/a/1', 'Observation/o1/1', 'Patient/a/2', 'Observation/o1/2', basic]);
    assert.deepEqual(deletedOf(reply), ['Observation/o1/2']);
    const told = await Promise.all(
      ['/Patient/a', '/Observation/o1', `/Basic/${String(created.json['id'])}`].map((path) =>
        server.request('GET', `${path}/_history?_sort=_lastUpdated`),
      ),
    );
    const byName = (all: Entry[]): Map<string, Entry> =>
      new Map(all.map((entry) => [`${entry.fullUrl} ${entry.response.etag}`, entry]));
    assert.deepEqual(byName(entries(reply)), byName(told.flatMap(entries)));
    const empty = await changes(linkTo(reply, 'next')!);
    assert.deepEqual(versionsOf(empty), []);
    assert.equal(empty.json['total'], undefined);
    const ones: string[] = [];
    for (let link = `${start}&_count=1`; ones.length < 5;) {
      const one = await changes(link);
      assert.equal(versionsOf(one).length, 1);
      ones.push(...versionsOf(one));
      link = linkTo(one, 'next')!;
      assert.match(link, /_count=1(?:&|$)/);
    }
    assert.deepEqual(ones, versionsOf(reply));
  });

  it('is of the types that are asked for, and in XML where that is wanted', async () => {
    const start = await fromNow();
    await put(server, patient({ id: 'b' }), observation('o2', 'b'), { resourceType: 'Location', id: 'l' });
    assert.deepEqual(versionsOf(await changes(`${start}&_type=Patient,Location`)), ['Patient/b/1', 'Location/l/1']);
    const xml = await changes(`${start}&_type=Location&_format=xml`);
    assert.match(xml.text, /<Bundle .*<Location><id value="l"\/>/s);
    const posted = await server.write('POST', '/$changes', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'after', valueString: cursorIn(start) },
        { name: '_type', valueCode: 'Location' },
      ],
    });
    assert.deepEqual(versionsOf(posted), ['Location/l/1']);
  });

  it('is of one patient, also of what was moved or deleted', async () => {
    await put(server, patient({ id: 'p1' }), patient({ id: 'p2' }));
    const start = await fromNow('&patient=Patient/p1');
    await put(server, observation('q1', 'p1'), observation('q2', 'p2'), { resourceType: 'Location', id: 'l' });
    await put(server, observation('q1', 'p2'), observation('q2', 'p1'), patient({ id: 'p1', active: false }));
    await server.request('DELETE', '/Observation/q2');
    const expected = ['Observation/q1/1', 'Observation/q2/2', 'Patient/p1/2', 'Observation/q2/3'];
    assert.deepEqual(versionsOf(await changes(start)), expected);
  });

  it('begins with the first version of all where no place is named', async () => {
    const all: string[] = [];
    for (let link = '/$changes?_type=Patient&_count=2'; ;) {
      const page = await changes(link);
      if (versionsOf(page).length === 0) break;
      all.push(...versionsOf(page));
      link = linkTo(page, 'next')!;
    }
    const history = await server.request('GET', '/Patient/_history?_count=500');
    assert.deepEqual([...all].sort(), versionsOf(history).sort());
  });
});

describe('what is wrong with a question', () => {
  it('is told by name', async () => {
    const wrong: readonly (readonly [query: string, status: number, code: string])[] = [
      ['_count=0', 400, 'parameter-invalid'],
      ['_count=x', 400, 'parameter-invalid'],
      ['wait=51', 400, 'parameter-invalid'],
      ['wait=-1', 400, 'parameter-invalid'],
      ['_type=Patients', 400, 'parameter-invalid'],
      ['patient=Group/1', 400, 'parameter-invalid'],
      ['patient=p1&_type=Location', 400, 'parameter-invalid'],
      ['after=x&after=y', 400, 'parameter-invalid'],
      ['since=2026', 400, 'parameter-unknown'],
      ['after=', 400, 'changes-cursor-invalid'],
      ['after=0.0.0', 400, 'changes-cursor-invalid'],
    ];
    for (const [query, status, code] of wrong) {
      const reply = await server.request('GET', `/$changes?${query}`);
      assert.deepEqual([reply.status, reply.code], [status, code], `${query}: ${reply.text}`);
    }
    const narrow = await server.sso.token({ scope: 'system/Patient.rs' });
    const refused = await server.request('GET', '/$changes?_type=Observation', { token: narrow });
    assert.deepEqual([refused.status, refused.code], [403, 'scope-insufficient']);
    const nothing = await server.sso.token({ scope: 'openid' });
    assert.equal((await server.request('GET', '/$changes', { token: nothing })).status, 403);
    const entry = [{ request: { method: 'GET', url: '$changes' } }];
    const batch = await server.write('POST', '/', { resourceType: 'Bundle', type: 'batch', entry });
    assert.match(batch.text, /cannot be asked for in a Bundle/);
  });

  it('is a cursor that is not ours, of which any bit was changed', async () => {
    const cursor = cursorIn(await fromNow());
    const bytes = Buffer.from(cursor, 'base64url');
    const forged = [...bytes.keys()].map((n) => {
      const copy = Buffer.from(bytes);
      copy[n]! ^= 1 << (n % 8);
      return copy.toString('base64url');
    });
    const others = [cursor.slice(1), `${cursor}A`, `${cursor}%3D`, cursor.slice(0, -4), '%00', 'x'.repeat(5_000)];
    for (const one of [...forged, ...others]) {
      const reply = await server.request('GET', `/$changes?after=${one}`);
      assert.deepEqual([reply.status, reply.code], [400, 'changes-cursor-invalid'], reply.text);
    }
  });

  it('is a cursor of another environment', async () => {
    const other = await startServer({ ...options, baseUrl: 'https://production.test/fhir' });
    try {
      const reply = await other.request('GET', '/$changes?after=now');
      const [, cursor] = /after=([\w-]{100,})/.exec(reply.text)!;
      assert.equal((await server.request('GET', `/$changes?after=${cursor!}`)).code, 'changes-cursor-invalid');
    } finally {
      await other.close();
    }
  });

  it('is a cursor of a database that was restored or replaced: 410, with the way on', async () => {
    const start = await fromNow();
    const owner: Sql = connect(server.ownerUrl, { max: 1 });
    const [before] = await owner<{ name: string; body: string }[]>`
      select fhir.server_name() as name, pg_get_functiondef('fhir.server_history'::regproc) as body`;
    const [named] = await owner<{ body: string }[]>`
      select pg_get_functiondef('fhir.server_name'::regproc) as body`;
    const table = before!.name.split('.').at(-1)!;
    const says = (name: string, text: string) =>
      owner.unsafe(
        `create or replace function fhir.${name}() returns text language sql stable as $$ select '${text}' $$`,
      );
    try {
      await says('server_name', `1.${table}`);
      await changes(start);
      await says('server_name', `2.${table}`);
      await says('server_history', 'another');
      const reply = await server.request('GET', start);
      assert.deepEqual([reply.status, reply.code], [410, 'changes-cursor-gone'], reply.text);
      assert.match(reply.diagnostics, /Begin again: GET \$changes without after/);
      const events = await server.request('GET', start, { headers: { accept: 'text/event-stream' } });
      assert.equal(events.status, 410);
    } finally {
      await owner.unsafe(named!.body);
      await owner.unsafe(before!.body);
      await owner.end();
    }
  });
});

describe('who may not see a change', () => {
  before(() => put(server, patient({ id: 'x1' }), patient({ id: 'x2' })));
  const ofPatient = (id: string): Promise<string> => server.sso.token({ scope: 'patient/*.rs', patient: id });

  it('hears nothing of it, nor how many there were', async () => {
    const token = await ofPatient('x1');
    const start = await fromNow('', token);
    await put(server, observation('h1', 'x1'), observation('h2', 'x2'), observation('h3', 'x2'));
    const seen = await changes(start, token);
    assert.deepEqual(versionsOf(seen), ['Observation/h1/1']);
    const next = linkTo(seen, 'next')!;
    const quiet = await changes(next, token);
    await put(server, ...Array.from({ length: 30 }, (_, n) => observation(`h${String(4 + n)}`, 'x2')));
    const passed = await changes(next, token);
    const plain = ({ text }: Reply): string => text.replaceAll(/after=[\w-]+/g, 'after=x');
    assert.equal(plain(passed), plain(quiet));
    assert.equal(passed.text.length, quiet.text.length, 'cursors are of one length');
    assert.notEqual(linkTo(await changes(next, token), 'next'), linkTo(passed, 'next'), 'and differ each time');
  });

  it('hears that something was deleted where it could be seen, and else nothing', async () => {
    const token = await ofPatient('x1');
    await put(server, observation('d1', 'x1'), observation('d2', 'x2'));
    const start = await fromNow('', token);
    await server.request('DELETE', '/Observation/d2');
    await server.request('DELETE', '/Observation/d1');
    const reply = await changes(start, token);
    assert.deepEqual(deletedOf(reply), ['Observation/d1/2']);
    assert.deepEqual(versionsOf(reply), ['Observation/d1/2']);
  });

  it('is decided when it is asked: a consent that comes, or goes, between two pages', async () => {
    const version = await activatePolicies(server, {
      ...{ others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'] },
    });
    try {
      await server.store.buildConsents();
      await put(server, patient({ id: 'c1' }), { resourceType: 'Organization', id: 'clinic', name: 'x' });
      const clinic = await server.sso.token({ scope: 'system/*.rs', client_id: 'clinic', sub: 'clinic' });
      const start = await fromNow('&_type=Observation&_count=1', clinic);
      await put(server, observation('c-1', 'c1'), observation('c-2', 'c1'), observation('c-3', 'c1'));
      const first = await changes(start, clinic);
      assert.deepEqual(versionsOf(first), ['Observation/c-1/1']);
      const consent = {
        ...{ resourceType: 'Consent', id: 'c', status: 'active', meta: { profile: [nationalProfile] } },
        ...{ subject: { reference: 'Patient/c1' }, decision: 'deny', date: new Date().toISOString() },
      };
      await stored(consent);
      assert.deepEqual(versionsOf(await changes(linkTo(first, 'next')!, clinic)), []);
      const withdrawn = { ...consent, status: 'inactive' };
      await stored(withdrawn);
      assert.deepEqual(versionsOf(await changes(linkTo(first, 'next')!, clinic)), ['Observation/c-2/1']);
    } finally {
      await activateVersion(server, undefined);
      assert.ok(version > 0);
    }
  });

  it('is looked past within the budget of a request, by pages that end early', async () => {
    const token = await ofPatient('x1');
    const start = await fromNow('', token);
    const entry = Array.from({ length: 400 }, (_, n) => ({
      resource: observation(`many-${String(n)}`, 'x2'),
      request: { method: 'PUT', url: `Observation/many-${String(n)}` },
    }));
    await server.write('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry });
    await put(server, observation('behind', 'x1'));
    await caughtUp(server);
    const small = await startAnother({ rows: 150 });
    try {
      const seen: string[] = [];
      let pages = 0;
      for (let link = start; seen.length === 0 && pages < 20; pages += 1) {
        const reply = await small.request('GET', link, { token });
        assert.equal(reply.status, 200, reply.text);
        seen.push(...versionsOf(reply));
        link = linkTo(reply, 'next')!;
      }
      assert.deepEqual(seen, ['Observation/behind/1']);
      assert.ok(pages >= 3, String(pages));
    } finally {
      await small.close();
    }
  });
});

describe('who waits', () => {
  it('is answered when something comes that may be seen, and by nothing else', async () => {
    await put(server, patient({ id: 'w1' }), patient({ id: 'w2' }));
    const token = await server.sso.token({ scope: 'patient/*.rs', patient: 'w1' });
    const start = `${await fromNow('', token)}&wait=30`;
    let isAnswered = false;
    const waiting = server.request('GET', start, { token }).finally(() => (isAnswered = true));
    await put(server, observation('w-2', 'w2'));
    await caughtUp(server);
    await delay(400);
    assert.equal(isAnswered, false, 'by what is hidden');
    await put(server, observation('w-1', 'w1'));
    assert.deepEqual(versionsOf(await waiting), ['Observation/w-1/1']);
  });

  it('has the time of a request for its looks, and not for waiting', async () => {
    const other = await startAnother({ milliseconds: 1_000 });
    try {
      await put(server, patient({ id: 'w3', active: true }));
      const token = await server.sso.token({ scope: 'system/Observation.rs?patient.active=true' });
      const start = `${await fromNow('&_type=Observation', token)}&wait=30`;
      const waiting = other.request('GET', start, { token });
      await delay(1_500);
      await put(server, observation('w-3', 'w3'));
      const reply = await waiting;
      assert.deepEqual([reply.status, versionsOf(reply)], [200, ['Observation/w-3/1']], reply.text);
    } finally {
      await other.close();
    }
  });

  it('is answered with nothing when the time is over', async () => {
    const start = `${await fromNow()}&wait=1`;
    const begun = performance.now();
    const reply = await server.request('GET', `${start}&_type=Slot`);
    assert.ok(performance.now() - begun >= 990, 'too soon');
    assert.deepEqual(versionsOf(reply), []);
    assert.notEqual(linkTo(reply, 'next'), undefined);
  });

  it('holds up no server that closes', async () => {
    const other = await startAnother();
    const begun = performance.now();
    const waiting = [1, 2, 3].map(() => other.request('GET', '/$changes?after=now&wait=50&_type=Slot'));
    const stream = await eventsFrom(other, '/$changes?after=now&_type=Slot');
    const closing = other.close();
    for (const reply of await Promise.all(waiting)) assert.deepEqual([reply.status, versionsOf(reply)], [200, []]);
    assert.equal(await stream.ended(), '');
    assert.ok(performance.now() - begun < 50_000, 'it waited for them');
    await closing;
  });

  it('is one of a hundred of a client, and of a thousand in all', () => {
    const waiters = changeWaiters();
    const refused = (client: string): void => assert.throws(() => waiters.enter(client), { code: 'too-many-requests' });
    const leave = Array.from({ length: 100 }, () => waiters.enter('one'))[7]!;
    refused('one');
    leave();
    leave();
    waiters.enter('one');
    refused('one');
    for (let n = 100; n < 1_000; n += 1) waiters.enter(`other ${String(n)}`);
    refused('another');
  });
});

describe('events', () => {
  it('have the Bundles of pages, and go on behind the last one', async () => {
    const start = await fromNow('&_count=2');
    await put(server, ...[1, 2, 3].map((n) => patient({ id: `e${String(n)}` })));
    const multiline = JSON.stringify(patient({ id: 'e4' }), null, 2).replaceAll('\n', '\r\n');
    const headers = { 'content-type': 'application/fhir+json' };
    await server.request('PUT', '/Patient/e4', { headers, body: multiline });
    await caughtUp(server);
    const first = await eventsFrom(server, start);
    const seen = [await first.next(), await first.next()];
    assert.deepEqual(seen.map(versionsOf), [
      ['Patient/e1/1', 'Patient/e2/1'],
      ['Patient/e3/1', 'Patient/e4/1'],
    ]);
    await put(server, patient({ id: 'e5' }));
    assert.deepEqual(versionsOf(await first.next()), ['Patient/e5/1']);
    await first.close();
    const again = await eventsFrom(server, start, { 'last-event-id': seen[0]!.id });
    assert.deepEqual(versionsOf(await again.next()), ['Patient/e3/1', 'Patient/e4/1']);
    assert.deepEqual(versionsOf(await again.next()), ['Patient/e5/1']);
    await again.close();
  });

  it('end with the token', async () => {
    const token = await server.sso.token({ client_id: 'ended', sub: 'ended' });
    const stream = await eventsFrom(server, await fromNow(), {}, token);
    await put(server, patient({ id: 'e6' }));
    assert.deepEqual(versionsOf(await stream.next()), ['Patient/e6/1']);
    server.sso.revoke('client:ended');
    for (let n = 0; (await server.request('GET', '/Patient/e6', { token })).status !== 401; n += 1) {
      assert.ok(n < 600, 'it is never revoked');
      await delay(50);
    }
    await put(server, patient({ id: 'e7' }));
    assert.equal(await stream.ended(), '', 'nothing more is told');
  });

  it('are recorded before they leave, with whom they tell of', async () => {
    const requestId = crypto.randomUUID();
    const stream = await eventsFrom(server, await fromNow(), { 'x-request-id': requestId });
    await put(server, observation('audited', 'of-an-event'));
    await stream.next();
    await stream.close();
    const patients = (await server.of(requestId)).flatMap(({ patient: one }) => one ?? []);
    assert.deepEqual(patients, [server.pseudonym('of-an-event')]);
  });

  it('are not for who asks for a Bundle, nor in the form of one', async () => {
    const headers = { accept: 'text/event-stream' };
    const bundle = await server.request('GET', '/$changes?after=now&_format=json', { headers });
    assert.equal(bundle.json['resourceType'], 'Bundle');
    const refused = await server.request('GET', '/$changes?_pretty=true', { headers });
    assert.deepEqual([refused.status, refused.code], [400, 'parameter-invalid']);
    const both = { accept: 'application/fhir+json, text/event-stream;q=0.5' };
    assert.equal((await server.request('GET', '/$changes?after=now', { headers: both })).json['type'], 'history');
  });
});

it('tells eight who write at once, exactly: each version once, in order, over two servers of which one is ended', async () => {
  const start = await fromNow('&_count=17&_type=Basic,Location');
  const other = await startAnother();
  const followed = await exactly([server, other], start, { writers: 8, writes: 25, resources: 12 });
  assert.deepEqual(followed.faults, []);
  assert.ok(followed.versions > 150, String(followed.versions));
});
