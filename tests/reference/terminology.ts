/** `npm run reference -- terminology`: HL7's terminology test runner, and its validator with this server as its terminology server. */
import { execFile, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FhirOptions } from '@dhp/fhir';
import { startServer, type TestServer } from '../../apps/fhir/test/environment.ts';
import { readArguments, wholeNumber } from '../../scripts/arguments.ts';
import { publishedExamples, type Subject } from './mutants.ts';
import { layPackages, referenceFolder, whyNoReference } from './oracle.ts';
import { reportOf, type SuiteResult } from './terminology-report.ts';

const run = promisify(execFile);
const command = 'npm run reference -- terminology';
const sources = fileURLToPath(new URL('./java/terminology/', import.meta.url));
const cases = fileURLToPath(new URL('../../../shared/cases/tx-ecosystem/', import.meta.url));
const reportFile = fileURLToPath(new URL('../../docs/reports/terminology-runner.md', import.meta.url));

const help = `Runs HL7's terminology test runner (6.10.4) against a server of this platform, started for it without a token being needed.

Usage: ${command} [OPTIONS]

  --modes M      modes of the runner, with commas between them; default general
  --filter TEXT  only tests whose names have it; no statement of compliance is made then
  --server URL   a server that runs already, in the place of one that is started
  --out FOLDER   keeps what was expected and what was answered where they differ
  --write        writes docs/reports/terminology-runner.md: the modes general and tx.fhir.org, and what is missing
  --examples E   in the place of the tests: every Eth published example is validated by HL7's validator, which asks this server about codes
  --help         this text

The cases are read from ../shared/cases/tx-ecosystem. Without them, and without Java and Maven, nothing is run.
`;

export async function main(args: readonly string[]): Promise<void> {
  const { values } = readArguments({
    command,
    help,
    args,
    options: {
      modes: { type: 'string', default: 'general' },
      filter: { type: 'string' },
      server: { type: 'string' },
      out: { type: 'string' },
      write: { type: 'boolean', default: false },
      examples: { type: 'string' },
    },
  });
  const every = values.examples === undefined ? undefined : wholeNumber(command, 'examples', values.examples, 1);
  const reason =
    (await whyNoReference()) ?? (existsSync(cases) || every !== undefined ? undefined : `${cases} is not here`);
  if (reason !== undefined) {
    console.log(`skipped: ${reason}`);
    return;
  }
  const asked = new Map<string, number>();
  const count = ({
    interaction = '',
    status = 0,
  }: {
    interaction?: string | undefined;
    status?: number | undefined;
  }): void => {
    const key = `${interaction} ${status}`;
    asked.set(key, (asked.get(key) ?? 0) + 1);
  };
  const own =
    values.server === undefined
      ? await started({ onRequest: count, flatExpansions: values.modes.includes('flat') })
      : undefined;
  const url = values.server ?? own!.url;
  try {
    if (every !== undefined) await validateExamples(url, every, asked);
    else if (values.write) await writeReport();
    else {
      const folder = values.out ?? join(referenceFolder, 'terminology');
      const { statement, suites } = await runTests({ url, folder, modes: values.modes, filter: values.filter });
      console.log(reportOf([{ modes: values.modes, statement, suites }]));
    }
  } finally {
    await own?.close();
  }
}

/** A server that is open to callers without a token, as a terminology server is. */
export function started(options: Partial<FhirOptions>): Promise<TestServer> {
  return startServer({ openTerminology: true, bodyLimit: 64 * 1024 ** 2, ...options });
}

/** The runner in each mode, against a server for it: where it is flat, expansions are lists. */
async function writeReport(): Promise<void> {
  const runs = [];
  for (const modes of ['general', 'general,flat', 'tx.fhir.org']) {
    const server = await started({ flatExpansions: modes.includes('flat') });
    try {
      const folder = join(referenceFolder, 'terminology', modes.replaceAll(/\W/g, '-'));
      runs.push({ modes, ...(await runTests({ url: server.url, folder, modes })) });
    } finally {
      await server.close();
    }
  }
  writeFileSync(reportFile, reportOf(runs));
  for (const { statement } of runs) console.log(statement);
}

interface RunOptions {
  readonly url: string;
  readonly folder: string;
  readonly modes: string;
  readonly filter?: string | undefined;
}

