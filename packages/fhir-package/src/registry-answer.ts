import { PackageFault } from './package-fault.ts';
import type { StatedIntegrity } from './integrity.ts';

/** A version as a registry lists it. */
export interface PublishedVersion extends StatedIntegrity {
  readonly version: string;
  /** URL of its tarball; undefined if the registry gives none, then `/<name>/<version>`. */
  readonly tarball: string | undefined;
}

/** Versions of one package in a registry. */
export interface Published {
  readonly versions: readonly PublishedVersion[];
  readonly latest: string | undefined;
}

/**
 * Reads the answer to `GET <registry>/<name>`. https://confluence.hl7.org/display/FHIR/FHIR+Package+Registry+User+Documentation
 * @throws PackageFault `not-found` when it is no such answer
 */
export function publishedPackage(answer: unknown): Published {
  const { versions, 'dist-tags': tags } = record(answer);
  if (!isRecord(versions)) throw new PackageFault('not-found', 'The answer of the registry lists no versions.');
  const latest = record(tags)['latest'];
  return {
    latest: typeof latest === 'string' ? latest : undefined,
    versions: Object.entries(versions).map(([version, value]) => {
      const { dist, url } = record(value);
      const { tarball, shasum, integrity } = record(dist);
      return {
        version,
        tarball: text(tarball) ?? (typeof url === 'string' && /\/[^/]+\/[^/]+$/.test(url) ? url : undefined),
        shasum: text(shasum),
        integrity: text(integrity),
      };
    }),
  };
}

/**
 * The selected version: exactly that one, the newest that matches `1.2.x`, or the latest for undefined and `latest`.
 * @returns undefined if no version matches
 */
export function chooseVersion(published: Published, wanted: string | undefined): PublishedVersion | undefined {
  const { versions } = published;
  if (wanted === undefined || wanted === 'latest') {
    return versions.find(({ version }) => version === published.latest) ?? newest(versions);
  }
  return newest(versions.filter(({ version }) => fits(version, wanted)));
}

/** Whether a version is the requested one: the same, or one that matches `1.2.x`. */
export function fits(version: string, wanted: string): boolean {
  return version === wanted || (/\.x$/i.test(wanted) && version.startsWith(wanted.slice(0, -1)));
}

/** Releases come before any previews, as in npm. */
function newest(versions: readonly PublishedVersion[]): PublishedVersion | undefined {
  const releases = versions.filter(({ version }) => !version.includes('-'));
  return (releases.length > 0 ? releases : [...versions]).toSorted((a, b) => compareVersions(b.version, a.version))[0];
}

/** Part by part, numbers as numbers; a preview is before its release (semver 2.0.0, 11). */
function compareVersions(a: string, b: string): number {
  const [aRelease, aPreview] = split(a);
  const [bRelease, bPreview] = split(b);
  const release = aRelease.localeCompare(bRelease, 'en', { numeric: true });
  if (release !== 0 || aPreview === bPreview) return release;
  if (aPreview === undefined) return 1;
  if (bPreview === undefined) return -1;
  return aPreview.localeCompare(bPreview, 'en', { numeric: true });
}

function split(version: string): [string, string?] {
  const at = version.indexOf('-');
  return at < 0 ? [version] : [version.slice(0, at), version.slice(at + 1)];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
