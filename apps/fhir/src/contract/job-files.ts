/** Files of jobs: of exports, and what imports have fetched. They are in a folder, or in a bucket of S3-compatible storage. docs/decisions/0160-files-of-jobs-in-s3.md */
import type { ExportFile } from '@dhp/fhir-store/jobs';

/** A file by its name: another attempt of the job makes another one. */
export interface FileName extends Pick<ExportFile, 'number' | 'attempt'> {
  /** It is encrypted where it lies, which who opens it knows from elsewhere than the storage: another file in its place is not taken for it. */
  readonly isSealed?: boolean;
}

/** The bytes of a file, from any place. */
export interface StoredFile {
  /** Bytes that it has. */
  readonly size: number;
  /** @returns fewer than asked for at the end alone, and none behind it @throws StorageFailure */
  read(position: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** A file that is being made. Whatever was added can be read at once. */
export interface NewFile extends StoredFile {
  /** @throws StorageFailure */
  append(bytes: Buffer): Promise<void>;
  /** All that was added is stored for good, and nothing more is added. @throws StorageFailure */
  end(): Promise<void>;
  /** Removes it. Never fails: what is left is removed with its job. */
  discard(): Promise<void>;
}

/** The files of the jobs of an environment, where all its nodes find them. */
export interface JobFiles {
  /** Whether new files are encrypted where they lie. */
  readonly seals: boolean;
  /** A new file, whatever was there before. @throws StorageFailure */
  create(job: string, file: FileName): Promise<NewFile>;
  /** @returns undefined if there is none @throws StorageFailure */
  open(job: string, file: FileName): Promise<StoredFile | undefined>;
  /** Removes the files of a job but for some, encrypted or not, and for those of attempts that came after. @throws StorageFailure */
  removeOthers(job: string, kept: readonly FileName[], attempt: number): Promise<void>;
  /** Removes all files of a job. @throws StorageFailure */
  remove(job: string): Promise<void>;
  /** Jobs that have files here. @throws StorageFailure */
  jobs(): Promise<string[]>;
  /** Ends its connections. */
  close(): void;
}

/** Files cannot be stored, read or removed. */
export class StorageFailure extends Error {
  override readonly name = 'StorageFailure';
  /** A word of the file system or of S3, such as `ENOSPC` or `AccessDenied`: it names no place. */
  readonly reason: string;
  /** The work that was tried, such as `write`. */
  readonly during: string;
  /** Another try may succeed soon. */
  readonly isPassing: boolean;

  constructor(reason: string, during: string, options: { readonly isPassing: boolean; readonly cause?: unknown }) {
    super(`files of jobs: ${reason} (${during})`, { cause: options.cause });
    this.reason = reason;
    this.during = during;
    this.isPassing = options.isPassing;
  }
}
