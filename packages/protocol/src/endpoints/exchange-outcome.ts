/** Outcome of a request to the token or the authorization endpoint, for the log that developers of clients read. */
import type { RequestState } from '@dhp/sso-kit/request-state';
import { oauthErrorBody } from '@dhp/sso-pages/refusals';
import type { Exchange } from '../engine/state.ts';
import { refusalKind } from '../engine/refusal.ts';

export interface ExchangeOutcome {
  readonly clientId: string;
  readonly environment: 'playground' | 'production';
  /** Error code and description as in the answer; undefined if nothing was refused. */
  readonly refused: { readonly error: string; readonly error_description: string } | undefined;
}

/** @returns undefined if the request names no registered client */
export function exchangeOutcome({
  exchange,
}: RequestState & { exchange?: Exchange | undefined }): ExchangeOutcome | undefined {
  const registration = exchange?.registration ?? exchange?.read?.registration;
  if (registration === undefined) return undefined;
  const { client_id: clientId, environment } = registration;
  const error = exchange?.error;
  return { clientId, environment, refused: error && refusedAs(error) };
}

/** The engine's own words name the parameter of an authorization request. */
function refusedAs(error: Error & { expose?: boolean; error?: string; error_description?: string }): {
  error: string;
  error_description: string;
} {
  const ours = oauthErrorBody(refusalKind(error));
  const { expose, error: code, error_description: description } = error;
  return expose === true && code === 'invalid_request' && description !== undefined
    ? { error: code, error_description: description }
    : ours;
}
