/** The work of `dhp package install`. */
import { builtInVersion, parseSpecifier } from '@dhp/fhir-package';
import { operatingSystemUser } from '@dhp/sso-kit';
import { UsageError, type Values } from '../cli.ts';
import { environmentOf } from '../environment.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { packageMessages, type PackageMessages } from '../texts/package.ts';
import { checkPackages, type Faulty } from './check.ts';
import { contextOf, listed, print, work } from './command.ts';
import { findPackage } from './find-package.ts';
import { installPackage, type InstallReport } from './install.ts';
import { defaultServers, openRegistry } from './registry.ts';
import { SaidFault } from './said-fault.ts';
import { missingInWords, resolveDependencies, type MissingPackage, type Resolved } from './resolve.ts';

/**
 * @param argument a path, or a name and optionally a version
 * @returns the exit code
 * @throws UsageError for a built-in package, PackageFault for one that cannot be obtained or installed
 */
export async function install(values: Values, argument: string): Promise<number> {
  const said = packageMessages[spokenLanguage()];
  if (refuseBuiltIn(argument)) throw new UsageError(said.install.builtIn({ package: argument }));
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
      throw nothing('not-found', (words) => resolved.missing.map((one) => missingInWords(one, words)));
    }
    const overwrite = values['overwrite'] === true;
    const installing = { store, register, progress, by: operatingSystemUser(), overwrite };
    const { packages } = resolved;
    const faulty = await checkPackages(
      packages.map(({ content }) => content),
      progress,
    );
    if (values['valid'] === true && faulty.flat().length > 0) {
      throw nothing('not-valid', (words) => faulty.flat().map((one) => faultInWords(one, words)));
    }
    for (const [i, found] of packages.entries()) reports.push(await installPackage(found, faulty[i]!, installing));
    return resolved.missing;
  });
  if (values['json']) print({ environment, packages: reports, missing });
  else tellInstalled(reports, missing);
  return 0;
}

/** Whether the argument is a name, not a path, of a built-in package. */
function refuseBuiltIn(argument: string): boolean {
  try {
    return builtInVersion(parseSpecifier(argument).name) !== undefined;
  } catch {
    return false; // a path
  }
}

/** The failure of an installation for reasons, a line each. */
function nothing(kind: 'not-found' | 'not-valid', reasons: (said: PackageMessages) => string[]): SaidFault {
  return new SaidFault(kind, (said) => [said.install.nothing, ...reasons(said)].join('\n'));
}

function faultInWords({ resource, errors, first }: Faulty, said: PackageMessages): string {
  return said.check.faults({ resource, first, more: errors - 1 });
}

function tellInstalled(reports: readonly InstallReport[], missing: readonly MissingPackage[]): void {
  const said = packageMessages[spokenLanguage()];
  for (const { name, version, resources, kept, faulty } of reports) {
    process.stdout.write(`${said.install.done({ name, version, resources: grouped(resources) })}\n`);
    if (faulty.length > 0) {
      process.stdout.write(`${said.install.faulty}\n`);
      process.stdout.write(listed(faulty.map((one) => faultInWords(one, said))));
    }
    if (kept.length === 0) continue;
    process.stdout.write(`${said.install.kept}\n`);
    process.stdout.write(listed(kept));
  }
  for (const one of missing) {
    process.stderr.write(`${missingInWords(one, said)}\n${said.missing.consequence}\n`);
  }
}
