import { condensed } from './condensed-log.ts';

interface LoggerSettings {
  level: string;
  name: string;
  stream: { write(line: string): void };
}

/**
 * A logger's settings: JSON lines on standard error with the name of the server, so that standard output holds results alone.
 * Repeated failures are condensed.
 */
export function logging(level: string, name: string): LoggerSettings {
  return { level, name, stream: toStandardError };
}

const toStandardError = condensed({ write: (line) => void process.stderr.write(line) });
process.once('exit', toStandardError.flush);

/**
 * Keeps the process alive when its output cannot be written, as when `tee` or the collector of a log has ended, or the disk is full.
 * Without a listener, the error would end the process, and callers in flight with it.
 */
export function outliveReaders(streams: readonly NodeJS.WriteStream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) stream.on('error', () => undefined);
}
