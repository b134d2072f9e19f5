/** Replaces the thread for large resources: does what the type of the resource says. */
import { parentPort } from 'node:worker_threads';
import type { ApartOrder, ApartResult, ApartSpent } from '../src/validation/apart.ts';

parentPort?.on('message', ({ source: { resourceType: what } }: ApartOrder) => {
  if (what === 'exits') process.exit(3);
  if (what === 'throws') throw new Error('ended on purpose');
  if (what === 'no memory') {
    const all: unknown[] = [];
    for (;;) all.push(Array.from({ length: 1_000 }, () => ({ all })));
  }
  const result: ApartResult | ApartSpent =
    what === 'spends'
      ? { spent: 'validation', place: 'Patient.name' }
      : { issues: [], work: 1, prepared: undefined, indexWork: 1 };
  parentPort?.postMessage(result);
});
