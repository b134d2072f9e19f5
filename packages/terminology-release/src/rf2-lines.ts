import type { ReleaseFile } from './release.ts';
import { ReleaseFault } from './release-fault.ts';

const [tab, newline, carriageReturn] = [9, 10, 13];

/**
 * The lines of a file after its heading: tabs between the columns, without quoting in terms. A column is decoded on request, as a separate
 * string: a part cut from a longer string would hold all of that in memory.
 */
export async function* lines(
  file: ReleaseFile,
  required: readonly string[],
): AsyncGenerator<(column: number) => string> {
  let rest: Buffer = Buffer.alloc(0);
  let isHeading = true as boolean; // the generator below changes it, which the compiler does not see
  function* linesIn(bytes: Buffer): Generator<(column: number) => string> {
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const line = bytes.subarray(start, end > start && bytes[end - 1] === carriageReturn ? end - 1 : end);
      start = end + 1;
      if (isHeading) checkHeading(file, line.toString('utf8'), required);
      else if (line.length > 0) yield columnsOf(line);
      isHeading = false;
    }
    rest = bytes.subarray(start);
  }
  for await (const piece of file.open()) yield* linesIn(Buffer.concat([rest, piece]));
  if (rest.length > 0 || isHeading) yield* linesIn(Buffer.concat([rest, Buffer.of(newline)]));
}

function columnsOf(line: Buffer): (column: number) => string {
  const ends: number[] = [];
  for (let end = line.indexOf(tab); end >= 0; end = line.indexOf(tab, end + 1)) ends.push(end);
  ends.push(line.length);
  return (column) =>
    column < ends.length ? line.toString('utf8', column === 0 ? 0 : ends[column - 1]! + 1, ends[column]) : '';
}

function checkHeading({ path }: ReleaseFile, line: string, required: readonly string[]): void {
  const columns = line.split('\t');
  const missing = required.find((name) => !columns.includes(name));
  if (missing !== undefined) throw new ReleaseFault(`${path} has no column ${missing}: it is not a file of RF2.`);
}
