/** Values of elements, read from the JSON of a resource alone: no code is shared with the index. https://hl7.org/fhir/R5/search.html */
import type { Json } from './world.ts';

/** Returns all values at a path, arrays taken apart. */
export function at(value: unknown, ...path: string[]): Json[] {
  let values: unknown[] = [value];
  for (const name of path) {
    values = values.flatMap((one) => {
      const next = (one as Json | undefined)?.[name];
      return next === undefined || next === null ? [] : Array.isArray(next) ? (next as unknown[]) : [next];
    });
  }
  return values as Json[];
}

export const strings = (value: unknown, ...path: string[]): string[] => at(value, ...path) as unknown as string[];

export interface Token {
  readonly system?: string | undefined;
  readonly code: string;
}

/** A token of any type of element: CodeableConcept, Coding, Identifier, ContactPoint, code, boolean. */
export function tokensOf(elements: readonly unknown[], system?: string): Token[] {
  return elements.flatMap((element): Token[] => {
    if (typeof element === 'string' || typeof element === 'boolean') return [{ system, code: String(element) }];
    const {
      coding,
      code,
      value,
      system: own,
    } = element as { coding?: Json[]; code?: string; value?: string; system?: string };
    if (coding !== undefined) return tokensOf(coding);
    const text = code ?? value;
    return text === undefined ? [] : [{ system: own, code: text }];
  });
}

/** Texts of concepts: of CodeableConcept and its codings. */
export function textsOf(elements: readonly Json[]): string[] {
  return elements.flatMap((element) => [
    ...strings(element, 'text'),
    ...strings(element, 'coding', 'display'),
    ...strings(element, 'type', 'text'),
    ...strings(element, 'type', 'coding', 'display'),
  ]);
}

const letters: Readonly<Record<string, string>> = {
  ...{
    а: 'a',
    б: 'b',
    в: 'v',
    г: 'g',
    д: 'd',
    е: 'e',
    з: 'z',
    и: 'i',
    к: 'k',
    қ: 'q',
    л: 'l',
    м: 'm',
    н: 'n',
    о: 'o',
    п: 'p',
    р: 'r',
    с: 's',
    т: 't',
  },
  ...{ у: 'u', ф: 'f', ў: 'o', ғ: 'g', ҳ: 'h', ш: 'sh', ч: 'ch', й: 'y' },
};

/** Case, accents, scripts and apostrophes do not count, and Russian writes one letter for `q` and `k`, `x` and `h`. Only the letters that the world has. */
export function folded(text: string): string {
  const latin = text.toLowerCase().replaceAll(/[а-яқўғҳ]/g, (letter) => letters[letter] ?? letter);
  return latin
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('q', 'k')
    .replaceAll('x', 'h')
    .replaceAll(/['ʻ‘’ʼ`]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

export interface Range {
  /** ms since 1970. */
  readonly low: number;
  /** The first one behind it. */
  readonly high: number;
}

/** Five hours east of Greenwich, without summer time: the zone of the server under test. */
const zone = '+05:00';

/** The time that a date or a dateTime of any precision stands for. */
export function rangeOf(date: string): Range {
  const [, year, month, day, time, own = zone] =
    /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:T(\d\d:\d\d(?::\d\d(?:\.\d{3})?)?))?(Z|[+-]\d\d:\d\d)?$/.exec(date)!;
  const offset =
    (own === 'Z' ? 0 : (own.startsWith('-') ? -1 : 1) * (Number(own.slice(1, 3)) * 60 + Number(own.slice(4)))) * 60_000;
  const local = (y: number, m: number, d: number): number => Date.UTC(y, m, d) - offset;
  const [y, m, d] = [Number(year), Number(month ?? 1) - 1, Number(day ?? 1)];
  if (time === undefined) {
    const high = month === undefined ? local(y + 1, 0, 1) : day === undefined ? local(y, m + 1, 1) : local(y, m, d + 1);
    return { low: local(y, m, d), high };
  }
  const [hour = 0, minute = 0, second] = time.split(':').map(Number);
  const low = local(y, m, d) + (hour * 60 + minute) * 60_000 + Math.round((second ?? 0) * 1000);
  return { low, high: low + (second === undefined ? 60_000 : time.includes('.') ? 1 : 1000) };
}

/** Of a date, a dateTime, an instant or a Period, whose open end is endless. */
export function rangesOf(elements: readonly unknown[]): Range[] {
  return elements.map((element) => {
    if (typeof element === 'string') return rangeOf(element);
    const { start, end } = element as { start?: string; end?: string };
    return {
      low: start === undefined ? -Infinity : rangeOf(start).low,
      high: end === undefined ? Infinity : rangeOf(end).high,
    };
  });
}

export type Prefix = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le' | 'sa' | 'eb';

/** https://hl7.org/fhir/R5/search.html#prefix: the range of the target against that of the search, both without their high end. */
export function compareRanges(prefix: Prefix, target: Range, asked: Range): boolean {
  const isWithin = asked.low <= target.low && target.high <= asked.high;
  switch (prefix) {
    case 'eq':
      return isWithin;
    case 'ne':
      return !isWithin;
    case 'gt':
      return target.high > asked.high;
    case 'ge':
      return target.high > asked.high || isWithin;
    case 'lt':
      return target.low < asked.low;
    case 'le':
      return target.low < asked.low || isWithin;
    case 'sa':
      return target.low >= asked.high;
    case 'eb':
      return target.high <= asked.low;
  }
}

/** A decimal in millionths, exactly. */
export function millionths(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.replace('#', '').split('.');
  return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

/** Half of the last digit, in millionths. */
export function half(decimal: string): bigint {
  const digits = decimal.split('.')[1]?.length ?? 0;
  return 500_000n / 10n ** BigInt(digits);
}

/** A number means what is rounded to it with `eq` and `ne`, and itself with any other prefix. `scale` is by how much both are multiplied. */
export function compareNumbers(prefix: Prefix, target: bigint, asked: string, scale = 1n): boolean {
  const exact = millionths(asked) * scale;
  const around = half(asked) * scale;
  const isWithin = exact - around <= target && target < exact + around;
  switch (prefix) {
    case 'eq':
      return isWithin;
    case 'ne':
      return !isWithin;
    case 'gt':
    case 'sa':
      return target > exact;
    case 'ge':
      return target >= exact;
    case 'lt':
    case 'eb':
      return target < exact;
    case 'le':
      return target <= exact;
  }
}

/** How many milligrams one of a unit is, if it is a mass. */
const masses: Readonly<Record<string, bigint>> = { mg: 1n, g: 1000n, kg: 1_000_000n };

interface Unit {
  readonly system?: string | undefined;
  readonly code?: string | undefined;
  readonly unit?: string | undefined;
}

/** Returns whether a Quantity is what is asked. Without a unit only the number counts; a UCUM unit finds masses in any other. */
export function compareQuantities(prefix: Prefix, quantity: Json, value: string, asked: Unit | undefined): boolean {
  const target = millionths(quantity['value'] as string);
  if (asked === undefined) return compareNumbers(prefix, target, value);
  const { system, code, unit } = quantity as Unit;
  if (asked.system === undefined) {
    return (code === asked.code || unit === asked.code) && compareNumbers(prefix, target, value);
  }
  const [own, other] = [masses[code ?? ''], masses[asked.code!]];
  if (system !== asked.system) return false;
  if (own !== undefined && other !== undefined) return compareNumbers(prefix, target * own, value, other);
  return code === asked.code && compareNumbers(prefix, target, value);
}
