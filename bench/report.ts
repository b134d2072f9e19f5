/** The results as tables, for a terminal and for docs/reports/benchmark.md. */
import { markdownTable } from '../tests/markdown-table.ts';
import { median, share, bars, isUpperLimit, type Bar, type Measured, type Results } from './results.ts';
import type { Run } from './load/measure.ts';
import type { RestMeasured } from './rest.ts';
import type { BundleMemory } from './bundle-memory.ts';
import { mixName, type SearchMeasured } from './searches.ts';

type Row = readonly string[];

const number = (value: number | undefined, digits = 0): string =>
  value === undefined || !Number.isFinite(value)
    ? '–'
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const header: Row = [
  ...['Operation', 'Conn.', 'per s', 'p50 ms', 'p99 ms', 'Errors'],
  ...['per CPU-s', 'server µs', 'PostgreSQL µs', 'load µs', 'of the limit'],
];

function pointRow(measured: readonly Measured[], point: Measured): Row {
  const middle = (of: (run: Run) => number | undefined): number | undefined => median(point.runs.map(of));
  const ours = share(measured, point);
  return [
    point.operation,
    String(point.connections),
    number(middle((run) => run.perSecond)),
    number(
      middle((run) => run.p50),
      2,
    ),
    number(
      middle((run) => run.p99),
      2,
    ),
    number(point.runs.reduce((sum, run) => sum + run.errors, 0)),
    number(middle((run) => run.perCpuSecond)),
    number(middle((run) => run.serverMicroseconds)),
    number(middle((run) => run.postgresMicroseconds)),
    number(middle((run) => run.loadMicroseconds)),
    ours === undefined ? '' : `${number(ours * 100)} %`,
  ];
}

function barRow({ name, least, reached, unit, isMet }: Bar): Row {
  const limit = isUpperLimit(unit) ? `under ${least} ${unit}` : `at least ${number(least)} ${unit}`;
  const verdict = isMet === undefined ? 'not measured' : isMet ? 'reached' : 'not reached';
  return [
    name,
    limit,
    `${number(reached, unit === '/CPU-s' ? 0 : unit === 'ms' || unit === 's' ? 2 : 1)} ${unit}`,
    verdict,
  ];
}

const barHeader: Row = ['Bar', 'Aim', 'Measured', 'Verdict'];

const searchHeader: Row = [
  ...['Search', 'Conn.', 'Matches', 'per s', 'p50 ms', 'p99 ms', 'Errors', 'per CPU-s', 'server µs', 'PostgreSQL µs'],
];

function searchRow({ name, connections, matches, runs }: SearchMeasured): Row {
  const middle = (of: (run: Run) => number | undefined): number | undefined => median(runs.map(of));
  return [
    name,
    String(connections),
    number(matches),
    number(middle((run) => run.perSecond)),
    ...[middle((run) => run.p50), middle((run) => run.p99)].map((value) => number(value, 2)),
    number(runs.reduce((sum, run) => sum + run.errors, 0)),
    number(middle((run) => run.perCpuSecond)),
    number(middle((run) => run.serverMicroseconds)),
    number(middle((run) => run.postgresMicroseconds)),
  ];
}

const restHeader: Row = [
  ...['What', 'Conn.', 'per s', 'p50 ms', 'p99 ms', 'Errors', 'per CPU-s', 'server µs', 'PostgreSQL µs'],
];

/** For lines that count resources: resources per second and per second of CPU, and the CPU of each; the times are those of a request. */
function restRow({ name, connections, resources = 1, runs }: RestMeasured): Row {
  const middle = (of: (run: Run) => number | undefined): number | undefined => median(runs.map(of));
  const each = (of: (run: Run) => number | undefined): number | undefined => {
    const value = middle(of);
    return value === undefined ? undefined : value / resources;
  };
  const all = (of: (run: Run) => number | undefined): number | undefined => {
    const value = middle(of);
    return value === undefined ? undefined : value * resources;
  };
  return [
    name,
    String(connections),
    number(all((run) => run.perSecond)),
    ...[middle((run) => run.p50), middle((run) => run.p99)].map((value) => number(value, 2)),
    number(runs.reduce((sum, run) => sum + run.errors, 0)),
    number(all((run) => run.perCpuSecond)),
    number(each((run) => run.serverMicroseconds)),
    number(each((run) => run.postgresMicroseconds)),
  ];
}

const bundleHeader: Row = ['Bundle of', 'MiB sent', 's', 'peak MiB', 'more than before', 'others waited ms'];

