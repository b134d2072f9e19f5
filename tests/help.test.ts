/** The help of `dhp` and its messages about wrong use, in three languages: every text of every command is translated, and no other. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { languages, type Language } from '@dhp/negotiation';
import { runCommandLine } from '../apps/dhp/src/cli.ts';
import { commandsFor } from '../apps/dhp/src/commands.ts';
import { languageOfLocale } from '../apps/dhp/src/locale.ts';
import { helpMessages } from '../apps/dhp/src/texts/help.ts';
import { openHome, type Home } from './platform.ts';

const commands = await commandsFor([]);
const catalogue = (language: Language): Readonly<Record<string, string>> => helpMessages[language].says;

async function helpOf(words: readonly string[], language?: Language): Promise<string> {
  let text = '';
  assert.equal(await runCommandLine(commands, words, (part) => (text += part), language), 0);
  return text;
}

describe('the catalogue of the help', () => {
  it('has every text of every command, and no other', () => {
    const texts = commands.flatMap(({ summary, options }) => [
      summary,
      ...Object.values(options).flatMap((option) => (option.ends === undefined ? [option.help] : [])),
    ]);
    assert.ok(texts.length > 200, String(texts.length));
    assert.deepEqual([...new Set(texts)].sort(), Object.keys(catalogue('en')).sort());
  });

  it('has each in English as the code has it, and in the other languages another text', () => {
    for (const [key, text] of Object.entries(catalogue('en'))) assert.equal(text, key);
    for (const language of ['uz', 'ru'] as const)
      for (const [key, text] of Object.entries(catalogue(language))) assert.notEqual(text, key, language);
  });
});

describe('the language of the command line', () => {
  it('is that of the locale, English without one and for others', () => {
    const cases: [Record<string, string>, Language][] = [
      [{}, 'en'],
      [{ LANG: 'C' }, 'en'],
      [{ LANG: 'POSIX' }, 'en'],
      [{ LANG: 'C.UTF-8' }, 'en'],
      [{ LANG: 'de_DE.UTF-8' }, 'en'],
      [{ LANG: 'ru_RU.UTF-8' }, 'ru'],
      [{ LANG: 'uz_UZ.UTF-8' }, 'uz'],
      [{ LANG: 'uz_UZ@cyrillic' }, 'uz'],
      [{ LANG: 'ru' }, 'ru'],
      [{ LANG: 'ru_RU.UTF-8', LC_MESSAGES: 'uz_UZ.UTF-8' }, 'uz'],
      [{ LANG: 'ru_RU.UTF-8', LC_MESSAGES: 'uz_UZ.UTF-8', LC_ALL: 'C' }, 'en'],
      [{ LANG: 'ru_RU.UTF-8', LC_ALL: '' }, 'ru'],
      [{ LANG: '../../etc' }, 'en'],
    ];
    for (const [environment, expected] of cases)
      assert.equal(languageOfLocale(environment), expected, JSON.stringify(environment));
  });

  it('is that of --language where help is asked for, wherever it stands', async () => {
    const expected = await helpOf(['client', 'create', '--help'], 'uz');
    assert.match(expected, /^Mijozni roʻyxatga olish/);
    for (const words of [
      ['client', 'create', '--help', '--language', 'uz'],
      ['--language=uz', 'client', 'create', '--help'],
      ['help', 'client', 'create', '--language', 'uz'],
      ['client', '--language', 'uz', 'create', '-h'],
    ])
      assert.equal(await helpOf(words, 'ru'), expected, words.join(' '));
  });

  it('shows each command in each language with its options, in columns', async () => {
    for (const language of languages)
      for (const { name, options, summary } of commands) {
        const text = await helpOf([...name.split(' '), '--help'], language);
        assert.ok(text.startsWith(catalogue(language)[summary]!), name);
        for (const option of Object.keys(options)) assert.match(text, new RegExp(`\\n  --${option}\\b.* {2}\\S`), name);
        // Quotes of ICU MessageFormat, which examples have as quotes of the shell.
        assert.doesNotMatch(text.split(helpMessages[language].frame.examples)[0]!, /undefined|'\{|\}'/);
      }
  });
});

describe('dhp as a process', () => {
  let place: Home;
  before(async () => {
    place = await openHome();
  });
  after(() => place.close());

  it('speaks the language of its locale', async () => {
    const russian = { LC_ALL: 'ru_RU.UTF-8' };
    const overview = await place.run(['--help'], russian);
    assert.equal(overview.code, 0);
    assert.match(overview.stdout, /^DHP: единая система входа/);
    const wrong = await place.run(['client', 'vanish'], russian);
    assert.deepEqual([wrong.code, wrong.stderr], [2, 'dhp: Нет команды «client vanish». Список команд: dhp --help\n']);
    const english = await place.run(['client', 'vanish']);
    assert.match(english.stderr, /There is no command "client vanish"/);
  });
});

it('the page of the settings says how the language is chosen', () => {
  const page = readFileSync(new URL('../docs/administration.md', import.meta.url), 'utf8');
  for (const name of ['LC_ALL', 'LC_MESSAGES', 'LANG', '--language']) assert.ok(page.includes(`\`${name}`), name);
});
