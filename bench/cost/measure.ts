import { outcomeOf, type Shape, type World } from '../../tests/cost/shape.ts';
import { usedBetween, type Cpu, type CpuTimes } from './cpu.ts';

/** The CPU time of one request, in milliseconds. */
export interface Cost extends Cpu {
  readonly status: number;
  readonly outcome: ReturnType<typeof outcomeOf>;
}

type Costs = readonly [Cost, Cost, Cost];

export interface Measured {
  readonly area: string;
  readonly name: string;
  readonly n: number;
  readonly costs: Costs;
  readonly verdict: 'linear' | 'refused' | 'small' | 'too steep';
}

/**
 * Highest accepted ratio between the costs of 4n and of n. Linear cost gives 4, n·log n about 4.6, quadratic 16; the rest allows for noise.
 */
export const mostRatio = 6;
/** Milliseconds of CPU that n should cost at least, so that the ratio says something. */
export const enough = 20;
/** The largest size that is sent where a shape names none: a request of some megabytes. */
const largest = 100_000;
/** How often a shape that looks too steep is measured again: caches, compilation and the collection of garbage disturb one row. */
const repeats = 2;

export const total = ({ server, postgres }: Cpu): number => server + postgres;
export const ratioOf = ({ costs: [one, , four] }: Pick<Measured, 'costs'>): number => total(four) / total(one);

/**
 * Measures a shape at n, 2n and 4n, the least of three each, with an n that costs enough. One that looks too steep is measured again.
 * @throws Error when an answer is not the one that the shape is about
 */
export async function measureShape(area: string, shape: Shape, world: World, cpu: () => CpuTimes): Promise<Measured> {
  const once = async (size: number): Promise<Cost> => {
    const sent = shape.make(size, world, (await shape.prepare?.(size, world)) ?? '');
    const before = cpu();
    const answer = await world.ask(sent);
    const after = cpu();
    return { ...usedBetween(before, after), status: answer.status, outcome: outcomeOf(shape, answer) };
  };
  const least = async (size: number): Promise<Cost> => cheapest([await once(size), await once(size), await once(size)]);
  await once(shape.n);
  // The first requests of a size compile code.
  const n = await sizeOf(shape, async (size) => cheapest([await once(size), await once(size)]));
  const measured = await settle(shape, n, least);
  if (measured.costs[0].outcome === 'limited')
    throw new Error(`${shape.name}: ${n} are refused by a limit (${measured.costs[0].status})`);
  return { area, name: shape.name, ...measured, verdict: verdictOf(measured.costs) };
}

/**
 * Costs at n, 2n and 4n. Where they look too steep, at four times n, where there is room and no limit: what grows with the square stays
 * steep, but not what waits for an amount, as a list that PostgreSQL merges into an index when it is full. Else once more at n.
 */
async function settle(
  { most = 4 * largest }: Shape,
  first: number,
  least: (n: number) => Promise<Cost>,
): Promise<{ readonly n: number; readonly costs: Costs }> {
  const measure = async (n: number): Promise<Costs> => [await least(n), await least(2 * n), await least(4 * n)];
  let [n, costs] = [first, await measure(first)];
  for (let again = 0; again < repeats && verdictOf(costs) === 'too steep'; again += 1) {
    const next = Math.min(4 * n, Math.floor(most / 4));
    const more = await measure(next > n ? next : n);
    if (next > n && more[0].outcome === 'done') [n, costs] = [next, more];
    else if (next <= n) costs = costs.map((cost, i) => cheapest([cost, more[i]!])) as unknown as Costs;
  }
  return { n, costs };
}

/** A size that costs enough, or the largest with room for four times as much, that is not ended by a limit. */
async function sizeOf({ n: first, most = largest }: Shape, least: (n: number) => Promise<Cost>): Promise<number> {
  let [n, cost] = [first, await least(first)];
  while (8 * n <= most && total(cost) < enough) {
    // In long steps while the constant part is all there is, in short ones from then on.
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

const cheapest = (costs: readonly Cost[]): Cost => costs.reduce((a, b) => (total(b) < total(a) ? b : a));

function verdictOf(costs: Costs): Measured['verdict'] {
  if (costs[2].outcome === 'limited') return 'refused';
  if (ratioOf({ costs }) <= mostRatio) return 'linear';
  // Below some milliseconds the clock and the collector of garbage decide, not the input.
  return total(costs[2]) < enough ? 'small' : 'too steep';
}
