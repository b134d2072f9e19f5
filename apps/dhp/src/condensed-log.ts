/**
 * A repeated failure makes one line of the log in a second, not one for each request: while a database is unavailable, hundreds of requests
 * a second fail in the same way, and their stacks would fill the disk.
 */

export interface LogStream {
  write(line: string): void;
}

export interface CondensedLog extends LogStream {
  /** Writes the outstanding counts, before the process ends. */
  readonly flush: () => void;
}

/** Levels of pino: warnings and worse are condensed. */
const warning = 40;
const second = 1_000;
/** Kinds that are distinguished in one second; further ones share one. */
const mostKinds = 200;

interface Repeated {
  /** Lines that were left out, and the last of them. */
  count: number;
  line: Record<string, unknown> | undefined;
}

/**
 * The first line of a kind is written at once. Further ones within a second are counted, and one line follows: the last, with the member
 * `suppressed`, the number of others that were left out.
 * @param output stream of the lines
 */
export function condensed(output: LogStream): CondensedLog {
  const kinds = new Map<string, Repeated>();
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const [kind, { count, line }] of kinds) {
      kinds.delete(kind);
      if (line !== undefined) output.write(`${JSON.stringify({ ...line, suppressed: count - 1 })}\n`);
    }
  }

  return {
    write(text) {
      const line = parsed(text);
      if (line === undefined) {
        output.write(text);
        return;
      }
      let kind = kindOf(line);
      if (!kinds.has(kind) && kinds.size >= mostKinds) kind = 'others';
      const repeated = kinds.get(kind);
      if (repeated === undefined) {
        kinds.set(kind, { count: 0, line: undefined });
        timer ??= setTimeout(flush, second).unref();
        output.write(text);
        return;
      }
      repeated.count += 1;
      repeated.line = line;
    },
    flush,
  };
}

/** A line of level warning or above; undefined for others, which are written unchanged. */
function parsed(text: string): Record<string, unknown> | undefined {
  const [, level] = /^\{"level":(\d+),/.exec(text) ?? [];
  if (level === undefined || Number(level) < warning) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Fields that differ from line to line of the same failure. */
const ofOneLine = new Set(['time', 'pid', 'hostname', 'reqId', 'requestId', 'incident', 'err']);

/** Lines of one kind report the same failure: the same message, with the same values and the same place in the program. */
function kindOf(line: Record<string, unknown>): string {
  const own = Object.entries(line).filter(([name]) => !ofOneLine.has(name));
  const error = line['err'] as { type?: string; code?: string; message?: string; stack?: string } | undefined;
  if (error === undefined) return JSON.stringify(own);
  const [, place] = /\n[ \t]+at (.*)/.exec(error.stack ?? '') ?? [];
  // The message of a thrown error is the message of the line, too.
  const rest = own.filter(([name, value]) => name !== 'msg' || value !== error.message);
  return JSON.stringify([rest, error.type, error.code, withoutNames(error.message ?? ''), place]);
}

/** A message without parts that identify one request: ids, numbers, and quoted text. */
function withoutNames(message: string): string {
  return message
    .replaceAll(/"[^"]*"|'[^']*'/g, '?')
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\d+/g, '?');
}
