/** The work of `dhp package install`. */
import { builtInVersion, PackageFault, parseSpecifier } from '@dhp/fhir-package';
import { operatingSystemUser } from '@dhp/sso-kit';
import { UsageError, type Values } from '../cli.ts';
import { environmentOf } from '../environment.ts';
import { checkPackages, type Faulty } from './check.ts';
import { contextOf, listed, print, work } from './command.ts';
import { findPackage } from './find-package.ts';
import { installPackage, type InstallReport } from './install.ts';
import { defaultServers, openRegistry } from './registry.ts';
import { missingInWords, resolveDependencies, type MissingPackage, type Resolved } from './resolve.ts';

/**
 * @param argument a path, or a name and perhaps a version
 * @returns the exit code
 * @throws UsageError for a package that is built in, PackageFault for one that cannot be had or installed
 */
export async function install(values: Values, argument: string): Promise<number> {
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
      throw new PackageFault('not-found', `Nothing is installed.\n${resolved.missing.map(missingInWords).join('\n')}`);
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
}

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
