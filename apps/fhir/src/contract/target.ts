/** What the request of an entry of a Bundle addresses. */
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

/** A route of this server that the request of an entry addresses. */
export interface EntryTarget<Run> {
  readonly route: Route<Run>;
  /** The type whose compartment is searched, where the address has one. */
  readonly compartment: string | undefined;
  /** '' where the address has none; `*` for all types of a compartment. */
  readonly type: string;
  readonly id: string;
  readonly versionId: string;
  readonly query: Query;
}

/** Finds the target of an entry's request, or fails as the same request by itself would. `index`: of the entry, for the failure. */
export type FindTarget<Run> = (
  entry: { readonly index: number },
  request: EntryRequest,
  prefer: string | undefined,
) => EntryTarget<Run>;