/** Runs the tests of the modes. @returns the statement of compliance as the runner prints it, and what became of each test */
async function runTests({
  url,
  folder,
  modes,
  filter,
}: RunOptions): Promise<{ statement: string; suites: readonly SuiteResult[] }> {
  mkdirSync(folder, { recursive: true });
  const lines: string[] = [];
  for await (const line of java(['run', casesThere(), url, modes, folder, ...(filter === undefined ? [] : [filter])])) {
    lines.push(line);
    process.stderr.write(/HL7 terminology service tests|Group /.test(line) ? `${line}\n` : '');
  }
  writeFileSync(join(folder, 'runner.log'), lines.join('\n'));
  const statement = lines.findLast((line) => / HL7 terminology service tests | tests '/.test(line));
  if (statement === undefined) throw new Error(`the runner ended without a statement: ${lines.slice(-20).join('\n')}`);
  const results = JSON.parse(readFileSync(join(folder, 'test-results.json'), 'utf8')) as { suites?: SuiteResult[] };
  return { statement, suites: results.suites ?? [] };
}

/** The cases in a folder of their own, without the suites of which files are not here: the runner ends at the first of those. */
function casesThere(): string {
  const folder = join(referenceFolder, 'cases');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const list = 'test-cases.json';
  for (const name of readdirSync(cases)) if (name !== list) symlinkSync(join(cases, name), join(folder, name));
  const all = JSON.parse(readFileSync(join(cases, list), 'utf8')) as { suites: Suite[] };
  const isThere = (file?: string): boolean => file === undefined || existsSync(join(cases, file));
  const suites = all.suites.filter(
    ({ setup = [], tests }) =>
      setup.every(isThere) && tests.every(({ request, response }) => isThere(request) && isThere(response)),
  );
  writeFileSync(join(folder, list), JSON.stringify({ ...all, suites }));
  return folder;
}

interface Suite {
  readonly setup?: readonly string[];
  readonly tests: readonly { readonly request?: string; readonly response?: string }[];
}

/** The lines that the program writes. It keeps answers of servers in its temporary folder, and would ask for fewer the next time. @throws Error when it fails */
async function* java(args: readonly string[], options: readonly string[] = []): AsyncGenerator<string> {
  const classPath = await compiled();
  mkdirSync(referenceFolder, { recursive: true });
  const temporary = mkdtempSync(join(referenceFolder, 'temporary-'));
  const child = spawn(
    'nice',
    [
      ...['-n', '10', 'java', ...options, '-Xmx3g', '-XX:+UseSerialGC', `-Duser.home=${join(referenceFolder, 'home')}`],
      `-Djava.io.tmpdir=${temporary}`,
      `-Dlogback.configurationFile=${join(sources, 'logback.xml')}`,
      ...['-cp', [join(referenceFolder, 'terminology-classes'), classPath].join(delimiter), 'Terminology', ...args],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  try {
    yield* createInterface({ input: child.stdout });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function compiled(...more: readonly string[]): Promise<string> {
  const folder = join(referenceFolder, 'terminology-classes');
  const [file, stamp, source] = [join(folder, 'classpath'), join(folder, 'stamp'), join(sources, 'Terminology.java')];
  const text = readFileSync(source, 'utf8') + readFileSync(join(sources, 'pom.xml'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === text) return readFileSync(file, 'utf8');
  mkdirSync(folder, { recursive: true });
  await run('mvn', [
    '-q',
    '-B',
    ...more,
    '-f',
    join(sources, 'pom.xml'),
    'dependency:build-classpath',
    `-Dmdep.outputFile=${file}`,
  ]);
  const classPath = readFileSync(file, 'utf8');
  await run('javac', ['-nowarn', '-cp', classPath, '-d', folder, source]);
  writeFileSync(stamp, text);
  return classPath;
}

/** Results of examples that HL7's validator validated with a server as its terminology server. */
interface Through {
  readonly examples: readonly Subject[];
  /** The errors that it found in each of them, as far as it came. */
  readonly errors: readonly (readonly string[])[];
  /** Questions that the server could not answer, as it says. */
  readonly unanswered: readonly string[];
}

/** Validates examples by HL7's validator, which asks the server about codes. @throws Error when the program cannot be had, or fails */
export async function validateThrough(url: string, every: number): Promise<Through> {
  mkdirSync(referenceFolder, { recursive: true });
  const file = join(mkdtempSync(join(referenceFolder, 'examples-')), 'examples.ndjson');
  const subjects = [...publishedExamples(every)];
  writeFileSync(file, subjects.map(({ text }) => JSON.stringify({ text })).join('\n'));
  const errors: string[][] = [];
  const unanswered: string[] = [];
  try {
    // For few examples, code that is compiled twice does not pay: they take half the CPU time without.
    const options = subjects.length < 100 ? ['-XX:TieredStopAtLevel=1'] : [];
    for await (const line of java(['validate', file, url, ...layPackages('nothing')], options)) {
      if (!line.startsWith('{')) continue;
      const told = JSON.parse(line) as { errors: string[]; unanswered: string[] };
      errors.push(told.errors);
      unanswered.push(...told.unanswered);
    }
  } finally {
    rmSync(dirname(file), { recursive: true, force: true });
  }
  return { examples: subjects, errors, unanswered };
}

/** Says what was asked and its result. */
async function validateExamples(url: string, every: number, asked: ReadonlyMap<string, number>): Promise<void> {
  const { examples, errors, unanswered } = await validateThrough(url, every);
  const valid = errors.filter(({ length }) => length === 0).length;
  for (const one of errors.flat()) console.log(one);
  for (const text of unanswered) console.log(`the server could not answer: ${text}`);
  console.log(
    `${errors.length} of ${examples.length} examples were validated: ${valid} valid, ${errors.length - valid} with errors`,
  );
  for (const [what, n] of [...asked].sort()) console.log(`${what}: ${n}`);
  if (errors.length !== examples.length) throw new Error('the validator ended before the last example');
}

/** Whether the program is here, or can be made without a network. */
export async function isTerminologyProgramHere(): Promise<boolean> {
  try {
    await compiled('-o');
    return true;
  } catch {
    return false;
  }
}
