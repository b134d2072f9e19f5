/** A request as a job keeps it, and the same request again when the job runs. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Query } from '../contract/query.ts';
import type { DeferredRequest } from '../contract/jobs.ts';
import type { FhirRequest } from '../contract/request.ts';
import { withoutAsync } from '../http/negotiate.ts';
import { partsOf } from '../pipeline/matcher.ts';
import { writtenRights, type WrittenRights } from '../access/rights.ts';
import type { Access } from '../contract/access.ts';

/** The kind of these jobs. One that keeps them otherwise gets another name, so that earlier servers leave it alone. */
export const requestKind = 'request';
/** The kind of bulk exports, which are requests too, and store files. */
export const exportKind = 'export';
/** The kind of exports of tables, which earlier servers leave alone. */
export const tablesKind = 'view-export';
/** The kind of exports of tables with queries of SQL among them. */
export const queriesKind = 'sql-export';
/** The kind of bulk imports, which write page by page. */
export const importKind = 'import';
/** The kind of bulk submissions, which are imports of the files of manifests. */
export const submissionKind = 'bulk-submit';
/** The kind of bulk deletions, which delete page by page. */
export const deletionKind = 'bulk-delete';

/** The input of a job, as JSON. */
export interface KeptRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Query | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly address?: string | undefined;
  readonly rights: WrittenRights;
}

/** Header fields that the answer depends on. None of them is secret; `Authorization` and `DPoP` are not among them. */
const keptHeaders = [
  'accept-language',
  'content-type',
  'prefer',
  'x-break-glass-patient',
  'x-break-glass-reason',
  'x-purpose-of-use',
  'x-request-id',
] as const;

/** Parameters for the format of an answer, which the request for the result decides. */
const formOnly = ['_format', '_pretty'];

export function keptRequest(
  { method, path, query, headers, body, address, hasOwnForm }: DeferredRequest,
  access: Access,
): KeptRequest {
  const kept = Object.entries(query ?? {}).filter(([name]) => hasOwnForm || !formOnly.includes(name));
  return {
    ...{ method, path, address },
    ...(kept.length > 0 && { query: Object.fromEntries(kept) }),
    // JSON, for any Accept of the client, unless that decides what the operation produces.
    headers: {
      ...(!hasOwnForm && { accept: 'application/fhir+json' }),
      ...(hasOwnForm && headers.accept !== undefined && { accept: headers.accept }),
      ...headersOf(headers, body !== undefined),
    },
    rights: writtenRights(access),
  };
}

function headersOf(headers: IncomingHttpHeaders, hasBody: boolean): Record<string, string> {
  const given = keptHeaders.filter((name) => name !== 'content-type' || hasBody);
  return Object.fromEntries(
    given.flatMap((name) => {
      const value = headers[name];
      if (typeof value !== 'string') return [];
      return [[name, name === 'prefer' ? withoutAsync(value) : value]];
    }),
  );
}

/** The request once more. */
export function requestAgain({ method, path, query, headers, address }: KeptRequest): FhirRequest {
  const again: FhirRequest = {
    ...{ method, path, ...partsOf(path), headers },
    query: query && Object.assign(Object.create(null) as Record<string, string | string[] | undefined>, query),
  };
  return address === undefined ? again : { ...again, address };
}
