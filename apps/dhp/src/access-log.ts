import type { RequestRecord } from '@dhp/fhir';

/** The level `info` of the other lines of the log. */
const level = 30;

/**
 * Writes a JSON line for each request. Those of one turn of the event loop are written together.
 * @param name of the server, as in the other lines of its log
 */
export function accessLog(name: string, write: (lines: string) => void): (record: RequestRecord) => void {
  let lines = '';
  const flush = (): void => {
    const written = lines;
    lines = '';
    write(written);
  };
  return ({ time, milliseconds, ...record }) => {
    if (lines === '') setImmediate(flush);
    const duration = milliseconds === undefined ? undefined : Math.round(milliseconds * 10) / 10;
    lines += `${JSON.stringify({ level, time, name, msg: 'request', ...record, milliseconds: duration })}\n`;
  };
}

export function toStandardError(lines: string): void {
  process.stderr.write(lines);
}
