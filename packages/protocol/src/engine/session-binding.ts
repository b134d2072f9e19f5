/** Binds codes, and refresh tokens without `offline_access`, to the session: they end with it. */
import type { EngineContext, Provider } from 'oidc-provider';
import type { Sql } from '@dhp/postgres';
import { revokeGrantsOfSession } from '@dhp/grants';

/**
 * Lets the store decide whether the session is alive. The engine would also end tokens when the person allows the same application again in
 * the same session: in a second tab, with the record of another patient, the first tab would lose its tokens. Each authorization has a
 * separate grant, and its tokens live as long as that.
 */
export function bindToSessions(provider: Provider): void {
  for (const model of [provider.AuthorizationCode, provider.RefreshToken]) {
    const find = model.find.bind(model);
    model.find = (value, options) => find(value, { ...options, ignoreSessionBinding: true });
  }
}

/**
 * After a person has signed out: revokes all grants of the session, while the engine revokes only the last grant of each application.
 * Grants for longer access (`offline_access`) stay, as in the engine.
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
