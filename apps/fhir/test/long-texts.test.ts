/** Strings, uris, displays and labels of any length are found by every part of them, and by nothing else. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from './environment.ts';
import { found, put } from './searches.ts';

let state = 20_261_128;
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}
const letters = ['a', 'b', 'c', 'd', '😀', 'ў'];
/** As the index compares the letters. */
const normalised = (text: string): string => text.replaceAll('ў', 'o');
const lengths = [
  1, 3, 200, 255, 256, 257, 258, 300, 511, 512, 513, 514, 600, 767, 768, 769, 1_023, 1_025, 2_000, 5_000,
];

const textOf = (length: number): string =>
  Array.from({ length }, () => letters[random(letters.length)]!)
    .join('')
    .slice(0, length)
    .replace(/[\ud800-\udbff]$/, 'a');
const texts = lengths.map((length) => textOf(length));
// Two that are equal for as long as a column, and one that ends where the other is cut.
texts.push(
  texts
    .at(-1)!
    .slice(0, 256)
    .replace(/[\ud800-\udbff]$/, ''),
  `${texts.at(-1)!}ab`,
);
// Such as differ in the second half of a letter alone, which stands where a text is cut.
for (const before of [254, 255, 256, 511, 512]) {
  for (const letter of ['😀', '😁', 'ab', 'a'])
    texts.push(`${'d'.repeat(before)}${letter}`, `${'d'.repeat(before)}${letter}x`);
}
const idOf = (n: number): string => `Library/l${n}`;
const urlOf = (text: string): string => `http://e.uz/${text}`;

let server: TestServer;
before(async () => {
  server = await startServer();
  for (const [n, text] of texts.entries()) {
    await put(server, {
      ...{ resourceType: 'Library', id: `l${n}`, status: 'draft', type: { coding: [{ code: 'x' }] } },
      ...{ title: text, url: urlOf(text), topic: [{ text }] },
    });
  }
});
after(() => server.close());

/** A part of no more than 256 units that begins and ends with whole letters. */
function partOf(text: string, from: number, length: number): string {
  return text.slice(from, from + length).replaceAll(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
}

/** The server takes longest for parts: of each text a few are enough, since there are many texts. */
function asked(): string[] {
  const parts = texts.slice(0, lengths.length).flatMap((text) => {
    const length = Math.min(text.length, 256);
    const places = [0, 1, text.length - length, ...Array.from({ length: 3 }, () => random(text.length))];
    return [...places.map((at) => partOf(text, at, [256, 255, 12, 7][random(4)]!)), partOf(text, text.length - 5, 5)];
  });
  return [...new Set(parts)].filter((part, n) => part.length > 2 && n % 5 === 0);
}

async function requireFound(query: string, matches: (text: string) => boolean): Promise<void> {
  const expected = texts.flatMap((text, n) => (matches(text) ? [idOf(n)] : []));
  assert.deepEqual((await found(server, `/Library?_count=100&${query}`)).toSorted(), expected.toSorted(), query);
}

test('strings by their start, their end, any part and as a whole', async () => {
  for (const part of asked()) {
    const [text, value] = [normalised(part), encodeURIComponent(part)];
    const filter = (operator: string): string => `_filter=${encodeURIComponent(`title ${operator} "${part}"`)}`;
    await requireFound(`title:contains=${value}`, (each) => normalised(each).includes(text));
    await requireFound(`title=${value}`, (each) => normalised(each).startsWith(text));
    await requireFound(filter('co'), (each) => normalised(each).includes(text));
    await requireFound(filter('ew'), (each) => normalised(each).endsWith(text));
    await requireFound(filter('eq'), (each) => normalised(each) === text);
    await requireFound(filter('ne'), (each) => normalised(each) !== text);
  }
});

test('strings as a whole or from the start, of any length', async () => {
  const starts = texts.flatMap((text) => [
    text,
    partOf(text, 0, 512),
    partOf(text, 0, random(text.length)),
    `${text}c`,
  ]);
  for (const start of new Set(starts.filter(({ length }) => length > 2))) {
    const [text, value] = [normalised(start), encodeURIComponent(start)];
    const filter = (operator: string): string => `_filter=${encodeURIComponent(`title ${operator} "${start}"`)}`;
    await requireFound(`title=${value}`, (each) => normalised(each).startsWith(text));
    await requireFound(filter('eq'), (each) => normalised(each) === text);
    await requireFound(filter('sw'), (each) => normalised(each).startsWith(text));
    const below = (each: string): boolean => each === start || each.startsWith(`${start}/`);
    await requireFound(`url:below=${encodeURIComponent(urlOf(start))}`, below);
  }
  for (const text of texts) {
    await requireFound(`title:exact=${encodeURIComponent(text)}`, (each) => each === text);
    await requireFound(`url=${encodeURIComponent(urlOf(text))}`, (each) => each === text);
  }
});

test('uris and displays by any part', async () => {
  for (const part of asked().filter((_, n) => n % 2 === 0)) {
    const value = encodeURIComponent(part);
    await requireFound(`url:contains=${value}`, (each) => each.includes(part));
    await requireFound(`_filter=${encodeURIComponent(`url ew "${part}"`)}`, (each) => each.endsWith(part));
    await requireFound(`topic:text-advanced=${encodeURIComponent(`"${part}"`)}`, (each) =>
      normalised(each).includes(normalised(part)),
    );
  }
});

test('what is too long to be asked for by a part is refused by name', async () => {
  const long = 'a'.repeat(257);
  const queries = ['title:contains=', 'url:contains=', 'topic:text=', 'topic:text-advanced=', 'topic:code-text='];
  for (const query of [...queries.map((name) => name + long), `_filter=title ew ${long}`, `_filter=title gt ${long}`]) {
    const reply = await server.request('GET', `/Library?${query.replaceAll(' ', '%20')}`);
    assert.equal(reply.status, 400, query);
    assert.match(JSON.stringify(reply.json), /no more than 256 characters/, query);
  }
});

test('labels of any length are listed', async () => {
  const label = { system: `urn:${'s'.repeat(3_000)}`, code: 'c', display: 'd' };
  const profile = `http://e.uz/StructureDefinition/${'p'.repeat(400)}`;
  await put(server, { resourceType: 'Basic', id: 'b', code: { text: 'b' }, meta: { tag: [label], security: [label] } });
  await put(server, { resourceType: 'Basic', id: 'p', code: { text: 'b' }, meta: { tag: [{ code: 't' }] } });
  const list = async (): Promise<unknown> => {
    const { json } = await server.request('GET', '/Basic/$meta');
    return (json['parameter'] as [{ valueMeta: unknown }])[0].valueMeta;
  };
  assert.deepEqual(await list(), { security: [label], tag: [{ code: 't' }, label] });
  await put(server, { resourceType: 'Basic', id: 'q', code: { text: 'b' }, meta: { profile: [profile] } });
  assert.deepEqual(await list(), { profile: [profile], security: [label], tag: [{ code: 't' }, label] });
});
