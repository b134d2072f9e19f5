/** Bulk exports: files that a job makes, for a client that fetches them. https://hl7.org/fhir/uv/bulkdata/ */
import type { FileHandle } from 'node:fs/promises';
import type { ExportFile, ExportStore } from '@dhp/fhir-store/jobs';

export interface Exports {
  readonly store: ExportStore;
  readonly folder: ExportFolder;
  readonly most: ExportLimits;
  /** Minutes for which files are kept. */
  readonly minutes: number;
}

export interface ExportLimits {
  /** Bytes of the files of one client, and of all. */
  readonly own: number;
  readonly all: number;
}

/** A file by its name: another attempt of the job makes another one. */
export type FileName = Pick<ExportFile, 'number' | 'attempt'>;

/** The files of the exports of an environment, on a disk that all its nodes share. */
export interface ExportFolder {
  /** A new file, whatever was there before. */
  create(job: string, file: FileName): Promise<FileHandle>;
  /** For reading. @returns undefined where there is none */
  open(job: string, file: FileName): Promise<FileHandle | undefined>;
  /** Removes the files of an export but for some, and for those of attempts that came after. */
  removeOthers(job: string, kept: readonly FileName[], attempt: number): Promise<void>;
  /** Removes all files of an export. */
  remove(job: string): Promise<void>;
  /** Exports that have files here. */
  jobs(): Promise<string[]>;
}
