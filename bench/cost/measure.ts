import { outcomeOf, type Sent, type Shape, type World } from '../../tests/cost/shape.ts';
import type { Spending } from '../../tests/cost/spending.ts';
import { usedBetween, type Cpu, type CpuTimes } from './cpu.ts';

/** The CPU time of one request in milliseconds, and the spending of its budget. */
export interface Cost extends Cpu, Partial<Spending> {
  readonly status: number;
  readonly outcome: ReturnType<typeof outcomeOf>;
  /** Bytes of its body and of its address. */
  readonly body: number;
  readonly address: number;
}

export type Costs = readonly [Cost, Cost, Cost];

export interface Measured {
  readonly area: string;
  readonly name: string;
  readonly n: number;
  /** The largest possible size, if the shape has one. */
  readonly most?: number | undefined;
  readonly costs: Costs;
  /** Speed of the processor during the measurement: nanoseconds of a fixed computation. */
  readonly pace: number;
  readonly verdict: 'linear' | 'refused' | 'small' | 'too steep';
}

/** The world that requests are sent to, and the instruments. */
export interface Instruments {
  readonly world: World;
  readonly cpu: () => CpuTimes;
  readonly named: (sent: Sent) => Promise<Sent>;
  readonly spent: (sent: Sent) => Promise<Spending | undefined>;
  readonly pace: () => number;
}

/**
 * Highest accepted ratio between the costs of 4n and of n. Linear cost gives 4, n·log n about 4.6, quadratic 16; the rest allows for noise.
 */
export const mostRatio = 6;
/** Milliseconds of CPU that n should cost at least, so that the ratio is meaningful. */
export const enough = 20;
/** The largest size for a shape without one: a request of some megabytes. */
const largest = 100_000;
/** Number of repetitions for a shape that looks too steep: caches, compilation and garbage collection can distort a row. */
const repeats = 2;
/** A ratio up to which a shape is clear after two requests of a size. */
const clear = 4.5;

export const total = ({ server, postgres }: Cpu): number => server + postgres;
export const ratioOf = ({ costs: [one, , four] }: Pick<Measured, 'costs'>): number => total(four) / total(one);

/**
 * Measures a shape at n, 2n and 4n, taking the least of two or three measurements each, with an n that costs enough. A shape that looks too
 * steep is measured again.
 * @throws Error if an answer is not the expected one for the shape
 */
export async function measureShape(area: string, shape: Shape, instruments: Instruments): Promise<Measured> {
  const once = (size: number): Promise<Cost> => measureOnce(shape, size, instruments);
  const paceBefore = instruments.pace();
  await once(shape.n);
  const first = await sizeOf(shape, once);
  const { n, costs } = await settle(shape, first, once);
  if (costs[0].outcome === 'limited')
    throw new Error(`${shape.name}: ${n} are refused by a limit (${costs[0].status})`);
  const pace = Math.min(paceBefore, instruments.pace());
  return { area, name: shape.name, n, most: shape.most, costs, pace, verdict: verdictOf(costs) };
}

/** The cost of one request of a size. @throws Error if its answer is not the expected one for the shape */
export async function measureOnce(shape: Shape, size: number, instruments: Instruments): Promise<Cost> {
  const { world, cpu, named, spent } = instruments;
  const sent = await named(shape.make(size, world, (await shape.prepare?.(size, world)) ?? ''));
  const before = cpu();
  const answer = await world.ask(sent);
  const used = usedBetween(before, cpu());
  return {
    ...used,
    ...{ status: answer.status, outcome: outcomeOf(shape, answer), ...(await spent(sent)) },
    ...{ body: Buffer.byteLength(sent.body ?? ''), address: sent.path.length },
  };
}

/**
 * Costs at n, 2n and 4n. If they look too steep, they are measured at four times n, if the size and the limits allow it: quadratic growth
 * stays steep, but work that starts at a certain amount does not, for example when PostgreSQL merges a full pending list into an index.
 * Otherwise they are measured once more at n.
 */
async function settle(
  { most = 4 * largest }: Shape,
  first: number,
  once: (n: number) => Promise<Cost>,
): Promise<{ readonly n: number; readonly costs: Costs }> {
  const measure = async (n: number): Promise<Costs> => {
    const costs = await roundOf(n, once);
    const again = lesser(costs, await roundOf(n, once));
    return ratioOf({ costs: again }) <= clear ? again : lesser(again, await roundOf(n, once));
  };
  let [n, costs] = [first, await measure(first)];
  for (let again = 0; again < repeats && verdictOf(costs) === 'too steep'; again += 1) {
    const next = Math.min(4 * n, Math.floor(most / 4));
    const more = await measure(next > n ? next : n);
    if (next > n && more[0].outcome === 'done') [n, costs] = [next, more];
    else if (next <= n) costs = lesser(costs, more);
  }
  return { n, costs };
}

async function roundOf(n: number, once: (n: number) => Promise<Cost>): Promise<Costs> {
  return [await once(n), await once(2 * n), await once(4 * n)];
}

/** A size that costs enough, or the largest that no limit refuses and that leaves room for four times as much. */
async function sizeOf({ n: first, most = largest }: Shape, once: (n: number) => Promise<Cost>): Promise<number> {
  // The first request of a size compiles code.
  const least = async (size: number): Promise<Cost> => {
    const cost = await once(size);
    return total(cost) < enough || total(cost) > 3 * enough ? cost : cheaper(cost, await once(size));
  };
  let [n, cost] = [first, await least(first)];
  while (8 * n <= most && total(cost) < enough) {
    // In long steps while the constant part dominates, then in short ones.
    let next = Math.min(n * (total(cost) < enough / 4 ? 8 : 2), Math.floor(most / 4));
    let more = await least(next);
    while (more.outcome === 'limited' && next > n) {
      next = Math.max(n, Math.floor(next / 2));
      more = await least(next);
      if (more.outcome !== 'limited') return next;
    }
    [n, cost] = [next, more];
  }
  return n;
}

const cheaper = (a: Cost, b: Cost): Cost => (total(b) < total(a) ? b : a);
const lesser = (a: Costs, b: Costs): Costs => [cheaper(a[0], b[0]), cheaper(a[1], b[1]), cheaper(a[2], b[2])];

function verdictOf(costs: Costs): Measured['verdict'] {
  if (costs[2].outcome === 'limited') return 'refused';
  if (ratioOf({ costs }) <= mostRatio) return 'linear';
  // Below some milliseconds the clock and the collector of garbage decide, not the input.
  return total(costs[2]) < enough ? 'small' : 'too steep';
}
