import { decodeJson, isId, isResourceType, JsonSyntaxError, scanJson, type JsonSource } from '@dhp/fhir-model';
import { isForR5, readManifest, type PackageManifest } from './manifest.ts';
import { PackageFault } from './package-fault.ts';

/** A file of a package's content folder. */
export interface PackageFile {
  /** Without folder: `ValueSet-organs.json`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A resource of a package, ready to be stored. */
export interface PackageResource {
  readonly file: string;
  readonly type: string;
  /** Undefined if the resource has no id. */
  readonly id: string | undefined;
  /** Canonical url and business version, if it has them. */
  readonly url: string | undefined;
  readonly version: string | undefined;
  readonly source: JsonSource;
  readonly resource: Readonly<Record<string, unknown>>;
}

export interface FhirPackage {
  readonly manifest: PackageManifest;
  readonly resources: readonly PackageResource[];
}

/**
 * A package from the files of its content folder (`package/` of a tarball). Its resources count, regardless of the index; but every file in
 * the index must exist.
 *
 * @throws PackageFault `not-a-package`, `other-version`
 */
export function packageOf(files: Iterable<PackageFile>): FhirPackage {
  const byName = new Map<string, PackageFile>();
  for (const file of files) byName.set(file.name, file);
  const manifestFile = byName.get('package.json');
  if (manifestFile === undefined) {
    throw new PackageFault('not-a-package', 'There is no package.json: this is not a FHIR package.');
  }
  const manifest = readManifest(textOf(manifestFile));
  if (!isForR5(manifest.fhirVersions)) {
    const versions = manifest.fhirVersions.join(', ');
    throw new PackageFault(
      'other-version',
      `${manifest.name}@${manifest.version} is for FHIR ${versions}; this platform speaks FHIR 5.0.0.`,
    );
  }
  checkIndex(byName);
  const resources: PackageResource[] = [];
  for (const file of [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const resource = isResourceFile(file.name) ? resourceOf(file) : undefined;
    if (resource !== undefined) resources.push(resource);
  }
  return { manifest, resources };
}

/** JSON files other than resources: the manifest, indexes and files of publishing tools. */
function isResourceFile(name: string): boolean {
  return /\.json$/i.test(name) && !/^(\.|package\.json$|package-lock\.json$)|\.(openapi|schema)\.json$/i.test(name);
}

/** @returns undefined for JSON that is no resource */
function resourceOf(file: PackageFile): PackageResource | undefined {
  let source: JsonSource;
  try {
    source = scanJson(textOf(file));
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new PackageFault('not-a-package', `${file.name} is not good JSON: ${error.message}`, { cause: error });
  }
  const type = source.resourceType;
  if (type === undefined) return undefined;
  if (!isResourceType(type)) {
    throw new PackageFault('not-a-package', `${file.name} holds a ${type}, which is no resource type of FHIR R5.`);
  }
  const resource = JSON.parse(source.text) as Record<string, unknown>;
  const { id, url, version } = resource;
  if (id !== undefined && (typeof id !== 'string' || !isId(id))) {
    throw new PackageFault('not-a-package', `${file.name} has the id ${JSON.stringify(id)}, which is none.`);
  }
  return {
    file: file.name,
    type,
    id,
    url: typeof url === 'string' ? url : undefined,
    version: typeof version === 'string' ? version : undefined,
    source,
    resource,
  };
}

/** An index with missing files shows that the package lost files on its way. */
function checkIndex(files: ReadonlyMap<string, PackageFile>): void {
  const index = files.get('.index.json');
  if (index === undefined) return;
  let named: unknown;
  try {
    named = (JSON.parse(textOf(index)) as { files?: unknown } | null)?.files;
  } catch {
    return; // a broken index does no harm: the resources are read in any case
  }
  if (!Array.isArray(named)) return;
  for (const entry of named as { filename?: unknown }[]) {
    if (typeof entry.filename === 'string' && !entry.filename.includes('/') && !files.has(entry.filename)) {
      throw new PackageFault('not-a-package', `The index names ${entry.filename}, which is not in the package.`);
    }
  }
}

function textOf(file: PackageFile): string {
  try {
    return decodeJson(file.bytes);
  } catch (error) {
    throw new PackageFault('not-a-package', `${file.name} is not UTF-8: ${(error as Error).message}`, { cause: error });
  }
}
