/** Measures the searches: each shape alone at one connection, and the mix at several. */
import { fhirAt } from '../tests/fhir.ts';
import type { Progress } from '../apps/dhp/src/progress.ts';
import type { Load, Run } from './load/measure.ts';
import { barShapes, mixedPaths, mixShapes, readPools, type SearchShape } from './search-shapes.ts';
import type { Subject } from './subject.ts';

export interface SearchMeasured {
  readonly name: string;
  readonly connections: number;
  readonly bar?: number;
  /** Matches of the first of its searches; undefined if the answer is no Bundle. */
  readonly matches: number | undefined;
  readonly runs: Run[];
}

export const mixName = 'the mix of 30';
const mixConnections = [1, 16, 64] as const;
/** Milliseconds of warm-up before each measurement, and of the measurement, for a single shape. */
const warmUp = 300;
const alone = 500;

/** A shape with its load: connections, and milliseconds per round. */
export type Planned = SearchShape & { readonly connections: number; readonly duration: number };

/** The searches with bars, the mix, and each shape of the mix alone. */
export async function measureSearches(
  subject: Subject,
  load: Load,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
  progress: Progress,
): Promise<SearchMeasured[]> {
  const pools = await readPools(fhirAt(subject.platform.urls.playground, subject.token));
  const [own, mix] = [barShapes(pools), mixShapes(pools)];
  const all = mixedPaths(pools);

  const plan: Planned[] = [
    ...own.map((shape) => ({ ...shape, connections: 1, duration: seconds * 1000 })),
    ...mixConnections.map((connections) => ({
      ...{ name: mixName, paths: all, connections, duration: seconds * 1000 },
    })),
    ...mix.map((shape) => ({ ...shape, connections: 1, duration: alone })),
  ];
  return measurePlan(subject, load, plan, { rounds, progress });
}

/** Measures each shape of a plan once per round, in turn. */
export async function measurePlan(
  subject: Pick<Subject, 'platform' | 'token' | 'watched'>,
  load: Load,
  plan: readonly Planned[],
  { rounds, progress }: { readonly rounds: number; readonly progress: Progress },
): Promise<SearchMeasured[]> {
  const ask = fhirAt(subject.platform.urls.playground, subject.token);
  const measured = await Promise.all(
    plan.map(async ({ name, paths, connections, bar }): Promise<SearchMeasured> => {
      const first = (await ask('GET', paths[0]!)).json() as { entry?: { search?: { mode: string } }[]; type?: string };
      const matches = (first.entry ?? []).filter(({ search }) => search?.mode === 'match').length;
      return {
        ...{ name, connections, runs: [], matches: first.type === 'searchset' ? matches : undefined },
        ...(bar === undefined ? {} : { bar }),
      };
    }),
  );

  const step = progress.step('measuring searches');
  const total = rounds * plan.length;
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { name, paths, connections, duration }] of plan.entries()) {
      step.update(round * plan.length + index, total, `· round ${round + 1}, ${name}`);
      measured[index]!.runs.push(await run(subject, load, paths, connections, duration));
    }
  }
  step.done(`${plan.length} shapes`);
  return measured;
}

async function run(
  { platform, token, watched }: Pick<Subject, 'platform' | 'token' | 'watched'>,
  load: Load,
  paths: readonly string[],
  connections: number,
  duration: number,
): Promise<Run> {
  const { pathname, port } = new URL(platform.urls.playground);
  const job = {
    ...{ host: '127.0.0.1', port: Number(port), connections, warmUp, duration, token },
    ...{ kind: 'get' as const, paths: paths.map((path) => `${pathname}/${path}`) },
  };
  return (await load.run(job, watched)).run;
}
