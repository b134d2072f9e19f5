/** Finds a package: a tarball or a folder of this machine, a package of node_modules, or one of a registry. */
import { createRequire } from 'node:module';
import { existsSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  PackageFault,
  packageOf,
  parseSpecifier,
  readTarball,
  specifierText,
  type FhirPackage,
  type Specifier,
} from '@dhp/fhir-package';
import { spokenLanguage } from '../locale.ts';
import { packageMessages } from '../texts/package.ts';
import type { Progress } from '../progress.ts';
import type { Registry } from './registry.ts';
import { SaidFault } from './said-fault.ts';

export interface FoundPackage {
  readonly content: FhirPackage;
  /** A path or an address, for people. */
  readonly origin: string;
}

/**
 * The package that a command's argument names: a path if it exists, otherwise a name.
 * @throws PackageFault
 */
export async function findPackage(argument: string, registry: Registry, progress: Progress): Promise<FoundPackage> {
  const path = resolve(argument);
  if (existsSync(path)) return fromPath(path);
  if (/[/\\]|\.t(ar\.)?gz$/i.test(argument)) {
    throw new SaidFault('not-found', ({ find }) => find.notThere({ path }));
  }
  return byName(parseSpecifier(argument), registry, progress);
}

/** @throws PackageFault `not-found` and others */
export async function byName(wanted: Specifier, registry: Registry, progress: Progress): Promise<FoundPackage> {
  const folder = nodeModule(wanted.name);
  if (folder !== undefined) {
    const found = await fromPath(folder);
    if (wanted.version === undefined || found.content.manifest.version === wanted.version) return found;
  }
  const said = packageMessages[spokenLanguage()];
  const step = progress.step(said.find.step({ package: specifierText(wanted) }));
  const { bytes, version, origin, checked } = await registry.fetch(wanted, (got, total) =>
    step.update(got, total, said.units.bytes),
  );
  step.done(said.find[checked ? 'found' : 'foundUnchecked']({ version, origin }));
  const content = packageOf(await readTarball(bytes));
  const { manifest } = content;
  if (manifest.name !== wanted.name) {
    const values = { origin, found: manifest.name, wanted: wanted.name };
    throw new SaidFault('not-intact', ({ find }) => find.other(values));
  }
  return { content, origin };
}

async function fromPath(path: string): Promise<FoundPackage> {
  try {
    const content = statSync(path).isDirectory()
      ? await readFolder(path)
      : packageOf(await readTarball(await readFile(path)));
    return { content, origin: path };
  } catch (error) {
    if (!(error instanceof PackageFault)) throw error;
    throw new PackageFault(error.kind, `${path}: ${error.message}`, { cause: error });
  }
}

/** A folder that contains `package/`, like an unpacked tarball, or is itself the content. */
async function readFolder(path: string): Promise<FhirPackage> {
  const inner = join(path, 'package');
  const folder = existsSync(join(inner, 'package.json')) ? inner : path;
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.json')).map(({ name }) => name);
  return packageOf(await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) }))));
}

/** The folder of an npm package that is installed beside the platform. */
function nodeModule(name: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
