/**
 * Regular expressions from untrusted sources: stored profiles, search parameters. A backtracking engine needs exponential time for some,
 * such as `(a+)+$`; one that follows all alternatives together needs time linear in the text.
 */
import { RE2JS, RE2JSException } from 're2js';
import { backtracking, spanOf } from './backtracking.ts';

export interface Pattern {
  /** Units of work that looking for it in a text takes at most. @throws PatternError as `test` */
  costOf(text: string): number;
  /** Whether it is found in a text. */
  test(text: string): boolean;
  /** Returns the number of matches, without overlap. */
  count(text: string): number;
  /** The text with every match replaced; `$1`, `$<name>`, `$&` in `by` are parts of the match, `$$` is `$`. */
  replaced(text: string, by: string): string;
}

export type PatternFlag = 'i' | 'm';

/** A regular expression that cannot be read, or not be run in bounded time. */
export class PatternError extends Error {
  override name = 'PatternError';
}

/**
 * The most steps of the engine of the language for a text, and of comparisons of characters within them; it is the faster one for harmless
 * expressions. With 10 ns a step this is a millisecond.
 */
const [mostSteps, mostComparisons] = [100_000, 1_000_000];
/** Number of comparisons that are one unit of work. */
const comparisonsOfUnit = 32;

/**
 * Compiles the dialect of ECMAScript, where `.` is any character. Look-ahead and back references are taken as far as they cannot
 * last long.
 * @throws PatternError, also from `test` and the others for a text that is too long for such an expression
 */
export function compilePattern(pattern: string, flags: readonly PatternFlag[] = []): Pattern {
  const native = nativeOf(pattern, flags);
  const power = backtracking(pattern, flags.includes('m'));
  const span = spanOf(pattern);
  let made: RE2JS | PatternError | undefined;
  const linear = (): RE2JS => {
    made ??= linearOf(pattern, flags);
    if (made instanceof PatternError) throw made;
    return made;
  };
  // At once, so that expressions that can never run are refused at compilation.
  if (power === Infinity) linear();
  const stepsOn = (text: string): number => (power === Infinity ? Infinity : text.length ** power);
  const comparisonsOn = (text: string): number => stepsOn(text) * Math.min(span, text.length + 1);
  const isQuick = (text: string): boolean => stepsOn(text) <= mostSteps && comparisonsOn(text) <= mostComparisons;
  return {
    costOf: (text) =>
      Math.ceil(
        isQuick(text) ? 1 + comparisonsOn(text) / comparisonsOfUnit : (text.length * linear().programSize()) / 10,
      ),
    test: (text) => {
      if (!isQuick(text)) return linear().matcher(text).find();
      native.lastIndex = 0;
      return native.test(text);
    },
    count: (text) => (isQuick(text) ? (text.match(native)?.length ?? 0) : [...found(linear(), text)].length),
    replaced(text, by) {
      if (isQuick(text)) {
        return text.replace(native, (...all: unknown[]) => {
          const named = typeof all.at(-1) === 'object' ? (all.at(-1) as Record<string, string | undefined>) : {};
          const groups = all.slice(
            0,
            all.findIndex((one) => typeof one === 'number'),
          ) as (string | undefined)[];
          return filled(by, groups, named);
        });
      }
      let result = '';
      let from = 0;
      for (const { start, end, groups, named } of found(linear(), text)) {
        result += text.slice(from, start) + filled(by, groups, named);
        from = end;
      }
      return result + text.slice(from);
    },
  };
}

function nativeOf(pattern: string, flags: readonly PatternFlag[]): RegExp {
  try {
    return new RegExp(pattern, ['gsu', ...flags].join(''));
  } catch {
    try {
      // Published patterns escape more than the strict syntax allows: '\-', '\_', '\@'.
      return new RegExp(pattern, ['gs', ...flags].join(''));
    } catch (cause) {
      throw new PatternError((cause as Error).message, { cause });
    }
  }
}

function linearOf(pattern: string, flags: readonly PatternFlag[]): RE2JS | PatternError {
  const bits =
    RE2JS.DOTALL | (flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0) | (flags.includes('m') ? RE2JS.MULTILINE : 0);
  try {
    return RE2JS.compile(RE2JS.translateRegExp(withSpaces(pattern)), bits);
  } catch (cause) {
    if (!(cause instanceof RE2JSException)) throw cause;
    const reason = 'it may need time without bound, and cannot be run in linear time';
    return new PatternError(`${reason} (${cause.message})`, { cause });
  }
}

/** Characters of `\s` in ECMAScript; RE2's `\s` is ASCII only. */
const spaces = '\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const others =
  '\\x{0}-\\x{8}\\x{e}-\\x{1f}!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}' +
  '\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}';

function withSpaces(pattern: string): string {
  let isInClass = false;
  return pattern.replaceAll(/\\[^]|[[\]]/g, (token) => {
    if (token === '[') isInClass = true;
    else if (token === ']') isInClass = false;
    else if (token === '\\s') return isInClass ? spaces : `[${spaces}]`;
    else if (token === '\\S') return isInClass ? others : `[${others}]`;
    return token;
  });
}

interface Match {
  readonly start: number;
  readonly end: number;
  /** The whole match, then its groups. */
  readonly groups: readonly (string | undefined)[];
  readonly named: Readonly<Record<string, string | undefined>>;
}

function* found(pattern: RE2JS, text: string): Generator<Match> {
  const matcher = pattern.matcher(text);
  while (matcher.find()) {
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, n) => matcher.group(n) ?? undefined);
    const named = Object.fromEntries(Object.entries(matcher.namedGroups).map(([name, n]) => [name, groups[n]]));
    yield { start: matcher.start(), end: matcher.end(), groups, named };
  }
}

/** The replacement of one match. Names of unknown groups remain as they are. */
function filled(by: string, groups: Match['groups'], named: Match['named']): string {
  return by.replaceAll(/\$(?:(\$)|(&)|(\d{1,2})|<([^>]*)>)/g, (whole, dollar, all, digits?: string, name?: string) => {
    if (dollar !== undefined) return '$';
    if (all !== undefined) return groups[0] ?? '';
    if (name !== undefined) return Object.hasOwn(named, name) ? (named[name] ?? '') : whole;
    const number = digits ?? '';
    if (Number(number) > 0 && Number(number) < groups.length) return groups[Number(number)] ?? '';
    const first = Number(number[0]);
    return number.length === 2 && first > 0 && first < groups.length ? (groups[first] ?? '') + number[1]! : whole;
  });
}
