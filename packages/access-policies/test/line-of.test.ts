/** The line of a fault: by its place, however the text is formatted, and by the first error of invalid JSON. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lineOf } from '../src/index.ts';
import { mistakeAt } from '../src/syntax.ts';

/** Values by their places, with texts that look like JSON. */
const strange = {
  others: 'as-scoped, "rules": [',
  rules: [
    { name: 'a\\"}', who: { client: ['x', ']', '{', '\\\\'] }, list: [] },
    {
      name: 'b',
      nested: [
        [1, 2.5e3],
        [true, null, { deep: ['last'] }],
      ],
    },
  ],
  empty: {},
};

function placesIn(value: unknown, place = ''): [place: string, value: unknown][] {
  if (typeof value !== 'object' || value === null) return [[place, value]];
  const inner = Array.isArray(value)
    ? value.flatMap((one, n) => placesIn(one, `${place}[${String(n)}]`))
    : Object.entries(value).flatMap(([name, one]) => placesIn(one, place === '' ? name : `${place}.${name}`));
  return [...(place === '' ? [] : [[place, value] as [string, unknown]]), ...inner];
}

describe('the line of a fault', () => {
  it('is that of its place, in whatever layout', () => {
    for (const indent of [0, 2, '\t']) {
      const text = JSON.stringify(strange, null, indent);
      const lines = text.split('\n');
      for (const [place, value] of placesIn(strange)) {
        const line = lines[lineOf(text, { key: 'not-text', place }) - 1]!;
        const shown = JSON.stringify(value, null, indent).split('\n')[0]!;
        assert.ok(line.includes(shown), `${place}: ${line}`);
      }
    }
  });

  it('is that of the part around it where it is not there, and of the last member of a name', () => {
    const text = '{\n"rules": [\n{ "who":\n{} }],\n"a": 1,\n"a":\n2 }';
    const at = (place: string): number => lineOf(text, { key: 'missing-member', place });
    assert.deepEqual(
      ['policies', 'rules', 'rules[0].who', 'rules[0].name', 'rules[7]', 'a'].map(at),
      [1, 2, 4, 3, 2, 7],
    );
  });
});

describe('the first mistake of a text', () => {
  const cases: Record<string, number> = {
    '{ "a": x }': 7,
    '{\n "a": [1, 2,]\n}': 14,
    '{ "a" 1 }': 6,
    '{ "a": 1 } x': 11,
    '{ "a": "b\n" }': 7,
    '{ "a": 01 }': 8,
    '{ a: 1 }': 2,
    '[1}': 2,
    '{ "a": [': 8,
    '': 0,
    '{"a":TRUE}': 5,
  };
  for (const [text, offset] of Object.entries(cases))
    it(`of ${JSON.stringify(text)} is at ${String(offset)}`, () => {
      assert.throws(() => JSON.parse(text));
      assert.equal(mistakeAt(text), offset);
    });

  it('is none in what is right, and is found in whatever is cut or gets another sign', () => {
    const text = JSON.stringify(strange, null, 2);
    assert.equal(mistakeAt(text), text.length);
    for (let n = 1; n < text.length; n += 1) {
      assert.ok(mistakeAt(text.slice(0, n)) <= n);
      const other = `${text.slice(0, n)}#${text.slice(n)}`;
      let isRight = true;
      try {
        JSON.parse(other);
      } catch {
        isRight = false;
      }
      assert.equal(mistakeAt(other) === other.length, isRight, other.slice(Math.max(0, n - 20), n + 20));
    }
  });

  it('is found in a deep and in a long text', () => {
    assert.equal(mistakeAt('['.repeat(500_000)), 500_000);
    assert.equal(mistakeAt(`"${'x'.repeat(900_000)}"#`), 900_002);
  });

  it('is found at once where a long text between quotes does not end, or has a wrong escape', () => {
    const long = 'x'.repeat(900_000);
    for (const end of ['', '\\', '\\q', '\\u12', '\n"', '\\\\', '\\u0041'])
      assert.equal(mistakeAt(`{"a": "${long}${end}`), 6, JSON.stringify(end));
    const escapes = '\\n\\u0041'.repeat(100_000);
    assert.equal(mistakeAt(`"${escapes}"#`), escapes.length + 2);
    assert.equal(mistakeAt(`"${escapes}`), 0);
  });
});
