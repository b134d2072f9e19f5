import { PackageFault } from './package-fault.ts';
import { parseSpecifier } from './specifier.ts';

/** Content of `package.json` that is used here. https://confluence.hl7.org/display/FHIR/NPM+Package+Specification */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly title: string | undefined;
  readonly canonical: string | undefined;
  /** Empty if the package does not state them: some of the older ones. */
  readonly fhirVersions: readonly string[];
  /** Name and version of its dependencies. */
  readonly dependencies: ReadonlyMap<string, string>;
}

/** @throws PackageFault `not-a-package`, `bad-name` */
export function readManifest(text: string): PackageManifest {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new PackageFault('not-a-package', `package.json is not JSON: ${(error as Error).message}.`, { cause: error });
  }
  if (!isRecord(json) || typeof json['name'] !== 'string' || typeof json['version'] !== 'string') {
    throw new PackageFault('not-a-package', 'package.json does not say the name and the version of a package.');
  }
  const { name, version } = parseSpecifier(`${json['name']}@${json['version']}`);
  return {
    name,
    version: version!,
    title: textOf(json['title']),
    canonical: textOf(json['canonical']),
    fhirVersions: textsOf(json['fhirVersions'] ?? json['fhir-version-list']),
    dependencies: dependenciesOf(json['dependencies']),
  };
}

/** Whether a resource of these versions can be stored here; silence is taken for yes. */
export function isForR5(fhirVersions: readonly string[]): boolean {
  return fhirVersions.length === 0 || fhirVersions.some((version) => /^5\.0(\.|$)/.test(version));
}

function dependenciesOf(given: unknown): ReadonlyMap<string, string> {
  const dependencies = new Map<string, string>();
  if (!isRecord(given)) return dependencies;
  for (const [name, version] of Object.entries(given)) {
    if (typeof version !== 'string') {
      throw new PackageFault('not-a-package', `package.json names the dependency ${name} without a version.`);
    }
    parseSpecifier(`${name}@${version}`);
    dependencies.set(name, version);
  }
  return dependencies;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Packages whose content the platform has without installing them, with the version it was made from. */
export const builtInPackages: ReadonlyMap<string, string> = new Map([
  ['hl7.fhir.r5.core', '5.0.0'],
  ['hl7.fhir.r5.expansions', '5.0.0'],
  ['hl7.fhir.uv.extensions.r5', '5.3.0-ballot-tc1'],
  ['hl7.terminology.r5', '7.0.1'],
]);

/** The same content under other names: guides name these without the version of FHIR in them. */
const otherNames: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    'hl7.fhir.uv.extensions': 'hl7.fhir.uv.extensions.r5',
    'hl7.terminology': 'hl7.terminology.r5',
  }),
);

/** The built-in version of a package, undefined if it is not built in. A dependency on any other version counts as met. */
export function builtInVersion(name: string): string | undefined {
  return builtInPackages.get(otherNames.get(name) ?? name);
}
