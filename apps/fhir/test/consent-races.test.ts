/**
 * Consents are created and withdrawn during reads, searches and writes. After a change is answered, no answer follows the previous
 * consents; before it begins, none follows the new ones. In between, either is allowed.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type Session, type Sql } from '@dhp/postgres';
import { startServer, type Reply, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';
import { entriesOf, put } from './searches.ts';

let server: TestServer;
let owner: Sql;
let clinic: string;
let patient: string;
const observations = 12;

before(async () => {
  server = await startServer({ requireIfMatch: false, validation: { level: 'off' } });
  owner = connect(server.ownerUrl, { max: 1, applicationName: 'dhp test consents' });
  clinic = await server.sso.token({ scope: 'system/*.cruds', client_id: 'clinic' });
  patient = await server.sso.token({ scope: 'patient/*.cruds', client_id: 'app', patient: 'p' });
  await put(server, { resourceType: 'Patient', id: 'p' }, { resourceType: 'Patient', id: 'q' });
  for (let n = 0; n < observations; n += 1) await put(server, observation(`o${String(n)}`));
  await server.store.buildConsents();
  await activatePolicies(server, { others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'] });
  await change(false);
});
after(async () => {
  await owner.end({ timeout: 5 });
  await server.close();
});

const observation = (id: string, more: object = {}): Record<string, unknown> => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { coding: [{ system: 'urn:c', code: 'x' }] } },
  ...{ subject: { reference: 'Patient/p' }, effectiveDateTime: '2026-01-10', ...more },
});

async function ask(method: string, path: string, body?: object, by = clinic): Promise<Reply> {
  const sent = body && { headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify(body) };
  return server.request(method, path, { token: by, ...sent });
}

/** Refuses the record, or withdraws the refusal. */
async function change(refuses: boolean): Promise<void> {
  const status = refuses ? 'active' : 'inactive';
  const body = { resourceType: 'Consent', id: 'k', status, decision: 'deny', subject: { reference: 'Patient/p' } };
  const reply = await ask('PUT', '/Consent/k', body, patient);
  assert.ok(reply.status < 300, reply.text);
}

/** Ways to request the record; each returns whether it is refused. @throws AssertionError for an answer that mixes both */
const ways: Readonly<Record<string, () => Promise<boolean>>> = {
  'a read': async () => isAbsent(await ask('GET', '/Observation/o1')),
  'a version': async () => isAbsent(await ask('GET', '/Observation/o1/_history/1')),
  'a history': async () => isAbsent(await ask('GET', '/Observation/o1/_history')),
  'a page': async () => isNone(entriesOf(await ask('GET', '/Observation?subject=Patient/p&_count=50')).length),
  'a total': async () => isNone(Number((await ask('GET', '/Observation?_summary=count')).json['total'])),
  'a chain': async () => isNone(entriesOf(await ask('GET', '/Observation?subject:Patient._id=p&_count=50')).length),
  'all of a patient': async () => {
    const reply = await ask('GET', '/Patient/p/$everything?_count=50');
    const found = entriesOf(reply).filter(({ resource }) => resource.resourceType === 'Observation');
    return reply.status === 404 || isNone(found.length);
  },
  'a write': async () => {
    const { status, text } = await ask('PUT', '/Observation/o2', observation('o2', { language: 'uz' }));
    assert.ok(status === 200 || status === 404 || status === 403, text);
    return status !== 200;
  },
};

function isAbsent({ status, text }: Reply): boolean {
  assert.ok(status === 200 || status === 404, text);
  return status === 404;
}

/** All resources of the patient or none, because a statement sees the consents of one moment. */
function isNone(count: number): boolean {
  assert.ok(count === 0 || count === observations, `${String(count)} of ${String(observations)}`);
  return count === 0;
}

interface Span {
  readonly from: number;
  readonly to: number;
}
interface Change extends Span {
  readonly refuses: boolean;
}
interface Seen extends Span {
  readonly way: string;
  readonly isRefused: boolean;
}

/** Whether an answer is by consents that there were at a moment of its request. */
function isRight({ from, to, isRefused }: Seen, changes: readonly Change[]): boolean {
  const last = changes.filter((each) => each.to < from).at(-1)!;
  const during = changes.filter((each) => each.from < to && each.to > from);
  return [last, ...during].some(({ refuses }) => refuses === isRefused);
}

