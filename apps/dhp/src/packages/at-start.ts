/** The packages that an environment has from its first start on (`DHP_PACKAGES`). */
import { builtInVersion, fits, parseSpecifier, type Specifier } from '@dhp/fhir-package';
import { listPackages, openPackageRegister, type InstalledPackage } from '@dhp/fhir-store/packages';
import type { FhirStore } from '@dhp/fhir-store';
import type { Context } from '../context.ts';
import { spokenLanguage } from '../locale.ts';
import { packageMessages } from '../texts/package.ts';
import { checkPackages } from './check.ts';
import { findPackage } from './find-package.ts';
import { installPackage } from './install.ts';
import { defaultServers, openRegistry } from './registry.ts';
import { missingInWords, resolveDependencies } from './resolve.ts';

/**
 * Installs the packages of the setting that are not completely installed, with their dependencies. Of several nodes that start at once, one
 * does it and the others wait; an installation that was killed in between is completed by the next start. For installed packages it costs
 * one query, and no registry is asked.
 *
 * @throws PackageFault for a package that cannot be obtained: the environment must not serve without it
 */
export async function installAtStart(store: FhirStore, url: string, { settings, progress }: Context): Promise<void> {
  const wanted = (settings.DHP_PACKAGES ?? []).filter((one) => builtInVersion(nameIn(one)?.name ?? '') === undefined);
  const before = wanted.length === 0 ? [] : await listPackages(url);
  const left = wanted.filter((one) => !isThere(nameIn(one), before));
  if (left.length === 0) return;
  const registry = openRegistry(settings.DHP_PACKAGE_SERVERS ?? defaultServers);
  const said = packageMessages[spokenLanguage()];
  const register = await openPackageRegister(url, () => progress.say(said.waitsForNode));
  try {
    for (const one of left) {
      if (isThere(nameIn(one), await register.list())) continue; // another node was faster
      const root = await findPackage(one, registry, progress);
      const known = await register.list();
      if (isThere(root.content.manifest, known)) continue;
      const { packages, missing } = await resolveDependencies(root, known, registry, progress);
      const faults = await checkPackages(
        packages.map(({ content }) => content),
        progress,
      );
      for (const [i, found] of packages.entries()) {
        const faulty = faults[i] ?? [];
        await installPackage(found, faulty, { store, register, progress, by: 'start', overwrite: false });
        for (const { resource, first } of faulty) progress.say(said.check.faulty({ resource, first }));
      }
      for (const lacking of missing) progress.say(missingInWords(lacking, said));
    }
  } finally {
    await register.close();
  }
}

/** The package that a text names; undefined for a path, whose name is known after reading it. */
function nameIn(words: string): Specifier | undefined {
  try {
    return parseSpecifier(words);
  } catch {
    return undefined;
  }
}

function isThere(wanted: Specifier | undefined, installed: readonly InstalledPackage[]): boolean {
  if (wanted === undefined) return false;
  const { name, version } = wanted;
  return installed.some(
    (one) => one.complete && one.name === name && (version === undefined || fits(one.version, version)),
  );
}
