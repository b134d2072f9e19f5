/**
 * Tokens of people at this server itself: developers of applications use them through the portal. Such a token is valid only as long as the
 * session in which it was issued, so that signing out anywhere, and the limits of sessions, end it at once.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { findEnabledAccount, type Account } from '@dhp/accounts';
import { selectSessionOfGrant } from '@dhp/grants/artifacts';
import { noteUse } from '../engine/session-limits.ts';
import type { SessionSettings } from '../engine/session-limits.ts';
import { resourceToken, type ResourceTokenOptions, type TokenRefusal } from './resource-token.ts';

export type PersonTokenOptions = Omit<ResourceTokenOptions, 'environments'> & { readonly session: SessionSettings };

export interface PresentPerson {
  readonly account: Account;
  /** Id of the client that acts for the person. */
  readonly clientId: string;
  /** Session in which the person signed in at it. */
  readonly sessionUid: string;
}

/**
 * Returns the person for whom a request with the scope is made; the request counts as use of the session. It refuses a token for another
 * audience or without the scope, of a program acting for itself, or of an ended session.
 */
export async function personOfToken(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  o: PersonTokenOptions,
  scope: string,
): Promise<PresentPerson | { refused: TokenRefusal }> {
  const presented = await resourceToken({ request, reply }, { ...o, environments: { playground: o.issuer } });
  if ('refused' in presented) return presented;
  const { claims, client } = presented.live;
  const scheme = claims.cnf === undefined ? 'Bearer' : 'DPoP';
  if (!claims.scope.split(' ').includes(scope)) return { refused: { scheme, error: 'insufficient_scope', scope } };
  const ended = { refused: { scheme, error: 'invalid_token' } } as const;
  const { gid, sub, auth_time: loginTs } = claims;
  if (gid === undefined || loginTs === undefined) return ended;
  const session = await selectSessionOfGrant(o.sql, Buffer.from(gid, 'base64url'), o.clock());
  if (session?.account_id !== sub) return ended;
  const account = await findEnabledAccount(o.sql, sub);
  if (account === undefined) return ended;
  await noteUse(o, { uid: session.uid, accountId: sub, loginTs });
  return { account, clientId: client.client_id, sessionUid: session.uid };
}
