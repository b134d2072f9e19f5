import { FhirPathError, type Position } from './errors.ts';

export type TokenKind =
  'identifier' | 'delimited' | 'string' | 'number' | 'long' | 'date' | 'variable' | 'special' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Names and strings unescaped; everything else as written, without `@`, `%` or `$`. */
  readonly text: string;
  readonly offset: number;
}

const space = /(?:[ \t\r\n\u00a0]+|\/\/[^\r\n]*)+/y;
const identifier = /[A-Za-z_][A-Za-z0-9_]*/y;
const number = /[0-9]+(?:\.[0-9]+)?/y;
const date =
  /@(?:T[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?|[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?(?:T(?:[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?)?)/y;
const symbols = ['<=', '>=', '!=', '!~', ...Array.from('.,()[]{}+-*/&|<>=~')];
const escapes: Readonly<Record<string, string>> = {
  "'": "'",
  '"': '"',
  '`': '`',
  '\\': '\\',
  '/': '/',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** The position of an offset; computed only for messages. */
export function positionOf(source: string, offset: number): Position {
  const before = source.slice(0, offset);
  return { offset, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/**
 * The tokens of an expression, `end` last. https://hl7.org/fhirpath/N1/#lexical-elements
 * @throws FhirPathError `syntax` at the first character that begins no token.
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset;
    return pattern.exec(source)?.[0];
  };
  for (;;) {
    offset = afterComments(source, offset + (match(space)?.length ?? 0));
    if (match(space) !== undefined) continue;
    if (offset >= source.length) break;
    const char = source[offset]!;
    let length: number;
    let kind: TokenKind;
    let text: string;
    let found: string | undefined;
    if ((found = match(identifier)) !== undefined) {
      [kind, text, length] = ['identifier', found, found.length];
    } else if ((found = match(number)) !== undefined) {
      const long = source[offset + found.length] === 'L' && !found.includes('.');
      [kind, text, length] = [long ? 'long' : 'number', found, found.length + (long ? 1 : 0)];
    } else if (char === "'" || char === '"' || char === '`') {
      // R5 itself writes a string in double quotes (eld-11); the reference validator reads it so.
      [text, length] = quoted(source, offset);
      kind = char === '`' ? 'delimited' : 'string';
    } else if (char === '@' && (found = match(date)) !== undefined) {
      [kind, text, length] = ['date', found.slice(1), found.length];
    } else if (char === '%') {
      const start = offset++;
      found = match(identifier);
      const next = source[offset];
      if (found !== undefined) [text, length] = [found, found.length + 1];
      else if (next === "'" || next === '`') {
        [text, length] = quoted(source, offset);
        length++;
      } else throw new FhirPathError('syntax', 'A name is missing after %', positionOf(source, start));
      offset = start;
      kind = 'variable';
    } else if ((found = ['$this', '$index', '$total'].find((name) => source.startsWith(name, offset))) !== undefined) {
      [kind, text, length] = ['special', found.slice(1), found.length];
    } else if ((found = symbols.find((symbol) => source.startsWith(symbol, offset))) !== undefined) {
      [kind, text, length] = ['symbol', found, found.length];
    } else {
      throw new FhirPathError('syntax', `Unexpected character ${JSON.stringify(char)}`, positionOf(source, offset));
    }
    tokens.push({ kind, text, offset });
    offset += length;
  }
  tokens.push({ kind: 'end', text: 'the end', offset: source.length });
  return tokens;
}

/** The offset after any comments that begin here. @throws FhirPathError `syntax` for one that is not closed */
function afterComments(source: string, start: number): number {
  let offset = start;
  while (source.startsWith('/*', offset)) {
    const end = source.indexOf('*/', offset + 2);
    if (end < 0) throw new FhirPathError('syntax', 'The comment is not closed', positionOf(source, offset));
    offset = end + 2;
  }
  return offset;
}

/** The text between the quotes at `start`, unescaped, and how many characters it took with them. */
function quoted(source: string, start: number): [text: string, length: number] {
  const quote = source[start]!;
  let text = '';
  let i = start + 1;
  for (; i < source.length && source[i] !== quote; i++) {
    if (source[i] !== '\\') {
      text += source[i]!;
      continue;
    }
    const escaped = source[++i] ?? '';
    const unicode = /^u[0-9a-fA-F]{4}/.exec(source.slice(i, i + 5));
    if (unicode !== null) {
      text += String.fromCharCode(parseInt(source.slice(i + 1, i + 5), 16));
      i += 4;
    } else {
      // The specification leaves other escapes open; published expressions write '\-' in patterns and mean the character.
      text += Object.hasOwn(escapes, escaped) ? escapes[escaped]! : escaped;
    }
  }
  if (i >= source.length) throw new FhirPathError('syntax', 'The quote is not closed', positionOf(source, start));
  return [text, i + 1 - start];
}
