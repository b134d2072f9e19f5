/**
 * Periods in each shape that a client may send, and when they cover a moment, with an independent implementation of the calendar of
 * Tashkent: five hours ahead of UTC, without summer time.
 */

export type Told = 'within' | 'outside' | 'untold';

const unknown = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
};

interface Shape {
  readonly period: unknown;
  /** As instants, with an exclusive end; undefined if the period does not determine it. */
  readonly covers: readonly [from: string | undefined, to: string | undefined] | undefined;
  /** For an undetermined period: the instant before which it has not begun. */
  readonly notBefore?: string;
}

const newYear = '2025-12-31T19:00:00Z';

export const shapes: Readonly<Record<string, Shape>> = {
  'no period': { period: undefined, covers: [undefined, undefined] },
  'only a start': { period: { start: '2026-03-01' }, covers: ['2026-02-28T19:00:00Z', undefined] },
  'only an end': { period: { end: '2026-03-01' }, covers: [undefined, '2026-03-01T19:00:00Z'] },
  'a day': {
    period: { start: '2026-03-01', end: '2026-03-01' },
    covers: ['2026-02-28T19:00:00Z', '2026-03-01T19:00:00Z'],
  },
  'a month': { period: { start: '2026-02', end: '2026-02' }, covers: ['2026-01-31T19:00:00Z', '2026-02-28T19:00:00Z'] },
  'a year': { period: { start: '2026', end: '2026' }, covers: ['2025-12-31T19:00:00Z', '2026-12-31T19:00:00Z'] },
  'only a year to end in': { period: { end: '2025' }, covers: [undefined, '2025-12-31T19:00:00Z'] },
  'from a month to a day': {
    period: { start: '2026-02', end: '2026-03-01' },
    covers: ['2026-01-31T19:00:00Z', '2026-03-01T19:00:00Z'],
  },
  'instants of zones': {
    period: { start: '2026-03-01T00:00:00Z', end: '2026-03-01T23:59:59-12:00' },
    covers: ['2026-03-01T00:00:00Z', '2026-03-02T12:00:00Z'],
  },
  'a start in UTC on the day of its end': {
    period: { start: '2026-02-28T18:00:00Z', end: '2026-02-28' },
    covers: ['2026-02-28T18:00:00Z', '2026-02-28T19:00:00Z'],
  },
  'reversed by years': { period: { start: '2027', end: '2026' }, covers: undefined },
  'reversed by days': { period: { start: '2026-03-02', end: '2026-03-01' }, covers: undefined },
  'reversed by the zone alone': { period: { start: '2026-02-28T20:00:00Z', end: '2026-02-28' }, covers: undefined },
  'a start that cannot be read': { period: { start: 'in spring' }, covers: undefined },
  'an end that cannot be read': {
    period: { start: '2026-01-01', end: 'some day' },
    covers: undefined,
    notBefore: newYear,
  },
  'an end on a day that there is not': {
    period: { start: '2026-01-01', end: '2026-02-30' },
    covers: undefined,
    notBefore: newYear,
  },
  'an end in a month that there is not': { period: { end: '2026-13' }, covers: undefined },
  'an end that is a number': { period: { start: '2026-01-01', end: 2026 }, covers: undefined, notBefore: newYear },
  'an end of nothing': { period: { start: '2026-01-01', end: null }, covers: undefined, notBefore: newYear },
  'an empty end': { period: { start: '2026-01-01', end: '' }, covers: undefined, notBefore: newYear },
  'an end that is unknown': { period: { start: '2026-01-01', _end: unknown }, covers: undefined, notBefore: newYear },
  'a start that is unknown': { period: { _start: unknown, end: '2099-01-01' }, covers: undefined },
  'both ends unknown': { period: { _start: unknown, _end: unknown }, covers: undefined },
  'an end with an extension beside its value': {
    period: { start: '2026-02', end: '2026-03-01', _end: unknown },
    covers: ['2026-01-31T19:00:00Z', '2026-03-01T19:00:00Z'],
  },
  'unknown as a whole': { period: unknown, covers: undefined },
  'a text': { period: '2026', covers: undefined },
  'a list': { period: [{ start: '2026' }], covers: undefined },
  nothing: { period: null, covers: undefined },
};

/** Moments before, at and behind each end. */
export const moments: readonly number[] = [
  ...[
    '2025-06-01T00:00:00Z',
    '2025-12-31T19:00:00Z',
    '2026-01-31T19:00:00Z',
    '2026-02-28T18:00:00Z',
    '2026-02-28T19:00:00Z',
  ],
  ...[
    '2026-03-01T00:00:00Z',
    '2026-03-01T19:00:00Z',
    '2026-03-02T12:00:00Z',
    '2026-12-31T19:00:00Z',
    '2098-01-01T00:00:00Z',
  ],
].flatMap((at) => [Date.parse(at) - 5_000, Date.parse(at), Date.parse(at) + 5_000]);

export function toldOf({ covers, notBefore }: Shape, at: number): Told {
  if (covers === undefined) return notBefore !== undefined && at < Date.parse(notBefore) ? 'outside' : 'untold';
  const [from, to] = covers;
  const isWithin = (from === undefined || at >= Date.parse(from)) && (to === undefined || at < Date.parse(to));
  return isWithin ? 'within' : 'outside';
}

/** All shapes at all moments. */
export const cases = Object.entries(shapes).flatMap(([name, shape]) =>
  moments.map((at) => ({
    ...{ period: shape.period, at, told: toldOf(shape, at), isRead: shape.covers !== undefined },
    name: `${name} at ${new Date(at).toISOString()}`,
  })),
);
