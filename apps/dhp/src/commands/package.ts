/** `dhp package …`: FHIR packages of an environment. What they bring are resources like any other, on every node at once. */
import { builtInPackages, builtInVersion, PackageFault, parseSpecifier, specifierText } from '@dhp/fhir-package';
import {
  listPackages,
  openPackageRegister,
  type FhirStore,
  type InstalledPackage,
  type PackageRegister,
} from '@dhp/fhir-store';
import { operatingSystemUser } from '@dhp/sso';
import { UsageError, type Command, type Option, type Values } from '../cli.ts';
import { openContext, type Context } from '../context.ts';
import { environmentOf, environmentOption, withEnvironment, withStore, type EnvironmentName } from '../environment.ts';
import { checkPackages, type Faulty } from '../packages/check.ts';
import { findPackage } from '../packages/find-package.ts';
import { installPackage, type InstallReport } from '../packages/install.ts';
import { defaultServers, openRegistry } from '../packages/registry.ts';
import { removePackage, type RemoveReport } from '../packages/remove.ts';
import { missingInWords, resolveDependencies, type MissingPackage, type Resolved } from '../packages/resolve.ts';
import { progressOn, silent } from '../progress.ts';

const json: Option = { type: 'boolean', help: 'print one JSON object' };

/** A package's resources in words are shown up to here; `--json` has all. */
const shown = 10;

interface Work {
  readonly store: FhirStore;
  readonly register: PackageRegister;
}

function contextOf(values: Values): Context {
  return openContext(values['json'] === true ? silent : progressOn(process.stderr));
}

