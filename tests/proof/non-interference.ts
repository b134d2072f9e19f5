/** Random requests of callers who see a part of what there is, answered by a server with everything and by one with that part alone. */
import { AssertionError } from 'node:assert';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { interferenceOfCare } from '../../apps/fhir/test/interference/care.ts';
import { interferenceOfConsents } from '../../apps/fhir/test/interference/consents.ts';
import { blinded, interferenceOfElements } from '../../apps/fhir/test/interference/elements.ts';
import { interferenceOfLabels } from '../../apps/fhir/test/interference/labels.ts';
import { interferenceOfReads, openReadWorld, readers } from '../../apps/fhir/test/interference/reads.ts';
import { interferenceOfWrites, writers } from '../../apps/fhir/test/interference/writes.ts';
import { markdownTable } from '../markdown-table.ts';
import type { Proof, Proven } from './proof.ts';

const partNames = ['reads', 'writes', 'elements', 'consents', 'labels', 'care'] as const;
type Part = (typeof partNames)[number];

export const nonInterference: Proof = {
  name: 'non-interference',
  claim:
    'Two servers that differ only in what the caller may not see give the same answers to every request: statuses, headers, bodies, totals, order, pages and ETags.',
  takes: 'over an hour; `minutes` ends it earlier',
  parts: partNames,
  settings: {
    ...{ requests: 100_000, minutes: 0, first: 1 },
    ...{ questions: 500, writes: 250, elements: 400, consents: 300, labels: 300, care: 300 },
  },
  run: prove,
};

interface Counted {
  asked: number;
  /** Questions that found something, or writes that changed something. */
  told: number;
}

/** Of one run: what was asked, and what differs. */
interface Run {
  readonly settings: Readonly<Record<string, number>>;
  readonly counts: Map<string, Counted>;
  readonly statuses: Map<number, number>;
  readonly differences: string[];
  readonly say: (sentence: string) => void;
  readonly advance: () => void;
  readonly isOver: () => boolean;
}

async function prove(
  progress: Progress,
  only: readonly string[] = partNames,
  settings: Readonly<Record<string, number>> = {},
): Promise<Proven> {
  const { requests = 0, minutes = 0, first = 1 } = settings;
  const begun = performance.now();
  const step = progress.step('random requests to two servers');
  let [done, seed] = [0, first];
  const minutesGone = (): number => (performance.now() - begun) / 60_000;
  const run: Run = {
    ...{ settings, counts: new Map(), statuses: new Map(), differences: [] },
    say: (sentence) => progress.say(sentence),
    advance: () => step.update((done += 1), Math.max(requests, done), `seed ${String(seed)}`),
    isOver: () => done >= requests || (minutes > 0 && minutesGone() >= minutes),
  };
  for (; !run.isOver(); seed += 1)
    for (const part of partNames) if (only.includes(part) && !run.isOver()) await parts[part](run, seed);
  step.done(`${run.differences.length.toLocaleString('en')} differences`);
  const seeds = `Seeds ${String(first)} to ${String(seed - 1)}`;
  const asked = `${done.toLocaleString('en')} of ${requests.toLocaleString('en')} requests in ${minutesGone().toFixed(0)} minutes`;
  return { holds: run.differences.length === 0, report: reportOf(run, `${seeds}, ${asked}.`) };
}

/** The requests of one seed. Each caller is one run: a difference ends it, and the others go on. */
const parts: Readonly<Record<Part, (run: Run, seed: number) => Promise<void>>> = {
  async reads(run, seed) {
    const questions = run.settings['questions']!;
    const world = await openReadWorld(seed);
    try {
      for (const who of Object.keys(readers))
        await tried(run, `${who}, reads`, questions, (onStep) =>
          interferenceOfReads(world, { who, seed, questions }, onStep),
        );
    } finally {
      await world.full.close();
    }
  },
  async writes(run, seed) {
    const steps = run.settings['writes']!;
    for (const who of Object.keys(writers))
      await tried(run, `${who}, writes`, steps, async (onStep) => {
        const { statuses, changed, unseenIds } = await interferenceOfWrites({ who, seed, steps }, onStep);
        for (const [status, count] of statuses) run.statuses.set(status, (run.statuses.get(status) ?? 0) + count);
        const others = [...unseenIds].filter((each) => each !== '404 resource-not-found');
        for (const other of others)
          run.differences.push(`${who}, seed ${String(seed)}: an unseen id is told by ${other}`);
        return changed;
      });
  },
  async elements(run, seed) {
    const asked = run.settings['elements']!;
    for (const who of Object.keys(blinded))
      await tried(run, `${who}, both`, asked, async (onStep) => {
        const { told, changed } = await interferenceOfElements(who, seed, asked, onStep);
        return told + changed;
      });
  },
  consents: (run, seed) => factor(run, seed, 'consents', interferenceOfConsents),
  labels: (run, seed) => factor(run, seed, 'labels', interferenceOfLabels),
  care: (run, seed) => factor(run, seed, 'care', interferenceOfCare),
};

function factor(run: Run, seed: number, name: Part, of: typeof interferenceOfCare): Promise<void> {
  const questions = run.settings[name]!;
  return tried(run, `a caller by ${name}, reads`, questions, (onStep) => of(seed, questions, onStep));
}

/** Ends a run in its midst: enough was asked, or the time is over. */
class Over extends Error {}

/** @param ask returns how many of the requests told or changed something */
async function tried(run: Run, who: string, most: number, ask: (onStep: () => void) => Promise<number>): Promise<void> {
  if (run.isOver()) return;
  let asked = 0;
  const onStep = (): void => {
    asked += 1;
    run.advance();
    if (run.isOver()) throw new Over();
  };
  let told = 0;
  try {
    told = await ask(onStep);
  } catch (error) {
    if (error instanceof AssertionError) {
      run.differences.push(error.message);
      run.say(error.message);
    } else if (!(error instanceof Over)) throw error;
  }
  const known = run.counts.get(who) ?? { asked: 0, told: 0 };
  run.counts.set(who, { asked: known.asked + Math.min(asked, most), told: known.told + told });
}

function reportOf({ counts, statuses, differences }: Run, asked: string): string {
  const number = (of: number): string => of.toLocaleString('en');
  const rows = [...counts].map(([who, { asked, told }]) => [who, number(asked), number(told)]);
  const answered = [...statuses].sort(([a], [b]) => a - b).map(([status, n]) => `${number(n)} with ${String(status)}`);
  return [
    `${asked} Each seed is a world of its own, on two servers with databases of their own.`,
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
