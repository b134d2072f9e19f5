/** The words of the messages: one for each thing by docs/message-glossary.md, polite address, and the letters of Uzbek. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Said {
  readonly place: string;
  readonly text: string;
}

interface Tree {
  readonly [key: string]: string | Tree;
}

function messagesIn(language: 'uz' | 'ru' | 'en'): Said[] {
  const files = globSync(`{apps,packages}/*/messages/*/${language}.json`, { cwd: root });
  assert.ok(files.length > 4, 'the catalogues are found');
  return files.flatMap((file) => leavesOf(JSON.parse(readFileSync(join(root, file), 'utf8')) as Tree, file));
}

function leavesOf(tree: Tree, place: string): Said[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [{ place: `${place} ${key}`, text: value }] : leavesOf(value, `${place} ${key}`),
  );
}

/** The rows of the table in one section of the page, or before the first section. */
function rowsOf(section: string): string[][] {
  const page = readFileSync(new URL('../docs/message-glossary.md', import.meta.url), 'utf8');
  const text = page.split(/^## /m).find((part) => part.startsWith(section));
  return [...text!.matchAll(/^\| (.+) \|$/gm)].map(([, row]) => row!.split('|').map((cell) => cell.trim())).slice(2);
}

/** Words of the columns "not" by language. */
function unwanted(): { uz: string[]; ru: string[] } {
  const rows = rowsOf('# Words');
  const words = (cell: string | undefined): string[] => (cell ?? '').split(', ').filter((word) => word !== '');
  return { uz: rows.flatMap((row) => words(row[2])), ru: rows.flatMap((row) => words(row[4])) };
}

/** A word in any form: its endings follow the stem, which for Russian words of two syllables and more is without the last vowel. */
function formsOf(word: string, language: 'uz' | 'ru'): RegExp {
  const stems = word.split(' ').map((part) => (language === 'ru' ? part.replace(/[аеийоуыьюя]+$/u, '') : part));
  const ending = '[\\p{L}ʻʼ]*';
  const parts = stems.map((stem, n) => (language === 'ru' || n === stems.length - 1 ? stem + ending : stem));
  // Words that only begin alike: developers, software, the mysterious.
  const others = { dastur: '(?!chi|iy)', sir: '(?=$|[^\\p{L}]|i\\b|ni|siz|li|lar)' }[word] ?? '';
  const pattern = others === '' ? parts.join('\\s+') : `${word}${others}`;
  return new RegExp(`(?<![\\p{L}ʻʼ])${pattern}`, 'iu');
}

test('each thing has its one word', () => {
  const { uz, ru } = unwanted();
  assert.ok(uz.length > 8 && ru.length > 8, 'the table is read');
  for (const [language, words] of [['uz', uz] as const, ['ru', ru] as const]) {
    const said = messagesIn(language);
    for (const word of words) {
      const form = formsOf(word, language);
      const found = said.filter(({ text }) => form.test(text)).map(({ place, text }) => `${place}: ${text}`);
      assert.deepEqual(found, [], `${word} (docs/message-glossary.md)`);
    }
  }
});

test('the search for words finds their forms, and not words that begin alike', () => {
  assert.match('Dasturlarga ruxsat', formsOf('dastur', 'uz'));
  assert.doesNotMatch('Dasturchilar uchun', formsOf('dastur', 'uz'));
  assert.match('Eski sirni bekor qilish', formsOf('sir', 'uz'));
  assert.doesNotMatch('Sirtqi tizim', formsOf('sir', 'uz'));
  assert.match('новым ключом входа', formsOf('ключ входа', 'ru'));
  assert.match('все сессии', formsOf('сессия', 'ru'));
});

/** Sentences in programs and in the pages of documents; reports and decisions describe a past day. */
function writtenInEnglish(): Said[] {
  const files = [
    ...globSync('{apps,packages}/*/src/**/*.ts', { cwd: root }),
    ...globSync(
      ['README.md', 'docs/*.md', 'docs/{administration,operations,portal,recipes,security,sign-in}/**/*.md'],
      {
        cwd: root,
      },
    ).filter((file) => file !== 'docs/message-glossary.md'),
  ];
  assert.ok(files.length > 1_000, 'the sources and the documents are found');
  return files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .map((line, n) => ({ place: `${file}:${n + 1}`, text: line.trim() }))
      .filter(({ place, text }) => !place.includes('.ts:') || !/^(?:\/?\*|\/\/)/.test(text)),
  );
}

