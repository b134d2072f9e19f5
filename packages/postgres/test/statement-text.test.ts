/** Statements assembled from pieces have the text and the parameters of exactly these pieces, whatever was sent before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, type Session } from '../src/index.ts';
import { compile, Identifier, Query } from '../src/driver/query.ts';

/** No statement is sent. */
const sql = connect('postgres://nobody@127.0.0.1:1/none');

type Piece = ReturnType<Session>;

function sent(statement: Piece): { text: string; types: readonly number[]; parameters: readonly unknown[] } {
  const { statement: made, parameters } = compile(statement as unknown as Query);
  return { text: made.text, types: made.types, parameters };
}

/** The same, joined again each time. */
function expected(statement: Piece): { text: string; parameters: unknown[] } {
  const parameters: unknown[] = [];
  const textOf = (value: unknown): string => {
    if (value instanceof Identifier) return value.text;
    if (Array.isArray(value) && value[0] instanceof Query) return value.map((each) => ` ${textOf(each)}`).join('');
    if (!(value instanceof Query)) return `$${String(parameters.push(value))}`;
    return value.strings.map((text, n) => (n === 0 ? text : textOf(value.arguments[n - 1]) + text)).join('');
  };
  return { text: textOf(statement), parameters };
}

function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) % below;
  };
}

/** Pieces many of which begin alike, and some of which make the same text in other ways. */
function randomPiece(next: (below: number) => number, depth: number): Piece {
  const inner = (): Piece => randomPiece(next, depth - 1);
  const list = (): Piece | Piece[] => (next(4) === 0 ? inner() : Array.from({ length: 1 + next(3) }, inner));
  const value = (): string | boolean | null => ([String(next(3)), next(2) === 0, null] as const)[next(3)]!;
  switch (next(depth === 0 ? 5 : 10)) {
    case 0:
      return sql`a`;
    case 1:
      return sql.unsafe(['a', '"a"', '-1', '0', 'list'][next(5)]!);
    case 2:
      return sql`${value()}`;
    case 3:
      return sql`${sql(['a', '0', '16'][next(3)]!)}`;
    case 4:
      return sql``;
    case 5:
      return sql`(${inner()}, ${inner()})`;
    case 6:
      return sql`(${inner()}, ${value()})`;
    case 7:
      return sql`${list()}, ${list()}`;
    case 8:
      return sql`${value()}${inner()}`;
    default:
      return sql`${inner()} = ${value()}`;
  }
}

test('20,000 random statements, most of them of pieces that were met before', () => {
  const next = randomly(7);
  const texts = new Set<string>();
  for (let n = 0; n < 20_000; n += 1) {
    const statement = sql`select ${randomPiece(next, 3)}`;
    const { text, types, parameters } = sent(statement);
    const right = expected(statement);
    assert.equal(text, right.text);
    assert.deepEqual(
      parameters,
      right.parameters.map((value) => (typeof value === 'boolean' ? (value ? 't' : 'f') : value)),
    );
    assert.deepEqual(
      types,
      right.parameters.map((value) => (typeof value === 'boolean' ? 16 : 0)),
    );
    texts.add(text);
  }
  assert.ok(texts.size > 2_000, `only ${texts.size} different texts`);
});

test('the text of a statement is made once, and those that are never met again do not stay', () => {
  const often = (value: number): Piece => sql`select ${value} where ${sql.unsafe('true')}`;
  const textOf = (statement: Piece) => compile(statement as unknown as Query).statement;
  const first = textOf(often(1));
  assert.equal(textOf(often(2)), first);
  for (let n = 0; n < 50_000; n += 1)
    assert.equal(sent(sql`select ${sql.unsafe(`column_${n}`)}`).text, `select column_${n}`);
  const later = textOf(often(3));
  assert.notEqual(later, first);
  assert.equal(later.text, first.text);
  assert.equal(textOf(often(4)), later);
});

test('texts that are kept are bounded by their length, too', () => {
  const textOf = (value: number) => compile(sql`select ${value}, 'long'` as unknown as Query).statement;
  const first = textOf(1);
  assert.equal(textOf(2), first);
  for (let n = 0; n < 20; n += 1) sent(sql`select ${sql.unsafe(`${'x'.repeat(1024 ** 2)}${n}`)}`);
  assert.notEqual(textOf(3), first);
  assert.equal(textOf(3).text, first.text);
});

test('a text with parameters of its own is no part of another, and a statement that has too many parameters is refused', () => {
  assert.throws(() => sent(sql`select ${sql.unsafe('$1', [1])}`), TypeError);
  const many = Array.from({ length: 65_536 }, (_, n) => sql`${n}`);
  assert.throws(() => sent(sql`select ${many}`), TypeError);
  assert.throws(() => sent(sql.unsafe('select $1', new Array<number>(65_536).fill(1))), TypeError);
});
