/** Binds codes, and refresh tokens without `offline_access`, to the session: they end with it. */
import type { EngineContext, Provider } from 'oidc-provider';
import type { Sql } from '@dhp/postgres';
import { revokeGrantsOfSession } from '@dhp/grants';

/**
 * Leaves it to the store whether the session lives. The engine would also end them when the person allows the same application once
 * more in the same session: in a second tab, with the record of another patient, the first tab would lose its tokens. Each
 * authorization has a grant of its own, and its result lives as long as that.
 */
export function bindToSessions(provider: Provider): void {
  for (const model of [provider.AuthorizationCode, provider.RefreshToken]) {
    const find = model.find.bind(model);
    model.find = (value, options) => find(value, { ...options, ignoreSessionBinding: true });
  }
}

/**
 * After a person has signed out: revokes all that was allowed in the session, where the engine revokes the last grant of each
 * application. What applications were given for longer (`offline_access`) stays, as the engine leaves it.
 * @param ctx of the request in which the person answered
 */
export async function endGrantsOfSession(
  ctx: EngineContext,
  { sql, clock }: { sql: Sql; clock: () => Date },
): Promise<void> {
  const { session, params } = ctx.oidc;
  if (session?.uid === undefined || params?.['logout'] === undefined || ctx.status !== 303) return;
  const clientIds = Object.entries(session.authorizations ?? {})
    .filter(([, { persistsLogout }]) => persistsLogout !== true)
    .map(([clientId]) => clientId);
  if (clientIds.length > 0) await revokeGrantsOfSession(sql, { uid: session.uid, clientIds, now: clock() });
}
