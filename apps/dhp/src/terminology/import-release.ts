/** Brings the release of a code system into the store. */
import { scanJson } from '@dhp/fhir-model';
import type { FhirStore } from '@dhp/fhir-store';
import {
  readRelease,
  ReleaseFault,
  type ImportedSystem,
  type ReleaseKind,
  type ReleaseOptions,
} from '@dhp/terminology-release';
import type { Progress, ProgressStep } from '../progress.ts';
import { openRelease } from './open-release.ts';

export interface ImportReport {
  readonly id: string;
  readonly url: string;
  readonly version: string;
  readonly concepts: number;
  readonly outcome: 'created' | 'updated' | 'unchanged';
  /** Sentences about content of the release that was left out. */
  readonly notes: readonly string[];
}

/** Characters of a resource beyond which one row of the database is not the place for it. */
const largest = 400_000_000;

/** @throws ReleaseFault */
export async function readReleaseAt(
  kind: ReleaseKind,
  path: string,
  options: ReleaseOptions,
  progress: Progress,
): Promise<ImportedSystem> {
  let current: { file: string; step: ProgressStep } | undefined;
  const release = await openRelease(path, (file, done, total) => {
    if (current?.file !== file) {
      current?.step.done();
      current = { file, step: progress.step(file) };
    }
    current.step.update(done, total, 'bytes');
  });
  try {
    const system = await readRelease(kind, release, options);
    current?.step.done(`${system.concepts.toLocaleString('en')} concepts`);
    return system;
  } finally {
    release.close();
  }
}

/**
 * Stores the code system, as a new version where it has changed and as nothing where it has not.
 * @throws ReleaseFault when its id is that of another resource, and when it is too large
 */
export async function storeSystem(
  { resource, concepts, notes }: ImportedSystem,
  store: FhirStore,
  progress: Progress,
): Promise<ImportReport> {
  const { id, url = '', version = '' } = resource;
  const step = progress.step(`CodeSystem/${id}`);
  const text = JSON.stringify(resource);
  if (text.length > largest) {
    const million = Math.round(text.length / 1_000_000);
    throw new ReleaseFault(
      `${url} would be one resource of ${million} million characters; take fewer languages (--languages).`,
    );
  }
  const current = await store.read('CodeSystem', id);
  if (current !== undefined && !current.deleted) {
    const there = JSON.parse(current.content.toString()) as { url?: string };
    if (there.url !== url) throw new ReleaseFault(`CodeSystem/${id} is another code system, ${String(there.url)}.`);
  }
  const outcome = await store.update({
    type: 'CodeSystem',
    id,
    source: scanJson(text),
    resource: resource as unknown as Record<string, unknown>,
    requireMatch: false,
    createAllowed: true,
  });
  if (outcome.kind !== 'created' && outcome.kind !== 'updated' && outcome.kind !== 'unchanged') {
    throw new Error(`CodeSystem/${id} was not stored: ${outcome.kind}`);
  }
  step.done(`${outcome.kind}, ${concepts.toLocaleString('en')} concepts`);
  return { id, url, version, concepts, outcome: outcome.kind, notes };
}
