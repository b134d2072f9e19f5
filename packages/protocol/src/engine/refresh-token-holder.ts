/** The client of a refresh request without client id: a public client is found by its refresh token (RFC 6749 section 6). */
import { hash } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { selectOwner } from '@dhp/grants/artifacts';
import type { FindRegistration } from '@dhp/clients';
import { refusal } from './refusal.ts';

type Form = Record<string, string | string[] | undefined>;

/** Placeholder for `client_id` until the client has been looked up, which the engine does by that parameter. */
export class RefreshTokenHolder {
  readonly refreshToken: string;

  constructor(refreshToken: string) {
    this.refreshToken = refreshToken;
  }
}

/** @returns undefined when the request names its client, authenticates it, or is no refresh */
export function holderIn(form: Form, authorization: string): RefreshTokenHolder | undefined {
  const { grant_type: grant, refresh_token: token } = form;
  if (grant !== 'refresh_token' || typeof token !== 'string' || token === '') return undefined;
  const names = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'];
  const isNamed = authorization !== '' || names.some((name) => (form[name] ?? '') !== '');
  return isNamed ? undefined : new RefreshTokenHolder(token);
}

/**
 * @returns the id of the public client to which the token was issued, even if the token was used before: the reuse detection must find that
 * @throws a refusal if there is none; the same one for a token that does not exist and for a token of a client that must authenticate
 */
export async function clientOf(
  { refreshToken }: RefreshTokenHolder,
  sql: Sql,
  find: FindRegistration,
): Promise<string> {
  const owner = await selectOwner(sql, 'RefreshToken', hash('sha256', refreshToken, 'buffer'));
  const registration = await find(owner?.client_id ?? '');
  if (registration?.public !== true) throw refusal('refresh-without-client');
  return registration.client_id;
}
