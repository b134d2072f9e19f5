/**
 * The rows of consents agree with `decide`, over random consents, resources, callers, and changing roles, teams and groups: as typed provisions, and as
 * stored by an earlier program.
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { heldAfter, linksOf, membershipsOf, type HeldLink } from '@dhp/care';
import { decide, readConsent, type ConsentMemberships } from '@dhp/consent';
import type { Sql } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { hash64 } from '@dhp/search-index/keys';
import { indexRow } from '@dhp/search-index/rows';
import { inTurn } from '../../../tests/sample.ts';
import { migrations, openStore, type FhirStore } from '../src/index.ts';
import {
  actorsOf,
  askedBy,
  conditionBy,
  oneOf,
  randomCaller,
  randomConsent,
  randomGroup,
  randomOf,
  randomResource,
} from './consent-world.ts';
import type { Caller, Random, Seen } from './consent-world.ts';
import { newVersion, unconditional } from './database.ts';

const options = { timeZone: 'Asia/Tashkent', ownBases: ['https://fhir.example/base'] };
let database: TestDatabase;
let store: FhirStore;
let sql: Sql;
before(async () => {
  database = await testDatabase({ name: 'consent_oracle', migrations: [migrations] });
  store = await openStore({ url: database.url, ...options });
  sql = database.sql; // of the owner
});
after(async () => {
  await store.close();
  await database.drop();
});

const patients = 150;
const questions = 20;

/** The stored links after each write. */
const held = new Map<string, HeldLink[]>();

async function writeGroup(random: Random): Promise<void> {
  const { name, resource } = randomGroup(random);
  const [type, id] = name.split('/') as [string, string];
  if (random(20) === 0) {
    await store.delete({ type, id });
    held.delete(name);
    return;
  }
  const person = oneOf(random)([undefined, 'writer', 'another']);
  const writer = person === undefined ? {} : { writer: { kind: 'user', client: 'app', subject: person } as const };
  const result = await store.update({ ...newVersion(resource), id, ...unconditional, ...writer });
  assert.ok('version' in result, JSON.stringify(result));
  if (result.kind === 'unchanged') return; // no version, no other writer
  const links = linksOf(resource, id, result.version.lastUpdated.getTime(), options);
  held.set(name, heldAfter(held.get(name) ?? [], links, person));
}

function memberships(caller: Caller): ConsentMemberships {
  const { subject } = caller;
  return membershipsOf([...held.values()].flat(), { actors: actorsOf(caller), subject, at: Date.now() });
}

function isLeft({ resource }: Seen, condition: Parameters<FhirStore['consented']>[1]): Promise<boolean> {
  return store.consented(
    { type: resource.resourceType, id: resource.id, row: indexRow(resource, { ...options }) },
    condition,
  );
}

/** @param told makes the message of a failure: it takes longer than the check */
async function isDecided(
  seen: Seen,
  condition: Parameters<FhirStore['consented']>[1],
  decision: 'permit' | 'deny',
  told: () => string,
): Promise<void> {
  const actual = (await isLeft(seen, condition)) ? 'permit' : 'deny';
  if (actual !== decision) assert.equal(actual, decision, told());
}

it('is what `decide` says, each other of 3,000 times', async () => {
  const random = randomOf(11);
  await store.buildMembers();
  const counts = { permit: 0, deny: 0, 'told by members': 0 };
  for (let n = 0; n < patients; n += 1) {
    for (let writes = n === 0 ? 20 : random(4); writes > 0; writes -= 1) await writeGroup(random);
    const patient = `r${String(n)}`;
    const consents = Array.from({ length: 1 + random(3) }, () => randomConsent(random, patient));
    for (const each of consents) await store.create(newVersion(each)); // in this order, since later ones of the same date win
    const read = consents.flatMap((each) => readConsent(each, options) ?? []);
    const asked = Array.from({ length: questions }, () => {
      const caller = randomCaller(random, patient);
      return { seen: randomResource(random, patient), caller, groups: memberships(caller) };
    });
    const ofTurn = inTurn(asked, 2);
    for (const { seen, caller, groups } of ofTurn) {
      const told = (): string => JSON.stringify({ consents, resource: seen.resource, caller, held: [...held] });
      const { decision } = decide(read, askedBy(caller, groups), seen.seen);
      await isDecided(seen, conditionBy(caller, true), decision, told);
      const closed = decide(read, askedBy(caller, undefined), seen.seen);
      await isDecided(seen, conditionBy(caller, false), closed.decision, () => `closed ${told()}`);
      counts[decision] += 1;
      if (decision !== closed.decision) counts['told by members'] += 1;
    }
    await sql`update fhir.consent set parts_ver = null where pat = ${String(hash64(`Patient/${patient}`))}`; // as if a release before had stored them
    for (const { seen, caller } of ofTurn.slice(0, 3)) {
      const { decision } = decide(read, askedBy(caller, undefined), seen.seen);
      await isDecided(
        seen,
        conditionBy(caller, true),
        decision,
        () => `before ${JSON.stringify({ consents, caller })}`,
      );
    }
  }
  assert.ok(Math.min(counts.permit, counts.deny) > patients, `one-sided: ${JSON.stringify(counts)}`);
  assert.ok(counts['told by members'] > patients / 10, JSON.stringify(counts));
});
