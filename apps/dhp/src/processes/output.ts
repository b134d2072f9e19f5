/** The output of a server's process: whole lines, each with the name of the server. */
import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import type { Lines } from './bounded-output.ts';

/** A longer line is broken: no line may fill the memory. */
const longest = 1024 * 1024;

/**
 * Writes the input line by line. Lines of the log name their server themselves; others get its name as a prefix.
 * @returns resolves when the source has ended and everything is written
 */
export function passLines(source: Readable, target: Lines, name: string): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const write = (line: string): void => {
    if (line !== '') target.write(line.startsWith('{') ? `${line}\n` : `${name}: ${line}\n`);
  };
  source.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) write(line);
    if (rest.length > longest) {
      write(rest);
      rest = '';
    }
  });
  return new Promise((resolve) => {
    source.once('close', () => {
      write(rest + decoder.end());
      resolve();
    });
  });
}
