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
