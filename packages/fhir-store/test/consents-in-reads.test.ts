/**
 * A read returns two facts: that no consent refuses the version to the caller, which is never returned for a refused one; and that it has no labels.
 * Over random consents and callers, compared with `decide`, and with rows that do not decide it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decide, readConsent } from '@dhp/consent';
import type { JsonResource } from '@dhp/fhir-search';
import type { Sql } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { definitionOf } from '@dhp/labels';
import type { Consented } from '@dhp/search-index';
import { consentHash, consentVerbs } from '@dhp/search-index/consents';
import { hash64, keyOf, seedOf } from '@dhp/search-index/keys';
import { migrations, openStore, type FhirStore, type StoredVersion } from '../src/index.ts';
import {
  askedBy,
  conditionBy,
  consentOf,
  nobody,
  randomCaller,
  randomConsent,
  randomOf,
  randomResource,
} from './consent-world.ts';
import { newVersion, unconditional } from './database.ts';

const options = { timeZone: 'Asia/Tashkent', ownBases: ['https://fhir.example/base'] };
let database: TestDatabase;
let store: FhirStore;
let sql: Sql;
before(async () => {
  database = await testDatabase({ name: 'consents_in_reads', migrations: [migrations] });
  store = await openStore({ url: database.url, ...options });
  sql = database.sql; // of the owner
});
after(async () => {
  await store.close();
  await database.drop();
});

const put = async (id: string, resource: JsonResource): Promise<void> => {
  const result = await store.update({ ...newVersion(resource), id, ...unconditional });
  assert.ok('version' in result, JSON.stringify(result));
};
const read = async (id: string, consents?: Consented, labels = false): Promise<StoredVersion> => {
  const version = await store.read('Observation', id, { consents, labels });
  return version ?? assert.fail(`${id} is not there`);
};
const to = (reference: string): object => ({ reference });
const observation = (patient: string, more: object = {}): JsonResource => ({
  ...{ resourceType: 'Observation', status: 'final', subject: to(`Patient/${patient}`) },
  ...more,
});
const clinic: Consented = { ...nobody, callers: [consentHash.client('clinic'), consentHash.actor('Practitioner/1')] };
const isTold = async (patient: string, asked = clinic, more: object = {}): Promise<boolean> => {
  await put(`o-${patient}`, observation(patient, more));
  const { unrefused } = await read(`o-${patient}`, asked);
  assert.ok(unrefused === undefined || unrefused === asked);
  return unrefused === asked;
};

describe('that no consent refuses a version', () => {
  const patients = 150;
  const questions = 12;

  it(`is told only where \`decide\` permits it, ${String(patients * questions)} times, and of most of these`, async () => {
    const random = randomOf(29);
    const counts = { told: 0, permitted: 0, denied: 0 };
    for (let n = 0; n < patients; n += 1) {
      const patient = `r${String(n)}`;
      const consents = Array.from({ length: 1 + random(2) }, () => randomConsent(random, patient));
      for (const each of consents) await store.create(newVersion(each));
      const heard = consents.flatMap((each) => readConsent(each, options) ?? []);
      const { resource, seen } = randomResource(random, patient);
      await store.update({ ...newVersion(resource), id: `s${String(n)}`, ...unconditional });
      for (let asked = 0; asked < questions; asked += 1) {
        const caller = randomCaller(random, patient);
        const condition = conditionBy(caller, false);
        const found = await store.read(resource.resourceType, `s${String(n)}`, { consents: condition });
        const reference = { ...seen, reference: `${resource.resourceType}/s${String(n)}` };
        const { decision } = decide(heard, askedBy(caller, undefined), reference);
        if (found?.unrefused !== undefined) {
          assert.equal(decision, 'permit', JSON.stringify({ consents, caller, resource }));
          counts.told += 1;
        }
        counts[decision === 'permit' ? 'permitted' : 'denied'] += 1;
      }
    }
    assert.ok(counts.told > counts.permitted / 3 && counts.denied > counts.permitted / 4, JSON.stringify(counts));
  });

  it('is told of who has stated nothing, of whom others are named, and of whom somebody is spared', async () => {
    assert.ok(await isTold('silent'));
    const stated: Readonly<Record<string, [expected: boolean, members: object]>> = {
      whole: [false, { decision: 'deny' }],
      'another-person': [true, { decision: 'permit', provision: [{ actor: [{ reference: to('Practitioner/2') }] }] }],
      'the-person': [false, { decision: 'permit', provision: [{ actor: [{ reference: to('Practitioner/1') }] }] }],
      organisation: [false, { decision: 'permit', provision: [{ actor: [{ reference: to('Organization/2') }] }] }],
      'one-of-ten': [
        false,
        {
          decision: 'permit',
          provision: Array.from({ length: 10 }, (_, each) => ({
            actor: [{ reference: to(`Practitioner/${String(each)}`) }],
          })),
        },
      ],
      'none-of-ten': [
        true,
        {
          decision: 'permit',
          provision: Array.from({ length: 10 }, (_, each) => ({
            actor: [{ reference: to(`Practitioner/${String(each + 10)}`) }],
          })),
        },
      ],
      spared: [true, { decision: 'deny', provision: [{ actor: [{ reference: to('Practitioner/1') }] }] }],
      'spared-for-a-purpose': [
        false,
        {
          decision: 'deny',
          provision: [{ actor: [{ reference: to('Practitioner/1') }], purpose: [{ code: 'TREAT' }] }],
        },
      ],
      'spared-in-vain': [
        false,
        {
          decision: 'deny',
          provision: [
            { actor: [{ reference: to('Practitioner/1') }], provision: [{ resourceType: [{ code: 'Observation' }] }] },
          ],
        },
      ],
      'other-types': [true, { decision: 'permit', provision: [{ resourceType: [{ code: 'Condition' }] }] }],
      'these-types': [false, { decision: 'permit', provision: [{ resourceType: [{ code: 'Observation' }] }] }],
      'codes-alone': [
        false,
        { decision: 'permit', provision: [{ code: [{ coding: [{ system: 'urn:c', code: 'x' }] }] }] },
      ],
    };
    for (const [patient, [expected, members]] of Object.entries(stated)) {
      await put(`c-${patient}`, consentOf(patient, members));
      assert.equal(await isTold(patient), expected, patient);
    }
  });

  it('is told by the date of the version, if it has one', async () => {
    await put(
      'c-dated',
      consentOf('dated', {
        decision: 'permit',
        provision: [{ dataPeriod: { start: '2020-01-01', end: '2020-12-31' } }],
      }),
    );
    assert.ok(await isTold('dated', clinic, { effectiveDateTime: '2021-01-01' }));
    assert.ok(await isTold('dated', clinic, { effectiveDateTime: '2019-12-31' }));
    assert.ok(!(await isTold('dated', clinic, { effectiveDateTime: '2020-12-31' })));
    assert.ok(!(await isTold('dated', clinic, { effectivePeriod: { start: '2019-01-01' } })));
    assert.ok(!(await isTold('dated')), 'one without a date may be of that time');
  });

  it('changes with what is stated, at the next read', async () => {
    assert.ok(await isTold('changing'));
    await put('c-changing', consentOf('changing'));
    assert.equal((await read('o-changing', clinic)).unrefused, undefined);
    await put('c-changing', consentOf('changing', { status: 'inactive' }));
    assert.equal((await read('o-changing', clinic)).unrefused, clinic);
    await put('c-changing', consentOf('changing', { period: { start: '2999-01-01' } }));
    assert.equal((await read('o-changing', clinic)).unrefused, clinic, 'its time has not come');
  });

  it('is not told of what is of several patients, of a deletion, and to who is not asked for', async () => {
    await put('o-two', { ...observation('silent'), performer: [to('Patient/other')] });
    assert.equal((await read('o-two', clinic)).unrefused, undefined);
    await put('o-gone', observation('silent'));
    await store.delete({ type: 'Observation', id: 'o-gone' });
    assert.equal((await read('o-gone', clinic)).unrefused, undefined);
    assert.equal((await read('o-silent')).unrefused, undefined);
  });

  it('is not told by rows that a server of an earlier release has made', async () => {
    await put(
      'c-before',
      consentOf('before', { decision: 'permit', provision: [{ actor: [{ reference: to('Practitioner/2') }] }] }),
    );
    assert.ok(await isTold('before'));
    const own = String(hash64('Consent/c-before'));
    await sql`update fhir.consent set ver = ver + 1 where own = ${own}`;
    assert.equal((await read('o-before', clinic)).unrefused, undefined, 'of another version');
    await sql`update fhir.consent set ver = ver - 1, may_ver = null where own = ${own}`;
    assert.equal((await read('o-before', clinic)).unrefused, undefined, 'of none');
    await sql`delete from fhir.consent_build`;
    await store.buildConsents();
    assert.equal((await read('o-before', clinic)).unrefused, clinic, 'made anew');
  });

  it('is told to each of those who read at the same moment', async () => {
    const mine: Consented = { ...nobody, callers: [consentHash.client('c'), consentHash.actor('Practitioner/2')] };
    const ids = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? 'o-another-person' : 'o-the-person'));
    const versions = await Promise.all(
      ids.map((id, n) => (n % 4 === 3 ? store.read('Observation', id) : read(id, n % 4 > 1 ? mine : clinic))),
    );
    for (const [n, version] of versions.entries()) {
      const asked = n % 4 === 3 ? undefined : n % 4 > 1 ? mine : clinic;
      const isNamed = n % 2 === 0 ? asked === mine : asked === clinic;
      assert.equal(version?.unrefused, isNamed ? undefined : asked, `${String(n)} ${ids[n]!}`);
    }
  });
});

describe('that a version has no labels', () => {
  it('is told where neither it nor what it puts together has one', async () => {
    await store.labels.define(definitionOf([{ labels: ['urn:l|HIV'], codes: ['urn:c|hiv'] }], []), 1);
    const coded = (code: string): object => ({ code: { coding: [{ system: 'urn:c', code }] } });
    await put('plain', observation('silent', coded('other')));
    await put('labelled', observation('silent', coded('hiv')));
    assert.equal((await read('plain', undefined, true)).unlabelled, true);
    assert.equal((await read('labelled', undefined, true)).unlabelled, undefined);
    assert.equal((await read('plain')).unlabelled, undefined, 'it was not asked for');
    await put('labelled', observation('silent', coded('other')));
    assert.equal((await read('labelled', undefined, true)).unlabelled, undefined, 'it was labelled before');
    const list = {
      resourceType: 'List',
      status: 'current',
      mode: 'working',
      entry: [{ item: to('Observation/plain') }],
    };
    await put('list', list);
    assert.equal((await store.read('List', 'list', { labels: true }))?.unlabelled, undefined, 'it may inherit some');
  });
});

describe('what is told with a read', () => {
  it('is the same alone, beside reads that ask alike, and beside one that asks something else', async () => {
    const performed = { performer: [to('Organization/clinic')] };
    await put('performed', observation('silent', performed));
    await put('performed-whole', observation('whole', performed));
    const ids = ['o-silent', 'o-whole', 'o-the-person', 'labelled', 'performed', 'performed-whole'];
    const keys = [keyOf(seedOf('Observation', 'performer'), 'Organization/clinic')];
    type Asked = NonNullable<Parameters<FhirStore['read']>[2]>;
    const questions = [undefined, clinic, { ...clinic, action: consentVerbs.write }].flatMap((consents) =>
      [false, true].flatMap((labels) => [
        { consents, labels },
        { consents, labels, keys },
      ]),
    );
    const tell = async (id: string, asked: Asked): Promise<unknown> => {
      const { unrefused, unlabelled, hasOneOf } = (await store.read('Observation', id, asked)) ?? assert.fail(id);
      return [unrefused === asked.consents && unrefused !== undefined, unlabelled === true, hasOneOf === keys];
    };
    const all = new Set<string>();
    for (const asked of questions) {
      const alone = [];
      for (const id of ids) alone.push(await tell(id, asked));
      const alike = await Promise.all(ids.map((id) => tell(id, asked)));
      const other: Asked = { consents: { action: consentVerbs.read, callers: [] }, labels: true, keys: [1n] };
      const [, ...several] = await Promise.all([tell('o-silent', other), ...ids.map((id) => tell(id, asked))]);
      assert.deepEqual(alike, alone, String(questions.indexOf(asked)));
      assert.deepEqual(several, alone, String(questions.indexOf(asked)));
      for (const told of alone) all.add(JSON.stringify(told));
    }
    assert.ok(all.size >= 6, [...all].join());
  });
});
