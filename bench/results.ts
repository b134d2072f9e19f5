/** From runs to numbers: medians over the rounds, our share of the limits, and the bars that the project set itself. */
import type { Facts } from './machine.ts';
import type { Run } from './load/measure.ts';
import type { PeopleMeasured } from './sign-ins.ts';
import { oldRead, youngRead, type RestMeasured } from './rest.ts';
import type { SearchMeasured } from './searches.ts';
import { connectionCounts, operations, type Operation, type Point } from './points.ts';
import type { Size } from './terminology-size.ts';
import { linearity, type BundleMemory } from './bundle-memory.ts';

export interface Measured extends Point {
  readonly runs: Run[];
}

export interface Results {
  readonly facts: Facts;
  readonly settings: { readonly seconds: number; readonly rounds: number; readonly patients: number };
  readonly bytes: { readonly sent: number; readonly stored: number };
  readonly floorTool: string;
  readonly measured: readonly Measured[];
  readonly rest: readonly RestMeasured[];
  readonly searches: readonly SearchMeasured[];
  /** Large Bundles, ascending; empty if they were not measured. */
  readonly bundles: readonly BundleMemory[];
  /** Sizes of a code system in three languages; empty when they were not measured. */
  readonly sizes: readonly Size[];
  readonly people: readonly PeopleMeasured[];
  /** Seconds from the start of the process to ready and to the first Patient read, for each restart. */
  readonly restarts: readonly { readonly ready: number; readonly firstAnswer: number }[];
}

/** The middle value; for an even number of values, the mean of the two middle ones. Undefined without values. */
export function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]
    : sorted.length === 0
      ? undefined
      : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Makes an empty entry for each point. */
export function points(): Measured[] {
  return operations.flatMap((operation) =>
    connectionCounts.map((connections) => ({ operation, connections, runs: [] })),
  );
}

export function find(measured: readonly Measured[], operation: Operation, connections: number): Measured {
  const found = measured.find((point) => point.operation === operation && point.connections === connections);
  if (found === undefined) throw new Error(`nothing was measured for ${operation} at ${connections}`);
  return found;
}

/** The floor that an operation is compared with. */
const limitOf: Partial<Record<Operation, Operation>> = { read: 'pgbench select', create: 'pgbench insert' };

/**
 * The platform's share of the throughput of the same PostgreSQL with the same rows: the median of the shares per round, so that a slow
 * round does not affect it.
 */
export function share(measured: readonly Measured[], { operation, connections }: Point): number | undefined {
  const limit = limitOf[operation];
  if (limit === undefined) return undefined;
  const ours = find(measured, operation, connections).runs;
  const theirs = find(measured, limit, connections).runs;
  return median(ours.map((run, round) => run.perSecond / (theirs[round]?.perSecond ?? Number.NaN)));
}

export interface Bar {
  readonly name: string;
  readonly least: number;
  readonly reached: number | undefined;
  readonly unit: '/CPU-s' | '%' | 's' | 'ms' | 'MB' | 'kB' | '% more';
  readonly isMet: boolean | undefined;
}

const perCpuSecond: readonly [Operation, number][] = [
  ['read', 8_000],
  ['create', 3_000],
  ['update', 2_000],
  ['token', 2_000],
];
const shares: readonly [Operation, number][] = [
  ['read', 45],
  ['create', 60],
];
/** The counts of connections that the bars speak of. */
const barConnections = [16, 64];
const restartBar = 3;
/**
 * Percent of the read speed of a resource with one version that a resource with many versions must reach: 100, less the variation between
 * runs.
 */
const manyVersionsBar = 90;

/** Percent; see `linearity`. It grows with the memory that is used independently of the size of a Bundle. */
const linearityBar = 67;

/** A hundred thousand concepts in three languages. */
const sizeBars = { megabytes: 40, seconds: 1 };

/** Times, sizes and additions must stay below their bars, all other values above. */
export function isUpperLimit(unit: Bar['unit']): boolean {
  return unit === 's' || unit === 'ms' || unit === 'MB' || unit === 'kB' || unit === '% more';
}

