/**
 * Texts one after the other in one string, with where each ends: a tenth of the objects that an array of strings would be,
 * and one byte a character as long as all of them are Latin. No text is the empty one: FHIR has no empty strings.
 */
export class TextColumn {
  readonly heap: string;
  readonly ends: Uint32Array;

  constructor(heap: string, ends: Uint32Array) {
    this.heap = heap;
    this.ends = ends;
  }

  static of(texts: readonly (string | undefined)[]): TextColumn {
    const ends = new Uint32Array(texts.length);
    let end = 0;
    for (let i = 0; i < texts.length; i++) {
      end += texts[i]?.length ?? 0;
      ends[i] = end;
    }
    return new TextColumn(texts.join(''), ends);
  }

  at(row: number): string | undefined {
    const start = row === 0 ? 0 : this.ends[row - 1]!;
    const end = this.ends[row]!;
    return start === end ? undefined : this.heap.slice(start, end);
  }

  equals(row: number, text: string): boolean {
    const start = row === 0 ? 0 : this.ends[row - 1]!;
    return this.ends[row]! - start === text.length && this.heap.startsWith(text, start);
  }
}
