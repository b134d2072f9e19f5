import { execFile, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nationalResources, skipNational } from '../../packages/fhir-validation/test/national.ts';
import type { Json } from '../../packages/fhir-validation/test/published.ts';
import { plainPlace, type Finding } from './finding.ts';
import { grownDefinitions } from './grown/index.ts';
import { home } from './provoked/definition.ts';
import { provokedDefinitions } from './provoked/index.ts';
import { shapedDefinitions } from './shaped/index.ts';
import { idsByText } from './templates.ts';

const run = promisify(execFile);

/** The program, its classes and its package cache: all can be made again. */
const folder = join(tmpdir(), 'dhp-reference');
export const referenceFolder = folder;
const sources = fileURLToPath(new URL('./java/', import.meta.url));
const cache = join(folder, 'home', '.fhir', 'packages');

/** Why the reference validator cannot be run here; undefined when it can. */
export async function whyNoReference(): Promise<string | undefined> {
  for (const [tool, flag] of [
    ['javac', '-version'],
    ['mvn', '-v'],
  ] as const) {
    try {
      await run(tool, [flag]);
    } catch {
      return `${tool} is not installed, so HL7's reference validator cannot be run; recorded findings are compared by npm test`;
    }
  }
  return undefined;
}

/** Definitions that are beside R5, its terminology and its extensions: those of a name, or these. */
export type Beside = 'national' | 'provoked' | 'grown' | 'shaped' | 'nothing' | readonly Json[];

/** The definitions beside R5 for the subjects: those of a name, or those that they bring themselves. */
export function besideOf(named: Beside, subjects: readonly { readonly definitions?: readonly Json[] }[]): Beside {
  const own = subjects.flatMap(({ definitions = [] }) => definitions);
  return own.length === 0 ? named : own;
}

/** A line for the reference validator. */
export interface Asked {
  readonly text: string;
  readonly profiles?: readonly string[];
}

/** A finding of the reference validator with its text. */
export interface Told extends Finding {
  readonly text: string;
}

/**
 * Asks the reference validator, one line after the other, and yields its findings in that order. It is resolved by Maven and compiled when
 * that has not been done yet.
 * @throws Error when Maven, the compiler or the validator fails
 */
