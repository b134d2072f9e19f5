/** Bulk exports of an environment. docs/bulk-export.md */
import type { FhirStore } from '@dhp/fhir-store';
import type { Exports, ExportLimits } from '../../contract/exports.ts';
import { openFolder } from './folder.ts';

export interface ExportOptions {
  /** The folder of their files, which all nodes of the environment share, and no other environment. */
  readonly folder: string;
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
  return { store, minutes, folder: openFolder(folder), most: { own: 64 * gibibyte, all: 256 * gibibyte, ...most } };
}
