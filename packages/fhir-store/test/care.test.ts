/** Care links: they are stored with the versions, made for earlier ones, and agree with `decide`. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  decide,
  heldAfter,
  isMembership,
  linkKinds,
  linksOf,
  windowsOf,
  type CareWindows,
  type HeldLink,
} from '@dhp/care';
import type { JsonResource } from '@dhp/fhir-search';
import type { Sql } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import type { Cared } from '@dhp/search-index';
import { careHash } from '@dhp/search-index/care';
import { indexRow } from '@dhp/search-index/rows';
import { migrations, openStore, type FhirStore, type Writer } from '../src/index.ts';
import { newVersion, unconditional } from './database.ts';

const options = { timeZone: 'Asia/Tashkent', ownBases: ['https://fhir.example/base'] };
let database: TestDatabase;
let store: FhirStore;
let sql: Sql;
before(async () => {
  database = await testDatabase({ name: 'care', migrations: [migrations] });
  store = await openStore({ url: database.url, ...options });
  sql = database.sql; // of the owner
});
after(async () => {
  await store.close();
  await database.drop();
});

function windowsFor(windows: CareWindows): Cared['windows'] {
  const of = linkKinds.map((kind) => (isMembership(kind) ? undefined : windows[kind]));
  return {
    before: of.map((each) => each?.before ?? 0),
    after: of.map((each) => each?.after ?? 0),
    open: of.map((each) => each?.open ?? -1),
  };
}

interface Caller {
  readonly actors: readonly string[];
  readonly subject: string;
}
const doctor: Caller = { actors: ['Practitioner/1', 'Organization/1'], subject: 'doctor' };

function conditionOf({ actors, subject }: Caller, windows = windowsOf()): Cared {
  return {
    ...{ op: 'cared', of: 'record', opened: [], windows: windowsFor(windows) },
    ...{ callers: actors.map(careHash.reference), subject: careHash.subject(subject) },
  };
}

/** Whether the caller sees an Observation of the patients. */
function isLeft(patient: string, caller = doctor, windows?: CareWindows): Promise<boolean> {
  const resource: JsonResource = {
    ...{ resourceType: 'Observation', id: 'o', status: 'final', subject: { reference: `Patient/${patient}` } },
  };
  const candidate = { type: 'Observation', id: 'o', row: indexRow(resource, { ...options }) };
  return store.cared(candidate, conditionOf(caller, windows));
}

const visitOf = (patient: string, members: object = {}): JsonResource => ({
  ...{ resourceType: 'Encounter', status: 'in-progress', subject: { reference: `Patient/${patient}` } },
  participant: [{ actor: { reference: 'Practitioner/1' } }],
  ...members,
});
const by = (subject: string): { writer: Writer } => ({ writer: { kind: 'user', client: 'app', subject } });

describe('before their first step', () => {
  const count = async (): Promise<string> =>
    (await sql<{ count: string }[]>`select count(*)::text as count from fhir.care_link`)[0]!.count;

  it('no write stores links', async () => {
    await store.update({ ...newVersion(visitOf('u')), id: 'u', ...unconditional });
    await store.update({ ...newVersion(visitOf('u', { class: [] })), id: 'u', ...unconditional });
    await store.create(newVersion(visitOf('u2')));
    await store.transaction([
      { kind: 'update', id: 'u', ...newVersion(visitOf('u')), ...unconditional },
      { kind: 'create', id: 'u3', ...newVersion(visitOf('u3')) },
    ]);
    assert.equal(await count(), '0');
  });

  it('the step waits for writes that have begun', async () => {
    const held = await sql.reserve();
    try {
      await held`begin`;
      // A lock on the name that the write needs, so that it waits in the middle of its statement.
      await held`insert into fhir.identity (ty, id, rid, shard) select ty, 'u4', -1, 0 from fhir.identity where id = 'u'`;
      const writing = store.update({ ...newVersion(visitOf('u4')), id: 'u4', ...unconditional });
      await waiting('transactionid');
      const building = store.buildCare();
      await waiting('relation');
      await held`rollback`;
      await Promise.all([writing, building]);
    } finally {
      held.release();
    }
    assert.deepEqual(await Promise.all(['u', 'u2', 'u3', 'u4'].map((id) => isLeft(id))), [true, true, true, true]);
  });
});

