import { failure, type Failure } from '../http/errors.ts';

/** Tells an application how the person has to sign in. https://www.rfc-editor.org/rfc/rfc9470 */
export function factorWanted(hours: number): Failure {
  const diagnostics = `The token does not say that the person has signed in with two factors within ${String(hours)} hours.`;
  const challenge = { acr_values: 'urn:dhp:acr:two-factors', max_age: String(hours * 3_600) };
  return failure('second-factor-required', {}, { diagnostics, challenge });
}
