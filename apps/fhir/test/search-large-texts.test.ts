/**
 * `_content` and `_text` over texts that no entry of PostgreSQL can hold as they are: more than 1 MB of words, more than 16,383 places, more
 * than 255 of one word, words beyond 2 kB, numbers that no jsonb takes. Each answer is that of a reader who goes through the text, before the
 * resource has an entry and with it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Sql } from '@dhp/postgres';
import { randomSource, type Random } from '../../../tests/random.ts';
import { startServer, type TestServer } from './environment.ts';
import { found, put } from './searches.ts';

let server: TestServer;
let sql: Sql;

before(async () => {
  const limits = { bodyLimit: 16 * 1024 * 1024, requireIfMatch: false };
  server = await startServer(limits, undefined, { searchTimeouts: { search: 300_000, total: 300_000 } });
  sql = connect(server.ownerUrl, { max: 1 });
});
after(async () => {
  await sql.end();
  await server.close();
});

const distinct = (count: number, name = 'w'): string =>
  Array.from({ length: count }, (_, n) => `${name}${n}`).join(' ');
/** Words of 1,000 letters: few of them are more than an entry can hold. */
const large = (count: number, name: string): string =>
  Array.from({ length: count }, (_, n) => `${name}${n}`.padEnd(1_000, 'q')).join(' ');
const largeWord = (name: string): string => name.padEnd(1_000, 'q');
const repeated = (count: number, words: string): string => `${words} `.repeat(count).trim();

/** Texts of at most 1 MB, which is what a string of FHIR may have: a long text is several of them. */
function observation(id: string, texts: readonly string[], more: object = {}): Record<string, unknown> {
  const note = texts.length === 0 ? {} : { note: texts.map((text) => ({ text })) };
  return { resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, ...note, ...more };
}

function narrative(id: string, text: string): Record<string, unknown> {
  const div = `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>`;
  return observation(id, [], { text: { status: 'generated', div } });
}

async function contentOf(query: string): Promise<string[]> {
  return found(server, `/Observation?_content=${encodeURIComponent(query)}&_elements=id&_count=1000`);
}

async function narrativeOf(query: string): Promise<string[]> {
  return found(server, `/Observation?_text=${encodeURIComponent(query)}&_elements=id&_count=1000`);
}

/** Waits until each current version has its entry. */
async function allHaveEntries(): Promise<void> {
  const deadline = Date.now() + 240_000;
  for (;;) {
    const missing = await sql`select r.id from fhir.resource r where not r.deleted and not exists (
      select from fhir.text t where t.rid = r.rid and t.shard = r.shard and t.txid = r.txid)`;
    if (missing.length === 0) return;
    assert.ok(Date.now() < deadline, `${missing.length} resources have no entry`);
    await delay(50);
  }
}

async function beforeAndWith(ask: () => Promise<void>): Promise<void> {
  await ask();
  await allHaveEntries();
  await ask();
}

