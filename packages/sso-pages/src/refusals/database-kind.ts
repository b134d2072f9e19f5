import { areCommitsBlocked, causesOf, isConnectionError, isOutcomeUnknown } from '@dhp/postgres/errors';
import type { OAuthErrorKind } from './oauth-errors.ts';

// query_canceled (statement_timeout), lock_not_available, too_many_connections, disk_full, out_of_memory, read_only_sql_transaction
const refusals = new Set(['57014', '55P03', '53300', '53100', '53200', '25006']);

/** Returns the kind of a fault that the caller did not cause: of the database, or of this server. */
export function faultKind(error: object): OAuthErrorKind {
  if (isOutcomeUnknown(error)) return 'outcome-unknown';
  if (areCommitsBlocked(error)) return 'writes-blocked';
  const isRefused = causesOf(error).some((one) =>
    refusals.has(String((one as { readonly code?: unknown } | null)?.code)),
  );
  return isRefused || isConnectionError(error) ? 'unavailable' : 'server-error';
}
