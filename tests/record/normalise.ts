/**
 * Takes out of answers what differs between two runs of the same program: ids that the server assigns, times of now, cursors of pages
 * (they are signed), entity tags of what is made at the start, ports. The same id has the same placeholder throughout a run: ids are
 * numbered as they are first seen.
 */
import type { Answer } from './entry.ts';

export interface Normaliser {
  /** Notes the ids that a request brings along: they are not the server's. */
  sent(text: string): void;
  text(text: string): string;
  answer(answer: Answer): Answer;
}

const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const instants =
  /\d{4}-\d\d-\d\d[T ]\d\d(?::|%3A)\d\d(?::|%3A)\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?:(?::|%3A)?\d\d)?|%2B\d\d(?::|%3A)?\d\d)?/g;
const httpDates = /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g;
const cursors = /(_cursor(?:=|%3D))[^&"'<>\s;]+/g;
/** As the store names the running database: the second it started, and the number of the database. */
const databases = /\b\d{10}\.\d{6}\.\d+\b/g;
const digestTags = /W\/(\\?"|&quot;)[\w-]{16}(\\?"|&quot;)/g;

/** Milliseconds around a run within which a time is one of now: the database that is copied may have been made before. */
const leeway = 600_000;

/** @param names texts that differ from run to run, such as addresses with ports, with what to write instead */
export function createNormaliser(names: ReadonlyMap<string, string> = new Map()): Normaliser {
  const begin = Date.now();
  const brought = new Set<string>();
  const assigned = new Map<string, string>();

  const isNow = (time: number): boolean => time > begin - leeway && time < Date.now() + leeway;
  const idOf = (uuid: string): string => {
    const id = uuid.toLowerCase();
    const known = assigned.get(id);
    if (known !== undefined) return known;
    if (brought.has(id)) return uuid;
    const placeholder = `<id ${assigned.size + 1}>`;
    assigned.set(id, placeholder);
    return placeholder;
  };
  const text = (given: string): string => {
    let result = given;
    for (const [from, to] of names) result = result.replaceAll(from, to);
    return result
      .replace(cursors, '$1<cursor>')
      .replace(uuids, idOf)
      .replace(databases, '<database>')
      .replace(instants, (instant) => (isNow(timeOf(instant)) ? '<time>' : instant))
      .replace(httpDates, (date) => (isNow(Date.parse(date)) ? '<date>' : date))
      .replace(digestTags, 'W/$1<digest>$2');
  };
  return {
    text,
    sent(given) {
      for (const [uuid] of given.matchAll(uuids))
        if (!assigned.has(uuid.toLowerCase())) brought.add(uuid.toLowerCase());
    },
    answer: ({ status, headers, text: body }) => ({
      status,
      headers: Object.fromEntries(
        Object.keys(headers)
          .sort()
          .map((name) => [name, text(headers[name]!)]),
      ),
      text: text(withoutMeasurements(body)),
    }),
  };
}

function timeOf(instant: string): number {
  const plain = instant.replaceAll('%3A', ':').replace('%2B', '+').replace(' ', 'T');
  const whole = /(Z|[+-]\d\d(:?\d\d)?)$/.test(plain) ? plain : `${plain}Z`;
  return Date.parse(whole.replace(/([+-]\d\d)$/, '$1:00'));
}

/** Removes the plans and the times of the database from an answer of `_explain`; they are measured. */
function withoutMeasurements(body: string): string {
  if (!body.startsWith('{"resourceType":"Parameters"') || !body.includes('milliseconds')) return body;
  return '(measured by the database)';
}
