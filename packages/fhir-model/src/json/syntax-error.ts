/** Kinds of faults in a JSON text beyond its grammar (`syntax`), so that a caller can answer with a precise code. */
export type JsonErrorKind =
  | 'syntax' // not RFC 8259
  | 'encoding' // the bytes are not UTF-8
  | 'duplicate-key' // one name twice in one object (JSON.parse would silently keep the last)
  | 'depth' // nested deeper than allowed
  | 'lone-surrogate' // half of a UTF-16 pair: cannot be written as UTF-8
  | 'nul' // \u0000: no database text holds it, FHIR forbids it
  | 'number-range'; // a number beyond IEEE double, such as 1e999

/**
 * Thrown for a text that is not acceptable JSON. Positions are those of the text without a byte order mark.
 * @example
 * scanJson('{"a":1,"a":2}'); // throws JsonSyntaxError
 */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  readonly kind: JsonErrorKind;
  /** In UTF-16 code units (bytes for kind `encoding`), 0-based. */
  readonly offset: number;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in characters (code points). */
  readonly column: number;
  /** Path in the document, FHIRPath-like (`Patient.name[0].given`), '' at the root. */
  readonly path: string;

  /** The message gets the place appended: `expected ':' after a key but found '}' (line 3, column 7)`. */
  constructor(
    kind: JsonErrorKind,
    reason: string,
    offset: number,
    place: { line: number; column: number },
    path: string,
  ) {
    super(`${reason} (line ${place.line}, column ${place.column})`);
    this.kind = kind;
    this.offset = offset;
    this.line = place.line;
    this.column = place.column;
    this.path = path;
  }
}

/** Line and column (1-based, in code points) of an offset; lines end with LF, CR or CR LF. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let i = 0; i < offset; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit === 10 || (unit === 13 && text.charCodeAt(i + 1) !== 10)) {
      line += 1;
      lineStart = i + 1;
    }
  }
  let column = 1;
  for (let i = lineStart; i < offset; i += 1) {
    // The second half of a pair is not a separate character.
    const isLow = (text.charCodeAt(i) & 0xfc00) === 0xdc00;
    if (!isLow || i === lineStart || (text.charCodeAt(i - 1) & 0xfc00) !== 0xd800) column += 1;
  }
  return { line, column };
}

/** A description of the text at an offset, for an error message. */
export function foundAt(text: string, offset: number): string {
  if (offset >= text.length) return 'the end of the text';
  const point = text.codePointAt(offset) ?? 0;
  const isShowable = point > 0x20 && point !== 0x7f && !(point >= 0xd800 && point <= 0xdfff);
  return isShowable ? `'${String.fromCodePoint(point)}'` : `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
}
