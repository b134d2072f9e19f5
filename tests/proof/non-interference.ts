/** Random requests of callers who see a part of what there is, answered by a server with everything and by one with that part alone. */
import { AssertionError } from 'node:assert';
import type { Progress, ProgressStep } from '../../apps/dhp/src/progress.ts';
import { blinded, interferenceOfElements } from '../../apps/fhir/test/interference/elements.ts';
import { interferenceOfReads, openReadWorld, readers } from '../../apps/fhir/test/interference/reads.ts';
import { interferenceOfWrites, writers } from '../../apps/fhir/test/interference/writes.ts';
import { markdownTable } from '../markdown-table.ts';
import type { Proof, Proven } from './proof.ts';

export const nonInterference: Proof = {
  name: 'non-interference',
  claim:
    'Two servers that differ only in what the caller may not see give the same answers to every request: statuses, headers, bodies, totals, order, pages and ETags.',
  takes: 'over an hour',
  parts: ['reads', 'writes', 'elements'],
  settings: { seeds: 25, first: 1, questions: 500, writes: 250, elements: 400 },
  run: prove,
};

interface Counted {
  asked: number;
  /** Questions that found something, or writes that changed something. */
  told: number;
}

async function prove(
  progress: Progress,
  only: readonly string[] = ['reads', 'writes', 'elements'],
  { seeds = 0, first = 1, questions = 0, writes = 0, elements = 0 }: Readonly<Record<string, number>> = {},
): Promise<Proven> {
  const counts = new Map<string, Counted>();
  const differences: string[] = [];
  const statuses = new Map<number, number>();
  const step = progress.step('random requests to two servers');
  const all =
    seeds *
    ((only.includes('reads') ? questions * Object.keys(readers).length : 0) +
      (only.includes('writes') ? writes * Object.keys(writers).length : 0) +
      (only.includes('elements') ? elements * Object.keys(blinded).length : 0));
  let done = 0;
  const seen = (who: string, what: Counted): void => {
    const known = counts.get(who) ?? { asked: 0, told: 0 };
    counts.set(who, { asked: known.asked + what.asked, told: known.told + what.told });
  };
  for (let seed = first; seed < first + seeds; seed += 1) {
    if (only.includes('reads')) await reads(seed);
    if (only.includes('writes')) await written(seed);
    if (only.includes('elements')) await seenInPart(seed);
  }
  step.done(`${differences.length.toLocaleString('en')} differences`);
  return { holds: differences.length === 0, report: report() };

  async function reads(seed: number): Promise<void> {
    const world = await openReadWorld(seed);
    try {
      for (const who of Object.keys(readers))
        await tried(async () => {
          const told = await interferenceOfReads(world, { who, seed, questions }, () => advance(step, seed));
          seen(`${who}, reads`, { asked: questions, told });
        });
    } finally {
      await world.full.close();
    }
  }

  async function written(seed: number): Promise<void> {
    for (const who of Object.keys(writers))
      await tried(async () => {
        const run = await interferenceOfWrites({ who, seed, steps: writes }, () => advance(step, seed));
        for (const [status, count] of run.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count);
        const others = [...run.unseenIds].filter((each) => each !== '404 resource-not-found');
        for (const other of others) differences.push(`${who}, seed ${String(seed)}: an unseen id is told by ${other}`);
        seen(`${who}, writes`, { asked: writes, told: run.changed });
      });
  }

  async function seenInPart(seed: number): Promise<void> {
    for (const who of Object.keys(blinded))
      await tried(async () => {
        const run = await interferenceOfElements(who, seed, elements, () => advance(step, seed));
        seen(`${who}, both`, { asked: elements, told: run.told + run.changed });
      });
  }

  function advance(bar: ProgressStep, seed: number): void {
    done += 1;
    bar.update(done, all, `seed ${String(seed)}`);
  }

  /** A difference ends the run of that caller; the others go on. */
  async function tried(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
      differences.push(error.message);
      progress.say(error.message);
    }
  }

  function report(): string {
    const rows = [...counts].map(([who, { asked, told }]) => [
      who,
      asked.toLocaleString('en'),
      told.toLocaleString('en'),
    ]);
    const answered = [...statuses]
      .sort(([a], [b]) => a - b)
      .map(([status, n]) => `${n.toLocaleString('en')} with ${String(status)}`);
    return [
      `${String(seeds)} worlds (seeds ${String(first)} to ${String(first + seeds - 1)}), each on two servers with databases of their own. ${done.toLocaleString('en')} requests.`,
      'A question counts as one, whatever the pages of its answer, all of which are read.',
      '',
      markdownTable(['Caller', 'Requests', 'Found or changed something'], rows, [1, 2]),
      '',
      ...(answered.length === 0
        ? []
        : [`Answers to writes and to what is asked between them: ${answered.join(', ')}.`, '']),
      'Compared are status, headers and body. Times are those of one clock; ids that a server makes are compared by the order in which they appear. ' +
        'The entries of a batch run at the same time, so a batch has one write: whichever of two is stored first has nothing to do with what is hidden.',
      '',
      ...(differences.length === 0
        ? ['No answer differs.']
        : ['Differences:', '', ...differences.map((each) => `- ${each}`)]),
    ].join('\n');
  }
}
