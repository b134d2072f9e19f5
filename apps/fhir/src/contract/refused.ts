/** Where the rule that hides something from a caller is noted, for the record of the request. The answer does not tell of it. */
export interface Refused {
  /** The first rule that refused something in the request: one of `access/reasons.ts`. */
  refusedBy: string | undefined;
}
