/** How work grows with the input. */
import type { WorkCounter } from './work.ts';

/** Linear work is at most 4 times as much at four times the size, and n·log n at these sizes below 5; what is kept for the smaller one alone adds a little. n² is 16. */
export const mostGrowth = 5.5;

/** The blocks that something runs at n, 2n and 4n; it has run once before, so that what is made once is made. */
export async function workOf(
  counter: WorkCounter,
  n: number,
  run: (n: number) => unknown,
): Promise<readonly [number, number, number]> {
  await run(n);
  const works: number[] = [];
  for (const size of [n, 2 * n, 4 * n]) {
    counter.take();
    await run(size);
    works.push(counter.take());
  }
  return works as [number, number, number];
}
