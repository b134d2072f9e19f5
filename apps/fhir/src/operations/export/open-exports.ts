/** Bulk exports of an environment. docs/bulk-export.md */
import type { FhirStore } from '@dhp/fhir-store';
import type { Exports, ExportLimits } from '../../contract/exports.ts';
import { openBucket } from '../../job-files/bucket.ts';
import type { BucketOptions } from '../../job-files/s3.ts';
import { openFolder } from '../../job-files/folder.ts';
import { sealing, type Sealing } from '../../job-files/sealed.ts';

export interface ExportOptions {
  /** The folder of their files, which all nodes of the environment share, and no other environment; or a place in a bucket. */
  readonly folder: string | BucketOptions;
  /** Absent: files are not encrypted, and none that are can be read. */
  readonly sealing?: Sealing;
  /** Bytes of files of one client, and of all (default 64 GiB, 256 GiB). */
  readonly most?: Partial<ExportLimits>;
  /** Minutes for which files are kept (default a day). */
  readonly minutes?: number;
}

const gibibyte = 1024 ** 3;

/** @returns undefined without options */
export function openExports({ exports: store }: FhirStore, options: ExportOptions | undefined): Exports | undefined {
  if (options === undefined) return undefined;
  const { folder, most = {}, minutes = 24 * 60, sealing: seal } = options;
  const place = typeof folder === 'string' ? openFolder(folder) : openBucket(folder);
  const files = seal === undefined ? place : sealing(place, seal);
  return { store, minutes, files, most: { own: 64 * gibibyte, all: 256 * gibibyte, ...most } };
}
