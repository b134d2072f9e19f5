/** The bars of bulk data: what exports, tables and imports cost, whether memory stays flat, and what writers lose beside an export. */
import { loadavg } from 'node:os';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { markdownTable } from '../markdown-table.ts';
import { clientOf, measureJob, slopeOf, wholeExport, type JobMeasured } from './bulk/exports.ts';
import { openProduction, prioritize, seedProduction, startProduction, totalOf, type Ground } from './bulk/ground.ts';
import { measureImport } from './bulk/imports.ts';
import { tableOfObservations } from './bulk/table.ts';
import { atRest, writeFor, type Written } from './bulk/writers.ts';
import type { Home } from '../platform.ts';
import type { Proof, Proven } from './proof.ts';

type Settings = Readonly<Record<'patients' | 'sizes' | 'rounds' | 'clients' | 'seconds' | 'imported', number>>;
const parts = ['export', 'table', 'writers', 'import'] as const;
type Part = (typeof parts)[number];

export const exportBars: Proof = {
  name: 'export-bars',
  claim:
    'Two cores export 20,000 resources a second or more with consents and labels in force, make the rows of a million resources into Parquet within 60 s, and import 4,000 validated and 6,000 trusted resources for a second of CPU, in memory that does not grow with how much there is, and writers beside an export lose less than 20 %.',
  takes: 'some ten minutes',
  parts,
  settings: { patients: 650, sizes: 3, rounds: 3, clients: 2, seconds: 10, imported: 100 },
  run: (progress, only, settings) => prove(progress, (only ?? parts) as readonly Part[], settings as Settings),
};

interface Size {
  readonly exports: readonly JobMeasured[];
  readonly tables: readonly JobMeasured[];
  readonly written: readonly { readonly alone: Written; readonly beside: Written }[];
}

async function prove(progress: Progress, only: readonly Part[], settings: Settings): Promise<Proven> {
  const [busy = 0] = loadavg();
  const home = await openProduction();
  try {
    const sizes: Size[] = [];
    for (let n = 0; n < settings.sizes; n += 1) {
      const patients = settings.patients * 2 ** n;
      const step = progress.step(`${patients.toLocaleString('en')} patients`);
      await seedProduction(home, patients);
      sizes.push(await measureSize(home, only, n === settings.sizes - 1, settings));
      step.done();
    }
    const imports = only.includes('import') ? await measureImports(home, settings, progress) : undefined;
    return proven(sizes, imports, settings, busy);
  } finally {
    await home.close();
  }
}

interface Imports {
  readonly validated: readonly JobMeasured[];
  readonly trusted: readonly JobMeasured[];
}

/** With the validation of a production, and without any, for what was checked before. */
async function measureImports(home: Home, { rounds, imported }: Settings, progress: Progress): Promise<Imports> {
  const imports: { validated: JobMeasured[]; trusted: JobMeasured[] } = { validated: [], trusted: [] };
  let seed = 1_000;
  for (const [kind, settings] of [
    ['validated', {}],
    ['trusted', { DHP_VALIDATION: 'off' }],
  ] as const) {
    const step = progress.step(`imports, ${kind}`);
    const ground = await startProduction(home, settings);
    try {
      await atRest(ground);
      prioritize(ground, 'of others');
      const server = clientOf(ground);
      await measureImport(ground, server, Math.ceil(imported / 4), (seed += 1));
      for (let round = 0; round < rounds; round += 1)
        imports[kind].push(await measureImport(ground, server, imported, (seed += 1)));
    } finally {
      await ground.close();
    }
    step.done();
  }
  return imports;
}

