/** Output whose reader may have stopped reading: a pager, a paused terminal, a log collector that hangs. */
import type { Writable } from 'node:stream';

/** Target of lines. */
export interface Lines {
  write(line: string): unknown;
}

/** Bytes that may wait for a reader. */
const mostWaiting = 4 * 1024 * 1024;

/**
 * Writes lines to a stream as long as they are read. Lines beyond 4 MiB of waiting data are dropped and counted: the next line that is
 * written says how many are missing. Writing to a pipe never blocks, so without this the memory would fill with unread output.
 * @param count writes the line about them
 */
export function boundedOutput(
  stream: Pick<Writable, 'write' | 'writableLength' | 'once'>,
  count: (lines: number) => string = (lines) =>
    `${String(lines)} lines of output were left out: nobody read them in time.\n`,
): Lines {
  let leftOut = 0;
  return {
    write(line: string) {
      if (stream.writableLength < mostWaiting) return stream.write(line);
      if (leftOut === 0) {
        stream.once('drain', () => {
          stream.write(count(leftOut));
          leftOut = 0;
        });
      }
      leftOut += 1;
      return false;
    },
  };
}
