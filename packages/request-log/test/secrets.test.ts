/** Secrets that an application has put into an address, and the cost of masking them, for any input. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  beginningOf,
  maskedName,
  maskedPath,
  maskedQuery,
  maskedText,
  withoutSecrets,
  withoutTokens,
} from '../src/index.ts';

const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';

describe('a text without secrets', () => {
  it('has no part of a token, wherever it stands', () => {
    for (const text of [
      token,
      `/Patient/${token}`,
      `a=${token}&b=1`,
      `name=x${token}`,
      token.slice(0, 30),
      `${token}.`,
    ]) {
      for (const left of [withoutTokens(text), withoutSecrets(text)])
        for (const part of token.split('.')) assert.ok(!left.includes(part), `${text}: ${left}`);
    }
    assert.equal(withoutSecrets(`a=${token}&b=1`), 'a=…&b=1');
  });

  it('has names of parameters whose values are left out', () => {
    assert.equal(withoutSecrets('client%5Fsecret=a&Password=b&name=c'), 'client%5Fsecret=…&Password=…&name=c');
  });

  it('is no longer than it is kept', () => {
    assert.equal(beginningOf('x'.repeat(1_000_000)).length, 1_000);
    assert.equal(beginningOf('name=Karimova'), 'name=Karimova');
  });
});

describe('the cost of what is left out', () => {
  const known = new Set(['Patient', 'name']);
  const functions: Record<string, (text: string) => unknown> = {
    withoutTokens,
    withoutSecrets,
    maskedText,
    maskedName: (text) => maskedName(text, known),
    maskedPath: (text) => maskedPath(text, known),
    maskedQuery: (text) => maskedQuery(text, known),
  };
  const pieces = [
    'eyJ',
    'eyJ.',
    'eyJaaaaaaaa',
    '"',
    '“',
    '„',
    '«',
    '`',
    '‘',
    "'",
    "a'",
    '&',
    '=',
    'token=',
    ':',
    '.',
    '/',
    '%',
    '%D0',
    '$',
    '1',
    '-',
  ];
  for (const [name, work] of Object.entries(functions))
    it(`grows with the text, and not faster: ${name}`, () => {
      for (const piece of pieces) {
        const text = piece.repeat(Math.ceil(400_000 / piece.length));
        const began = performance.now();
        work(text);
        const taken = performance.now() - began;
        // If each place is read to the end again, it takes minutes.
        assert.ok(taken < 5_000, `${JSON.stringify(piece)} takes ${String(taken)} ms`);
      }
    });
});
