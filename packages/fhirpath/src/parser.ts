import { asTypeSpecifier, type BinaryOperator, type Expression, type TypeSpecifier } from './ast.ts';
import { FhirPathError, type Position } from './errors.ts';
import { positionOf, tokenize, type Token } from './lexer.ts';
import { Decimal, mostDigits } from './values/decimal.ts';
import { calendarUnit, Quantity } from './values/quantity.ts';
import { parseTemporal } from './values/temporal.ts';

/** Longer expressions and deeper trees are refused: both compiling and evaluating recurse along the tree. */
export const maxLength = 65_536;
export const maxDepth = 400;

/** Precedence of operators; all are left-associative. https://hl7.org/fhirpath/N1/#operator-precedence */
const precedence = new Map<string, number>(
  [
    ['implies'],
    ['or', 'xor'],
    ['and'],
    ['in', 'contains'],
    ['=', '~', '!=', '!~'],
    ['<=', '<', '>', '>='],
    ['|'],
    ['is', 'as'],
    ['+', '-', '&'],
    ['*', '/', 'div', 'mod'],
  ].flatMap((operators, level) => operators.map((operator): [string, number] => [operator, level + 1])),
);
const polarity = 11;

/** Names only in backquotes, like the calendar's units; `as`, `is`, `in` and `contains` may be plain names. */
const reserved = new Set(['and', 'or', 'xor', 'implies', 'div', 'mod', 'true', 'false']);

/**
 * Reads an expression into its tree.
 * @throws FhirPathError `syntax` or `limit`, with the position.
 */
export function parse(source: string): Expression {
  if (source.length > maxLength) {
    throw new FhirPathError('limit', `The expression is longer than ${maxLength} characters`, positionOf('', 0));
  }
  const parser = new Parser(source);
  const expression = parser.expression(0, 0);
  parser.end();
  return expression;
}

type Node = Pick<Expression, 'at' | 'depth' | 'size'>;

class Parser {
  readonly #tokens: readonly Token[];
  /** Offsets at which lines begin. */
  readonly #lines: readonly number[];
  #next = 0;

  constructor(source: string) {
    this.#tokens = tokenize(source);
    this.#lines = [0, ...[...source.matchAll(/\n/g)].map((newline) => newline.index + 1)];
  }

