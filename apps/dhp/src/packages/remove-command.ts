/** The work of `dhp package remove`. */
import { builtInVersion, parseSpecifier, specifierText } from '@dhp/fhir-package';
import type { InstalledPackage } from '@dhp/fhir-store/packages';
import { UsageError, type Values } from '../cli.ts';
import { environmentOf } from '../environment.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { packageMessages } from '../texts/package.ts';
import { contextOf, listed, print, work } from './command.ts';
import { removePackage, type RemoveReport } from './remove.ts';

/**
 * @param argument a name, and the version if several are installed
 * @returns the exit code
 * @throws UsageError for a package that is built in, not installed, or required by another
 */
export async function remove(values: Values, argument: string): Promise<number> {
  const { name, version } = parseSpecifier(argument);
  if (builtInVersion(name) !== undefined)
    throw new UsageError(packageMessages[spokenLanguage()].remove.builtIn({ package: name }));
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
}

/** The installed package that is meant. @throws UsageError */
function choose(
  packages: readonly InstalledPackage[],
  name: string,
  version: string | undefined,
  force: boolean,
): { name: string; version: string } {
  const found = packages.filter((one) => one.name === name && (version === undefined || one.version === version));
  const [chosen] = found;
  const said = packageMessages[spokenLanguage()].remove;
  if (chosen === undefined) {
    throw new UsageError(said.notInstalled({ package: specifierText({ name, version }) }));
  }
  if (found.length > 1) {
    const versions = found.map((one) => one.version).join(', ');
    throw new UsageError(said.several({ name, versions, version: chosen.version }));
  }
  const needing = packages.filter((one) => one.dependencies[name] === chosen.version);
  if (needing.length > 0 && !force) {
    const names = needing.map(specifierText).join(', ');
    throw new UsageError(said.needed({ names, package: specifierText(chosen) }));
  }
  return { name, version: chosen.version };
}

function tellRemoved({ name, version, deleted, stays }: RemoveReport): void {
  const said = packageMessages[spokenLanguage()].remove;
  process.stdout.write(`${said.done({ name, version, resources: grouped(deleted) })}\n`);
  for (const [reason, those] of Map.groupBy(stays, (one) => one.reason)) {
    process.stdout.write(`${said.stay({ resources: grouped(those.length), reason: said.reasons[reason] })}\n`);
    process.stdout.write(listed(those.map(({ resource }) => resource)));
  }
}
