import { condensed } from './condensed-log.ts';

/** A logger's settings: JSON lines on standard error, so that standard output holds results alone. Repeated failures are condensed. */
export function logging(level: string): { level: string; stream: { write(line: string): void } } {
  return { level, stream: toStandardError };
}

const toStandardError = condensed({ write: (line) => void process.stderr.write(line) });
process.once('exit', toStandardError.flush);
