/** The route that a request addresses, with the values of its variables. */
import type { Query } from './query.ts';
import type { Route } from './route.ts';

/** `Bundle.entry.request`, its members as strings. */
export interface EntryRequest {
  readonly method: string;
  readonly url: string;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifMatch: string | undefined;
  readonly ifNoneExist: string | undefined;
}

export interface Target<Run> {
  readonly route: Route<Run>;
  /** The type whose compartment is searched, where the address has one. */
  readonly compartment: string | undefined;
  /** '' where the address has none; `*` for all types of a compartment. */
  readonly type: string;
  readonly id: string;
  readonly versionId: string;
  readonly query: Query;
}