export async function* askReference(subjects: Iterable<Asked>, beside: Beside): AsyncGenerator<readonly Told[]> {
  const classPath = await compiled();
  const idOf = idsByText(classPath);
  const packages = layPackages(beside);
  // The national profiles are for servers, where `Patient/1` leads to a Patient.
  if (beside === 'national') packages.push('rest-references');
  const child = spawn(
    'nice',
    [
      ...[
        '-n',
        '10',
        'java',
        '-Xmx2g',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=4',
        `-Duser.home=${join(folder, 'home')}`,
      ],
      ...['-cp', [join(folder, 'classes'), classPath].join(delimiter), 'Reference', ...packages],
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  try {
    for (const { text, profiles = [] } of subjects) {
      child.stdin.write(`${JSON.stringify({ text, profiles })}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error('the reference validator ended');
      yield (JSON.parse(value) as Parameters<typeof toldAs>[0][]).map((told) => toldAs(told, idOf));
    }
  } finally {
    child.stdin.end();
    child.kill();
    rmSync(join(cache, `${ownPackage}#1.0.0`), { recursive: true, force: true });
  }
}

/** The finding with a plain place; some are told without their id. */
function toldAs(told: Omit<Told, 'id'> & { readonly id?: string }, idOf: (text: string) => string | undefined): Told {
  return { ...told, expression: plainPlace(told.expression), id: told.id ?? idOf(told.text) ?? '' };
}

/** Resolves and compiles the batch programs; returns the class path. @throws Error when Maven or the compiler fails */
export async function compiled(): Promise<string> {
  const file = join(folder, 'classpath');
  const programs = ['Reference.java', 'Expressions.java'].map((name) => join(sources, name));
  const stamp = join(folder, 'classes', 'stamp');
  const text = [...programs, join(sources, 'pom.xml')].map((name) => readFileSync(name, 'utf8')).join('');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === text) return readFileSync(file, 'utf8');
  mkdirSync(join(folder, 'classes'), { recursive: true });
  const pom = ['-f', join(sources, 'pom.xml')];
  await run('mvn', ['-q', '-B', ...pom, 'dependency:build-classpath', `-Dmdep.outputFile=${file}`]);
  const classPath = readFileSync(file, 'utf8');
  await run('javac', ['-nowarn', '-cp', classPath, '-d', join(folder, 'classes'), ...programs]);
  writeFileSync(stamp, text);
  return classPath;
}

const published = ['hl7.terminology.r5', 'hl7.fhir.uv.extensions.r5'];

/**
 * Lays the packages of npm into a package cache as the reference validator reads it, without the dependencies that they name, since those
 * are of other versions and would be fetched. Returns what is to be loaded beside R5 core.
 */
export function layPackages(beside: Beside): string[] {
  mkdirSync(cache, { recursive: true });
  // A cache of another format is emptied by the reference validator.
  writeFileSync(join(cache, 'packages.ini'), '[cache]\nversion = 4\n\n[urls]\n\n[local]\n\n[packages]\n');
  const loaded = ['hl7.fhir.r5.core', ...published].map((name) => layPublished(name));
  lay('hl7.fhir.xver-extensions', '0.1.0', () => undefined, { canonical: 'http://hl7.org/fhir/xver' });
  return [...loaded.slice(1), ...layBeside(beside)];
}

const madeBeside = { provoked: provokedDefinitions, grown: grownDefinitions, shaped: shapedDefinitions } as const;

/** The package of what subjects bring: each process has its own, so that several may ask at once. */
const ownPackage = `test.own${process.pid}`;

function layBeside(beside: Beside): string[] {
  if (beside !== 'nothing' && beside !== 'national') {
    const [name, definitions] =
      typeof beside === 'string' ? [`test.${beside}`, madeBeside[beside]] : [ownPackage, beside];
    // They change with what is made.
    rmSync(join(cache, `${name}#1.0.0`), { recursive: true, force: true });
    return [lay(name, '1.0.0', (to) => writeResources(definitions, to), { canonical: home })];
  }
  if (beside !== 'national' || skipNational !== false) return [];
  const canonical = { canonical: 'https://dhp.uz/fhir/core' };
  return [lay('uz.dhp.core', '0.7.0', (to) => writeResources(nationalResources(), to), canonical)];
}

function layPublished(name: string): string {
  const from = dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));
  const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as { version: string };
  const files = readdirSync(from).filter((file) => file.endsWith('.json') && file !== 'package.json');
  const link = (to: string): void => files.forEach((file) => symlinkSync(join(from, file), join(to, file)));
  return lay(name, manifest.version, link, manifest);
}

function writeResources(resources: Iterable<Json>, to: string): void {
  for (const resource of resources) {
    const { resourceType, id } = resource;
    if (typeof resourceType !== 'string' || typeof id !== 'string') continue;
    writeFileSync(join(to, `${resourceType}-${id}.json`), JSON.stringify(resource));
  }
}

/** Whether a package is there; one whose files lead to a folder that has gone is not. */
const isLaid = (at: string): boolean =>
  existsSync(at) && readdirSync(join(at, 'package')).every((file) => existsSync(join(at, 'package', file)));

function lay(name: string, version: string, fill: (to: string) => void, manifest: object): string {
  const id = `${name}#${version}`;
  if (isLaid(join(cache, id))) return id;
  rmSync(join(cache, id), { recursive: true, force: true });
  const made = join(folder, `laid-${process.pid}`);
  rmSync(made, { recursive: true, force: true });
  mkdirSync(join(made, 'package'), { recursive: true });
  fill(join(made, 'package'));
  const text = { name, version, type: 'IG', fhirVersions: ['5.0.0'], ...manifest, dependencies: {} };
  writeFileSync(join(made, 'package', 'package.json'), JSON.stringify(text));
  try {
    renameSync(made, join(cache, id));
  } catch (error) {
    // Another process may have laid it meanwhile.
    rmSync(made, { recursive: true, force: true });
    if (!isLaid(join(cache, id))) throw error;
  }
  return id;
}
