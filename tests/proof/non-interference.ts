/** Random requests of callers who see a part of what there is, answered by a server with everything and by one with that part alone. */
import { availableParallelism } from 'node:os';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { openResults } from '../../bench/cost/results.ts';
import { markdownTable } from '../markdown-table.ts';
import { nameOf, partNames, unitsOf, type Unit, type UnitResult } from './interference/units.ts';
import { runUnits } from './interference/workers.ts';
import type { Proof, Proven } from './proof.ts';

export const nonInterference: Proof = {
  name: 'non-interference',
  claim:
    'Two servers that differ only in what the caller may not see give the same answers to every request: statuses, headers, bodies, totals, order, pages and ETags.',
  takes: 'over half an hour; `minutes` ends it earlier, and --results FILE goes on where it ended',
  parts: partNames,
  settings: {
    ...{ requests: 100_000, minutes: 0, first: 1, processes: availableParallelism() },
    ...{
      reads: 1_500,
      writes: 750,
      elements: 1_200,
      consents: 900,
      labels: 900,
      care: 900,
      further: 1_200,
      changes: 750,
      doors: 300,
      beyond: 900,
    },
  },
  goesOn: true,
  run: prove,
};

const sumOf = (results: readonly UnitResult[], of: (result: UnitResult) => number): number =>
  results.reduce((sum, result) => sum + of(result), 0);

async function prove(
  progress: Progress,
  only: readonly string[] = partNames,
  settings: Readonly<Record<string, number>> = {},
  file?: string,
): Promise<Proven> {
  const { requests = 0, minutes = 0, first = 1, processes = 1 } = settings;
  const kept = await openResults<UnitResult>(file);
  const known = new Set(kept.rows.map(nameOf));
  const begun = performance.now();
  const step = progress.step('random requests to two servers');
  const before = sumOf(kept.rows, ({ asked }) => asked);
  /** Of those that are kept, and of those that are under way. */
  let [ended, seen] = [before, before];
  const gone = (): number => (performance.now() - begun) / 60_000;
  const units = allUnits(first, (seed) => unitsOf(seed, only, settings), known);
  const isOver = (): boolean => ended >= requests || (minutes > 0 && gone() >= minutes);
  await runUnits({
    processes,
    isOver,
    next: () => (seen >= requests ? undefined : (units.next().value as Unit)),
    onAnswers: (count) => {
      seen += count;
      const left = ((requests - seen) * gone()) / Math.max(1, seen - before);
      step.update(seen, Math.max(requests, seen), `about ${Math.max(0, left).toFixed(0)} minutes left`);
    },
    async onResult(result) {
      ended += result.asked;
      for (const difference of result.differences) progress.say(difference);
      await kept.add(result);
    },
  });
  const results = kept.rows.filter(({ part }) => only.includes(part));
  const differences = results.flatMap((each) => each.differences);
  step.done(`${differences.length.toLocaleString('en')} differences`);
  return { holds: differences.length === 0, report: reportOf(results, requests) };
}

/** Seed after seed, without an end. */
function* allUnits(first: number, of: (seed: number) => Unit[], known: ReadonlySet<string>): Generator<Unit> {
  for (let seed = first; ; seed += 1) for (const unit of of(seed)) if (!known.has(nameOf(unit))) yield unit;
}

const number = (of: number): string => of.toLocaleString('en');

function reportOf(results: readonly UnitResult[], requests: number): string {
  const seeds = results.map(({ seed }) => seed);
  const ends = results.map(({ ended }) => ended.slice(0, 16).replace('T', ' ')).sort();
  const done = sumOf(results, (each) => each.asked);
  const asked = `${number(done)} of ${number(requests)} requests`;
  const callers = [...new Set(results.map(({ part, who }) => `${who}, ${part}`))].sort();
  const rows = callers.map((caller) => {
    const own = results.filter(({ part, who }) => `${who}, ${part}` === caller);
    return [caller, ...[sumOf(own, (each) => each.asked), sumOf(own, ({ told }) => told)].map(number)];
  });
  const differences = results.flatMap((each) => each.differences);
  return [
    `${asked} in ${number(results.length)} runs${results.length === 0 ? '' : `, of the seeds ${String(Math.min(...seeds))} to ${String(Math.max(...seeds))}, between ${ends[0]!} and ${ends.at(-1)!} UTC`}. ` +
      'Each run is of one caller in the world of a seed, on two servers with databases of their own; a difference ends it, and the others go on.',
    ...(done < requests ? [`${number(requests - done)} are still to be asked: \`--results\` goes on.`] : []),
    'A question counts as one, whatever the pages of its answer: of each eighth all are read, of the others three.',
    '',
    markdownTable(['Caller', 'Requests', 'Found or changed something'], rows, [1, 2]),
    '',
    counted('Interaction', results, ({ interactions }) => interactions),
    '',
    counted('Of a search', results, ({ features }) => features),
    '',
    counted('Status', results, ({ statuses }) => statuses),
    '',
    'Compared are status, headers and body, byte for byte. Times are those of one clock, which stands still while a request is answered; ids that a server makes are compared by the ' +
      'order in which they appear, and the positions in links to pages, which each server makes for itself, by the pages that they lead to. ' +
      'The entries of a batch run at the same time, so a batch has one write: whichever of two is stored first has nothing to do with what is hidden.',
    '',
    ...(differences.length === 0
      ? ['No answer differs.']
      : ['Differences:', '', ...differences.map((each) => `- ${each}`)]),
  ].join('\n');
}

function counted(
  heading: string,
  results: readonly UnitResult[],
  of: (result: UnitResult) => Readonly<Record<string, number>>,
): string {
  const names = [...new Set(results.flatMap((each) => Object.keys(of(each))))].sort();
  const rows = names.map((name) => [name, number(sumOf(results, (each) => of(each)[name] ?? 0))]);
  return markdownTable([heading, 'Requests'], rows, [1]);
}
