/**
 * Codes and refresh tokens that are used again, and codes whose verifier is guessed. Someone else may have such a token, so everything
 * issued by the same authorization ends (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2), with a separate event in the audit trail.
 */
import { hash } from 'node:crypto';
import type { EngineContext } from 'oidc-provider';
import type { Sql } from '@dhp/postgres';
import {
  deleteArtifact,
  deleteByGrant,
  type EndedArtifact,
  insertRevocation,
  selectOwner,
} from '@dhp/grants/artifacts';
import { deviceGrant } from '@dhp/clients/fields';
import { grantClaim } from '../tokens.ts';
import { refusalKind } from './refusal.ts';
import type { EngineAdapter } from './adapter.ts';

export interface Reuse {
  event: 'code.reused' | 'refresh.reused';
  /** The artifacts that ended as a result. */
  ended: string;
  /** Their account; undefined if it is not known. */
  accountId: string | undefined;
}

// The engine's own words (exact version); it revokes the grant before it says them.
const engineWords: ReadonlyMap<string, Reuse['event']> = new Map(
  Object.entries<Reuse['event']>({
    'authorization code already consumed': 'code.reused',
    'device code already consumed': 'code.reused',
    'refresh token already used': 'refresh.reused',
  }),
);

/** Returns the kind of repeated use for which the request was refused; undefined for every other refusal. */
export function reuseIn(ctx: EngineContext, error: Error): Reuse['event'] | undefined {
  const { error_detail: detail } = error as { error_detail?: string };
  return engineWords.get(detail ?? '') ?? (isLost(ctx, error) ? 'code.reused' : undefined);
}

/**
 * Returns the grant of a code, including a device's, that a parallel request used up: the engine read it before that and has revoked
 * nothing. Undefined for every other refusal.
 */
export async function lostGrant(ctx: EngineContext, error: Error, sql: Sql): Promise<string | undefined> {
  if (!isLost(ctx, error)) return undefined;
  const code = deviceCodeIn(ctx);
  if (code === undefined) return ctx.oidc.entities.AuthorizationCode?.grantId;
  return (await selectOwner(sql, 'DeviceCode', hash('sha256', code, 'buffer')))?.grant_id ?? undefined;
}

/** The client had authenticated, and the code was issued to it. */
function isLost(ctx: EngineContext, error: Error): boolean {
  if (refusalKind(error) !== 'used-already') return false;
  return ctx.oidc.entities.AuthorizationCode !== undefined || deviceCodeIn(ctx) !== undefined;
}

function deviceCodeIn({ oidc }: EngineContext): string | undefined {
  const { grant_type: grant, device_code: code } = oidc.params ?? {};
  return grant === deviceGrant && typeof code === 'string' ? code : undefined;
}

/** Does the same as the engine when the engine detects the reuse. */
export async function endGrant(sql: Sql, grantId: string, now: Date): Promise<EndedArtifact[]> {
  await insertRevocation(sql, `grant:${grantClaim(grantId)}`, now);
  await deleteArtifact(sql, 'Grant', hash('sha256', grantId, 'buffer'));
  return deleteByGrant(sql, grantId, now);
}

/** In words, for the audit trail. */
export function endedWords(ended: readonly EndedArtifact[]): string {
  if (ended.length === 0) return 'what came of it had ended before';
  const refresh = ended.filter(({ model, live }) => model === 'RefreshToken' && live).length;
  const tokens = refresh === 0 ? '' : ` and ${String(refresh)} refresh token${refresh === 1 ? '' : 's'}`;
  return `ended with it: the access tokens${tokens} of this authorization`;
}

/**
 * Ends a code for which its own client sent a wrong verifier: a thief of the code gets only one guess. (The engine would allow guesses for
 * the lifetime of the code. For codes of another client it reports that before it checks the verifier.)
 */
export async function burnGuessedCode(ctx: EngineContext, error: Error, codes: EngineAdapter): Promise<void> {
  const { cause } = error;
  const isGuess = cause instanceof Error && cause.message === 'code_verifier does not match code_challenge';
  const code = ctx.oidc.params?.['code'];
  if (isGuess && typeof code === 'string') await codes.destroy(code);
}
