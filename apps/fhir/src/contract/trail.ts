import type { OpenedRecord } from '@dhp/trail';
import type { RecordsAsked, StoredRecord } from '@dhp/fhir-store/trail';

/** A record of the trail, opened as far as its key was not destroyed. */
export interface TrailRecord extends OpenedRecord, Pick<StoredRecord, 'recorded' | 'transactionId' | 'id'> {}

/** Reads the trail of requests. */
export interface TrailReader {
  /** The newest first. @param asked with the id of a Patient */
  records(asked: Omit<RecordsAsked, 'patient'> & { readonly patient: string | undefined }): Promise<TrailRecord[]>;
}
