/** A package with all its dependencies, in the order of installation. */
import { builtInVersion, fits, PackageFault, specifierText, type Specifier } from '@dhp/fhir-package';
import type { InstalledPackage } from '@dhp/fhir-store/packages';
import type { Progress } from '../progress.ts';
import type { PackageMessages } from '../texts/package.ts';
import { byName, type FoundPackage } from './find-package.ts';
import type { Registry } from './registry.ts';
import { SaidFault, type Sentence } from './said-fault.ts';

/** A dependency that cannot be had. */
export interface MissingPackage {
  readonly name: string;
  readonly version: string;
  readonly neededBy: string;
  /** In English, for programs. */
  readonly reason: string;
  /** The reason in the person's language, if known; a function, which JSON omits. */
  readonly sentence: Sentence | undefined;
}

export function missingInWords({ sentence, ...missing }: MissingPackage, said: PackageMessages): string {
  return said.missing.dependency({ ...missing, reason: sentence?.(said) ?? missing.reason });
}

export interface Resolved {
  /** Each after its dependencies. */
  readonly packages: readonly FoundPackage[];
  readonly missing: readonly MissingPackage[];
}

/** More than any guide needs; it stops an endless chain from a faulty registry. */
const most = 200;

/**
 * Finds the dependencies of a package, recursively. Built-in and installed packages count as present.
 * @throws PackageFault if one exists but is not intact, or is hostile
 */
export async function resolveDependencies(
  root: FoundPackage,
  installed: readonly InstalledPackage[],
  registry: Registry,
  progress: Progress,
): Promise<Resolved> {
  const packages: FoundPackage[] = [];
  const missing: MissingPackage[] = [];
  const seen = new Set<string>();

  async function visit(found: FoundPackage): Promise<void> {
    const { manifest } = found.content;
    seen.add(specifierText(manifest));
    for (const [name, version] of manifest.dependencies) {
      const wanted: Specifier = { name, version };
      if (isThere(name, version) || seen.has(specifierText(wanted))) continue;
      seen.add(specifierText(wanted));
      if (seen.size > most) {
        throw new SaidFault('hostile', (said) => said.missing.tooMany({ most }));
      }
      const dependency = await look(wanted, specifierText(manifest));
      if (dependency !== undefined && !packages.some(({ content }) => isSame(content, dependency.content))) {
        await visit(dependency);
      }
    }
    packages.push(found);
  }

  function isThere(name: string, version: string): boolean {
    if (builtInVersion(name) !== undefined) return true;
    return installed.some((one) => one.complete && one.name === name && fits(one.version, version));
  }

  async function look(wanted: Specifier, neededBy: string): Promise<FoundPackage | undefined> {
    try {
      return await byName(wanted, registry, progress);
    } catch (error) {
      if (!(error instanceof PackageFault) || !['not-found', 'other-version'].includes(error.kind)) throw error;
      const sentence = error instanceof SaidFault ? error.sentence : undefined;
      missing.push({
        name: wanted.name,
        version: wanted.version ?? 'latest',
        neededBy,
        reason: error.message,
        sentence,
      });
      return undefined;
    }
  }

  await visit(root);
  return { packages, missing };
}

function isSame(a: FoundPackage['content'], b: FoundPackage['content']): boolean {
  return specifierText(a.manifest) === specifierText(b.manifest);
}
