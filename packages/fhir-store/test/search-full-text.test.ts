import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { FhirStore } from '../src/index.ts';
import { newVersion, storeUnderTest, textVersion, unconditional } from './database.ts';
import { allPages, everyone, put, search, names } from './search-world.ts';

const underTest = await storeUnderTest('search_full_text');
let store: FhirStore;

const narrative = (text: string): object => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml"><p class="quiet">${text}</p></div>`,
});

before(async () => {
  store = await underTest.open();
  await put(
    store,
    { resourceType: 'Basic', id: 'a', text: narrative('Acute <b>appendicitis</b>, operated'), language: 'en' },
    { resourceType: 'Basic', id: 'b', text: narrative('Острый аппендицит'), code: { text: 'operated in Samarkand' } },
    { resourceType: 'Basic', id: 'c', code: { text: 'Chronic pain' } },
    { resourceType: 'Flag', id: 'f', status: 'active', code: { text: 'operated' } },
  );
});

async function found(where: 'narrative' | 'sections' | 'content', query: string, type = 'Basic') {
  const branches = [{ type, where: { op: 'full-text' as const, in: where, query } }];
  const request = { query: { branches, sort: [], includes: [] }, access: everyone, count: 1 };
  return (await allPages(store, request)).sort();
}

/** Waits until every current version has its words. */
async function allHaveEntries(): Promise<void> {
  for (;;) {
    const [{ missing }] = (await underTest.database.sql`select count(*)::int as missing from fhir.resource r
      where not deleted and not exists (
        select from fhir.text t where t.rid = r.rid and t.shard = r.shard and t.txid = r.txid)`) as [
      { missing: number },
    ];
    if (missing === 0) return;
    await delay(50);
  }
}

