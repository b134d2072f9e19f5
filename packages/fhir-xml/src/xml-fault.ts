/**
 * Kinds of faults: a text that is no XML (`malformed`) or no JSON (`json`), a part of XML that FHIR forbids (`forbidden`: document type,
 * processing instruction, another encoding), a foreign `namespace`, a name that the type does not have (`unknown`), elements out of `order`
 * or `repeated`, an element with neither value nor content (`empty`), a `value` of the wrong form, a `character` that XML cannot contain,
 * or an exceeded `limit`.
 */
export type XmlFaultKind =
  | 'malformed'
  | 'json'
  | 'forbidden'
  | 'namespace'
  | 'unknown'
  | 'order'
  | 'repeated'
  | 'empty'
  | 'value'
  | 'character'
  | 'limit';

/**
 * A text that cannot be converted, and the place: the one error that this package throws for its input. Places are those of the text
 * without a byte order mark. The message ends with the place: `… (line 3, column 7)`.
 */
export class XmlFault extends Error {
  override readonly name = 'XmlFault';
  readonly kind: XmlFaultKind;
  /** In UTF-16 code units, from 0. */
  readonly offset: number;
  /** From 1; lines end with LF, CR or CR LF. */
  readonly line: number;
  /** From 1, in characters (code points). */
  readonly column: number;
  /** The element: `Patient.name[1].given[0]`, items counted from 0; empty before the root. */
  readonly path: string;

  constructor(fault: Fault, text: string, path: string) {
    const lines = text.slice(0, fault.offset).split(/\r\n|\r|\n/);
    const column = Array.from(lines.at(-1)!).length + 1;
    super(`${shortened(fault.message)} (line ${lines.length}, column ${column})`, { cause: fault.cause });
    this.kind = fault.kind;
    this.offset = fault.offset;
    this.line = lines.length;
    this.column = column;
    this.path = path;
  }
}

/** A name or value of the text may be as long as the text; a message may not. */
function shortened(message: string): string {
  return message.length > 1000 ? `${message.slice(0, 1000)}…` : message;
}

/** A fault in progress, before line and path are known. */
export class Fault extends Error {
  readonly kind: XmlFaultKind;
  readonly offset: number;

  constructor(kind: XmlFaultKind, message: string, offset: number, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
    this.offset = offset;
  }
}
