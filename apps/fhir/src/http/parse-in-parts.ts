/** The value of a large JSON text, made without keeping others from their turn for long. */
import { afterSpace, afterString, afterValue, nextAfter } from '../json/spans.ts';

/** UTF-16 code units that are given to `JSON.parse` at a time; a string is never divided. */
const usualPart = 64 * 1024;

/**
 * Parses a text that `scanJson` has accepted, with the result of `JSON.parse`. Containers longer than a part are assembled from their
 * members. Each character is read a fixed number of times, however deep the nesting is.
 * @param pause called between parts; a promise is awaited
 */
export async function parseInParts(
  text: string,
  pause: () => Promise<void> | undefined,
  part: number = usualPart,
): Promise<unknown> {
  /** Offsets of containers that are known to be long. */
  const long = new Set<number>();

  /** Returns the end of the value at `start`; undefined for a long container, which is noted. */
  function endOfShort(start: number): number | undefined {
    const first = text.charCodeAt(start);
    if (first !== 0x7b && first !== 0x5b) return afterValue(text, start);
    if (long.has(start)) return undefined;
    const open: number[] = [];
    let i = start;
    do {
      if (i - start > part) {
        // All that are open here are long, or reach far: none of them is looked through again.
        for (const each of open) long.add(each);
        return undefined;
      }
      const c = text.charCodeAt(i);
      if (c === 0x22) {
        i = afterString(text, i);
        continue;
      }
      if (c === 0x7b || c === 0x5b) open.push(i);
      else if (c === 0x7d || c === 0x5d) open.pop();
      i += 1;
    } while (open.length > 0);
    return i;
  }

  async function longArray(start: number): Promise<{ value: unknown[]; end: number }> {
    const value: unknown[] = [];
    let i = afterSpace(text, start + 1);
    while (text.charCodeAt(i) !== 0x5d) {
      const due = pause();
      if (due !== undefined) await due;
      let end = endOfShort(i);
      if (end !== undefined) value.push(parsedPart(text, i, end));
      else {
        const made = await longContainer(i);
        value.push(made.value);
        end = made.end;
      }
      i = nextAfter(text, end);
    }
    return { value, end: i + 1 };
  }

  async function longObject(start: number): Promise<{ value: object; end: number }> {
    const value: Record<string, unknown> = {};
    let i = afterSpace(text, start + 1);
    while (text.charCodeAt(i) === 0x22) {
      const due = pause();
      if (due !== undefined) await due;
      const keyEnd = afterString(text, i);
      const key = JSON.parse(text.slice(i, keyEnd)) as string;
      const at = afterSpace(text, afterSpace(text, keyEnd) + 1);
      let end = endOfShort(at);
      let member: unknown;
      if (end !== undefined) member = parsedPart(text, at, end);
      else ({ value: member, end } = await longContainer(at));
      // Assignment would treat `__proto__` specially; here it is a name like any other.
      Object.defineProperty(value, key, { value: member, enumerable: true, configurable: true, writable: true });
      i = nextAfter(text, end);
    }
    return { value, end: i + 1 };
  }

  function longContainer(start: number): Promise<{ value: unknown; end: number }> {
    long.delete(start);
    return text.charCodeAt(start) === 0x5b ? longArray(start) : longObject(start);
  }

  const start = afterSpace(text, 0);
  const end = endOfShort(start);
  return end === undefined ? (await longContainer(start)).value : JSON.parse(text.slice(start, end));
}

/** The value from `start` to `end`. A long string without escapes, such as the content of a Binary, is a part of the text and is not read again. */
function parsedPart(text: string, start: number, end: number): unknown {
  const isLongString = text.charCodeAt(start) === 0x22 && end - start > usualPart;
  const part = text.slice(start, end);
  return isLongString && !part.includes('\\') ? part.slice(1, -1) : JSON.parse(part);
}
