/** The question of a page of the log, as a caller sends it. */

/** Days for which requests are kept. */
export const keptDays = 7;
const day = 86_400_000;
/** Requests on a page. */
const most = 100;
const usual = 50;
/** Columns of a chart, at most. */
const columns = 60;

export interface LogQuestion {
  readonly client: string;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Length of a column of the charts, in milliseconds. */
  readonly stretch: number;
  /** First digits of the status; 0: there was no answer. Empty: all. */
  readonly classes: readonly number[];
  /** A part of the path; '' for all. */
  readonly path: string;
  readonly requestId: string;
  /** Behind which request the page begins. */
  readonly before: { readonly time: number; readonly tie: string } | undefined;
  readonly limit: number;
}

/** A question that cannot be understood. The message names the member. */
export class QuestionError extends Error {
  override readonly name = 'QuestionError';
}

/**
 * Parses a question from unknown JSON: `from` and `to` (milliseconds; default the last day), `status` (`2`, `4`, `5`, `0` …, several in one
 * text), `path`, `request_id`, `before` and `limit`.
 * @throws QuestionError
 */
export function readQuestion(client: string, asked: Readonly<Record<string, unknown>>, now: number): LogQuestion {
  const to = Math.min(timeIn(asked, 'to') ?? now, now + day);
  const from = Math.max(timeIn(asked, 'from') ?? to - day, now - (keptDays + 1) * day);
  if (from >= to) throw new QuestionError('from must be before to');
  const status = textIn(asked, 'status', 8);
  if (!/^[0-5]*$/.test(status)) throw new QuestionError('status has digits from 0 to 5');
  return {
    ...{ client, from, to, stretch: stretchOf(to - from) },
    classes: [...new Set(Array.from(status, Number))],
    path: textIn(asked, 'path', 200),
    requestId: textIn(asked, 'request_id', 128),
    before: cursorIn(asked),
    limit: Math.min(Math.max(Math.trunc(numberIn(asked, 'limit') ?? usual), 1), most),
  };
}

/** Chooses a round length, so that the columns begin at whole minutes and hours. */
function stretchOf(length: number): number {
  const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360];
  return 60_000 * (minutes.find((one) => length / (one * 60_000) <= columns) ?? 360);
}

function numberIn(asked: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = asked[name];
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number) && Math.abs(number) < 1e15) return number;
  throw new QuestionError(`${name} is a number`);
}

/** Milliseconds since 1970, within the range of the database. */
function timeIn(asked: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const time = numberIn(asked, name);
  if (time !== undefined && (time < 0 || time > 8e12)) throw new QuestionError(`${name} is no time`);
  return time;
}

function textIn(asked: Readonly<Record<string, unknown>>, name: string, longest: number): string {
  const value = asked[name] ?? '';
  if (typeof value === 'string' && value.length <= longest && !value.includes('\0') && value.isWellFormed())
    return value;
  throw new QuestionError(`${name} is a text of at most ${String(longest)} characters`);
}

function cursorIn(asked: Readonly<Record<string, unknown>>): LogQuestion['before'] {
  const text = textIn(asked, 'before', 40);
  if (text === '') return undefined;
  const [, time, tie] = /^(\d{1,13})-(\d{1,15})$/.exec(text) ?? [];
  if (time === undefined || tie === undefined || Number(time) > 8e12)
    throw new QuestionError('before is the next of another page');
  return { time: Number(time), tie };
}
