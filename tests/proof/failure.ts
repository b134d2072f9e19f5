/** Faults that a nation's platform meets in a year, one after the other, against real servers and real processes. */
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { standbyAway, synchronousFailover } from './failure/failovers.ts';
import { fullDisk } from './failure/full-disk.ts';
import { processesKilled } from './failure/processes.ts';
import type { Outcome, Scenario } from './failure/scenario.ts';
import { blackhole, staleConnections } from './failure/silence.ts';
import type { Proof, Proven } from './proof.ts';

const scenarios: readonly Scenario[] = [
  processesKilled,
  synchronousFailover,
  standbyAway,
  blackhole,
  staleConnections,
  fullDisk,
];

export const failure: Proof = {
  name: 'failure',
  claim:
    'Whatever process, host, disk or network fails: no acknowledged write is lost, every request is answered in bounded time, and the platform goes on by itself.',
  takes: 'some eight minutes',
  run: (progress) => tryAll(scenarios, progress),
};

/** Tries each fault. One that fails in a way that nobody foresaw counts as a claim that does not hold. */
async function tryAll(all: readonly Scenario[], progress: Progress): Promise<Proven> {
  const sections: string[] = [];
  let holds = true;
  for (const [index, scenario] of all.entries()) {
    const step = progress.step(`${index + 1}/${all.length} ${scenario.fault}`);
    const missing = await scenario.missing?.();
    const outcome: Outcome =
      missing === undefined
        ? await scenario.run().catch((error: unknown) => ({ holds: false, said: (error as Error).message }))
        : { holds: true, said: `${missing}.` };
    step.done();
    holds &&= outcome.holds;
    const verdict = missing !== undefined ? 'Not tried' : outcome.holds ? 'Holds' : 'Does not hold';
    sections.push(`## ${scenario.fault}`, scenario.claim, `**${verdict}:** ${outcome.said}`);
  }
  return { holds, report: sections.join('\n\n') };
}
