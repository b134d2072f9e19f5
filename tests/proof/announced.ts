/** Hostile requests for everything that the FHIR servers announce: none breaks them, and each is charged for what it costs. */
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { announcedBy, type Announced } from '../cost/announced/announced.ts';
import type { Hostile } from '../cost/announced/generator.ts';
import { hostileTo } from '../cost/announced/hostile.ts';
import { judge, type Judged } from '../cost/announced/judge.ts';
import { environments, openSubject, type Environment } from '../cost/announced/subject.ts';
import { countWork } from '../cost/work.ts';
import { markdownTable } from '../markdown-table.ts';
import { randomSource } from '../random.ts';
import type { Proof } from './proof.ts';

/** Types of which each hostile request is sent. Of the others each thing that is announced gets one, which the seed chooses. */
const whole = new Set(['Patient', 'Observation', '']);
const seed = 20_261_129;

export const announced: Proof = {
  name: 'announced',
  claim:
    'For everything that a FHIR server announces in its CapabilityStatement, hostile requests of n, 2n and 4n are answered: with no status 500, no lost connection and no time-out without the name of its limit; their units grow at most with n·log n, and in proportion to the code that runs and to the pages that the database reads.',
  takes: 'some forty minutes',
  parts: environments,
  async run(progress, only = environments) {
    const counter = countWork();
    const all: Tried[] = [];
    try {
      for (const environment of environments)
        if (only.includes(environment)) all.push(await tried(environment, counter, progress));
    } finally {
      counter.close();
    }
    return { holds: all.every(({ failed }) => failed.length === 0), report: all.map(reportOf).join('\n\n') };
  },
};

interface Tried {
  readonly environment: Environment;
  /** Things that are announced, and requests of each kind. */
  readonly kinds: ReadonlyMap<string, { readonly announced: number; readonly asked: number }>;
  readonly statuses: ReadonlyMap<number, number>;
  readonly failed: readonly Judged[];
}

async function tried(
  environment: Environment,
  counter: ReturnType<typeof countWork>,
  progress: Progress,
): Promise<Tried> {
  const subject = await openSubject(environment, counter);
  const step = progress.step(`what ${environment} announces`);
  try {
    const items = await announcedBy(subject.ask);
    const kinds = new Map<string, { announced: number; asked: number }>();
    const statuses = new Map<number, number>();
    const failed: Judged[] = [];
    for (const [n, item] of items.entries()) {
      step.update(n, items.length, item.kind);
      const count = kinds.get(item.kind) ?? { announced: 0, asked: 0 };
      kinds.set(item.kind, count);
      count.announced += 1;
      for (const hostile of chosen(item, n)) {
        count.asked += 1;
        const judged = await judge(hostile, subject.instruments);
        for (const status of judged.statuses) statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (judged.faults.length === 0) continue;
        failed.push(judged);
        progress.say(`${judged.name}, n = ${judged.n}: ${judged.faults.join('; ')}`);
      }
    }
    step.done(`${failed.length} of ${[...kinds.values()].reduce((sum, { asked }) => sum + asked, 0)} fail`);
    return { environment, kinds, statuses, failed };
  } finally {
    await subject.close();
  }
}

function chosen(item: Announced, n: number): readonly Hostile[] {
  const all = hostileTo(item);
  const isWhole = !('type' in item) || whole.has(item.type ?? '') || item.kind === 'operation';
  return isWhole ? all : [randomSource(seed, n).pick(all)];
}

function reportOf({ environment, kinds, statuses, failed }: Tried): string {
  const table = markdownTable(
    ['What is announced', 'How many', 'Requests, each at n, 2n and 4n'],
    [...kinds].map(([kind, { announced: many, asked }]) => [
      kind,
      many.toLocaleString('en'),
      asked.toLocaleString('en'),
    ]),
    [1, 2],
  );
  const answers = [...statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${count.toLocaleString('en')} with ${status}`);
  const faults = failed.map(({ name, n, faults: of }) => `- ${name}, n = ${n}: ${of.join('; ')}`);
  return [
    ...[`## ${environment}`, '', table, '', `Answers: ${answers.join(', ')}.`, ''],
    ...(faults.length === 0 ? ['No request fails.'] : ['Requests that fail:', '', ...faults]),
  ].join('\n');
}
