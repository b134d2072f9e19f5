/** Brings the release of a code system into the store. */
import { scanJson } from '@dhp/fhir-model';
import { contentHash } from '@dhp/fhir-model/stamp';
import type { FhirStore, StoredVersion, TransactionWrite, WriteOutcome } from '@dhp/fhir-store';
import {
  readRelease,
  ReleaseFault,
  type ImportedSystem,
  type ReleaseKind,
  type ReleaseOptions,
} from '@dhp/terminology-release';
import { grouped, spokenLanguage } from '../locale.ts';
import { packageMessages } from '../texts/package.ts';
import type { Progress, ProgressStep } from '../progress.ts';
import { provenanceOf } from '../provenance.ts';
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
    current.step.update(done, total, packageMessages[spokenLanguage()].units.bytes);
  });
  try {
    const system = await readRelease(kind, release, options);
    const { concepts } = packageMessages[spokenLanguage()].terminology;
    current?.step.done(concepts({ concepts: grouped(system.concepts) }));
    return system;
  } finally {
    release.close();
  }
}

/**
 * Stores the code system: as a new version with its Provenance if it has changed; otherwise does nothing.
 * @param by name of the operator
 * @throws ReleaseFault if its id belongs to another resource, and if it is too large
 */
export async function storeSystem(
  { resource, concepts, notes }: ImportedSystem,
  store: FhirStore,
  { progress, by }: { readonly progress: Progress; readonly by: string },
): Promise<ImportReport> {
  const { id, url = '', version = '' } = resource;
  const said = packageMessages[spokenLanguage()].terminology;
  const step = progress.step(`CodeSystem/${id}`);
  const text = JSON.stringify(resource);
  if (text.length > largest) {
    throw new ReleaseFault(said.tooLarge({ url, millions: Math.round(text.length / 1_000_000) }));
  }
  const current = await store.read('CodeSystem', id);
  if (current !== undefined && !current.deleted) {
    const there = JSON.parse(current.content.toString()) as { url?: string };
    if (there.url !== url) throw new ReleaseFault(said.other({ id, url: String(there.url) }));
  }
  const content = { source: scanJson(text), resource: resource as unknown as Record<string, unknown> };
  const named = { type: 'CodeSystem', id, ...content, requireMatch: false, createAllowed: true };
  const value = version === '' ? url : `${url}|${version}`;
  const source = { system: 'urn:ietf:rfc:3986', value };
  const outcome = isContentOf(current, content.source)
    ? await store.update(named)
    : await storeFrom(store, { current, named, source, by });
  if (outcome.kind !== 'created' && outcome.kind !== 'updated' && outcome.kind !== 'unchanged') {
    throw new Error(`CodeSystem/${id} was not stored: ${outcome.kind}`);
  }
  step.done(said[outcome.kind]({ concepts: grouped(concepts) }));
  return { id, url, version, concepts, outcome: outcome.kind, notes };
}

function isContentOf(current: StoredVersion | undefined, source: ReturnType<typeof scanJson>): boolean {
  return current?.deleted === false && contentHash(scanJson(current.content.toString())) === contentHash(source);
}

/** @returns the outcome of the code system, which is stored with the Provenance of the version that it becomes */
async function storeFrom(
  store: FhirStore,
  o: {
    readonly current: StoredVersion | undefined;
    readonly named: Parameters<FhirStore['update']>[0];
    readonly source: Parameters<typeof provenanceOf>[0]['source'];
    readonly by: string;
  },
): Promise<WriteOutcome> {
  const { current, named, source, by } = o;
  const { type, id } = named;
  const write: TransactionWrite =
    current === undefined
      ? { kind: 'create', ...named }
      : { kind: 'update', ...named, ...(!current.deleted && { ifMatch: [current.versionId] }) };
  const isKnown = current?.deleted !== true;
  const target = `${type}/${id}${isKnown ? `/_history/${String((current?.versionId ?? 0) + 1)}` : ''}`;
  const result = await store.transaction([write, provenanceOf({ targets: [target], source, by })]);
  const outcome = result.kind === 'committed' ? result.outcomes[0] : result.failures[0]?.outcome;
  if (outcome === undefined) throw new Error('the store has no outcome of a write');
  return outcome;
}
