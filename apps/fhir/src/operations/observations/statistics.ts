/** Statistics of measurements, by the codes of http://hl7.org/fhir/observation-statistics. */

export const statisticsSystem = 'http://hl7.org/fhir/observation-statistics';

/** A value, and when it was measured: in hours since any fixed moment; undefined if unknown. */
export interface Measured {
  readonly value: number;
  readonly hours: number | undefined;
}

/** The unit of a result, by that of the measurements. */
type Dimension = 'same' | 'squared' | 'per-hour' | 'none';

/** One number of a statistic; a regression has two, which `text` distinguishes. */
export interface Result {
  /** Undefined if the measurements do not have it, as a deviation of a single one. */
  readonly value: number | undefined;
  readonly dimension: Dimension;
  readonly text?: string;
}

type Statistic = (sorted: readonly number[], measured: readonly Measured[]) => readonly Result[];

const one =
  (dimension: Dimension, of: (sorted: readonly number[]) => number | undefined): Statistic =>
  (sorted) => [{ value: rounded(sorted.length === 0 ? undefined : of(sorted)), dimension }];

/** With its name; `total-count` is computed by the caller, who knows the invalid values. */
export const statistics = {
  average: { display: 'Average', of: one('same', mean) },
  maximum: { display: 'Maximum', of: one('same', (sorted) => sorted.at(-1)) },
  minimum: { display: 'Minimum', of: one('same', (sorted) => sorted[0]) },
  count: { display: 'Count', of: (sorted) => [{ value: sorted.length, dimension: 'none' }] },
  'total-count': { display: 'Total Count', of: () => [] },
  median: { display: 'Median', of: quantile(0.5) },
  'std-dev': { display: 'Standard Deviation', of: one('same', (sorted) => root(variance(sorted))) },
  sum: { display: 'Sum', of: one('same', sum) },
  variance: { display: 'Variance', of: one('squared', variance) },
  '20-percent': { display: '20th Percentile', of: quantile(0.2) },
  '80-percent': { display: '80th Percentile', of: quantile(0.8) },
  '4-lower': { display: 'Lower Quartile', of: quantile(0.25) },
  '4-upper': { display: 'Upper Quartile', of: quantile(0.75) },
  '4-dev': { display: 'Quartile Deviation', of: one('same', (sorted) => (at(sorted, 0.75) - at(sorted, 0.25)) / 2) },
  '5-1': { display: '1st Quintile', of: quantile(0.2) },
  '5-2': { display: '2nd Quintile', of: quantile(0.4) },
  '5-3': { display: '3rd Quintile', of: quantile(0.6) },
  '5-4': { display: '4th Quintile', of: quantile(0.8) },
  skew: { display: 'Skew', of: one('none', (sorted) => standardised(sorted, 3)) },
  kurtosis: { display: 'Kurtosis', of: one('none', (sorted) => standardised(sorted, 4)) },
  regression: { display: 'Regression', of: regression },
} as const satisfies Record<string, { readonly display: string; readonly of: Statistic }>;

export type StatisticCode = keyof typeof statistics;

export function isStatistic(code: string): code is StatisticCode {
  return Object.hasOwn(statistics, code);
}

/** Rounds away errors of binary fractions: 0.1 + 0.2 is 0.3. */
function rounded(value: number | undefined): number | undefined {
  return value === undefined || !Number.isFinite(value) ? undefined : Number(value.toPrecision(12));
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** Sum of the powers of the distances from the mean. */
function moment(values: readonly number[], power: number): number {
  const middle = mean(values);
  return values.reduce((all, value) => all + (value - middle) ** power, 0);
}

/** Of a sample: divided by one less than its size, so that a single measurement has none. */
function variance(values: readonly number[]): number | undefined {
  return values.length < 2 ? undefined : moment(values, 2) / (values.length - 1);
}

function root(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.sqrt(value);
}

/** The moment in units of the standard deviation: of the distribution of these values, not as an estimate. Equal values have none. */
function standardised(values: readonly number[], power: number): number | undefined {
  const n = values.length;
  const spread = moment(values, 2) / n;
  return spread === 0 ? undefined : moment(values, power) / n / spread ** (power / 2);
}

/** Between two measurements in proportion, as `percentile_cont` of SQL. @param share from 0 to 1 */
function at(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  return low + (sorted[Math.ceil(place)]! - low) * (place - Math.floor(place));
}

function quantile(share: number): Statistic {
  return one('same', (sorted) => at(sorted, share));
}

/** The least-squares line through the values whose time is known. */
function regression(_: readonly number[], measured: readonly Measured[]): readonly Result[] {
  const points = measured.flatMap(({ value, hours }) => (hours === undefined ? [] : [{ value, hours }]));
  const [x, y] = [mean(points.map(({ hours }) => hours)), mean(points.map(({ value }) => value))];
  const spread = sum(points.map(({ hours }) => (hours - x) ** 2));
  const gradient = spread === 0 ? NaN : sum(points.map(({ hours, value }) => (hours - x) * (value - y))) / spread;
  return [
    { value: rounded(gradient), dimension: 'per-hour', text: 'Gradient' },
    { value: rounded(y - gradient * x), dimension: 'same', text: 'Intercept' },
  ];
}
