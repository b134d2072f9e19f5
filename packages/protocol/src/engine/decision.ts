/** The engine's decision about a request, for the audit trail. */
import { channel } from 'node:diagnostics_channel';
import type { EngineContext } from 'oidc-provider';
import type { OAuthErrorKind } from '@dhp/sso-pages/refusals';
import type { Registration } from '@dhp/clients/rows';
import { refusalKind } from './refusal.ts';
import type { Reuse } from './reuse.ts';
import type { Exchange } from './state.ts';

/** Channel with the grant type of each issued token, by its name at the token endpoint, for measurements (`node:diagnostics_channel`). */
export const grantChannel = 'dhp:sso.grant';
export const grantsOfTokens = channel(grantChannel);

/** Decision about one token request. */
export interface TokenDecision {
  address: string;
  /** As the request gave it; it may be anything. */
  clientId: string | undefined;
  issued?: { jti: string; scope: string; accountId?: string; remark?: string };
  refused?: RefusalReason;
  /** It was refused because the code or refresh token had been used before. */
  reused?: Reuse;
}

/** The audit trail distinguishes reasons that the client does not see: why its authentication failed. */
export type RefusalReason = OAuthErrorKind | 'unknown-client' | 'disabled-client' | 'wrong-secret';

export function decisionOf(ctx: EngineContext, { address, registration, error }: Exchange): TokenDecision {
  if (error === undefined) {
    const { ClientCredentials, AccessToken, AuthorizationCode } = ctx.oidc.entities;
    const { jti, scope = '', accountId } = (ClientCredentials ?? AccessToken)!;
    const remark = AuthorizationCode && remarkOn(AuthorizationCode);
    const issued = { jti, scope, ...(accountId === undefined ? {} : { accountId }), ...(remark && { remark }) };
    return { address, clientId: ctx.oidc.client?.clientId, issued };
  }
  const kind = refusalKind(error);
  const refused = kind === 'client-authentication-failed' ? authenticationFailure(registration) : kind;
  return { address, clientId: givenClientId(ctx), refused };
}

/** Returns a remark about missing protection of a code, so that operators can find the clients concerned (RFC 9700 section 2.1.1). */
function remarkOn({ codeChallenge, nonce }: { codeChallenge?: string; nonce?: string }): string | undefined {
  if (codeChallenge !== undefined) return undefined;
  return nonce === undefined ? 'code without PKCE and without nonce' : 'code without PKCE';
}

function authenticationFailure(registration: Registration | null | undefined): RefusalReason {
  if (registration === undefined) return 'client-authentication-failed';
  if (registration === null) return 'unknown-client';
  return registration.disabled ? 'disabled-client' : 'wrong-secret';
}

function givenClientId(ctx: EngineContext): string | undefined {
  const inBody = ctx.oidc.params?.['client_id'];
  if (typeof inBody === 'string') return inBody;
  const [, basic] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(ctx.get('Authorization')) ?? [];
  return basic && Buffer.from(basic, 'base64').toString('utf8').split(':', 1)[0];
}