test('English has no phrase that reads translated', () => {
  const phrases = rowsOf('English that').map(([phrase]) => phrase!);
  assert.ok(phrases.length > 5, 'the table is read');
  const form = new RegExp(`\\b(?:${phrases.join('|')})\\b`, 'i');
  const found = [...messagesIn('en'), ...writtenInEnglish()].filter(({ text }) => form.test(text));
  assert.deepEqual(
    found.map(({ place, text }) => `${place}: ${text}`),
    [],
  );
});

test('people are addressed politely', () => {
  const ofUzbek = messagesIn('uz').filter(({ text }) =>
    /(?<![\p{L}ʻʼ])(?:sen|sening|seni|senga)(?![\p{L}ʻʼ])/iu.test(text),
  );
  const ofRussian = messagesIn('ru').filter(({ text }) =>
    /(?<!\p{L})(?:ты|тебя|тебе|твой|твоя|твоё)(?!\p{L})/iu.test(text),
  );
  assert.deepEqual([...ofUzbek, ...ofRussian], []);
});

test('Uzbek is in Latin script with its own letters', () => {
  for (const { place, text } of messagesIn('uz')) {
    assert.doesNotMatch(text, /[\u0400-\u04ff]/, place);
    assert.doesNotMatch(text, /[oOgG]['’‘`ʼ]/, `${place}: oʻ and gʻ have U+02BB`);
    assert.doesNotMatch(text, /\p{L}[’‘`]\p{L}/u, `${place}: the tutuq belgisi is U+02BC`);
    assert.doesNotMatch(text, /(?<![oOgG])ʻ/, `${place}: U+02BB stands after o and g alone`);
  }
});

test('English has no letters of Cyrillic, and no message begins or ends with a space', () => {
  for (const { place, text } of messagesIn('en')) assert.doesNotMatch(text, /\p{Script=Cyrillic}/u, place);
  for (const language of ['uz', 'ru', 'en'] as const)
    for (const { place, text } of messagesIn(language))
      // HL7's words before a list.
      if (!place.endsWith('ONE_OF_CHOICES')) assert.doesNotMatch(text, /^ | $/, place);
});

test('a value in an Uzbek message has no suffix: a noun that takes it stands behind', () => {
  const suffix = /[}#]”?\s?-?(?:ni|ning|ga|ka|qa|da|dan|dagi|lar|larni|larga)(?![\p{L}ʻʼ])/u;
  assert.match('{name} ning seanslari', suffix);
  assert.match('{role}ni olish', suffix);
  assert.match('“{system}” dagi kodlar', suffix);
  for (const { place, text } of messagesIn('uz')) assert.doesNotMatch(text, suffix, place);
});

test('Uzbek quotes with “ ” and Russian with « »', () => {
  const asWritten = /"\w+": "[^"]*"|W\/"[^"]*"|\w+="[^"]*"/g;
  const quotes = { uz: /["«»„]/, ru: /["“”„]/ };
  assert.doesNotMatch('Masalan "resourceType": "Patient"'.replaceAll(asWritten, ''), quotes.uz);
  for (const language of ['uz', 'ru'] as const)
    for (const { place, text } of messagesIn(language))
      assert.doesNotMatch(text.replaceAll(asWritten, ''), quotes[language], place);
});

test('Russian is in Cyrillic letters', () => {
  const names = /^[\p{Script=Latin}\p{P}\p{N}\p{S}\s]*$/u;
  const mixed = /(?:\p{Script=Cyrillic}\p{Script=Latin}|\p{Script=Latin}\p{Script=Cyrillic})/u;
  for (const { place, text } of messagesIn('ru')) {
    assert.doesNotMatch(text, mixed, place);
    if (names.test(text)) assert.ok(text.length < 40, place);
  }
});
