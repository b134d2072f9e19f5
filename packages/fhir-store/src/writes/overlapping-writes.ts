/** Two writes of a transaction are for the same resource. https://hl7.org/fhir/R5/http.html#trules */
export class OverlappingWrites extends Error {
  override readonly name = 'OverlappingWrites';
  readonly code = 'OVERLAPPING_WRITES';
  /** Their places in the list. */
  readonly indexes: readonly [number, number];

  constructor(resource: string, indexes: readonly [number, number]) {
    super(`Writes ${indexes[0]} and ${indexes[1]} of the transaction are both for ${resource}`);
    this.indexes = indexes;
  }
}