function bundleRow({ resources, sent, before, peak, took, othersWaited }: BundleMemory): Row {
  const mebibytes = (bytes: number): string => number(bytes / 2 ** 20, 1);
  const times = [number(took / 1000, 2), mebibytes(peak), mebibytes(peak - before), number(othersWaited)];
  return [`${number(resources)} resources`, mebibytes(sent), ...times];
}

/** For the terminal. */
export function terminalReport(results: Results): string {
  const rows = results.measured.map((point) => pointRow(results.measured, point));
  return [
    aligned([header, ...rows]),
    '',
    aligned([restHeader, ...results.rest.map(restRow)]),
    '',
    ...(results.bundles.length === 0 ? [] : [aligned([bundleHeader, ...results.bundles.map(bundleRow)]), '']),
    aligned([searchHeader, ...results.searches.map(searchRow)]),
    '',
    aligned([barHeader, ...bars(results).map(barRow)]),
    '',
    ...notes(results),
  ].join('\n');
}

/** For docs/reports/benchmark.md. */
export function markdownReport(results: Results): string {
  const rows = results.measured.map((point) => pointRow(results.measured, point));
  return `${[
    '# Benchmark',
    '',
    'Made by `npm run bench -- --write`. ' + notes(results).join(' '),
    '',
    markdownTable(header, rows, header.map((_, column) => column).slice(1)),
    '',
    '## Transactions, records, tokens, enforcement and terminology',
    '',
    'Durable transactions of a Patient and an Observation, and of a Patient and 999 Observations, all with their index rows: of the latter the resources count. `$everything` is that of a patient whose record has 1,000 resources. The terminology operations ask of a code system as large as that of the mahallas, with names in three languages. Tokens are issued to many clients, refreshed by applications that rotate theirs, and exchanged for codes, each with its audit record; with a rate, as many as it says are asked for each second. Reads and searches of one record are made with a token for everything, and with tokens that are narrowed to it.',
    '',
    markdownTable(restHeader, results.rest.map(restRow), restHeader.map((_, column) => column).slice(1)),
    '',
    '## The memory of large Bundles',
    '',
    'A transaction of a Patient and Observations, by one client, while another asks for `/healthz` again and again.',
    '',
    markdownTable(bundleHeader, results.bundles.map(bundleRow), bundleHeader.map((_, column) => column).slice(1)),
    '',
    '## Searches',
    '',
    `Over the same data. ${mixName.charAt(0).toUpperCase()}${mixName.slice(1)} asks each of the shapes below it with the same chance; those shapes alone are measured for half a second each.`,
    '',
    markdownTable(searchHeader, results.searches.map(searchRow), searchHeader.map((_, column) => column).slice(1)),
    '',
    '## Against the bars',
    '',
    markdownTable(barHeader, bars(results).map(barRow), [1, 2]),
    '',
    '## The machine',
    '',
    markdownTable(['What', 'Which'], Object.entries(results.facts)),
  ].join('\n')}\n`;
}

function notes({ settings, bytes, floorTool, restarts, measured, rest, searches }: Results): string[] {
  const first = [...measured, ...rest, ...searches]
    .flatMap(({ runs }) => runs)
    .find((run) => run.firstError !== undefined)?.firstError;
  return [
    `Medians of ${settings.rounds} rounds of ${settings.seconds} s a point, ours and the floor in turn, over ${settings.patients.toLocaleString('en')} synthetic patients.`,
    `A Patient of ${bytes.sent.toLocaleString('en')} bytes (${bytes.stored.toLocaleString('en')} as stored); the floor holds rows of the same bytes.`,
    `The floor is measured by ${floorTool}; the load is our own, one process beside the server on the same cores ("load µs" is what it takes of them for each request).`,
    'Where others want the cores too, the shares say less: the scheduler gives the many processes of pgbench many turns, and the platform the few of its few.',
    'CPU is that of the server process and of every PostgreSQL process, from /proc. Every commit is durable (fsync on), but that of a sign-in that only begins.',
    `Restarts: ready after ${restarts.map(({ ready }) => `${ready.toFixed(2)} s`).join(', ')}; the first Patient read after ${restarts.map(({ firstAnswer }) => `${firstAnswer.toFixed(2)} s`).join(', ')}.`,
    ...(first === undefined ? [] : [`The first error: ${first}`]),
  ];
}

function aligned(rows: readonly Row[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isText = (column: number): boolean => column === 0;
  return rows
    .map((row) =>
      row
        .map((cell, column) => (isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
