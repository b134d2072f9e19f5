/** Hostile requests for everything that the FHIR servers and the SSO announce: none breaks them, and each is charged for what it costs. */
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { announcedBy, type Announced } from '../cost/announced/announced.ts';
import type { Hostile } from '../cost/announced/generator.ts';
import { hostileTo } from '../cost/announced/hostile.ts';
import { judge, type Instruments, type Judged } from '../cost/announced/judge.ts';
import { environments, openSubject, type EnvironmentName } from '../cost/announced/subject.ts';
import { announcedBySso } from '../cost/announced/sso/announced.ts';
import { hostileToSso } from '../cost/announced/sso/hostile.ts';
import { openSsoSubject } from '../cost/announced/sso/subject.ts';
import { countWork } from '../cost/work.ts';
import { markdownTable } from '../markdown-table.ts';
import { randomSource } from '../random.ts';
import type { Proof } from './proof.ts';

/** Types of which each hostile request is sent for all that they announce. */
const whole = new Set(['Patient', 'Observation', '']);
/** Of other types, what has one name is requested at so many of them, with one hostile request each; the seed chooses both. */
const typesOfName = 2;
const seed = Number(process.env['DHP_SEED'] ?? 20_261_129);

const parts = [...environments, 'sso'] as const;

export const announced: Proof = {
  name: 'announced',
  claim:
    'For everything that a FHIR server announces in its CapabilityStatement, and the SSO in its metadata and in the OpenAPI description of its administration, hostile requests of n, 2n and 4n are answered: with no status 500, no lost connection and no time-out without the name of its limit; their units grow at most with n·log n, and in proportion to the code that runs, to the statements that are sent and to the pages that the database reads; at the SSO, which charges no units, the code and the database do at most in proportion to the request.',
  takes: 'some ten minutes',
  parts,
  async run(progress, only = parts) {
    const counter = countWork();
    const all: Tried[] = [];
    try {
      for (const environment of environments)
        if (only.includes(environment)) all.push(await triedFhir(environment, counter, progress));
      if (only.includes('sso')) all.push(await triedSso(counter, progress));
    } finally {
      counter.close();
    }
    return { holds: all.every(({ failed }) => failed.length === 0), report: all.map(reportOf).join('\n\n') };
  },
};

interface Tried {
  readonly part: (typeof parts)[number];
  /** Things that are announced, and requests of each kind. */
  readonly kinds: ReadonlyMap<string, { readonly announced: number; readonly asked: number }>;
  readonly statuses: ReadonlyMap<number, number>;
  readonly failed: readonly Judged[];
}

async function triedFhir(
  environment: EnvironmentName,
  counter: ReturnType<typeof countWork>,
  progress: Progress,
): Promise<Tried> {
  const subject = await openSubject(environment, counter);
  try {
    const items = await announcedBy(subject.ask);
    const requests = chosen(items);
    return await tried(environment, items, (item) => requests.get(item) ?? [], subject.instruments, progress);
  } finally {
    await subject.close();
  }
}

async function triedSso(counter: ReturnType<typeof countWork>, progress: Progress): Promise<Tried> {
  const subject = await openSsoSubject(counter);
  const { documents, ground, instruments } = subject;
  try {
    return await tried('sso', announcedBySso(documents), (item) => hostileToSso(item, ground), instruments, progress);
  } finally {
    await subject.close();
  }
}

async function tried<Item extends { readonly kind: string }>(
  part: Tried['part'],
  items: readonly Item[],
  requestsFor: (item: Item) => readonly Hostile[],
  instruments: Instruments,
  progress: Progress,
): Promise<Tried> {
  const step = progress.step(`what ${part} announces`);
  const kinds = new Map<string, { announced: number; asked: number }>();
  const statuses = new Map<number, number>();
  const failed: Judged[] = [];
  for (const [n, item] of items.entries()) {
    step.update(n, items.length, item.kind);
    const count = kinds.get(item.kind) ?? { announced: 0, asked: 0 };
    kinds.set(item.kind, count);
    count.announced += 1;
    for (const hostile of requestsFor(item)) {
      count.asked += 1;
      const judged = await judge(hostile, instruments);
      for (const status of judged.statuses) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (judged.faults.length === 0) continue;
      failed.push(judged);
      progress.say(`${judged.name}, n = ${judged.n}: ${judged.faults.join('; ')}`);
    }
  }
  step.done(`${failed.length} of ${[...kinds.values()].reduce((sum, { asked }) => sum + asked, 0)} fail`);
  return { part, kinds, statuses, failed };
}

/** The requests for each thing that is announced; for some none, as other types announce the same. */
function chosen(items: readonly Announced[]): ReadonlyMap<Announced, readonly Hostile[]> {
  const random = randomSource(seed, 0);
  const isWhole = (item: Announced): boolean =>
    !('type' in item) || whole.has(item.type ?? '') || item.kind === 'operation' || item.kind === 'compartment';
  const [all, others] = [items.filter(isWhole), items.filter((item) => !isWhole(item))];
  const some = [...Map.groupBy(others, nameOf).values()].flatMap((same) =>
    [...new Set(Array.from({ length: typesOfName }, () => random.pick(same)))].map(
      (item) => [item, [random.pick(hostileTo(item))]] as const,
    ),
  );
  return new Map([...all.map((item) => [item, hostileTo(item)] as const), ...some]);
}

/** The same for things that differ by their type alone. */
function nameOf(item: Announced): string {
  const { type: _, ...rest } = item as Announced & { type?: string };
  const { kind } = item;
  return kind === 'include' || kind === 'revinclude'
    ? `${kind} ${item.value.split(':')[1] ?? '*'}`
    : JSON.stringify(rest);
}

function reportOf({ part, kinds, statuses, failed }: Tried): string {
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
    ...[`## ${part}`, '', table, ''],
    part === 'sso'
      ? 'Everything is asked for by each hostile request.'
      : `Of Patient, Observation and the system everything is asked for by each hostile request; what other types announce under one name at ${typesOfName} of them, with one request, by the seed ${seed}.`,
    ...['', `Answers: ${answers.join(', ')}.`, ''],
    ...(faults.length === 0 ? ['No request fails.'] : ['Requests that fail:', '', ...faults]),
  ].join('\n');
}
