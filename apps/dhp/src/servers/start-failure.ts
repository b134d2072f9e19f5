/** Why a server could not start, in the form that its process sends to the supervisor. */
import { StoreUnavailable } from '@dhp/fhir-store';
import { causesOf, isConnectionError } from '@dhp/postgres/errors';
import type { FromServer } from '../processes/messages.ts';

export type StartFailure = Extract<FromServer, { readonly kind: 'failed' }>;

/**
 * Describes the error with which a start has ended. It is temporary if the database is away, or cannot carry out a statement for the
 * moment: the supervisor then never gives the server up.
 */
export function startFailure(error: unknown): StartFailure {
  const isTemporary = isConnectionError(error) || causesOf(error).some(isPassing);
  return { kind: 'failed', name: nameOf(error), message: reasonOf(error), isTemporary };
}

/** Each reason passes by itself, except that the database has the search index of a newer program. */
const isPassing = (error: unknown): boolean => error instanceof StoreUnavailable && error.reason !== 'outdated';

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'Error');

/** The message of an unavailable store is the same for every cause; the cause says what to look for. */
function reasonOf(error: unknown): string {
  const shown = error instanceof StoreUnavailable && error.cause instanceof Error ? error.cause : error;
  return shown instanceof Error ? shown.message : String(shown);
}
