/**
 * Measures each shape at the largest size that the limits allow. Quadratic growth that starts at a hundred thousand parts is visible only
 * there.
 */
import type { Shape } from '../../tests/cost/shape.ts';
import { markdownTable } from '../../tests/markdown-table.ts';
import type { Facts } from '../machine.ts';
import { measureOnce, total, type Cost, type Instruments } from './measure.ts';

/** One shape, at the last size that succeeded and at the one before. */
export interface Largest {
  readonly area: string;
  readonly name: string;
  readonly n: number;
  readonly cost: Cost;
  readonly before: { readonly n: number; readonly cost: Cost };
  /** Why no larger one is sent: the status of the limit, there is no room for more, or it costs enough. */
  readonly end: 'limit' | 'room' | 'cost';
  readonly limit?: number;
}

/** The largest size for a shape without one: a body at the limit of 64 MiB, in parts of some bytes. */
const mostParts = 4_000_000;
/** Milliseconds of CPU above which no larger request is sent: the result is then clear. */
const dear = 10_000;
/** Number of steps of the search for a limit between a size that succeeds and one that is refused. */
const steps = 2;
/**
 * Cost may grow at most with this power of the size, if it is more than `least` milliseconds: linear growth has 1, n·log n 1.1, quadratic
 * 2.
 */
const [mostPower, least] = [1.4, 200];

/** @throws Error if an answer is not the expected one for the shape */
export async function measureLargest(area: string, shape: Shape, instruments: Instruments): Promise<Largest> {
  const { name, most = mostParts } = shape;
  const at = async (n: number): Promise<{ n: number; cost: Cost }> => ({
    n,
    cost: await measureOnce(shape, n, instruments),
  });
  let before = await at(shape.n);
  if (before.cost.outcome === 'limited') throw new Error(`${name}: ${shape.n} are refused by a limit`);
  let last = before;
  let limit: { n: number; cost: Cost } | undefined;
  while (limit === undefined && last.n < most && total(last.cost) < dear) {
    const next = await at(Math.min(4 * last.n, most));
    if (next.cost.outcome === 'limited') limit = next;
    else [before, last] = [last, next];
  }
  for (let step = 0; limit !== undefined && step < steps && total(last.cost) < dear; step += 1) {
    const middle = await at(Math.floor((last.n + limit.n) / 2));
    if (middle.cost.outcome === 'limited') limit = middle;
    else [before, last] = [step === 0 ? last : before, middle];
  }
  const end = limit !== undefined ? 'limit' : last.n >= most ? 'room' : 'cost';
  return { area, name, ...last, before, end, ...(limit && { limit: limit.cost.status }) };
}

/** The power of the size with which the cost grew last; undefined if too small to measure. */
export function powerOf({ n, cost, before }: Largest): number | undefined {
  if (total(cost) < least || n === before.n) return undefined;
  return Math.log(total(cost) / total(before.cost)) / Math.log(n / before.n);
}

export const isSteep = (one: Largest): boolean => (powerOf(one) ?? 0) > mostPower;

/** Nanoseconds of CPU per unit, of the server and of PostgreSQL; empty for the SSO, which counts no units. */
function nanoseconds({ work }: Cost, milliseconds: number): string {
  return work === undefined || work === 0 ? '' : ((milliseconds * 1e6) / work).toFixed(0);
}

const columns = [
  'Shape',
  'n',
  'Bytes',
  'Status',
  'Ended by',
  'ms server',
  'ms PostgreSQL',
  'Units',
  'ns a unit',
  'of it PostgreSQL',
  'Power',
];

export function rowOfLargest(one: Largest): string[] {
  const { name, n, cost, end, limit } = one;
  const power = powerOf(one);
  return [
    ...[name, n.toLocaleString('en'), (cost.body + cost.address).toLocaleString('en'), String(cost.status)],
    end === 'limit' ? `a limit (${limit ?? ''})` : end === 'room' ? 'its room' : `${dear / 1_000} s`,
    ...[cost.server.toFixed(1), cost.postgres.toFixed(1)],
    cost.work === undefined ? '' : Math.round(cost.work).toLocaleString('en'),
    ...[nanoseconds(cost, total(cost)), nanoseconds(cost, cost.postgres)],
    power === undefined ? '' : `${power.toFixed(2)}${isSteep(one) ? ' TOO STEEP' : ''}`,
  ];
}

/** The report of a run, as Markdown, with the most expensive shape first. */
export function largestReport(all: readonly Largest[], known: number, facts: Facts, day: string): string {
  const sorted = [...all].sort((a, b) => total(b.cost) - total(a.cost));
  return [
    `# The largest request of each shape, ${day}`,
    '',
    `Made by \`npm run cost -- --largest\`. ${all.length} of ${known} shapes, each at the largest size that the default limits let through, sent once, after smaller ones by which that size was found: four times as large until a limit ends it, or until it costs ${dear / 1_000} s of CPU. The power is that of the size with which the cost has grown from the size before: a line has 1, a square 2; it may be ${mostPower} at most, and stands where the request costs ${least} ms or more. ${all.filter(isSteep).length} are too steep.`,
    '',
    markdownTable(columns, sorted.map(rowOfLargest), [1, 2, 3, 5, 6, 7, 8, 9, 10]),
    '',
    '## Machine',
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
  ].join('\n');
}
