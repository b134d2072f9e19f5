import { condensed } from './condensed-log.ts';

interface LoggerSettings {
  level: string;
  name: string;
  stream: { write(line: string): void };
}

/**
 * A logger's settings: JSON lines on standard error with the name of the server, so that standard output contains only results. Repeated
 * failures are condensed.
 */
export function logging(level: string, name: string): LoggerSettings {
  return { level, name, stream: toStandardError };
}

const toStandardError = condensed({ write: (line) => void process.stderr.write(line) });
process.once('exit', toStandardError.flush);

/**
 * Keeps the process alive if its output cannot be written, as when `tee` or a log collector has ended, or the disk is full. Without a
 * listener, the error would end the process and its requests in flight.
 */
export function outliveReaders(streams: readonly NodeJS.WriteStream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) stream.on('error', () => undefined);
}
