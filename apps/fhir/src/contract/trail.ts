import type { OpenedRecord } from '@dhp/trail';
import type { PatientList } from '@dhp/trail/lists';
import type { RecordsAsked, StoredRecord } from '@dhp/fhir-store/trail';

/** A record of the trail, opened as far as its key was not destroyed. */
export interface TrailRecord extends OpenedRecord, Pick<StoredRecord, 'recorded' | 'transactionId' | 'id'> {}

/** Reads the trail of requests, and makes lists of patients that its records name. */
export interface TrailReader {
  /** The newest first; of a patient also those of files in which the patient stands. @param asked with the id of a Patient */
  records(
    asked: Omit<RecordsAsked, 'patient' | 'lists'> & { readonly patient: string | undefined },
  ): Promise<TrailRecord[]>;
  /**
   * Makes the list of the patients of an export whose files are complete.
   * @param begun when its first attempt began
   * @returns undefined if there are no patients, or if servers without a trail, or of an earlier release, have made some of the files
   */
  listOf(job: string, begun: Date): Promise<PatientList | undefined>;
}
