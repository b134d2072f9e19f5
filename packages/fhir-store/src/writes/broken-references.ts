/** A resource by name. */
export interface Named {
  readonly type: string;
  readonly id: string;
}

/**
 * Writes that check references would have broken some, and nothing of the transaction was stored. https://hl7.org/fhir/R5/http.html#delete
 * and https://hl7.org/fhir/R5/references.html
 */
export class BrokenReferences extends Error {
  override readonly name = 'BrokenReferences';
  readonly code = 'BROKEN_REFERENCES';
  /** Targets that do not exist or are deleted, each with the place of the write that refers to it. */
  readonly missing: readonly (Named & { readonly index: number })[];
  /** Deletions of resources that others refer to: the index of the write, and some of the referring resources. */
  readonly referenced: readonly { readonly index: number; readonly by: readonly Named[] }[];

  constructor(missing: BrokenReferences['missing'], referenced: BrokenReferences['referenced']) {
    super(`${missing.length} references lead nowhere, and ${referenced.length} deletions are of what others refer to`);
    this.missing = missing;
    this.referenced = referenced;
  }
}
