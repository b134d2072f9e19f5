/** Digests that were seen, by their first twelve bytes: a Set of texts takes ten times as long, and leaves an object for each. */

/** Numbers of 32 bits that a digest takes: the first of them is not zero. */
const width = 3;

/** 0 is replaced by 1. */
function firstOf(digest: Buffer): number {
  return digest.readUInt32BE(0) || 1;
}

export class SeenDigests {
  /** A hash table with linear probing, a power of two in size; an entry that begins with zero is free. */
  #table = new Uint32Array(width * 1024);
  #count = 0;

  has(digest: Buffer): boolean {
    return this.#table[this.#placeOf(digest)] !== 0;
  }

  add(digest: Buffer): void {
    const at = this.#placeOf(digest);
    if (this.#table[at] !== 0) return;
    this.#put(at, firstOf(digest), digest.readUInt32BE(4), digest.readUInt32BE(8));
    this.#count += 1;
    if (2 * width * this.#count > this.#table.length) this.#grow();
  }

  /** The place of a digest, or the free one where it would be. */
  #placeOf(digest: Buffer): number {
    return this.#find(firstOf(digest), digest.readUInt32BE(4), digest.readUInt32BE(8));
  }

  #find(first: number, second: number, third: number): number {
    const table = this.#table;
    let at = (first & (table.length / width - 1)) * width;
    while (table[at] !== 0 && !(table[at] === first && table[at + 1] === second && table[at + 2] === third)) {
      at += width;
      if (at === table.length) at = 0;
    }
    return at;
  }

  #put(at: number, first: number, second: number, third: number): void {
    this.#table[at] = first;
    this.#table[at + 1] = second;
    this.#table[at + 2] = third;
  }

  #grow(): void {
    const before = this.#table;
    this.#table = new Uint32Array(2 * before.length);
    for (let at = 0; at < before.length; at += width) {
      const [first, second, third] = [before[at]!, before[at + 1]!, before[at + 2]!];
      if (first !== 0) this.#put(this.#find(first, second, third), first, second, third);
    }
  }
}
