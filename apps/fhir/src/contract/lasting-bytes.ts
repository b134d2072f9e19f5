/** Bytes that are sent repeatedly to every caller, with values derived from them, cached as long as the bytes are. */
export class LastingBytes {
  readonly bytes: Buffer;
  /** In other formats and parts, by the name of the form. */
  readonly forms = new Map<string, LastingBytes>();
  /** Compressed forms by coding. */
  readonly compressed = new Map<string, Buffer>();

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Bytes that are kept by now, with all that was made of them. */
  get size(): number {
    let size = this.bytes.length;
    for (const { length } of this.compressed.values()) size += length;
    for (const form of this.forms.values()) size += form.size;
    return size;
  }
}
