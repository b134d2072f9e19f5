import type { StoredVersion } from '@dhp/fhir-store';

/** Where the rule that hides something from a caller is noted, for the record of the request. The answer does not tell of it. */
export interface Refused {
  /** The first rule that refused something in the request: one of `access/reasons.ts`. */
  refusedBy: string | undefined;
  /** Hears of the whole of each version that is shown in part. */
  readonly shows?: (version: StoredVersion) => void;
}
