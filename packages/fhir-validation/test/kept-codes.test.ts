import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptCodes, type Codes } from '@dhp/fhir-validation';

/** A terminology that counts how often it is asked. */
function counting(member: 'in' | 'out'): { codes: Codes; asked: () => number } {
  let asked = 0;
  const codes: Codes = {
    validate() {
      asked += 1;
      return member;
    },
    concept() {
      asked += 1;
      return undefined;
    },
  };
  return { codes, asked: () => asked };
}

test('each code is asked for once, what is unknown too', () => {
  const { codes, asked } = counting('out');
  const kept = keptCodes(codes);
  for (let n = 0; n < 3; n += 1) {
    assert.equal(kept.validate('http://example.org/vs', 'http://example.org/a', 'x'), 'out');
    assert.equal(kept.validate('http://example.org/vs', undefined, 'x'), 'out');
    assert.equal(kept.concept('http://example.org/a', 'x'), undefined);
    assert.equal(kept.concept('http://example.org/a', 'x', '2'), undefined);
  }
  assert.equal(asked(), 4);
});

test('another terminology is asked anew, and without one all is unknown', () => {
  const kept = keptCodes();
  const ask = (): string => kept.validate('http://example.org/vs', 'http://example.org/a', 'x');
  assert.equal(ask(), 'unknown');
  kept.use(counting('in').codes);
  assert.equal(ask(), 'in');
  kept.use(counting('out').codes);
  assert.equal(ask(), 'out');
});

test('no more answers are kept than was said', () => {
  const { codes, asked } = counting('in');
  const kept = keptCodes(codes, 10);
  const ask = (code: string): string => kept.validate('http://example.org/vs', 'http://example.org/a', code);
  ask('first');
  for (let n = 0; n < 20; n += 1) ask(String(n));
  ask('first');
  assert.equal(asked(), 22, 'the first one was forgotten');
});
