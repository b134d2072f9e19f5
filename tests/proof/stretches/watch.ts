/**
 * How long a thread lets others wait: the CPU time that it uses between two turns of its timers. Time in which the thread waits for a
 * processor does not count, so that a busy machine changes little.
 */
import { Session, type Profiler } from 'node:inspector/promises';

export interface Stretch {
  /** Milliseconds of CPU time at one go, the most. */
  readonly longest: number;
  /** Milliseconds of CPU time in all. */
  readonly total: number;
  /** Where the longest stretches were spent; empty when that was not looked for. */
  readonly where: readonly string[];
}

/** CPU time in milliseconds between two moments. */
interface Span {
  readonly cpu: number;
  readonly from: number;
  readonly to: number;
}

/** Stretches whose functions are named. */
const mostSpans = 4;
/** Milliseconds between two turns of the timer. */
const interval = 2;

/** Watches the thread that calls it, until the function that comes back is called. @param profiles whether to look for the functions */
export async function watchThread({ profiles = false } = {}): Promise<() => Promise<Stretch>> {
  const profiler = profiles ? await startProfiler() : undefined;
  const begun = cpuOfThread();
  let [last, at] = [begun, now()];
  let worst: Span[] = [];
  const turn = (): void => {
    const [cpu, time] = [cpuOfThread(), now()];
    if (cpu - last > (worst.at(-1)?.cpu ?? 0))
      worst = [...worst, { cpu: cpu - last, from: at, to: time }].sort((a, b) => b.cpu - a.cpu).slice(0, mostSpans);
    [last, at] = [cpu, time];
  };
  const timer = setInterval(turn, interval);
  return async () => {
    turn();
    clearInterval(timer);
    const profile = await profiler?.stop();
    const where =
      profile === undefined ? [] : worst.map((span) => `${span.cpu.toFixed(0)}: ${functionsIn(profile, span)}`);
    return { longest: worst[0]?.cpu ?? 0, total: last - begun, where };
  };
}

/** Milliseconds. */
function cpuOfThread(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Microseconds, by the clock of the profiler. */
function now(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

async function startProfiler(): Promise<{ stop: () => Promise<Profiler.Profile> }> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 500 });
  await session.post('Profiler.start');
  return {
    async stop() {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      return profile;
    },
  };
}

/** The functions that were on top in a time, with the one of this repository that had called them, and their milliseconds. */
function functionsIn(profile: Profiler.Profile, { from, to }: Span): string {
  const { nodes, samples = [], timeDeltas = [], startTime } = profile;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const taken = new Map<string, number>();
  let time = startTime;
  for (const [n, id] of samples.entries()) {
    time += timeDeltas[n] ?? 0;
    if (time < from || time > to) continue;
    const name = nameOf(id, byId, callers);
    taken.set(name, (taken.get(name) ?? 0) + (timeDeltas[n + 1] ?? 0) / 1000);
  }
  return [...taken]
    .filter(([name]) => name !== '(idle)')
    .sort(([, a], [, b]) => b - a)
    .slice(0, 4)
    .map(([name, milliseconds]) => `${name} ${milliseconds.toFixed(0)}`)
    .join(', ');
}

function nameOf(
  id: number,
  byId: ReadonlyMap<number, Profiler.ProfileNode>,
  callers: ReadonlyMap<number, number>,
): string {
  const top = byId.get(id)!.callFrame;
  for (let at: number | undefined = id; at !== undefined; at = callers.get(at)) {
    const { functionName, url, lineNumber } = byId.get(at)!.callFrame;
    if (!/\/(?:apps|packages)\/(?!.*node_modules)/.test(url)) continue;
    const place = `${functionName} (${url.split('/').slice(-2).join('/')}:${lineNumber + 1})`;
    return at === id ? place : `${top.functionName} < ${place}`;
  }
  return top.functionName;
}