/** Resolves when a session of this database waits for a lock. */
async function awaitBlocked(sql: Session): Promise<void> {
  const until = Date.now() + 120_000;
  for (;;) {
    // A transaction keeps its first view of the connections until the snapshot is cleared.
    await sql`select pg_stat_clear_snapshot()`;
    const [row] = await sql<{ blocked: boolean }[]>`
      select exists (
        select from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()) as blocked`;
    if (row!.blocked) return;
    assert.ok(Date.now() < until, 'nobody waits for the lock');
    await pause(20);
  }
}

describe('consents that change', () => {
  const rounds = 6;

  it(`count from their answer on, for ${String(Object.keys(ways).length)} ways to ask, ${String(rounds)} times`, async (test) => {
    let time = 0;
    let isOver = false;
    const goesOn = (): boolean => !isOver;
    const changes: Change[] = [{ from: -2, to: -1, refuses: false }];
    const seen: Seen[] = [];
    const asking = Object.entries(ways).map(async ([way, ask]) => {
      while (goesOn()) {
        const from = (time += 1);
        const isRefused = await ask();
        seen.push({ way, from, to: (time += 1), isRefused });
      }
    });
    const all = Promise.all(asking);
    all.catch(() => (isOver = true)); // it is thrown below
    /** Resolves when each way was used at least once from now on. */
    const asked = async (): Promise<void> => {
      const since = time;
      const isAsked = (way: string): boolean => seen.some((each) => each.way === way && each.from > since);
      while (goesOn() && !Object.keys(ways).every(isAsked)) await pause(5);
    };
    for (let n = 0; n < rounds && goesOn(); n += 1) {
      const refuses = n % 2 === 0;
      const from = (time += 1);
      if (n % 3 === 2) await held(() => change(refuses), asked);
      else await change(refuses);
      changes.push({ from, to: (time += 1), refuses });
      await asked();
    }
    isOver = true;
    await all;
    test.diagnostic(`${String(seen.length)} answers`);
    for (const each of seen) assert.ok(isRight(each, changes), JSON.stringify({ each, changes }));
    for (const is of [true, false])
      assert.ok(
        seen.some(({ isRefused }) => isRefused === is),
        'both were seen, or nothing is proved',
      );
  });

  /** Delays the commit of a change of the Consent until others have asked. */
  async function held(work: () => Promise<void>, meanwhile: () => Promise<void>): Promise<void> {
    let changed: Promise<void> | undefined;
    await owner.begin(async (sql) => {
      await sql`select from fhir.resource where id = 'k' for update`;
      changed = work();
      changed.catch(() => undefined);
      await awaitBlocked(sql);
      await meanwhile();
    });
    await changed;
  }

  it('leave no further page of what was begun before', async () => {
    await change(false);
    const first = await ask('GET', '/Observation?subject=Patient/p&_count=5&_total=accurate');
    assert.equal(entriesOf(first).length, 5);
    const next = (first.json['link'] as { relation: string; url: string }[]).find(
      ({ relation }) => relation === 'next',
    )!;
    const path = next.url.slice(next.url.indexOf('/Observation'));
    await change(true);
    assert.equal(entriesOf(await ask('GET', path)).length, 0);
    await change(false);
    assert.equal(entriesOf(await ask('GET', path)).length, 5);
  });

  it('hide what a late write brings, which was decided before them', async () => {
    await change(false);
    let writing: Promise<Reply> | undefined;
    await owner.begin(async (sql) => {
      await sql`select from fhir.resource where id = 'o3' for update`;
      writing = ask('PUT', '/Observation/o3', observation('o3', { language: 'ru' }));
      writing.catch(() => undefined);
      await awaitBlocked(sql);
      await change(true);
      assert.equal((await ask('GET', '/Observation/o3')).status, 404);
    });
    const { status, text } = await writing!;
    assert.ok(status === 200 || status === 403 || status === 404, text);
    for (const path of ['/Observation/o3', '/Observation/o3/_history', '/Observation/o3/_history/2'])
      assert.equal((await ask('GET', path)).status, 404, path);
    assert.equal(entriesOf(await ask('GET', '/Observation?subject=Patient/p')).length, 0);
    assert.equal(entriesOf(await ask('GET', '/Observation/_history?_count=100')).length, 0);
    await change(false);
    assert.equal((await ask('GET', '/Observation/o3')).status, 200);
  });

  it('of another patient change nothing', async () => {
    const body = { resourceType: 'Consent', status: 'active', decision: 'deny', subject: { reference: 'Patient/q' } };
    assert.equal((await server.write('POST', '/Consent', body)).status, 201);
    assert.equal((await ask('GET', '/Observation/o1')).status, 200);
    assert.equal((await ask('GET', '/Patient/q')).status, 404);
  });
});
