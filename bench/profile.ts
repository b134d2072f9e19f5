/** Distribution of the server's CPU time: V8's sampling profiler during a second of load each, summed up by module and function. */
import { fileURLToPath } from 'node:url';
import type { Progress } from '../apps/dhp/src/progress.ts';
import type { Arguments } from './arguments.ts';
import { openInspector, type CpuProfile } from './inspector.ts';
import { openLoad, type Load, type Run } from './load/measure.ts';
import { measure } from './points.ts';
import { openSubject, type Subject } from './subject.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const connections = 16;
const shownModules = 12;
const shownFunctions = 25;

/** Runs the platform under load with the profiler and reports the distribution of its time. */
export async function profileReport({ seconds, patients }: Arguments, progress: Progress): Promise<string> {
  const subject = await openSubject(patients, progress, { nodeOptions: ['--inspect=127.0.0.1:0'] });
  const load = openLoad();
  try {
    const address = /^playground: .*(ws:\/\/\S+)/m.exec(subject.platform.said())?.[1];
    if (address === undefined) throw new Error(`the server told no inspector: ${subject.platform.said()}`);
    const inspector = await openInspector(address);
    const parts: string[] = [];
    for (const operation of ['read', 'create', 'update', 'token', 'transaction of 2'] as const) {
      const loaded = (time: number): Promise<Run> =>
        operation === 'transaction of 2'
          ? pairs(subject, load, time)
          : measure(subject, load, { operation, connections }, time);
      await loaded(1); // compiled and warm before it counts
      const step = progress.step(`profiling: ${operation}`);
      await inspector.start();
      const run = await loaded(seconds);
      const profile = await inspector.stop();
      step.done(`${Math.round(run.perSecond).toLocaleString('en')} per s under the profiler`);
      parts.push(`${operation}, ${connections} connections`, summary(profile), '');
    }
    inspector.close();
    return parts.join('\n');
  } finally {
    load.close();
    await subject.close();
  }
}

/** The first serial of a run, so that no identifier is used twice. */
let serial = 900_000_000_000;

/** Transactions of a Patient and a result of that Patient. */
async function pairs({ platform, token, watched }: Subject, load: Load, seconds: number): Promise<Run> {
  const { port, pathname: path } = new URL(platform.urls.playground);
  const at = { host: '127.0.0.1', port: Number(port), path, token };
  const duration = seconds * 1000;
  serial += 1_000_000_000;
  const { run } = await load.run(
    { ...at, connections, warmUp: 0, duration, kind: 'transaction', resources: 2, serial },
    watched,
  );
  return run;
}

/** Self time by module and by function, in percent of the time in which the process was not idle. */
function summary(profile: CpuProfile): string {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const modules = new Map<string, number>();
  const functions = new Map<string, number>();
  let busy = 0;
  profile.samples.forEach((id, index) => {
    const frame = nodes.get(id);
    const time = profile.timeDeltas[index] ?? 0;
    if (frame === undefined || frame.functionName === '(idle)') return;
    busy += time;
    const module = moduleOf(frame.url, frame.functionName);
    modules.set(module, (modules.get(module) ?? 0) + time);
    const name = `${frame.functionName || '(anonymous)'} ${frame.url === '' ? '' : `${shortPath(frame.url)}:${frame.lineNumber + 1}`}`;
    functions.set(name.trimEnd(), (functions.get(name.trimEnd()) ?? 0) + time);
  });
  const top = (times: Map<string, number>, count: number): string[] =>
    [...times]
      .sort(([, a], [, b]) => b - a)
      .slice(0, count)
      .map(([name, time]) => `  ${((time / busy) * 100).toFixed(1).padStart(5)} %  ${name}`);
  return ['by module:', ...top(modules, shownModules), 'by function:', ...top(functions, shownFunctions)].join('\n');
}

/** `node_modules/fastify`, `packages/fhir-store`, `node:internal/…`, `(garbage collector)` … */
function moduleOf(url: string, functionName: string): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(built-in functions)';
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/');
  const path = shortPath(url);
  const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path);
  return dependency ? dependency[0] : path.split('/').slice(0, 2).join('/');
}

function shortPath(url: string): string {
  if (!url.startsWith('file:')) return url;
  const path = fileURLToPath(url);
  return path.startsWith(root) ? path.slice(root.length) : path;
}