describe('full text', () => {
  it('finds words anywhere in a resource', async () => {
    assert.deepEqual(await found('content', 'operated'), ['Basic/a', 'Basic/b']);
    assert.deepEqual(await found('content', 'OPERATED samarkand'), ['Basic/b']);
    assert.deepEqual(await found('content', '"chronic pain"'), ['Basic/c']);
    assert.deepEqual(await found('content', '"pain chronic"'), []);
    assert.deepEqual(await found('content', 'chronic or аппендицит'), ['Basic/b', 'Basic/c']);
    assert.deepEqual(await found('content', 'operated -samarkand'), ['Basic/a']);
    assert.deepEqual(await found('content', 'operated', 'Flag'), ['Flag/f']);
  });

  it('finds words of the narrative alone, and none of its markup', async () => {
    assert.deepEqual(await found('narrative', 'operated'), ['Basic/a']);
    assert.deepEqual(await found('narrative', 'Аппендицит'), ['Basic/b']);
    assert.deepEqual(await found('narrative', 'operated -acute'), []);
    assert.deepEqual(await found('narrative', 'аппендицит -operated'), ['Basic/b']);
    assert.deepEqual(await found('narrative', 'quiet'), []);
    assert.deepEqual(await found('content', 'quiet'), []);
    assert.deepEqual(await found('content', 'resourceType'), [], 'nor names of members');
  });

  it('finds words of sections, at any depth, and of nothing else', async () => {
    const section = (text: string, ...sections: object[]) => ({
      ...{ text: narrative(text), title: 'Findings' },
      ...(sections.length === 0 ? {} : { section: sections }),
    });
    await put(store, {
      ...{ resourceType: 'Composition', id: 'sections', text: narrative('the whole'), title: 'Summary' },
      section: [section('murmur <b>heard</b>', section('deep edema')), section('plan')],
    });
    const asked = [
      ['murmur', true],
      ['edema plan', true],
      ['"deep edema"', true],
      ['"edema plan"', false],
      ['whole', false],
      ['findings', false],
      ['murmur -plan', false],
      ['murmur -whole', true],
    ] as const;
    // Searched before it has an entry, and with one.
    for (const isKept of [false, true]) {
      if (isKept) await allHaveEntries();
      for (const [query, expected] of asked) {
        assert.deepEqual(
          await found('sections', query, 'Composition'),
          expected ? ['Composition/sections'] : [],
          query,
        );
      }
    }
    assert.deepEqual(names(await search(store, 'Composition', 'section-text=edema')), ['Composition/sections']);
  });

  it('finds words in any case, before they have an entry as with one', async () => {
    const bodies = {
      upper: 'HERNIA',
      mixed: 'heRnIa',
      kelvin: '\u212Aidney',
      dotted: '\u0130leum',
      cyrillic: 'ГРЫЖА',
      none: 'her nia',
    };
    await put(
      store,
      ...Object.entries(bodies).map(([id, text]) => ({ resourceType: 'Basic', id: `case-${id}`, code: { text } })),
    );
    const all = async (): Promise<string[][]> => [
      await found('content', 'hernia'),
      await found('content', 'Kidney'),
      await found('content', 'ileum'),
      await found('content', 'грыжа'),
      await found('content', 'hernias'),
    ];
    const before = await all();
    assert.deepEqual(
      [before[0]!.sort(), before[1], before[3], before[4]],
      [['Basic/case-mixed', 'Basic/case-upper'], ['Basic/case-kelvin'], ['Basic/case-cyrillic'], []],
    );
    await allHaveEntries();
    assert.deepEqual(
      (await all()).map((names) => names.sort()),
      before,
    );
  });

  it('finds a code and words in one section', async () => {
    const section = (code: string | undefined, text: string, ...sections: object[]) => ({
      ...(code === undefined ? {} : { code: { coding: [{ system: 'urn:sections', code }] } }),
      text: narrative(text),
      ...(sections.length === 0 ? {} : { section: sections }),
    });
    await put(store, {
      ...{ resourceType: 'Composition', id: 'coded', status: 'final' },
      section: [
        section('plan', 'rest and fluids', section('diet', 'no salt')),
        section('vitals', 'calm breathing'),
        section(undefined, 'pale'),
      ],
    });
    const asked = async (value: string): Promise<boolean> => {
      const found = names(await search(store, 'Composition', `section-code-text=${value}`));
      assert.ok(found.length === 0 || found.join() === 'Composition/coded');
      return found.length > 0;
    };
    for (const hit of [
      'plan$rest',
      'plan$fluids rest',
      'urn:sections|vitals$breathing',
      'vitals$calm -salt',
      'x$y,vitals$calm',
    ]) {
      assert.equal(await asked(hit), true, hit);
    }
    for (const miss of [
      'plan$salt',
      'vitals$rest',
      'urn:other|plan$rest',
      '|plan$rest',
      'plan$rest -fluids',
      'plan$pale',
      'diet$salt',
      'x$rest',
    ]) {
      assert.equal(await asked(miss), false, miss);
    }
    await allHaveEntries();
    assert.deepEqual([await asked('plan$rest'), await asked('plan$salt')], [true, false]);
  });

  it('takes any question', async () => {
    for (const query of ['', ' ', '"', '((', '-', 'or', "'; drop", '\0', 'a'.repeat(5000), '&|!<->']) {
      await found('content', query);
      await found('narrative', query);
    }
  });

  it('knows at once what was written, changed and deleted', async () => {
    const other = await underTest.open();
    await put(other, { resourceType: 'Basic', id: 'new', code: { text: 'appeared' } });
    assert.deepEqual(await found('content', 'appeared'), ['Basic/new']);
    await put(other, { resourceType: 'Basic', id: 'new', code: { text: 'vanished' } });
    assert.deepEqual(await found('content', 'appeared'), []);
    assert.deepEqual(await found('content', 'vanished'), ['Basic/new']);
    await other.delete({ type: 'Basic', id: 'new' });
    assert.deepEqual(await found('content', 'vanished'), []);
  });

  it('knows what was written while an older transaction is open', async () => {
    const release = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    const open = underTest.database.sql.begin(async (transaction) => {
      await transaction`select pg_current_xact_id()`;
      begun.resolve(undefined);
      await release.promise;
    });
    await begun.promise;
    await put(store, { resourceType: 'Basic', id: 'meanwhile', code: { text: 'first' } });
    assert.deepEqual(await found('content', 'first'), ['Basic/meanwhile']);
    await put(store, { resourceType: 'Basic', id: 'meanwhile', code: { text: 'second' } });
    assert.deepEqual([await found('content', 'first'), await found('content', 'second')], [[], ['Basic/meanwhile']]);
    release.resolve(undefined);
    await open;
    assert.deepEqual([await found('content', 'first'), await found('content', 'second')], [[], ['Basic/meanwhile']]);
  });

  it('goes with other conditions, and ranks', async () => {
    const page = await search(store, 'Basic', '_content=operated&_language=en');
    assert.deepEqual(names(page), ['Basic/a']);
    await put(store, { resourceType: 'Basic', id: 'often', code: { text: 'operated operated operated' } });
    const ranked = names(await search(store, 'Basic', '_content=operated&_sort=-_score'));
    assert.equal(ranked[0], 'Basic/often');
    assert.equal(ranked.length, 3);
  });

  it('finds what was just loaded, however much that is', async () => {
    const load = Array.from({ length: 2_000 }, (_, n) => ({
      ...newVersion({
        resourceType: 'Basic',
        code: { text: `loaded of${n % 2}`, coding: [{ display: `thing ${n}` }] },
      }),
      id: `load-${n}`,
    }));
    await store.bulkInsert(Readable.from(load));
    assert.deepEqual(await found('content', 'thing 1999'), ['Basic/load-1999']);
    assert.deepEqual(await found('content', '"thing 7" -of0'), ['Basic/load-7']);
    assert.deepEqual(await found('content', 'nowhere or "thing 1000"'), ['Basic/load-1000']);
    assert.deepEqual(await found('content', 'nowhere'), []);
    const page = await search(store, 'Basic', '_content=loaded', { total: 'accurate', count: 2 });
    assert.deepEqual([page.matches.length, page.total], [2, { value: 2_000, accurate: true }]);
    assert.deepEqual(await found('narrative', 'loaded'), []);
  });

  it('reads letters that were written as escapes', async () => {
    const text = '{"resourceType":"Basic","id":"escaped","code":{"text":"\\u0073hrouded"}}';
    await store.update({ ...textVersion(text), id: 'escaped', ...unconditional });
    assert.deepEqual(await found('content', 'shrouded'), ['Basic/escaped']);
    await allHaveEntries();
    assert.deepEqual(await found('content', 'shrouded'), ['Basic/escaped']);
  });

  it('keeps the words of what is written from then on, on any server', async () => {
    await allHaveEntries();
    await store.close();
    store = await underTest.open();
    await put(store, { resourceType: 'Basic', id: 'later', code: { text: 'unasked' } });
    await allHaveEntries();
    const asked = `select words @@ 'unasked'::tsquery as has from fhir.text t join fhir.resource r using (rid, shard)
      where r.id = 'later'`;
    assert.deepEqual([...(await underTest.database.sql.unsafe(asked))], [{ has: true }]);
    assert.deepEqual(await found('content', 'unasked'), ['Basic/later']);
  });

  it('does not mind bodies with more words than an entry can hold', async () => {
    const words = Array.from({ length: 200_000 }, (_, n) => `word${n}`).join(' ');
    await put(store, { resourceType: 'Basic', id: 'long', code: { text: words } });
    assert.deepEqual(await found('content', 'word17'), ['Basic/long']);
    assert.deepEqual(await found('content', 'operated pain'), []);
  });
});