/** The store and, alone, the register of packages, for the length of one command. */
function work<T>(context: Context, environment: EnvironmentName, act: (work: Work) => Promise<T>): Promise<T> {
  return withEnvironment(context, environment, async (url) => {
    const register = await openPackageRegister(url, () =>
      context.progress.say('Somebody else installs or removes a package; this waits for its end.'),
    );
    try {
      return await withStore(context, environment, url, (store) => act({ store, register }));
    } finally {
      await register.close();
    }
  });
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0)}\n`);
}

const install: Command = {
  name: 'package install',
  summary: 'Bring a FHIR package into an environment: profiles, code systems, value sets …',
  argument: 'PACKAGE',
  options: {
    environment: environmentOption,
    'no-dependencies': { type: 'boolean', help: 'leave aside what the package stands on' },
    strict: { type: 'boolean', help: 'install nothing when a dependency cannot be had' },
    valid: { type: 'boolean', help: 'install nothing when a resource does not conform to FHIR R5 and its profiles' },
    overwrite: { type: 'boolean', help: "put the package's content in the place of what was changed here since" },
    json,
  },
  examples: [
    'dhp package install hl7.fhir.uv.ips@2.0.0',
    'dhp package install ./uz.dhp.core-0.7.0.tgz --environment production',
    'dhp package install ./build/package --no-dependencies',
  ],
  run: async (values, argument) => {
    if (refuseBuiltIn(argument)) throw new UsageError(`${argument} is built in; there is nothing to install.`);
    const environment = environmentOf(values);
    const context = contextOf(values);
    const { progress, settings } = context;
    const registry = openRegistry(settings.DHP_PACKAGE_SERVERS ?? defaultServers);
    const root = await findPackage(argument, registry, progress);
    const alone: Resolved = { packages: [root], missing: [] };

    const reports: InstallReport[] = [];
    const missing = await work(context, environment, async ({ store, register }) => {
      const resolved =
        values['no-dependencies'] === true
          ? alone
          : await resolveDependencies(root, await register.list(), registry, progress);
      if (values['strict'] === true && resolved.missing.length > 0) {
        throw new PackageFault(
          'not-found',
          `Nothing is installed.\n${resolved.missing.map(missingInWords).join('\n')}`,
        );
      }
      const overwrite = values['overwrite'] === true;
      const installing = { store, register, progress, by: operatingSystemUser(), overwrite };
      const { packages } = resolved;
      const faulty = await checkPackages(
        packages.map(({ content }) => content),
        progress,
      );
      if (values['valid'] === true && faulty.flat().length > 0) {
        throw new PackageFault('not-valid', `Nothing is installed.\n${faulty.flat().map(faultInWords).join('\n')}`);
      }
      for (const [i, found] of packages.entries()) reports.push(await installPackage(found, faulty[i]!, installing));
      return resolved.missing;
    });
    if (values['json']) print({ environment, packages: reports, missing });
    else tellInstalled(reports, missing);
    return 0;
  },
};

/** Whether the words name, as no path does, a package that is there from the beginning. */
function refuseBuiltIn(argument: string): boolean {
  try {
    return builtInVersion(parseSpecifier(argument).name) !== undefined;
  } catch {
    return false; // a path
  }
}

function faultInWords({ resource, errors, first }: Faulty): string {
  return `${resource}: ${first}${errors > 1 ? ` (and ${errors - 1} more)` : ''}`;
}

function tellInstalled(reports: readonly InstallReport[], missing: readonly MissingPackage[]): void {
  for (const { name, version, resources, kept, faulty } of reports) {
    process.stdout.write(`${name}@${version} is installed: ${resources.toLocaleString('en')} resources.\n`);
    if (faulty.length > 0) {
      process.stdout.write(`These do not conform and are stored all the same (--valid would install nothing):\n`);
      process.stdout.write(listed(faulty.map(faultInWords)));
    }
    if (kept.length === 0) continue;
    process.stdout.write(`These were changed here since and stay as they are (--overwrite replaces them):\n`);
    process.stdout.write(listed(kept));
  }
  for (const one of missing) {
    process.stderr.write(`${missingInWords(one)}\nWhat refers to it will say so when it is used.\n`);
  }
}

function listed(lines: readonly string[]): string {
  const more = lines.length > shown ? [`… and ${lines.length - shown} more`] : [];
  return [...lines.slice(0, shown), ...more].map((line) => `  ${line}\n`).join('');
}

const list: Command = {
  name: 'package list',
  summary: 'Show the FHIR packages of an environment',
  options: { environment: environmentOption, json },
  run: async (values) => {
    const environment = environmentOf(values);
    const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
    const packages = await withEnvironment(context, environment, listPackages);
    if (values['json']) {
      const builtIn = [...builtInPackages].map(([name, version]) => ({ name, version }));
      print({ environment, packages: packages.map(asJson), built_in: builtIn });
    } else process.stdout.write(table(packages));
    return 0;
  },
};

function asJson(one: InstalledPackage): Record<string, unknown> {
  return {
    name: one.name,
    version: one.version,
    ...(one.title !== undefined && { title: one.title }),
    ...(one.canonical !== undefined && { canonical: one.canonical }),
    dependencies: one.dependencies,
    resources: one.resources,
    origin: one.origin,
    installed_at: one.installed.toISOString(),
    installed_by: one.by,
    complete: one.complete,
  };
}

function table(packages: readonly InstalledPackage[]): string {
  const rows = [
    ['PACKAGE', 'VERSION', 'RESOURCES', 'INSTALLED', 'BY'],
    ...packages.map(({ name, version, resources, installed, by, complete }) => [
      name,
      version,
      resources.toLocaleString('en'),
      complete ? installed.toISOString().slice(0, 16) : 'interrupted: install it again',
      by,
    ]),
    ...[...builtInPackages].map(([name, version]) => [name, version, '', 'built in', '']),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: string[]): string => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

const remove: Command = {
  name: 'package remove',
  summary: 'Take a FHIR package out of an environment',
  argument: 'NAME[@VERSION]',
  options: {
    environment: environmentOption,
    force: { type: 'boolean', help: 'although another installed package stands on it' },
    json,
  },
  examples: ['dhp package remove hl7.fhir.uv.ips@2.0.0'],
  run: async (values, argument) => {
    const { name, version } = parseSpecifier(argument);
    if (builtInVersion(name) !== undefined) throw new UsageError(`${name} is built in and cannot be removed.`);
    const environment = environmentOf(values);
    const context = contextOf(values);
    const { settings, progress } = context;
    const report = await work(context, environment, async ({ store, register }) => {
      const removed = choose(await register.list(), name, version, values['force'] === true);
      const references = settings.DHP_REFERENCE_INTEGRITY ?? (environment === 'production' ? 'enforce' : 'allow');
      const integrity = references === 'enforce';
      return { environment, ...(await removePackage(removed, { store, register, progress, integrity })) };
    });
    if (values['json']) print(report);
    else tellRemoved(report);
    return 0;
  },
};

/** The one installed package that is meant. @throws UsageError */
function choose(
  packages: readonly InstalledPackage[],
  name: string,
  version: string | undefined,
  force: boolean,
): { name: string; version: string } {
  const found = packages.filter((one) => one.name === name && (version === undefined || one.version === version));
  const [chosen] = found;
  if (chosen === undefined) {
    throw new UsageError(`${specifierText({ name, version })} is not installed. dhp package list shows what is.`);
  }
  if (found.length > 1) {
    const versions = found.map((one) => one.version).join(', ');
    throw new UsageError(`${name} is installed in the versions ${versions}; say which: ${name}@${chosen.version}`);
  }
  const needing = packages.filter((one) => one.dependencies[name] === chosen.version);
  if (needing.length > 0 && !force) {
    const names = needing.map(specifierText).join(', ');
    throw new UsageError(`${names} stands on ${specifierText(chosen)}. Remove that first, or add --force.`);
  }
  return { name, version: chosen.version };
}

function tellRemoved({ name, version, deleted, stays }: RemoveReport): void {
  process.stdout.write(`${name}@${version} is removed: ${deleted.toLocaleString('en')} resources deleted.\n`);
  for (const [reason, those] of Map.groupBy(stays, (one) => one.reason)) {
    process.stdout.write(`${those.length.toLocaleString('en')} stay, ${reason}:\n`);
    process.stdout.write(listed(those.map(({ resource }) => resource)));
  }
}

export const packageCommands: readonly Command[] = [install, list, remove];
