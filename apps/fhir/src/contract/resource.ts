import type { JsonSource } from '@dhp/fhir-model';
import type { Budget } from '@dhp/budget';
import type { NewVersion } from '@dhp/fhir-store';

export interface ReceivedResource {
  source: JsonSource;
  resource: Record<string, unknown>;
  /** The limit of the cost of its index values, once it is to be stored. */
  budget?: Budget;
  /** Its index values, where they were made before. */
  prepared?: NewVersion['prepared'];
  /** The version of which it has the elements that the caller does not see. */
  completes?: number;
  /** The part that the caller sent, or that was made of the shown version: without the elements that `completes` added. */
  shown?: ReceivedResource;
}
