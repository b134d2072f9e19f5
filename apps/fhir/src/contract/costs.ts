/** The limits of an environment. Each has its setting; a missing one has the default. */
export interface CostLimits {
  /** Units of work of one request, all entries of its Bundle together, beside those for each byte of its body. */
  readonly work: number;
  /** Bytes that one request may hold in memory beside its body. */
  readonly bytes: number;
  /** Rows of the database that one request may read. */
  readonly rows: number;
  /** Time after which a request begins nothing more, waiting for its turn as a large body not counted. */
  readonly milliseconds: number;
  /** Units of work for the validation of one resource, and for its index values, beside those for each byte of it. */
  readonly resourceWork: number;
}
