/**
 * One request after its answer: for the access log, and for an audit trail. It names addresses by their template and resources by type
 * and id; it holds no token, no query, no header but the request id, and nothing of a body.
 */
export interface RequestRecord {
  /** When it came, in milliseconds since 1970. */
  readonly time: number;
  readonly requestId: string | undefined;
  /** The index of an entry of a Bundle; the record of the Bundle itself has none, and the same request id. */
  readonly entry: number | undefined;
  /** Undefined for an entry that was refused before it was understood, and for a request that is not HTTP. */
  readonly method: string | undefined;
  /** Such as `/:type/:id`; undefined if no route has the address. */
  readonly route: string | undefined;
  readonly interaction: string | undefined;
  /** As far as the address has them, and they are a type and an id. */
  readonly type: string | undefined;
  readonly id: string | undefined;
  /** Undefined if the client went away before it was answered. */
  readonly status: number | undefined;
  /**
   * From its arrival until the answer was out; undefined for an entry, whose Bundle is answered as one, and for a request that is not HTTP.
   */
  readonly milliseconds: number | undefined;
  /** Bytes of the answer with its headers; for an entry, of its resource only. */
  readonly bytes: number;
  /** The client that the token was issued to; undefined if no token was verified, as on a public route. */
  readonly client: string | undefined;
  /** The `sub` of the token, where that is not the client itself. */
  readonly user: string | undefined;
  /** The patient of the token; else the one at the address. */
  readonly patient: string | undefined;
}

/** The end of a request, for its record. */
export interface Outcome extends Pick<RequestRecord, 'status' | 'milliseconds' | 'bytes'> {
  /** When it came, in milliseconds since 1970; of an entry, when it was answered. */
  readonly time: number;
}

export type RecordSink = (record: RequestRecord) => void;