describe('a text that no entry can hold', () => {
  test('with more than 1 MB of different words is found by the last one', async () => {
    await put(server, observation('words', [large(600, 'one'), large(600, 'two'), 'ultimate needle']));
    const [first, last, border] = [largeWord('one0'), largeWord('two599'), largeWord('one599')];
    await beforeAndWith(async () => {
      assert.deepEqual(await contentOf('needle'), ['Observation/words']);
      assert.deepEqual(await contentOf(`${last} ${first}`), ['Observation/words']);
      assert.deepEqual(await contentOf(`"${largeWord('two598')} ${last}"`), ['Observation/words']);
      assert.deepEqual(
        await contentOf(`"${border} ${largeWord('two0')}"`),
        [],
        'a phrase goes over no border of strings',
      );
      assert.deepEqual(await contentOf(`needle -${first}`), []);
      assert.deepEqual(await contentOf('needle -"ultimate whatever"'), ['Observation/words']);
      assert.deepEqual(await contentOf(largeWord('two600')), []);
    });
  });

  test('with more than 1 MB of words and places, but not of words alone, is found by phrases at its end', async () => {
    await put(server, observation('few', [large(900, 'some'), repeated(256, distinct(300, 'o')), 'rare pearl']));
    await beforeAndWith(async () => {
      assert.deepEqual(await contentOf('rare o299'), ['Observation/few']);
      assert.deepEqual(await contentOf('"rare pearl"'), ['Observation/few']);
      assert.deepEqual(await contentOf('"pearl rare"'), []);
    });
    const [entry] =
      await sql`select length(words) as length from fhir.text t join fhir.resource r using (rid, shard) where r.id = 'few'`;
    assert.ok(Number(entry!['length']) > 1_200, 'its entry has the words');
  });

  test('a narrative with more than 1 MB of words is found by the last one', async () => {
    const told = Array.from({ length: 1_000 }, (_, n) => `${n}ж`.padStart(1_000, 'ж')).join(' ');
    await put(server, narrative('narrative', `${told} занавес падает`));
    await beforeAndWith(async () => {
      assert.deepEqual(await narrativeOf('занавес'), ['Observation/narrative']);
      assert.deepEqual(await narrativeOf('"занавес падает"'), ['Observation/narrative']);
      assert.deepEqual(await narrativeOf('"падает занавес"'), []);
      assert.deepEqual(await narrativeOf(`занавес -${'999ж'.padStart(1_000, 'ж')}`), []);
    });
  });

  test('phrases are found behind the 16,383rd place, and those that are none there are not', async () => {
    await put(server, observation('places', [`${distinct(17_000)} copper kettle stands`]));
    await beforeAndWith(async () => {
      assert.deepEqual(await contentOf('"copper kettle"'), ['Observation/places']);
      assert.deepEqual(await contentOf('"kettle copper"'), []);
      assert.deepEqual(await contentOf('"copper stands"'), []);
      assert.deepEqual(await contentOf('"w16381 kettle"'), [], 'which an entry has side by side');
      assert.deepEqual(await contentOf('kettle -"copper kettle"'), []);
      assert.deepEqual(await contentOf('kettle -"kettle copper"'), ['Observation/places']);
    });
  });

  test('phrases are found behind the 255th place of a word', async () => {
    await put(server, observation('often', [`${repeated(300, 'pain none')} pain severe`]));
    await put(server, narrative('often-told', `${repeated(300, 'pain none')} pain severe`));
    await beforeAndWith(async () => {
      assert.deepEqual(await contentOf('"pain severe"'), ['Observation/often', 'Observation/often-told']);
      assert.deepEqual(await narrativeOf('"pain severe"'), ['Observation/often-told']);
      assert.deepEqual(await contentOf('"severe pain"'), []);
      assert.deepEqual(await contentOf('severe -"pain severe"'), []);
    });
  });

  test('a word beyond 2 kB cannot be asked for, and those beside it are found', async () => {
    const long = 'z'.repeat(3_000);
    await put(server, observation('long', [`velvet ${long} morning`]));
    await beforeAndWith(async () => {
      assert.deepEqual(await contentOf('velvet morning'), ['Observation/long']);
      assert.deepEqual(await contentOf('"velvet morning"'), ['Observation/long'], 'it counts for nothing');
    });
    for (const parameter of ['_content', '_text']) {
      for (const query of [long, `velvet ${long}`, `velvet -${long}`, `"velvet ${long} morning"`]) {
        const reply = await server.request('GET', `/Observation?${parameter}=${encodeURIComponent(query)}`);
        assert.deepEqual([reply.status, reply.code], [400, 'search-value-invalid'], reply.text);
        assert.match(reply.diagnostics, /2,046 bytes/);
      }
    }
  });

  test('a number that PostgreSQL cannot hold hides no words', async () => {
    const valueQuantity = { value: '(number)', unit: 'furlongs' };
    const div = '<div xmlns="http://www.w3.org/1999/xhtml">fathoms deep</div>';
    const text = JSON.stringify(
      observation('number', ['leagues\nunder'], { valueQuantity, text: { status: 'generated', div } }),
    );
    const reply = await server.request('PUT', '/Observation/number', {
      headers: { 'content-type': 'application/fhir+json' },
      body: text.replace('"(number)"', '1e-200000'),
    });
    assert.equal(reply.status, 201, reply.text);
    await beforeAndWith(async () => {
      assert.deepEqual(await contentOf('furlongs "leagues under"'), ['Observation/number']);
      assert.deepEqual(await narrativeOf('"fathoms deep"'), ['Observation/number']);
      assert.deepEqual(await contentOf('valueQuantity'), [], 'nor by names of members');
    });
  });

  test('an entry of the release before is no answer where it lacks words', async () => {
    // It made them of the first 100,000 characters.
    await sql`update fhir.text t set words = fhir.words(r.content) from fhir.resource r
      where r.rid = t.rid and r.shard = t.shard and r.id in ('words', 'few', 'narrative', 'number')`;
    assert.deepEqual(await contentOf('needle'), ['Observation/words']);
    assert.deepEqual(await contentOf(`needle -${largeWord('one5')}`), []);
    assert.deepEqual(await contentOf('"rare pearl"'), ['Observation/few']);
    assert.deepEqual(await narrativeOf('занавес'), ['Observation/narrative']);
    assert.deepEqual(await contentOf('under'), ['Observation/number']);
  });
});

