/**
 * A JSON value that keeps what `JSON.parse` loses: numbers as written, members in order, and their places. (A reviver with `context.source`
 * would give the spelling too, at several times the cost of this reader.)
 */
export interface JsonNode {
  readonly kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  readonly offset: number;
  /** The string, unescaped; the text of the number, boolean or null; empty otherwise. */
  readonly text: string;
  /** Names of the members of an object. */
  readonly keys: readonly string[];
  /** The values of an object's members, or the items of an array. */
  readonly nodes: readonly JsonNode[];
}

const none: readonly never[] = [];

/** Reads a text that `scanJson` has checked for form and depth; nothing is checked again. */
export function readJson(text: string): JsonNode {
  let i = 0;

  function value(): JsonNode {
    i = skipSpace(text, i);
    const offset = i;
    switch (text.charCodeAt(i)) {
      case 0x22:
        return { kind: 'string', offset, text: string(), keys: none, nodes: none };
      case 0x7b:
        return object(offset);
      case 0x5b:
        return array(offset);
      case 0x74:
      case 0x66:
        return { kind: 'boolean', offset, text: scalar(), keys: none, nodes: none };
      case 0x6e:
        return { kind: 'null', offset, text: scalar(), keys: none, nodes: none };
      default:
        return { kind: 'number', offset, text: scalar(), keys: none, nodes: none };
    }
  }

  function object(offset: number): JsonNode {
    const keys: string[] = [];
    const nodes: JsonNode[] = [];
    i = skipSpace(text, i + 1);
    while (text.charCodeAt(i) !== 0x7d) {
      keys.push(string());
      i = skipSpace(text, i) + 1;
      nodes.push(value());
      skipComma();
    }
    i += 1;
    return { kind: 'object', offset, text: '', keys, nodes };
  }

  function array(offset: number): JsonNode {
    const nodes: JsonNode[] = [];
    i = skipSpace(text, i + 1);
    while (text.charCodeAt(i) !== 0x5d) {
      nodes.push(value());
      skipComma();
    }
    i += 1;
    return { kind: 'array', offset, text: '', keys: none, nodes };
  }

  function skipComma(): void {
    i = skipSpace(text, i);
    if (text.charCodeAt(i) === 0x2c) i = skipSpace(text, i + 1);
  }

  function string(): string {
    const start = i;
    let end = text.indexOf('"', start + 1);
    while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
    i = end + 1;
    const inner = text.slice(start + 1, end);
    return inner.includes('\\') ? (JSON.parse(text.slice(start, i)) as string) : inner;
  }

  function scalar(): string {
    const start = i;
    while (i < text.length && !isDelimiter(text.charCodeAt(i))) i += 1;
    return text.slice(start, i);
  }

  return value();
}

function skipSpace(text: string, i: number): number {
  while (i < text.length && text.charCodeAt(i) <= 0x20) i += 1;
  return i;
}

function isDelimiter(code: number): boolean {
  return code <= 0x20 || code === 0x2c || code === 0x5d || code === 0x7d;
}

/** Whether the quote at `end` belongs to the string: an odd number of backslashes is before it. */
function isEscaped(text: string, end: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
  return backslashes % 2 === 1;
}