/** Every bar with the reached value. */
export function bars({ measured, rest, searches, bundles, sizes, people, restarts }: Results): Bar[] {
  const bar = (name: string, least: number, reached: number | undefined, unit: Bar['unit']): Bar => ({
    ...{ name, least, reached, unit },
    isMet: reached === undefined ? undefined : isUpperLimit(unit) ? reached < least : reached >= least,
  });
  return [
    ...perCpuSecond.flatMap(([operation, least]) =>
      barConnections.map((connections) => {
        const reached = median(find(measured, operation, connections).runs.map((run) => run.perCpuSecond));
        return bar(`${operation}, ${connections} connections`, least, reached, '/CPU-s');
      }),
    ),
    ...shares.flatMap(([operation, least]) =>
      barConnections.map((connections) => {
        const reached = share(measured, { operation, connections });
        const name = `${operation} of ${limitOf[operation]!}, ${connections} connections`;
        return bar(name, least, reached === undefined ? undefined : reached * 100, '%');
      }),
    ),
    ...rest.flatMap(({ name, connections, resources = 1, bar: own, runs }) => {
      if (own === undefined) return [];
      const { least, unit, of = 'p50' } = own;
      if (unit === 'ms') return [bar(`${name}, ${of}`, least, median(runs.map((run) => run[of])), unit)];
      const reached = median(runs.map((run) => run.perCpuSecond && run.perCpuSecond * resources));
      return [bar(`${name}, ${connections} connection${connections === 1 ? '' : 's'}`, least, reached, unit)];
    }),
    ...rest.flatMap((line) => {
      if (line.besides === undefined) return [];
      return [bar(`added by enforcement: ${line.name}`, line.besides.percent, addition(rest, line), '% more')];
    }),
    ...manyVersions(rest).map((reached) => bar(`${oldRead}, of that with 1`, manyVersionsBar, reached, '%')),
    ...searches.flatMap(({ name, bar: least, runs }) =>
      least === undefined ? [] : [bar(`search: ${name}, p50`, least, median(runs.map((run) => run.p50)), 'ms')],
    ),
    ...(bundles.length === 0
      ? []
      : [bar('memory of a Bundle of 5,000 × 4, of that of 20,000', linearityBar, linearity(bundles), '%')]),
    ...sizes.flatMap(({ concepts, bytes, milliseconds }) => {
      const name = `${concepts.toLocaleString('en')} concepts in three languages`;
      return [
        bar(`${name}: memory`, sizeBars.megabytes, bytes / 1e6, 'MB'),
        bar(`${name}: CPU time to load`, sizeBars.seconds, milliseconds / 1000, 's'),
      ];
    }),
    ...people.flatMap(({ name, unit, bar: limit, values }) =>
      limit === undefined ? [] : [bar(name, limit, median(values), unit)],
    ),
    bar('first answer after a restart', restartBar, median(restarts.map(({ firstAnswer }) => firstAnswer)), 's'),
  ];
}

/** Percent of additional CPU of a line compared with the line in `besides`: the median over the rounds. */
function addition(rest: readonly RestMeasured[], { besides, runs }: RestMeasured): number | undefined {
  const cpu = ({ serverMicroseconds = Number.NaN, postgresMicroseconds = Number.NaN }: Run): number =>
    serverMicroseconds + postgresMicroseconds;
  const plain = rest.find(({ name }) => name === besides?.name)?.runs ?? [];
  return median(runs.flatMap((run, round) => (plain[round] ? [100 * (cpu(run) / cpu(plain[round]) - 1)] : [])));
}

/**
 * The speed of a read of many versions in percent of the speed with one: the median of the shares per round; an empty list if not measured.
 */
function manyVersions(rest: readonly RestMeasured[]): (number | undefined)[] {
  const [old, young] = [oldRead, youngRead].map((name) => rest.find((line) => line.name === name)?.runs);
  if (old === undefined || young === undefined) return [];
  return [median(old.map((run, round) => (100 * (young[round]?.p50 ?? Number.NaN)) / (run.p50 ?? Number.NaN)))];
}
