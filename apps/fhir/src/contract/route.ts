import type { RoutePermission } from './permission.ts';

/**
 * An address of this server and what it takes, as `routes.ts` lists them. `Run` carries it out: code that matches, permits and describes
 * routes does not use it.
 */
export interface Route<Run = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** The name of the specification, where it has one; `batch/transaction` are two at one address. */
  readonly interaction: string;
  /** There is no default: a route without one stops the start. */
  readonly permission: RoutePermission;
  readonly run: Run;
  /** Query parameters it knows beside `_format`; `search`: the interaction reads them; `any` leaves the query alone. */
  readonly parameters: readonly string[] | 'search' | 'any';
  /** Whether parameters that it does not know are ignored: caches and clients add some to public addresses. */
  readonly ignoresOthers?: boolean;
  /** Its answer is no FHIR resource: the interaction chooses the form by itself, and no entry of a Bundle can ask for it. */
  readonly answersFiles?: boolean;
  /** Conditional headers it honours. Others that would change its meaning are refused, never ignored. */
  readonly conditions: readonly ('if-match' | 'if-none-match' | 'if-modified-since' | 'if-none-exist')[];
  /** The types that `:type` is limited to. */
  readonly types?: readonly string[];
  /** The type that it is about where the path has no `:type`: one that R5 does not have. */
  readonly ofType?: string;
  /** Whether it changes nothing, regardless of its method (RFC 9110, section 9.2.1); absent: by its method. */
  readonly isSafe?: boolean;
  /** It is always answered asynchronously, regardless of Prefer: the interaction makes a job by itself. */
  readonly isAsync?: boolean;
  /** It offers a resource a line (NDJSON) in the place of a Bundle, by itself. */
  readonly offersLines?: boolean;
  /** It may wait for events, and offers server-sent events: neither an entry of a Bundle nor a job can ask for it. */
  readonly isLive?: boolean;
}

/** Level at which an operation is invoked: `/$x`, `/Patient/$x`, `/Patient/1/$x`, `/Patient/1/_history/2/$x`. */
export type Level = 'system' | 'type' | 'instance' | 'version';

/** Whether a request for the route may change stored data. */
export function mayWrite({ method, isSafe = method === 'GET' }: Route): boolean {
  return !isSafe;
}

/** Results of jobs and published files: they exist already, so there is nothing to wait for. */
const isAtHand = /^(?:job-|published-|\$bulk-publish$)/;

/** Whether a request for the route may be answered later, as a job: one that changes nothing may be carried out twice. */
export function mayBeDeferred(route: Route): boolean {
  const { path, permission, parameters, interaction, isAsync, isLive } = route;
  const changesNothing = !mayWrite(route) || path.endsWith('/_search');
  return (
    isAsync !== true &&
    isLive !== true &&
    changesNothing &&
    permission !== 'public' &&
    parameters !== 'any' &&
    !isAtHand.test(interaction)
  );
}
