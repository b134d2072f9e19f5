/** The work of `dhp package list`. */
import { builtInPackages } from '@dhp/fhir-package';
import { listPackages, type InstalledPackage } from '@dhp/fhir-store/packages';
import type { Values } from '../cli.ts';
import { openContext } from '../context.ts';
import { environmentOf, withEnvironment } from '../environment.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { packageMessages } from '../texts/package.ts';
import { progressOn, silent } from '../progress.ts';
import { print } from './command.ts';

/** @returns the exit code */
export async function list(values: Values): Promise<number> {
  const environment = environmentOf(values);
  const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
  const packages = await withEnvironment(context, environment, listPackages);
  if (values['json']) {
    const builtIn = [...builtInPackages].map(([name, version]) => ({ name, version }));
    print({ environment, packages: packages.map(asJson), built_in: builtIn });
  } else process.stdout.write(table(packages));
  return 0;
}

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
  const { interrupted, builtIn } = packageMessages[spokenLanguage()].list;
  const rows = [
    ['PACKAGE', 'VERSION', 'RESOURCES', 'INSTALLED', 'BY'],
    ...packages.map(({ name, version, resources, installed, by, complete }) => [
      name,
      version,
      grouped(resources),
      complete ? installed.toISOString().slice(0, 16) : interrupted,
      by,
    ]),
    ...[...builtInPackages].map(([name, version]) => [name, version, '', builtIn, '']),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: string[]): string => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}
