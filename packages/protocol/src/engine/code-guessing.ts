import type { EngineContext } from 'oidc-provider';
import type { EngineAdapter } from './adapter.ts';

/**
 * Ends a code for which its own client sent a wrong verifier: who has the code alone gets one guess. (The engine would let it
 * be tried for as long as it lives. Of another client's codes it says so before it looks at the verifier.)
 */
export async function burnGuessedCode(ctx: EngineContext, error: Error, codes: EngineAdapter): Promise<void> {
  const { cause } = error;
  const isGuess = cause instanceof Error && cause.message === 'code_verifier does not match code_challenge';
  const code = ctx.oidc.params?.['code'];
  if (isGuess && typeof code === 'string') await codes.destroy(code);
}