  /** `nesting` counts brackets and prefixes, which recurse here before a tree exists whose depth could be measured. */
  expression(minimum: number, nesting: number): Expression {
    let left = this.#prefixed(nesting);
    for (;;) {
      const token = this.#peek();
      const level = token.kind === 'symbol' || token.kind === 'identifier' ? precedence.get(token.text) : undefined;
      if (level === undefined || level <= minimum) return left;
      this.#next++;
      const at = this.#at(token);
      if (token.text === 'is' || token.text === 'as') {
        left = this.#node(at, [left], {
          kind: 'type',
          operator: token.text,
          operand: left,
          type: this.#typeSpecifier(),
        });
      } else {
        const right = this.expression(level, nesting + 1);
        left = this.#node(at, [left, right], {
          kind: 'binary',
          operator: token.text as BinaryOperator,
          left,
          right,
        });
      }
    }
  }

  end(): void {
    const token = this.#peek();
    if (token.kind !== 'end') this.#fail(`Unexpected ${this.#shown(token)}`, token);
  }

  #prefixed(nesting: number): Expression {
    const token = this.#peek();
    if (nesting > maxDepth) this.#tooDeep(this.#at(token));
    if (token.kind === 'symbol' && (token.text === '-' || token.text === '+')) {
      this.#next++;
      const operand = this.expression(polarity, nesting + 1);
      return this.#node(this.#at(token), [operand], { kind: token.text === '-' ? 'negate' : 'plus', operand });
    }
    return this.#invocations(this.#term(nesting), nesting);
  }

  #invocations(base: Expression, nesting: number): Expression {
    for (;;) {
      if (this.#take('.')) base = this.#invocation(base, nesting);
      else if (this.#isSymbol('[')) {
        const at = this.#at(this.#tokens[this.#next++]!);
        const index = this.expression(0, nesting + 1);
        this.#expect(']');
        base = this.#node(at, [base, index], { kind: 'indexer', base, index });
      } else return base;
    }
  }

  #invocation(base: Expression | undefined, nesting: number): Expression {
    const token = this.#tokens[this.#next++]!;
    const at = this.#at(token);
    if (token.kind === 'special' && base === undefined) {
      return this.#node(at, [], { kind: token.text as 'this' | 'index' | 'total' });
    }
    if (token.kind !== 'identifier' && token.kind !== 'delimited') {
      this.#fail(`A name is expected instead of ${this.#shown(token)}`, token);
    }
    // Only a name can follow a dot: R5 has an element `div`.
    const isWord = base === undefined && token.kind === 'identifier';
    if (isWord && (reserved.has(token.text) || calendarUnit(token.text) !== undefined)) {
      this.#fail(`${token.text} is a word of the language; as a name it stands in backquotes`, token);
    }
    const children = base === undefined ? [] : [base];
    if (!this.#take('(')) return this.#node(at, children, { kind: 'member', base, name: token.text });
    const args: Expression[] = [];
    if (!this.#take(')')) {
      do args.push(this.expression(0, nesting + 1));
      while (this.#take(','));
      this.#expect(')');
    }
    return this.#node(at, [...children, ...args], { kind: 'call', base, name: token.text, args });
  }

  #term(nesting: number): Expression {
    const token = this.#peek();
    const at = this.#at(token);
    switch (token.kind) {
      case 'string':
        this.#next++;
        return this.#literal(at, token.text, 'System.String');
      case 'number':
        this.#next++;
        return this.#number(token, at);
      case 'long':
        this.#next++;
        this.#requireNumber(token, at);
        return this.#literal(at, BigInt(token.text), 'System.Long');
      case 'date':
        this.#next++;
        return this.#temporal(token, at);
      case 'variable':
        this.#next++;
        return this.#node(at, [], { kind: 'variable', name: token.text });
      case 'symbol':
        if (this.#take('(')) {
          const inner = this.expression(0, nesting + 1);
          this.#expect(')');
          return inner;
        }
        if (this.#take('{')) {
          this.#expect('}');
          return this.#node(at, [], { kind: 'empty' });
        }
        break;
      case 'identifier':
        if (token.text === 'true' || token.text === 'false') {
          this.#next++;
          return this.#literal(at, token.text === 'true', 'System.Boolean');
        }
        return this.#invocation(undefined, nesting);
      case 'delimited':
      case 'special':
        return this.#invocation(undefined, nesting);
      case 'end':
        break;
    }
    return this.#fail(`An expression is expected instead of ${this.#shown(token)}`, token);
  }

  #number(token: Token, at: Position): Expression {
    this.#requireNumber(token, at);
    const unit = this.#peek();
    const calendar = unit.kind === 'identifier' ? calendarUnit(unit.text) : undefined;
    if (unit.kind === 'string' || calendar !== undefined) {
      this.#next++;
      const quantity = new Quantity(Decimal.parse(token.text)!, calendar ?? unit.text, calendar !== undefined);
      return this.#literal(at, quantity, 'System.Quantity');
    }
    const value = Number(token.text);
    if (!token.text.includes('.') && Number.isSafeInteger(value)) return this.#literal(at, value, 'System.Integer');
    return this.#literal(at, Decimal.parse(token.text)!, 'System.Decimal');
  }

  #requireNumber(token: Token, at: Position): void {
    if (token.text.length <= mostDigits) return;
    throw new FhirPathError('limit', `A number has more than ${mostDigits} digits`, at);
  }

  #temporal(token: Token, at: Position): Expression {
    const time = token.text.startsWith('T');
    const type = time ? 'time' : token.text.includes('T') ? 'dateTime' : 'date';
    const value = parseTemporal(time ? token.text.slice(1) : token.text.replace(/T$/, ''), type);
    if (value === undefined) return this.#fail(`@${token.text} is no ${type} of the calendar`, token);
    return this.#literal(at, value, { date: 'System.Date', dateTime: 'System.DateTime', time: 'System.Time' }[type]);
  }

  #typeSpecifier(): TypeSpecifier {
    const token = this.#peek();
    let name: Expression = this.#invocation(undefined, 0);
    while (this.#take('.')) name = this.#invocation(name, 0);
    return asTypeSpecifier(name) ?? this.#fail('The name of a type is expected', token);
  }

  #literal(at: Position, value: (Expression & { kind: 'literal' })['value'], type: string): Expression {
    return this.#node(at, [], { kind: 'literal', value, type });
  }

  #node<T extends object>(at: Position, children: readonly Expression[], rest: T): T & Node {
    let [depth, size] = [1, 1];
    for (const child of children) {
      depth = Math.max(depth, child.depth + 1);
      size += child.size;
    }
    if (depth > maxDepth) this.#tooDeep(at);
    return { at, depth, size, ...rest };
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #isSymbol(symbol: string): boolean {
    return this.#peek().kind === 'symbol' && this.#peek().text === symbol;
  }

  #take(symbol: string): boolean {
    const taken = this.#isSymbol(symbol);
    if (taken) this.#next++;
    return taken;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) this.#fail(`${symbol} is missing before ${this.#shown(this.#peek())}`, this.#peek());
  }

  #shown(token: Token): string {
    return token.kind === 'end' ? 'the end of the expression' : JSON.stringify(token.text);
  }

  #at(token: Token): Position {
    const { offset } = token;
    const lines = this.#lines;
    // The last line that begins at the offset or before it.
    let [low, high] = [0, lines.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (lines[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { offset, line: low + 1, column: offset - lines[low]! + 1 };
  }

  #fail(message: string, token: Token): never {
    throw new FhirPathError('syntax', message, this.#at(token));
  }

  #tooDeep(at: Position): never {
    throw new FhirPathError('limit', `The expression is nested deeper than ${maxDepth}`, at);
  }
}