/** Waits until a session in this database waits for a lock of the kind. */
async function waiting(kind: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const [found] = await sql<{ waits: boolean }[]>`
      select exists (select from pg_locks l join pg_stat_activity a using (pid)
        where not l.granted and l.locktype = ${kind} and a.datname = current_database()) as waits`;
    if (found!.waits) return;
    assert.ok(Date.now() < deadline, `nobody waits for a lock of the kind ${kind}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Each way to store a version of a visit that makes the patient `id` cared for, and `id-before` no longer. */
const ways: Readonly<Record<string, (to: FhirStore, id: string) => Promise<unknown>>> = {
  create: (to, id) => to.create(newVersion(visitOf(id))),
  'update as create': (to, id) => to.update({ ...newVersion(visitOf(id)), id: `${id}-new`, ...unconditional }),
  update: (to, id) => to.update({ ...newVersion(visitOf(id)), id, ...unconditional }),
  'first versions of a transaction': (to, id) =>
    to.transaction([{ kind: 'create', id: `${id}-new`, ...newVersion(visitOf(id)) }]),
  'a transaction': (to, id) => to.transaction([{ kind: 'update', id, ...newVersion(visitOf(id)), ...unconditional }]),
  'bulk insert': (to, id) =>
    to.bulkInsert(
      (async function* () {
        yield await Promise.resolve({ ...newVersion(visitOf(id)), id: `${id}-new` });
      })(),
    ),
};
const changing = new Set(['update', 'a transaction']);

async function forget(): Promise<void> {
  await sql`delete from fhir.care_link`; // as if a release before had stored them
  await sql`delete from fhir.care_build`;
}

/** The work by a store that knows of no links. */
async function unknowing(work: (other: FhirStore) => Promise<void>): Promise<void> {
  await forget();
  const other = await openStore({ url: database.url, ...options });
  try {
    await work(other);
  } finally {
    await other.close();
  }
}

for (const [way, write] of Object.entries(ways))
  describe(`while nobody has asked for links: ${way}`, () => {
    const isRight = async (id: string): Promise<void> => {
      const wanted = [true, false];
      assert.deepEqual([await isLeft(id), await isLeft(`${id}-before`)], wanted);
    };
    const before = async (id: string): Promise<void> => {
      if (changing.has(way))
        await store.update({ ...newVersion(visitOf(`${id}-before`)), id, ...unconditional, ...by('registrar') });
    };
    const name = way.replaceAll(' ', '-');

    it('stores none', async () => {
      await before(`${name}-1`);
      await unknowing(async (other) => {
        await write(other, `${name}-1`);
        const [found] = await sql<{ count: number }[]>`select count(*)::int as count from fhir.care_link`;
        assert.equal(found!.count, 0);
      });
    });

    it('is waited for by the step that comes while it is stored', async () => {
      await before(`${name}-2`);
      await unknowing(async (other) => {
        await sql.unsafe(`create function fhir.hold() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(4242); return null; end $$;
          create trigger hold before insert or update on fhir.resource for each statement execute function fhir.hold()`);
        const held = await sql.reserve();
        try {
          await held`select pg_advisory_lock(4242)`;
          const writing = write(other, `${name}-2`);
          await waiting('advisory');
          const building = store.buildCare();
          await waiting('relation');
          await held`select pg_advisory_unlock(4242)`;
          await Promise.all([writing, building]);
        } finally {
          await held`select pg_advisory_unlock_all()`;
          held.release();
          await sql.unsafe('drop trigger hold on fhir.resource; drop function fhir.hold()');
        }
        await isRight(`${name}-2`);
      });
    });

    it('is made again with its links where they were asked for since', async () => {
      await before(`${name}-3`);
      await unknowing(async (other) => {
        await store.buildCare();
        await write(other, `${name}-3`);
        await isRight(`${name}-3`);
      });
    });
  });

describe('the links of a resource', () => {
  it('are stored with each version, by every way to store one', async () => {
    assert.equal(await isLeft('w'), false);
    await store.update({ ...newVersion(visitOf('w')), id: 'w', ...unconditional });
    assert.equal(await isLeft('w'), true);
    await store.update({ ...newVersion(visitOf('w', { status: 'cancelled' })), id: 'w', ...unconditional });
    assert.equal(await isLeft('w'), false);
    await store.transaction([
      { kind: 'update', id: 'w', ...newVersion(visitOf('w')), ...unconditional },
      { kind: 'create', id: 'w2', ...newVersion(visitOf('w2')) },
    ]);
    assert.deepEqual([await isLeft('w'), await isLeft('w2')], [true, true]);
    await store.delete({ type: 'Encounter', id: 'w' });
    assert.equal(await isLeft('w'), false);
    await store.update({ ...newVersion(visitOf('w')), id: 'w', ...unconditional });
    assert.equal(await isLeft('w'), true);
    await store.create(newVersion(visitOf('w3')));
    assert.equal(await isLeft('w3'), true);
    await store.bulkInsert(
      (async function* () {
        yield await Promise.resolve({ ...newVersion(visitOf('w4')), id: 'w4' });
      })(),
    );
    assert.equal(await isLeft('w4'), true);
  });

  it('move to the patient that a later version names', async () => {
    await store.update({ ...newVersion(visitOf('m1')), id: 'm', ...unconditional });
    await store.update({ ...newVersion(visitOf('m2')), id: 'm', ...unconditional });
    assert.deepEqual([await isLeft('m1'), await isLeft('m2')], [false, true]);
  });

  it('stay where the write is not stored', async () => {
    await store.update({ ...newVersion(visitOf('n')), id: 'n', ...unconditional });
    const result = await store.update({
      ...{ ...newVersion(visitOf('n', { status: 'cancelled' })), id: 'n' },
      ...{ ifMatch: [7], requireMatch: true, createAllowed: false },
    });
    assert.ok(!('version' in result), JSON.stringify(result));
    assert.equal(await isLeft('n'), true);
  });

  it('show nobody anything who wrote them, and keep what others wrote', async () => {
    await store.update({ ...newVersion(visitOf('h')), id: 'h', ...unconditional, ...by('doctor') });
    assert.deepEqual([await isLeft('h'), await isLeft('h', { ...doctor, subject: 'other' })], [false, true]);
    await store.update({ ...newVersion(visitOf('h', { text: {} })), id: 'h', ...unconditional, ...by('registrar') });
    await store.update({ ...newVersion(visitOf('h', { class: [] })), id: 'h', ...unconditional, ...by('doctor') });
    assert.equal(await isLeft('h'), true);
    await store.create({
      ...newVersion(visitOf('h2')),
      writer: { kind: 'system', client: 'doctor', subject: 'doctor' },
    });
    assert.equal(await isLeft('h2'), true, 'a client by itself is no person');
  });
});

it('a link that does not say when it begins ends a window after its version was stored', async () => {
  const windows = windowsOf({ Encounter: { open: 10 } });
  await store.update({ ...newVersion(visitOf('dateless')), id: 'dateless', ...unconditional });
  const storedBefore = (days: number): Promise<unknown> =>
    sql`update fhir.resource set upd = now() - make_interval(hours => ${24 * days}) where id = 'dateless'`;
  await storedBefore(9);
  assert.equal(await isLeft('dateless', doctor, windows), true);
  await storedBefore(11);
  assert.equal(await isLeft('dateless', doctor, windows), false);
  // Another resource with the same row number.
  await sql`insert into fhir.resource (rid, shard, ty, ver, upd, id, content, method)
    select rid, shard + 1, ty, 1, now(), 'same-number', content, method from fhir.resource where id = 'dateless'`;
  assert.equal(await isLeft('dateless', doctor, windows), false);
  await sql`delete from fhir.resource where id = 'same-number'`;
  const dated = visitOf('dated', { actualPeriod: { start: new Date(Date.now() - 9 * 86_400_000).toISOString() } });
  await store.update({ ...newVersion(dated), id: 'dated', ...unconditional });
  assert.equal(await isLeft('dated', doctor, windows), true);
});

describe('links of the resources of before', () => {
  const ids = Array.from({ length: 130 }, (_, n) => `b${String(n).padStart(3, '0')}`);
  it('are made in steps, of which each stays, from the first version on', async () => {
    await store.bulkInsert(
      (async function* () {
        for (const id of ids) yield await Promise.resolve({ ...newVersion(visitOf(id)), id, ...by('registrar') });
      })(),
    );
    await store.update({
      ...newVersion(visitOf('b002', { class: [] })),
      id: 'b002',
      ...unconditional,
      ...by('doctor'),
    });
    await store.delete({ type: 'Encounter', id: 'b001' });
    const held = await rows();
    await forget();
    assert.equal(await store.careComplete(), false);
    await store.update({ ...newVersion(visitOf('b000', { status: 'cancelled' })), id: 'b000', ...unconditional });
    const stopped = new AbortController();
    const first = await store.buildCare({ onProgress: () => stopped.abort(), signal: stopped.signal });
    assert.ok(first > 0 && first < ids.length, String(first));
    assert.equal(await store.careComplete(), false);
    const made: number[] = [];
    await store.buildCare({ onProgress: (count) => made.push(count) });
    assert.equal(await store.careComplete(), true);
    assert.ok(made.length >= 2, 'it tells how far it is');
    const left = await Promise.all(['b000', 'b001', 'b002', 'b129'].map((id) => isLeft(id)));
    assert.deepEqual(left, [false, false, true, true]);
    const [of] = await sql<{ rid: string }[]>`select rid from fhir.identity where id = 'b000'`;
    assert.deepEqual(
      await rows(),
      held.filter(({ rid }) => rid !== of!.rid),
    );
    assert.equal(await store.buildCare(), 0);
  });

  it('are made once by two servers that make them together', async () => {
    const held = await rows();
    await forget();
    await Promise.all([store.buildCare(), store.buildCare()]);
    assert.deepEqual(await rows(), held);
  });

  it('are those of the newest version, whoever writes while they are made', async () => {
    await forget();
    const writing = Promise.all(
      ids
        .slice(10, 60)
        .map((id) => store.update({ ...newVersion(visitOf(id, { status: 'cancelled' })), id, ...unconditional })),
    );
    await Promise.all([store.buildCare(), writing]);
    const left = await Promise.all(ids.slice(10, 70).map((id) => isLeft(id)));
    assert.deepEqual(
      left,
      ids.slice(10, 70).map((_, n) => n >= 50),
    );
  });

  type Row = Readonly<Record<'rid' | 'kind' | 'target' | 'actor' | 'subject', string>>;
  /** All links, in a fixed order. */
  async function rows(): Promise<Row[]> {
    const found = await sql<
      Row[]
    >`select rid::text, kind::text, target::text, actor::text, since::text, until::text, subject::text
      from fhir.care_link order by 1, 2, 3, 4, 5, 6, 7`;
    return [...found];
  }
});

/** A sequence that is the same for the same seed. */
function randomOf(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('what the rows say', () => {
  const random = randomOf(7);
  const one = <Item>(items: readonly Item[]): Item => items[random(items.length)]!;
  const day = 86_400_000;
  // Far from the limits of all windows, so that the time of the query makes no difference.
  const daysAgo = (): string => new Date(Date.now() - (one([-60, -20, -3, 3, 20, 60, 300]) + 0.5) * day).toISOString();
  const actors = [
    ...['Practitioner/1', 'Practitioner/2', 'PractitionerRole/r', 'CareTeam/t', 'CareTeam/u'],
    ...['Organization/1', 'Organization/2'],
  ];
  const actor = (): object => ({ reference: one(actors) });
  const period = (): object => ({
    ...(random(2) === 0 && { start: daysAgo() }),
    ...(random(2) === 0 && { end: daysAgo() }),
  });

  function randomResource(patient: string): JsonResource & { resourceType: string } {
    const subject = { reference: `Patient/${patient}` };
    switch (random(6)) {
      case 0:
        return {
          ...{ resourceType: 'Encounter', subject, status: one(['planned', 'in-progress', 'completed', 'cancelled']) },
          ...{ actualPeriod: period(), ...(random(2) === 0 && { plannedStartDate: daysAgo() }) },
          participant: [{ actor: actor(), ...(random(3) === 0 && { period: period() }) }],
        };
      case 1:
        return {
          ...{ resourceType: 'EpisodeOfCare', patient: subject, status: one(['active', 'finished', 'cancelled']) },
          ...{ period: period(), careManager: actor(), careTeam: [actor()] },
        };
      case 2:
        return {
          ...{ resourceType: 'CareTeam', subject, status: one(['active', 'inactive', 'suspended']) },
          participant: [{ member: actor() }, { member: actor() }],
        };
      case 3:
        return {
          ...{ resourceType: 'ServiceRequest', subject, status: one(['active', 'completed', 'revoked']) },
          ...{ authoredOn: daysAgo(), performer: [actor()] },
        };
      case 4:
        return {
          ...{ resourceType: 'Task', for: subject, status: one(['accepted', 'completed', 'failed']), owner: actor() },
          executionPeriod: period(),
        };
      default:
        return {
          ...{ resourceType: 'Appointment', status: one(['booked', 'fulfilled', 'cancelled']) },
          ...{
            start: daysAgo(),
            participant: [{ actor: subject }, { actor: actor(), status: one(['accepted', 'declined']) }],
          },
        };
    }
  }

  /** A role, one of two teams, each possibly a member of the other, or an organisation that may be a part of another. */
  function randomMembership(): JsonResource & { id: string } {
    const kind = random(4);
    if (kind === 0) {
      const practitioner = { reference: one(['Practitioner/1', 'Practitioner/2']) };
      return { resourceType: 'PractitionerRole', id: 'r', active: random(3) > 0, practitioner };
    }
    if (kind === 1) {
      const partOf = { reference: 'Organization/2' };
      return { resourceType: 'Organization', id: '1', active: random(4) > 0, ...(random(3) > 0 && { partOf }) };
    }
    const [id, other] = one([
      ['t', 'u'],
      ['u', 't'],
    ] as const);
    const member = { reference: one(['Practitioner/1', 'PractitionerRole/r', 'Organization/1', `CareTeam/${other}`]) };
    return { resourceType: 'CareTeam', id, status: one(['active', 'active', 'suspended']), participant: [{ member }] };
  }

  it('is what `decide` says, over random resources, versions, writers and callers', async () => {
    const counts = { left: 0, hidden: 0 };
    let memberships = new Map<string, HeldLink[]>();
    for (let n = 0; n < 90; n += 1) {
      const held = new Map<string, HeldLink[]>();
      const write = async (to: Map<string, HeldLink[]>, id: string, resource: JsonResource): Promise<void> => {
        const person = one([undefined, 'doctor', 'other']);
        const writer = person === undefined ? {} : by(person);
        const result = await store.update({ ...newVersion(resource), id, ...unconditional, ...writer });
        assert.ok('version' in result, JSON.stringify(result));
        if (result.kind === 'unchanged') return; // no version, no other writer
        const name = `${resource.resourceType}/${id}`;
        const links = linksOf(resource, id, result.version.lastUpdated.getTime(), options);
        // A link of a patient outside of whose compartment the resource is could be written by somebody who does not care for the patient.
        const { patients } = indexRow(resource, { ...options });
        for (const { of } of links)
          assert.ok(
            !of.startsWith('Patient/') || patients.includes(of.slice('Patient/'.length)),
            JSON.stringify(resource),
          );
        to.set(name, heldAfter(to.get(name) ?? [], links, person));
      };
      const member = randomMembership();
      memberships = new Map(memberships);
      await write(memberships, member.id, member);
      const patient = `r${String(n)}`;
      for (let of = 0; of < 2; of += 1) {
        const first = randomResource(patient);
        const id = `r${String(n)}-${String(of)}`;
        await write(held, id, first);
        for (let more = random(3); more > 0; more -= 1) {
          let next = randomResource(patient);
          while (next.resourceType !== first.resourceType) next = randomResource(patient);
          await write(held, id, next);
        }
      }
      const links = [...held.values(), ...memberships.values()].flat();
      for (let ask = 0; ask < 6; ask += 1) {
        const caller = {
          actors: one([['Practitioner/1'], ['Practitioner/1', 'Organization/1'], ['Practitioner/2']]),
          subject: one(['doctor', 'other', 'third']),
        };
        const windows = windowsOf(one([{}, { Encounter: { before: 0, after: 0, open: 10 }, Task: { after: 0 } }]));
        const isCaredFor = decide(links, { ...caller, patient: `Patient/${patient}`, at: Date.now(), windows });
        assert.equal(await isLeft(patient, caller, windows), isCaredFor, JSON.stringify({ links, caller }));
        counts[isCaredFor ? 'left' : 'hidden'] += 1;
      }
    }
    assert.ok(Math.min(counts.left, counts.hidden) > 60, `one-sided: ${JSON.stringify(counts)}`);
  });
});
