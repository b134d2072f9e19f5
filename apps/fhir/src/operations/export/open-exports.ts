/** Bulk exports of an environment. docs/bulk-export.md */
import type { FhirStore } from '@dhp/fhir-store';
import type { Exports, ExportLimits } from '../../contract/exports.ts';
import { openBucket } from '../../job-files/bucket.ts';
import type { BucketOptions } from '../../job-files/s3.ts';
import { openFolder } from '../../job-files/folder.ts';

export interface ExportOptions {
  /** The folder of their files, which all nodes of the environment share, and no other environment; or a place in a bucket. */
  readonly folder: string | BucketOptions;
  /** Bytes of files of one client, and of all (default 64 GiB, 256 GiB). */
  readonly most?: Partial<ExportLimits>;
  /** Minutes for which files are kept (default a day). */
  readonly minutes?: number;
}

const gibibyte = 1024 ** 3;

/** @returns undefined without options */
export function openExports({ exports: store }: FhirStore, options: ExportOptions | undefined): Exports | undefined {
  if (options === undefined) return undefined;
  const { folder, most = {}, minutes = 24 * 60 } = options;
  const files = typeof folder === 'string' ? openFolder(folder) : openBucket(folder);
  return { store, minutes, files, most: { own: 64 * gibibyte, all: 256 * gibibyte, ...most } };
}
