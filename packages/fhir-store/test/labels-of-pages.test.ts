/** Pages that tell whether their matches have labels: the same pages as without the question, told neither too often nor too seldom, by consents and labels of random worlds. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { containerTypes, definitionOf } from '@dhp/labels';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import type { Condition, Consented } from '@dhp/search-index';
import { consentHash } from '@dhp/search-index/consents';
import { keyOf, ofPatients, seedOf } from '@dhp/search-index/keys';
import type { ReadPermission, SearchRequest } from '@dhp/search-index/search';
import { migrations, openStore, type FhirStore } from '../src/index.ts';
import { consentOf, nobody, oneOf, randomOf, type Random } from './consent-world.ts';
import { newVersion, unconditional } from './database.ts';

type Identified = JsonResource & { id: string };

let database: TestDatabase;
let store: FhirStore;
before(async () => {
  database = await testDatabase({ name: 'labels_of_pages', migrations: [migrations] });
  const timeouts = { lock: 60_000, statement: 120_000 };
  store = await openStore({ url: database.url, timeZone: 'Asia/Tashkent', ownBases: [], timeouts });
});
after(async () => {
  await store.close();
  await database.drop();
});

const labels = ['urn:l|HIV', 'urn:l|PSY'];
const rules = definitionOf(
  [
    { labels: [labels[0]!], codes: ['urn:c|hiv'] },
    { labels: [labels[1]!], codes: ['urn:c|psy'] },
  ],
  [],
);
const patients = ['p', 'q', 'r', 's'];
const seed = 7;

const put = (resource: Identified): Promise<unknown> =>
  store.update({ ...newVersion(resource), id: resource.id, ...unconditional });

/** Records of patients, few of them labelled; reports that lead to some of them; and consents, of `s` none. */
async function fill(random: Random): Promise<void> {
  for (const id of patients) await put({ resourceType: 'Patient', id });
  for (let n = 0; n < 120; n += 1) {
    const subject = { reference: `Patient/${oneOf(random)(patients)}` };
    const code = { coding: [{ system: 'urn:c', code: oneOf(random)(['x', 'x', 'x', 'y', 'y', 'y', 'hiv', 'psy']) }] };
    const time = `2026-01-${String(1 + random(28)).padStart(2, '0')}`;
    const about = { status: 'final', ...(random(9) > 0 && { subject }), code };
    await put({ resourceType: 'Observation', id: `o${n}`, ...about, effectiveDateTime: time });
    if (n % 8 > 0) continue;
    const result = Array.from({ length: random(3) }, () => ({ reference: `Observation/o${random(n + 1)}` }));
    const plain = { coding: [{ system: 'urn:c', code: 'x' }] };
    await put({ resourceType: 'DiagnosticReport', id: `d${n}`, ...about, code: plain, result });
  }
  const provision = [{ actor: [{ reference: { reference: 'Practitioner/1' } }] }];
  await put({ ...consentOf('q', { decision: 'permit', provision }), id: 'cq' });
  await put({ ...consentOf('r'), id: 'cr' });
}

const consents: Consented = { ...nobody, callers: [consentHash.client('c')] };
const practitioner: Consented = { ...nobody, callers: [consentHash.actor('Practitioner/1')] };

function accessOf(random: Random): ReadPermission {
  const factors: Condition[] = [
    ...(random(4) > 0 ? [oneOf(random)([consents, practitioner])] : []),
    ...(random(3) > 0
      ? [{ op: 'unlabelled', none: labels.slice(random(2), 1 + random(2)), inheriting: containerTypes } as const]
      : []),
    ...(random(3) === 0 ? [ofCode] : []),
  ].filter((each) => each.op !== 'unlabelled' || each.none.length > 0);
  return (type) => (factors.length === 0 || type === 'Patient' ? true : { op: 'all', of: factors });
}

const ofCode: Condition = {
  ...{ op: 'keys', expect: 'many' },
  any: ['Observation', 'DiagnosticReport'].map((type) => keyOf(seedOf(type, 'code'), 'urn:c|x')),
};

function queryOf(random: Random): SearchRequest['query'] {
  const type = oneOf(random)(['Observation', 'Observation', 'DiagnosticReport']);
  const of = [...(random(3) > 0 ? [ofPatients([oneOf(random)(patients)])] : [])];
  const types = random(6) === 0 ? ['Observation', 'DiagnosticReport'] : [type];
  const branches = types.map((each) => ({ type: each, where: { op: 'all', of } as const }));
  return { branches, sort: [], includes: [] };
}

const shown = ({ matches }: Awaited<ReturnType<FhirStore['search']>>): string[] =>
  matches.map(({ type, id, versionId, content }) => `${type}/${id}/${versionId} ${content.toString()}`);

it('are the pages that they are without the question, and tell of no labels exactly where there are none', async (test) => {
  const random = randomOf(seed);
  await store.labels.define(rules, 1);
  await fill(random);
  await store.labels.build();
  await store.buildConsents();
  let [told, untold] = [0, 0];
  for (let n = 0; n < 80; n += 1) {
    const request = { query: queryOf(random), access: accessOf(random), count: 1 + random(6) };
    for (let cursor: string | undefined, pages = 0; pages < 3; pages += 1) {
      const at = cursor === undefined ? request : { ...request, cursor };
      const [asked, plain, more] = await Promise.all([
        store.search({ ...at, labels: { inheriting: containerTypes } }),
        store.search(at),
        store.search({ ...at, count: request.count + 1 }),
      ]);
      assert.deepEqual(shown(asked), shown(plain), `question ${n} of seed ${seed}`);
      assert.equal(plain.unlabelled, undefined);
      const found = await store.labels.of(more.matches);
      const areNone = more.matches.every(({ content }, at) => found[at]?.length === 0 && !leadsOn(content));
      assert.equal(asked.unlabelled === true, areNone, `question ${n} of seed ${seed}`);
      if (areNone) told += 1;
      else untold += 1;
      cursor = asked.next;
      if (cursor === undefined) break;
    }
  }
  test.diagnostic(`${told} pages told, ${untold} did not`);
  assert.ok(told > 20 && untold > 20, `${told} and ${untold}`);
});

/** Whether it puts others together: what it inherits is not looked up in a page. */
const leadsOn = (content: Buffer): boolean =>
  ((JSON.parse(content.toString()) as { result?: object[] }).result ?? []).length > 0;
