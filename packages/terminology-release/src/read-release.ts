import type { ImportedSystem } from './code-system.ts';
import { readIcd10 } from './icd10.ts';
import { readIcd11 } from './icd11.ts';
import { readLoinc } from './loinc.ts';
import type { Release, ReleaseOptions } from './release.ts';
import { readSnomed } from './snomed.ts';

const readers = {
  'icd-10': readIcd10,
  'icd-11': readIcd11,
  loinc: readLoinc,
  snomed: readSnomed,
} as const;

export type ReleaseKind = keyof typeof readers;

export const releaseKinds = Object.keys(readers) as readonly ReleaseKind[];

export function isReleaseKind(text: string): text is ReleaseKind {
  return Object.hasOwn(readers, text);
}

/** The CodeSystem that a release makes. @throws ReleaseFault for another layout than the publisher's */
export function readRelease(kind: ReleaseKind, release: Release, options: ReleaseOptions): Promise<ImportedSystem> {
  return readers[kind](release, options);
}
