import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { languages } from '@dhp/negotiation';
import { readCatalogue, readMessage, render, type Message, type MessageValues } from '../src/index.ts';

const russian = '{n, plural, one {{n} ошибка} few {{n} ошибки} many {{n} ошибок} other {{n} ошибки}}';

const said = (text: string, values: MessageValues = {}): string => readMessage(text, 'en')(values);

describe('a message', () => {
  it('has its values as they are', () => {
    assert.equal(said('{type}/{id} was created.', { type: 'Patient', id: '{type}' }), 'Patient/{type} was created.');
    assert.equal(said('Over {limit} bytes.', { limit: 268_435_456 }), 'Over 268435456 bytes.');
    assert.equal(said('At {0} of {1}', { 0: 'x', 1: 'y' }), 'At x of y');
  });

  it('keeps the name of a value that is missing', () => {
    assert.equal(said('No {type} is {state}.', { type: 'Patient', state: undefined }), 'No Patient is {state}.');
  });

  it('has the plurals of each language', () => {
    const read = readMessage(russian, 'ru');
    const forms = [0, 1, 2, 5, 11, 21, 22, 111, 1.5].map((n) => read({ n }));
    assert.deepEqual(forms, [
      ...['0 ошибок', '1 ошибка', '2 ошибки', '5 ошибок', '11 ошибок'],
      ...['21 ошибка', '22 ошибки', '111 ошибок', '1.5 ошибки'],
    ]);
    const uzbek = readMessage('{n, plural, =0 {xato yoʻq} one {bitta xato} other {# ta xato}}', 'uz');
    assert.deepEqual(
      [0, 1, 21].map((n) => uzbek({ n })),
      ['xato yoʻq', 'bitta xato', '21 ta xato'],
    );
    const ordinal = readMessage('{n, selectordinal, one {#st} two {#nd} few {#rd} other {#th}}', 'en');
    assert.deepEqual(
      [1, 2, 3, 4].map((n) => ordinal({ n })),
      ['1st', '2nd', '3rd', '4th'],
    );
  });

  it('leaves out what a missing or empty value is for', () => {
    const text = 'No {name}.{near, select, absent {} other { Similar: {near}.}}';
    assert.equal(said(text, { name: 'x', near: 'y' }), 'No x. Similar: y.');
    assert.equal(said(text, { name: 'x', near: '' }), 'No x.');
    assert.equal(said(text, { name: 'x' }), 'No x.');
    assert.equal(said(text, { name: 'x', near: 'absent' }), 'No x. Similar: absent.');
  });

  it('chooses by a value', () => {
    const text = '{kind, select, patient {a patient} other {a {kind}}}';
    assert.deepEqual(
      ['patient', 'relative'].map((kind) => said(text, { kind })),
      ['a patient', 'a relative'],
    );
    assert.equal(said(text, { kind: 'constructor' }), 'a constructor');
  });

  it('has markup and apostrophes as text', () => {
    assert.equal(said("<b>{x}'s</b> ''{x}'' '{x}'", { x: '&' }), "<b>&'s</b> '&' {x}");
  });

  it('is refused where it is none or asks for a format', () => {
    for (const text of [
      '{',
      '{a, plural, one {x}}',
      '{a, number}',
      '{a, date, short}',
      '{a, plural, offset:1 other {#}}',
    ]) {
      assert.throws(() => said(text, { a: 1 }), SyntaxError, text);
    }
  });
});

describe('a catalogue', () => {
  const tree = { plain: "It's one", group: { counted: '{n} in all' } };
  const read = readCatalogue<{
    plain: string;
    group: { counted: (values: { n: number }) => string };
  }>({ uz: tree, ru: tree, en: tree });

  it('has texts where all braces are quoted', () => {
    const tree = { hint: "x?y='{z}'", both: "'{a}' and {b}", owned: "''{c}''" };
    const { en } = readCatalogue<{ hint: string; both: Message; owned: Message }>({ uz: tree, ru: tree, en: tree });
    assert.equal(en.hint, 'x?y={z}');
    assert.equal(render(en.both, { b: 1 }), '{a} and 1');
    assert.equal(typeof en.both, 'function');
    assert.equal(render(en.owned, { c: 1 }), "'1'");
    assert.equal(typeof en.owned, 'function');
  });

  it('has texts, and functions where a message has values', () => {
    for (const language of languages) {
      assert.equal(read[language].plain, "It's one");
      assert.equal(read[language].group.counted({ n: 3 }), '3 in all');
      assert.equal(render(read[language].group.counted, { n: 3 }), '3 in all');
      assert.equal(render(read[language].plain, {}), "It's one");
    }
  });
});

describe('a message that is chosen when the program runs', () => {
  interface Texts {
    plain: string;
    counted: (values: { n: number }) => string;
    named: (values: { name: string; n?: number | undefined }) => string;
  }
  const texts: Texts = { plain: 'one', counted: ({ n }) => `${n} in all`, named: ({ name }) => `of ${name}` };
  const all = ['plain', 'counted', 'named'] as const;

  it('is given the values of all that it may be', () => {
    assert.deepEqual(
      all.map((key) => render(texts[key], { n: 2, name: 'Ali' })),
      ['one', '2 in all', 'of Ali'],
    );
  });

  it('compiles with no value missing, unknown or of another type', () => {
    for (const key of all) {
      // @ts-expect-error -- `name` is missing
      render(texts[key], { n: 2 });
      // @ts-expect-error -- `n` is missing
      render(texts[key], { name: 'Ali' });
      // @ts-expect-error -- `n` is counted
      render(texts[key], { n: 'two', name: 'Ali' });
      // @ts-expect-error -- no message names `from`
      render(texts[key], { n: 2, name: 'Ali', from: 'Xiva' });
    }
    // @ts-expect-error -- a text has no values
    assert.equal(render(texts.plain, { n: 2 }), 'one');
  });
});
