import type { Shape, World } from '../../tests/cost/shape.ts';
import type { Cpu } from './cpu.ts';

/** The CPU time of one request, in milliseconds. */
export interface Cost extends Cpu {
  readonly status: number;
}

export interface Measured {
  readonly area: string;
  readonly name: string;
  readonly n: number;
  readonly costs: readonly [Cost, Cost, Cost];
  readonly verdict: 'linear' | 'refused' | 'small' | 'too steep';
}

/** What 4n may cost of what n costs. A line gives 4, n·log n about 4.6, a square 16; the rest is what a machine's noise takes. */
export const mostRatio = 6;
/** Milliseconds of CPU that n should cost at least, so that the ratio says something. */
const enough = 20;
/** The largest size that is sent where a shape names none: a request of some megabytes. */
const largest = 100_000;

/** Statuses that a limit gives, and those for input that is not taken. */
const limits = new Set([400, 413, 414, 422, 429, 431, 503]);

export const total = ({ server, postgres }: Cpu): number => server + postgres;
export const ratioOf = ({ costs: [one, , four] }: Measured): number => total(four) / total(one);

/** Measures a shape at n, 2n and 4n, n as large as costs enough, the least of three each. */
export async function measureShape(
  area: string,
  shape: Shape,
  world: World,
  cpu: () => Promise<Cpu>,
): Promise<Measured> {
  const once = async (n: number): Promise<Cost> => {
    const sent = shape.make(n, world, (await shape.prepare?.(n, world)) ?? '');
    const before = await cpu();
    const { status } = await world.ask(sent);
    const after = await cpu();
    return { status, server: after.server - before.server, postgres: after.postgres - before.postgres };
  };
  await once(shape.n);
  let n = shape.n;
  const least = async (size: number): Promise<Cost> => {
    const all = [await once(size), await once(size), await once(size)];
    return all.reduce((a, b) => (total(b) < total(a) ? b : a));
  };
  while (8 * n <= (shape.most ?? largest) && total(await least(n)) < enough) n *= 2;
  const costs = [await least(n), await least(2 * n), await least(4 * n)];
  const measured = { area, name: shape.name, n, costs: costs as [Cost, Cost, Cost], verdict: 'linear' as const };
  return { ...measured, verdict: verdictOf(measured) };
}

function verdictOf(measured: Measured): Measured['verdict'] {
  const [one, , four] = measured.costs;
  if (limits.has(four.status) && !limits.has(one.status)) return 'refused';
  if (ratioOf(measured) <= mostRatio) return 'linear';
  // Below some milliseconds the clock and the collector of garbage decide, not the input.
  return total(four) < enough ? 'small' : 'too steep';
}
