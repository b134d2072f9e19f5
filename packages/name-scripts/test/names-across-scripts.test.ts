import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { normaliseString, searchForms } from '../src/index.ts';
import { apostrophes, latinOf } from '../src/letters.ts';

const page = readFileSync(new URL('../../../docs/names-across-scripts.md', import.meta.url), 'utf8');

/** The cells of the first table after a heading (or of the page), without its two rows of headings. */
function table(heading: string): string[][] {
  const after = page.slice(page.indexOf(heading));
  const rows = after.slice(after.indexOf('|')).split('\n');
  const end = rows.findIndex((row) => !row.startsWith('|'));
  return rows.slice(2, end).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Whether the typed text finds the name. */
function finds(typed: string, name: string): boolean {
  return searchForms(typed).some((form) => normaliseString(name).startsWith(form));
}

/** Beginnings of a name, as it is typed letter by letter. */
function prefixes(name: string): string[] {
  return Array.from(name, (_, i) => name.slice(0, i + 1));
}

describe('the page on names across scripts', () => {
  it('has the letters of the table in the code', () => {
    const letters = table('| Cyrillic').map(([letter, latin]) => [letter!, latin!] as const);
    assert.deepEqual(new Map(letters), latinOf);
  });

  it('has the apostrophes of the code', () => {
    const rule = page.slice(page.indexOf('4. Apostrophes'), page.indexOf('5. In Latin'));
    const named = [...rule.replace('`` ` ``', '`\u0060`').matchAll(/`(.)`/gsu)].map((match) => match[1]!);
    assert.deepEqual(named.sort(), apostrophes.split('').sort());
  });

  const alike = table('## Names that are one').map((row) => row.filter((name) => name !== ''));
  for (const names of alike) {
    it(names.join(', '), () => {
      for (const [typed, name] of names.flatMap((one) => names.map((other) => [one, other] as const))) {
        assert.ok(finds(typed, name), `${typed} finds ${name}`);
        assert.ok(finds(typed.toUpperCase(), name.toLowerCase()), `${typed} finds ${name} in any case`);
        assert.ok(finds(typed.normalize('NFD'), name.normalize('NFC')), `${typed} finds ${name} in any composition`);
      }
    });
  }

  it('tells no two of its rows alike', () => {
    const forms = alike.map(([name]) => normaliseString(name!));
    assert.equal(new Set(forms).size, alike.length);
  });

  it('finds each name by each beginning of each of its spellings', () => {
    for (const names of alike) {
      for (const typed of names.flatMap(prefixes)) {
        for (const name of names) assert.ok(finds(typed, name), `${typed} finds ${name}`);
      }
    }
  });

  it('keeps apart what it says stays apart', () => {
    const apart = table('## Names that stay apart');
    assert.ok(apart.length > 5);
    for (const [one, other] of apart) {
      assert.ok(!finds(one!, other!), `${one!} does not find ${other!}`);
      assert.ok(!finds(other!, one!), `${other!} does not find ${one!}`);
    }
  });
});

describe('normaliseString', () => {
  it('drops case, accents and extra white space', () => {
    assert.equal(normaliseString('  ÉCOLE \t Çelik '), 'ecole celik');
  });

  it('is the same on what it has made', () => {
    for (const text of ['Oʻzbek', 'Щербаков', 'Muñoz', 'ye yye', 'Қашқадарё', "o''x q"]) {
      const once = normaliseString(text);
      assert.equal(normaliseString(once), text === 'ye yye' ? 'e e' : once);
    }
  });

  it('keeps letters of their own', () => {
    assert.equal(normaliseString('Søren Işık'), 'søren isık');
  });
});

describe('searchForms', () => {
  it('has a second form only for what ends with y', () => {
    assert.deepEqual(searchForms('Karim'), ['karim']);
    assert.deepEqual(searchForms('Бай'), ['bay', 'bae']);
  });

  it('finds a part of a text wherever it is cut out', () => {
    const text = 'Abdullayev Oʻtkir Yegorovich';
    for (let from = 0; from < text.length; from++) {
      for (let to = from + 1; to <= text.length; to++) {
        const part = text.slice(from, to).trim();
        assert.ok(
          searchForms(part).some((form) => normaliseString(text).includes(form)),
          part,
        );
      }
    }
  });
});
