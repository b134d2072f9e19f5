const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** A part of a JSON text, as bytes. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A member of an object: its value, and all of it with its name. */
export interface Member extends Range {
  readonly name: string;
  readonly value: number;
}

/**
 * Navigates a JSON text that is known to be valid, without making values.
 * @throws SyntaxError if it meets another token than expected
 */
export class JsonScanner {
  readonly bytes: Uint8Array;
  readonly #decoder = new TextDecoder();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  text({ start, end }: Range): string {
    return this.#decoder.decode(this.bytes.subarray(start, end));
  }

  /**
   * Walks the members of the object at a place; `skip` returns the end of a value that begins at a place.
   * @returns the end of the object
   */
  object(at: number, visit: (member: Member) => void, skip: (member: Omit<Member, 'end'>) => number): number {
    let place = this.#expect(this.space(at), openBrace);
    for (place = this.space(place); this.bytes[place] !== closeBrace; place = this.space(place)) {
      if (this.bytes[place] === comma) place = this.space(place + 1);
      const start = place;
      const nameEnd = this.#string(place);
      const value = this.space(this.#expect(this.space(nameEnd), colon));
      const name = JSON.parse(this.text({ start, end: nameEnd })) as string;
      place = skip({ name, start, value });
      visit({ name, start, value, end: place });
    }
    return place + 1;
  }

  /** Walks the items of the array at a place; `item` receives the begin of each and returns its end. @returns the end of the array */
  array(at: number, item: (start: number) => number): number {
    let place = this.#expect(this.space(at), openBracket);
    for (place = this.space(place); this.bytes[place] !== closeBracket; place = this.space(place)) {
      if (this.bytes[place] === comma) place = this.space(place + 1);
      place = item(place);
    }
    return place + 1;
  }

  /** Returns the end of the value that begins at a place. */
  value(at: number): number {
    const first = this.bytes[at];
    if (first === quote) return this.#string(at);
    let place = at;
    if (first !== openBrace && first !== openBracket) {
      while (place < this.bytes.length && !isEnd(this.bytes[place]!)) place += 1;
      return place;
    }
    for (let depth = 0; place < this.bytes.length;) {
      const byte = this.bytes[place]!;
      if (byte === quote) {
        place = this.#string(place);
        continue;
      }
      place += 1;
      if (byte === openBrace || byte === openBracket) depth += 1;
      else if (byte === closeBrace || byte === closeBracket) depth -= 1;
      if (depth === 0) return place;
    }
    throw new SyntaxError('the JSON ends too early');
  }

  space(at: number): number {
    let place = at;
    while (isSpace(this.bytes[place])) place += 1;
    return place;
  }

  #string(at: number): number {
    this.#expect(at, quote);
    for (let place = this.bytes.indexOf(quote, at + 1); place >= 0; place = this.bytes.indexOf(quote, place + 1)) {
      let escapes = 0;
      while (this.bytes[place - 1 - escapes] === backslash) escapes += 1;
      if (escapes % 2 === 0) return place + 1;
    }
    throw new SyntaxError('the JSON ends in a string');
  }

  #expect(at: number, byte: number): number {
    if (this.bytes[at] !== byte) throw new SyntaxError(`something else than ${String.fromCharCode(byte)} at ${at}`);
    return at + 1;
  }
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

const isEnd = (byte: number): boolean =>
  byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte);