describe('texts at random', () => {
  const words = ['ash', 'birch', 'cedar', 'elm', 'fir', 'hazel', 'larch', 'maple'];
  const seed = Number(process.env['DHP_TEST_SEED'] ?? 20_440);
  const texts = new Map<string, readonly string[]>();

  /** A text in which words are many, far away, or beyond what an entry can hold, among others that nobody asks for. */
  function textsOf(chance: Random, n: number): string[] {
    const filling = [0, 10, 16_370, 16_384, 17_000][n % 5]!;
    const picked = (count: number): string =>
      Array.from({ length: count }, () => chance.pick(words.slice(chance.below(7)))).join(
        chance.pick([' ', ', ', '. ']),
      );
    const many = repeated(chance.pick([0, 1, 130, 254, 255, 256, 400]), picked(1 + chance.below(3)));
    const parts = [picked(chance.below(4)), many, distinct(filling, `f${n}x`), picked(1 + chance.below(6))];
    const whole = n % 6 === 5 ? [large(600, `g${n}y`), large(600, `h${n}y`)] : [];
    return [parts.filter((part) => part !== '').join(' '), ...whole, picked(2)];
  }

  type Asked = readonly { readonly words: readonly string[]; readonly not: boolean }[];

  function askedAt(chance: Random): Asked {
    const one = (): Asked[number] => ({
      words: Array.from({ length: 1 + chance.below(3) }, () => chance.pick(words)),
      not: chance.oneIn(3),
    });
    return Array.from({ length: 1 + chance.below(3) }, (_, n) => (n === 0 ? { ...one(), not: false } : one()));
  }

  /** A reader who goes through the texts. */
  function holds(text: readonly string[], asked: Asked): boolean {
    const strings = text.map((each) => ` ${each.toLowerCase().replaceAll(/[^a-z0-9]+/g, ' ')} `);
    return asked.every(({ words: of, not }) => strings.some((each) => each.includes(` ${of.join(' ')} `)) !== not);
  }

  const written = (asked: Asked): string =>
    asked.map(({ words: of, not }) => `${not ? '-' : ''}"${of.join(' ')}"`).join(' ');

  test(`are found as a reader finds them (seed ${seed})`, async () => {
    for (let n = 0; n < 12; n += 1) {
      const text = textsOf(randomSource(seed, n), n);
      texts.set(`Observation/random-${n}`, text);
      await put(server, observation(`random-${n}`, text));
    }
    const asked = Array.from({ length: 16 }, (_, n) => askedAt(randomSource(seed, 1_000 + n)));
    await beforeAndWith(async () => {
      for (const each of asked) {
        const expected = [...texts].filter(([, text]) => holds(text, each)).map(([name]) => name);
        assert.deepEqual(await contentOf(written(each)), expected.sort(), written(each));
      }
    });
  });
});
