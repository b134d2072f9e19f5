/** Span of a block in the bytes of a content file: start and length. */
export type Span = readonly [start: number, length: number];

/** Puts blocks one after the other. */
export class BlockWriter {
  readonly #parts: Uint8Array[] = [];
  readonly #encoder = new TextEncoder();
  #length = 0;

  text(text: string): Span {
    return this.bytes(this.#encoder.encode(text));
  }

  /** A list of numbers as 32-bit (or 16-bit) integers, little-endian. */
  numbers(numbers: Uint32Array | Int32Array | Uint16Array): Span {
    const bytes = new Uint8Array(numbers.length * numbers.BYTES_PER_ELEMENT);
    const view = new DataView(bytes.buffer);
    numbers.forEach((number, i) => {
      if (numbers.BYTES_PER_ELEMENT === 2) view.setUint16(i * 2, number, true);
      else view.setInt32(i * 4, number, true);
    });
    return this.bytes(bytes);
  }

  bytes(bytes: Uint8Array): Span {
    const span = [this.#length, bytes.length] as const;
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return span;
  }

  join(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Reads the output of a BlockWriter. */
export class BlockReader {
  readonly #bytes: Uint8Array;
  readonly #decoder = new TextDecoder();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  text([start, length]: Span): string {
    return this.#decoder.decode(this.#bytes.subarray(start, start + length));
  }

  json(span: Span): unknown {
    return JSON.parse(this.text(span));
  }

  uint32(span: Span): Uint32Array {
    return new Uint32Array(this.#copy(span, 4));
  }

  int32(span: Span): Int32Array {
    return new Int32Array(this.#copy(span, 4));
  }

  uint16(span: Span): Uint16Array {
    return new Uint16Array(this.#copy(span, 2));
  }

  /** A copy is aligned for numbers. Not by `slice`: that of a Buffer copies nothing. */
  #copy([start, length]: Span, width: number): ArrayBuffer {
    const copy = new Uint8Array(length);
    copy.set(this.#bytes.subarray(start, start + length));
    if (!isLittleEndian) for (let i = 0; i < length; i += width) copy.subarray(i, i + width).reverse();
    return copy.buffer;
  }
}
