/** The message Bind is the same, byte for byte, as that of `pg-protocol`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serialize } from 'pg-protocol';
import { bind } from '../src/driver/bind.ts';
import { EncodedText } from '../src/driver/values.ts';

const widths = ['', 'a', "o'z", 'ў', 'Toshkent, Ўқтам', '😀', '\ud800', '\u0001;\u001e'];

function published(statement: string, values: readonly (string | Buffer | null)[], binary = false): Buffer {
  return serialize.bind({ statement, values: [...values], binary });
}

test('texts of every width, bytes, nulls, and none at all', () => {
  const bytes = Buffer.from([0, 255, 1]);
  for (const parameters of [[], [null], widths, [...widths, null, bytes, Buffer.alloc(0)]]) {
    for (const answer of ['text', 'binary'] as const)
      assert.deepEqual(bind('s1', parameters, answer), [published('s1', parameters, answer === 'binary')]);
  }
});

test('as many parameters as the protocol counts', () => {
  const many = Array.from({ length: 65_535 }, (_, n) => (n % 3 === 0 ? null : String(n)));
  assert.deepEqual(bind('', many), [published('', many)]);
});

test('messages are their own: one that is made later changes none, whatever their lengths', () => {
  const lengths = [10, 30_000, 700_000, 12, 400_000, 1_000_000, 90_000];
  const made = lengths.map((length, n) => bind(`s${n}`, ['ў'.repeat(length / 2), 'x'.repeat(length / 2)]));
  for (const [n, length] of lengths.entries())
    assert.deepEqual(made[n], [published(`s${n}`, ['ў'.repeat(length / 2), 'x'.repeat(length / 2)])]);
});

test('what goes behind it is in the same piece', () => {
  const behind = Buffer.from('behind');
  assert.deepEqual(bind('s1', widths, 'text', behind), [Buffer.concat([published('s1', widths), behind])]);
  const pieces = [new EncodedText([Buffer.from('a')])];
  assert.deepEqual(Buffer.concat(bind('s1', pieces, 'text', behind)), Buffer.concat([published('s1', ['a']), behind]));
});

test('in pieces, the same message', () => {
  const pieces = [Buffer.from('Ўқ'), Buffer.from('там')];
  const made = bind('s1', ['a', new EncodedText(pieces), null, Buffer.from([7])], 'binary');
  assert.deepEqual(Buffer.concat(made), published('s1', ['a', 'Ўқтам', null, Buffer.from([7])], true));
});