/** By processes that have done nothing before. @param isLargest whether writers are measured beside it, where that is asked for */
async function measureSize(home: Home, only: readonly Part[], isLargest: boolean, settings: Settings): Promise<Size> {
  const ground = await startProduction(home);
  try {
    const server = clientOf(ground);
    await atRest(ground);
    prioritize(ground, 'of others');
    const exports: JobMeasured[] = [];
    const tables: JobMeasured[] = [];
    // Code is compiled, and statements are prepared, by what is not counted; until then consents and labels may come into force, too.
    for (let left = 10; (await measureJob(ground, server, wholeExport)).outcome.errors > 0; left -= 1)
      if (left === 0) throw new Error('consents and labels do not come into force');
    for (let round = 0; round < settings.rounds; round += 1) {
      if (only.includes('export')) exports.push(await measureJob(ground, server, wholeExport));
      if (only.includes('table')) tables.push(await measureJob(ground, server, tableOfObservations(server)));
    }
    prioritize(ground, 'of jobs');
    const written: { readonly alone: Written; readonly beside: Written }[] = [];
    if (only.includes('writers') && isLargest)
      for (let round = 0; round < settings.rounds; round += 1)
        written.push(await besideExports(ground, round, settings));
    return { exports, tables, written };
  } finally {
    await ground.close();
  }
}

/** The same writers alone, and beside one export after the other. */
async function besideExports(
  ground: Ground,
  round: number,
  { clients, seconds }: Settings,
): Promise<{ alone: Written; beside: Written }> {
  const server = clientOf(ground);
  const alone = await writeFor(ground, clients, seconds, 2 * round);
  const state = { isOver: false };
  const exporting = (async (): Promise<void> => {
    while (!state.isOver) await measureJob(ground, server, wholeExport);
  })();
  try {
    return { alone, beside: await writeFor(ground, clients, seconds, 2 * round + 1) };
  } finally {
    state.isOver = true;
    await exporting;
  }
}

interface Bar {
  readonly words: string;
  readonly found: string;
  readonly holds: boolean;
}

/** The one that took least CPU: what others do on the machine only adds to it. */
const leastOf = (measured: readonly JobMeasured[]): JobMeasured | undefined =>
  measured.toSorted((a, b) => totalOf(a.cpu) - totalOf(b.cpu))[0];

/** Seconds that two cores need, of which one has the process that makes the files: not measured, but what CPU time permits. */
const secondsOf = ({ cpu }: JobMeasured): number => Math.max(cpu.worker, totalOf(cpu) / 2);

const leastExported = 20_000;
const mostOfTable = 60;
const mostLost = 0.2;
/** Bytes of memory more for a million resources. */
const mostGrown = 100 * 1024 ** 2;

/** Resources for a second of CPU. */
const leastImported = { validated: 4_000, trusted: 6_000 };

function barsOfImports(imports: Imports): Bar[] {
  return (['validated', 'trusted'] as const).map((kind) => {
    const { outcome, cpu } = leastOf(imports[kind])!;
    const rate = outcome.resources / totalOf(cpu);
    const words = `an import, ${kind}: ≥ ${round(leastImported[kind])} resources a CPU second`;
    return { words, found: round(rate), holds: rate >= leastImported[kind] };
  });
}

function barsOf(sizes: readonly Size[], imports: Imports | undefined): Bar[] {
  const bars: Bar[] = imports === undefined ? [] : barsOfImports(imports);
  const exported = leastOf(sizes.at(-1)!.exports);
  if (exported !== undefined) {
    const rate = exported.outcome.resources / secondsOf(exported);
    bars.push({
      words: 'an export of all, rules on: ≥ 20,000 resources a second by the CPU that two cores have',
      ...{ found: round(rate), holds: rate >= leastExported },
    });
    const grown = 1e6 * slopeOf(sizes.flatMap(({ exports }) => peaksOf(exports)));
    bars.push({
      words: 'memory of the process that makes exports: at most 100 MiB more for a million resources',
      ...{ found: `${mebibytes(grown)} MiB`, holds: grown <= mostGrown },
    });
  }
  const table = leastOf(sizes.at(-1)!.tables);
  if (table !== undefined) {
    const seconds = (1e6 * secondsOf(table)) / table.outcome.resources;
    bars.push({
      words: 'a million resources as rows of Parquet: < 60 s by the CPU that two cores have',
      ...{ found: `${seconds.toFixed(0)} s`, holds: seconds < mostOfTable },
    });
  }
  const { written } = sizes.at(-1)!;
  if (written.length > 0) {
    const lost = median(written.map(({ alone, beside }) => 1 - beside.perSecond / alone.perSecond));
    bars.push({
      words: 'writers beside exports lose < 20 %',
      ...{ found: `${(100 * lost).toFixed(1)} %`, holds: lost < mostLost },
    });
  }
  return bars;
}

