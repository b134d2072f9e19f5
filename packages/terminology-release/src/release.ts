import { ReleaseFault } from './release-fault.ts';

/** A file of a release: of a folder, of an archive, or alone. */
export interface ReleaseFile {
  /** Its path in the release, with `/` between the folders. */
  readonly path: string;
  /** Its bytes, in pieces, readable repeatedly. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

export interface Release {
  /** Name of the file or folder of the release: `Loinc_2.80.zip`. */
  readonly name: string;
  readonly files: readonly ReleaseFile[];
}

export interface ReleaseOptions {
  /** The version of the release, if its files do not contain it or are wrong. */
  readonly version?: string | undefined;
  /** Languages of designations to take, as BCP 47 ranges (`ru` takes `ru-RU` too). Undefined: all that there are. */
  readonly languages?: readonly string[] | undefined;
  /** SNOMED CT: the identifier of the edition's module. */
  readonly edition?: string | undefined;
  /** Take concepts that are inactive, too. */
  readonly inactive?: boolean | undefined;
}

/** The files whose paths match. */
export function filesLike({ files }: Release, form: RegExp): readonly ReleaseFile[] {
  return files.filter(({ path }) => form.test(path)).toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** @throws ReleaseFault unless there is exactly one */
export function theFile(release: Release, form: RegExp, called: string): ReleaseFile {
  const found = filesLike(release, form);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new ReleaseFault(
      `${release.name} has several files that could be ${called}: ${found[0]!.path}, ${found[1]!.path}.`,
    );
  }
  const there = release.files.slice(0, 3).map(({ path }) => path);
  throw new ReleaseFault(
    `${release.name} has no ${called}; it has ${there.length === 0 ? 'no file' : `${there.join(', ')} …`}.`,
  );
}

export function isWanted(language: string, { languages }: ReleaseOptions): boolean {
  if (languages === undefined) return true;
  const tag = language.toLowerCase();
  return languages.some((range) => tag === range.toLowerCase() || tag.startsWith(`${range.toLowerCase()}-`));
}
