/**
 * A database of definition 12, which has only the start of long texts, is upgraded: queries that its rows cannot answer are read from the
 * bodies of resources with long texts, and refused if these are too many, until the next definition takes over.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { longTextKey, seedOf } from '@dhp/search-index/keys';
import { indexRow, indexVersion, labelParameters, type IndexRow } from '@dhp/search-index/rows';
import { IndexNotReady, type FhirStore } from '../src/index.ts';
import { programDefinitions } from '../src/statements/index-definition.ts';
import { storeUnderTest } from './database.ts';
import { names, put, search, type Resource } from './search-world.ts';
import { definition12 as before } from './side-by-side/definition-12.ts';
import { createOracle } from './side-by-side/oracle.ts';

const underTest = await storeUnderTest('index_upgrade_texts');
const { sql } = underTest.database;

const start = 'a1b2'.repeat(64);
const long = `${start}${'c3d4'.repeat(80)}-end`;
const texts = ['short', start.slice(1), start, `${start}x`, long, `${long}er`];
const urlOf = (text: string): string => `urn:u:${text}`;
const longTag = { system: 'urn:tags', code: 't'.repeat(300) };

const library = (n: number): Resource => {
  const text = texts[n % texts.length]!;
  return {
    ...{ resourceType: 'Library', id: `l${n}`, status: 'draft', type: { coding: [{ code: 'x' }] } },
    ...{ title: text, url: urlOf(text), topic: [{ text }] },
    meta: { tag: [n === 0 ? longTag : { system: 'urn:tags', code: `t${n % 2}` }] },
  };
};

const filtered = (test: string): string => `_filter=${encodeURIComponent(test)}`;

/** Searches, and whether the rows of definition 12 cannot answer them without a look into bodies. */
const searches: readonly (readonly [query: string, isLacking: boolean])[] = [
  ['title=short', false],
  [`title=${start}`, false],
  [`title=${start.slice(0, 200)}`, false],
  [`title=${long}`, true],
  [`title:exact=${long}`, false],
  ['title:contains=d4-e', true],
  ['title:contains=hor', true],
  ['title:text=short', true],
  [filtered('title eq "short"'), false],
  [filtered(`title eq "${start.slice(1)}"`), false],
  [filtered(`title eq "${start}"`), true],
  [filtered(`title eq "${long}"`), true],
  [filtered(`title ne "${start}"`), true],
  [filtered('title co "short"'), true],
  [filtered('title ew "-end"'), true],
  [filtered(`title gt "${start.slice(0, 255)}"`), false],
  [filtered(`title gt "${start}"`), true],
  [filtered(`title sw "${start.slice(0, 100)}"`), false],
  [filtered(`title sw "${long}"`), true],
  [`url=${urlOf(long)}`, false],
  [`url:contains=${start.slice(0, 20)}`, true],
  [`topic:text=${start}`, false],
  ['topic:text-advanced=short', true],
  ['topic:not=x&status=draft', false],
  [`_tag=${longTag.system}|${longTag.code}`, false],
];
const lacking = searches.flatMap(([query, isLacking]) => (isLacking ? [query] : []));
/** As many as are read for one condition, and one. */
const tooMany = 501;

const oracle = createOracle();
async function write(store: FhirStore, n: number): Promise<void> {
  const resource = library(n);
  const name = `Library/l${n}`;
  oracle.begins([name]);
  await put(store, resource);
  oracle.ends(name, resource);
}

/** @returns the queries that are refused @throws AssertionError for a wrong answer */
async function askAll(store: FhirStore): Promise<string[]> {
  const refused: string[] = [];
  for (const [query] of searches) {
    const asked = oracle.searching('Library', query);
    try {
      const judged = oracle.judge(asked, names(await search(store, 'Library', query, { count: 1_000 })));
      assert.deepEqual(judged, { missing: [], surplus: [] }, query);
    } catch (error) {
      if (!(error instanceof IndexNotReady)) throw error;
      refused.push(query);
    }
  }
  return refused;
}

const tags = labelParameters('Library').filter(({ list }) => list === 'tag');
const labels = async (store: FhirStore): Promise<number> =>
  (
    await store.words(
      tags.flatMap(({ words, longWords }) => [words, longWords]),
      100,
    )
  ).length;
const version = async () => (await sql<{ version: number }[]>`select version from fhir.index_state`)[0]?.version;

describe('an upgrade from definition 12', { concurrency: false }, () => {
  it('begins with a database whose rows are those of the release before', async () => {
    const store = await underTest.open({ definitions: [before] });
    for (let n = 0; n < 12; n += 1) await write(store, n);
    assert.equal(await version(), 12);
    // A program that takes those rows for its own finds too little: the oracle can fail.
    const careless = await underTest.open({ definitions: [{ version: 12, row: indexRow }] });
    await assert.rejects(askAll(careless), assert.AssertionError);
    await Promise.all([store.close(), careless.close()]);
  });

  it('makes the rows that the release before finds texts by', () => {
    const made = programDefinitions.find((one) => one.version === 12)!;
    for (const [n] of texts.entries()) {
      const resource = library(n) as JsonResource;
      const [mine, theirs] = [made, before].map(({ row }) => row(resource, {})) as [IndexRow, IndexRow];
      assert.deepEqual(asLists(mine), asLists(theirs));
      const isLong = texts[n]!.length > 256;
      assert.equal(
        isLong,
        indexRow(resource).strings.some(({ key }) => key === longTextKey(seedOf('Library', 'title'))),
      );
    }
  });

  it('reads bodies for what the rows cannot answer', async () => {
    const store = await underTest.open();
    assert.deepEqual(await askAll(store), []);
    await assert.rejects(labels(store), IndexNotReady);
    // The rows of both definitions are stored from now on.
    for (let n = 12; n < 24; n += 1) await write(store, n);
    assert.deepEqual(await askAll(store), []);
  });

  it('refuses that where too many have long texts, and answers all else, until the next definition takes over', async () => {
    const store = await underTest.open();
    const more = Array.from({ length: tooMany }, (_, n) => 28 + n * texts.length);
    for (let n = 0; n < tooMany; n += 25) await Promise.all(more.slice(n, n + 25).map((each) => write(store, each)));
    assert.deepEqual(await askAll(store), lacking);
    assert.equal(await version(), 12);
    for (const deadline = Date.now() + 120_000; (await version()) !== indexVersion;) {
      assert.ok(Date.now() < deadline, 'it does not take over');
      await store.reindex({ stretch: 200, lease: 1_000 });
    }
    assert.deepEqual(await askAll(store), []);
    assert.equal(await labels(store), 3);
  });
});

function asLists({ keys, strings, words }: IndexRow): string[][] {
  return [
    keys.map(String).sort(),
    strings.map(({ key, text }) => `${key} ${text}`).sort(),
    words.map(({ key, parameter, text }) => `${key} ${parameter} ${text}`).sort(),
  ];
}