/** The most memory of each export, by its resources. */
function peaksOf(measured: readonly JobMeasured[]): [number, number][] {
  return measured.map(({ memory, outcome }) => [outcome.resources, Math.max(...memory)]);
}

function proven(
  sizes: readonly Size[],
  imports: Imports | undefined,
  { clients, seconds }: Settings,
  busy: number,
): Proven {
  const bars = barsOf(sizes, imports);
  const { written } = sizes.at(-1)!;
  const report = [
    markdownTable(
      ['Bar', 'Measured', ''],
      bars.map(({ words, found, holds }) => [words, found, holds ? 'holds' : '**does not hold**']),
    ),
    `A production with the policies that a new one begins with (consents, care and labels in force), its trail, and a process of its own for jobs; synthetic patients, and a client with \`system/*.cruds\`. Each size is measured by processes that have done one export before. The least of several is shown, since others may work on the machine: the load average was ${busy.toFixed(1)} before it. CPU is that of all processes of the platform and of PostgreSQL, told by process; time is from the kick-off to the manifest, to a second.`,
    ...sectionOf(
      'Exports of all',
      sizes.map(({ exports }) => exports),
    ),
    ...sectionOf(
      'Observations as Parquet, ten columns',
      sizes.map(({ tables }) => tables),
    ),
    ...(imports === undefined
      ? []
      : [
          ...sectionOf('Imports, validated', [imports.validated]),
          ...sectionOf('Imports, trusted (`DHP_VALIDATION=off`)', [imports.trusted]),
        ]),
    ...(written.length > 0
      ? [
          '## Writers',
          `${String(clients)} clients, each of which sends one Observation after the other, for ${String(seconds)} s alone and as long beside one export after the other, in turn.`,
          markdownTable(
            [
              'Round',
              'alone, a second',
              'beside, a second',
              'alone, half ms',
              'beside, half ms',
              'alone, 95 % ms',
              'beside, 95 % ms',
            ],
            written.map(({ alone, beside }, n) => [
              ...[String(n + 1), alone.perSecond.toFixed(0), beside.perSecond.toFixed(0)],
              ...[alone.half, beside.half, alone.most, beside.most].map((one) => one.toFixed(1)),
            ]),
            [1, 2, 3, 4, 5, 6],
          ),
        ]
      : []),
  ];
  return { holds: bars.every(({ holds }) => holds), report: report.join('\n\n') };
}

function sectionOf(title: string, sizes: readonly (readonly JobMeasured[])[]): string[] {
  if (sizes.every((measured) => measured.length === 0)) return [];
  const rows = sizes.map((measured) => {
    const least = leastOf(measured)!;
    const { resources, bytes, files } = least.outcome;
    const { worker, others, postgres } = least.cpu;
    const fastest = Math.min(...measured.map((each) => each.seconds));
    return [
      ...[round(resources), mebibytes(bytes), String(files)],
      ...[worker, postgres, others].map((each) => each.toFixed(2)),
      ...[round(resources / totalOf(least.cpu)), round(resources / worker), fastest.toFixed(1)],
      ...[mebibytes(Math.min(...measured.map(({ memory }) => memory[0] ?? 0)))],
      mebibytes(Math.max(...measured.flatMap(({ memory }) => memory))),
    ];
  });
  const head = [
    ...['Resources', 'MiB', 'Files', 'CPU s, jobs', 'CPU s, PostgreSQL', 'CPU s, others'],
    ...['a CPU second', 'a CPU second of jobs', 'Fastest, s', 'Memory before, MiB', 'most, MiB'],
  ];
  return [
    `## ${title}`,
    markdownTable(
      head,
      rows,
      head.map((_, n) => n),
    ),
  ];
}

const round = (value: number): string => Math.round(value).toLocaleString('en');
const mebibytes = (bytes: number): string => round(bytes / 1024 ** 2);

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
