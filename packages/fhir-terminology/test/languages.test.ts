import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeSystem, faultOf, parameters, terminologyOf, valueOf, valueSet } from './parameters.ts';

const system = 'http://example.org/cs';
const url = 'http://example.org/vs';

const blood = codeSystem(
  system,
  [
    {
      code: 'blood',
      display: 'Qon',
      designation: [
        { language: 'ru', value: 'Кровь' },
        { language: 'en', value: 'Blood' },
        { language: 'uz-Cyrl', value: 'Қон' },
      ],
    },
    { code: 'bone', display: 'Suyak', designation: [{ language: 'ru', value: 'Кость' }] },
  ],
  { language: 'uz' },
);

const terminology = terminologyOf([blood, valueSet(url, { include: [{ system }] })]);

const shown = (displayLanguage: string, acceptLanguage?: string): (string | undefined)[] => {
  const request = parameters(displayLanguage === '' ? { url } : { url, displayLanguage });
  const { expansion } = terminology.expand(request, acceptLanguage === undefined ? {} : { acceptLanguage });
  return (expansion?.contains ?? []).map(({ display }) => display);
};

test('the display in the language asked for, else in the own one', () => {
  assert.deepEqual(shown(''), ['Qon', 'Suyak']);
  assert.deepEqual(shown('ru'), ['Кровь', 'Кость']);
  assert.deepEqual(shown('en'), ['Blood', 'Suyak']);
  assert.deepEqual(shown('en,ru;q=0.5'), ['Blood', 'Кость']);
  assert.deepEqual(shown('ru;q=0.1,en'), ['Blood', 'Кость']);
  assert.deepEqual(shown('ru-RU'), ['Кровь', 'Кость']);
  assert.deepEqual(shown('uz-Cyrl'), ['Қон', 'Suyak']);
  assert.deepEqual(shown('en,*;q=0'), ['Blood', undefined]);
});

test('uz is Latin script, whatever comes first; Cyrillic for who asks for it, else Latin sooner than another language', () => {
  const bread = codeSystem(
    system,
    [
      {
        code: 'bread',
        display: 'Bread',
        designation: [
          { language: 'uz-Cyrl', value: 'Нон' },
          { language: 'uz-Latn', value: 'Non' },
          { language: 'ru', value: 'Хлеб' },
          { language: 'kaa', value: 'Nan' },
        ],
      },
      {
        code: 'salt',
        display: 'Salt',
        designation: [
          { language: 'ru', value: 'Соль' },
          { language: 'uz', value: 'Tuz' },
        ],
      },
    ],
    { language: 'en' },
  );
  const kitchen = terminologyOf([bread, valueSet(url, { include: [{ system }] })]);
  const displays = (acceptLanguage: string): (string | undefined)[] =>
    (kitchen.expand(parameters({ url }), { acceptLanguage }).expansion?.contains ?? []).map(({ display }) => display);
  for (const latin of ['uz', 'uz-Latn', 'uz-UZ', 'uz-Latn-UZ', 'ru;q=0.3, uz;q=0.9', 'de, uz;q=0.9, ru;q=0.8']) {
    assert.deepEqual(displays(latin), ['Non', 'Tuz'], latin);
  }
  for (const cyrillic of ['uz-Cyrl', 'uz-Cyrl-UZ', 'uz-Cyrl, ru;q=0.9']) {
    assert.deepEqual(displays(cyrillic), ['Нон', 'Tuz'], cyrillic);
  }
  assert.deepEqual(displays('kaa, ru;q=0.5'), ['Nan', 'Соль']);
  assert.deepEqual(displays('uz;q=0, ru'), ['Хлеб', 'Соль']);
  assert.deepEqual(displays('fr'), ['Bread', 'Salt']);
});

test('the header counts where the parameter is silent', () => {
  assert.deepEqual(shown('', 'ru'), ['Кровь', 'Кость']);
  assert.deepEqual(shown('en', 'ru'), ['Blood', 'Suyak']);
});

test('a display is checked in the languages asked for', () => {
  const check = (display: string, displayLanguage?: string, lenient = false): [unknown, unknown] => {
    const request = parameters({
      url,
      system,
      code: 'blood',
      display,
      ...(displayLanguage !== undefined && { displayLanguage }),
      ...(lenient && { 'lenient-display-validation': true }),
    });
    const answer = terminology.validateValueSetCode(request);
    return [valueOf(answer, 'result'), valueOf(answer, 'display')];
  };
  assert.deepEqual(check('Blood'), [true, 'Qon']);
  assert.deepEqual(check('кровь', 'ru'), [true, 'Кровь']);
  assert.deepEqual(check('Blood', 'ru'), [false, 'Кровь']);
  assert.deepEqual(check('Blood', 'ru', true), [true, 'Кровь']);
  assert.deepEqual(check('Qon', 'de'), [true, 'Qon']);
  assert.deepEqual(check('Suyak', 'de'), [false, 'Qon']);
});

test('the words of a filter, in any language and without regard to case or apostrophes', () => {
  const words = codeSystem(system, [
    { code: '1', display: "Oʻzbekiston ko'chasi", designation: [{ language: 'ru', value: 'улица Узбекистан' }] },
    { code: '2', display: 'Boʻston', designation: [{ language: 'ru', value: 'Бостан' }] },
    { code: '3', display: 'Élan vital' },
  ]);
  const finder = terminologyOf([words, valueSet(url, { include: [{ system }] })]);
  const find = (filter: string): (string | undefined)[] =>
    (finder.expand(parameters({ url, filter })).expansion?.contains ?? []).map(({ code }) => code);
  assert.deepEqual(find("o'zbek"), ['1']);
  assert.deepEqual(find('УЗБЕКИСТАН ул'), ['1']);
  assert.deepEqual(find('ozbekiston KOCHASI'), ['1']);
  assert.deepEqual(find('bo`s'), ['2']);
  assert.deepEqual(find('elan'), ['3']);
  assert.deepEqual(find('ston'), [], 'a word is found by its beginning');
  assert.deepEqual(find('bo xyz'), []);
  assert.deepEqual(find('3'), ['3'], 'the code counts as well');
  assert.deepEqual(find(' '), ['1', '2', '3']);
});

test('a language that is none is refused', () => {
  assert.equal(faultOf(() => terminology.expand(parameters({ url, displayLanguage: '-' }))).kind, 'invalid-request');
});
