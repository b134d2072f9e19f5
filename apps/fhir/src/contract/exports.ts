/** Bulk exports: files that a job makes, for a client that fetches them. https://hl7.org/fhir/uv/bulkdata/ */
import type { ExportStore } from '@dhp/fhir-store/jobs';
import type { JobFiles } from './job-files.ts';

export interface Exports {
  readonly store: ExportStore;
  readonly files: JobFiles;
  readonly most: ExportLimits;
  /** Minutes for which files are kept. */
  readonly minutes: number;
}

export interface ExportLimits {
  /** Bytes of the files of one client, and of all. */
  readonly own: number;
  readonly all: number;
}
