/** A conditional write, once the matches of its criteria are known. The same halves serve single requests and transactions. */
import type { TransactionWrite, WriteOutcome } from '@dhp/fhir-store';
import { fail } from '../http/errors.ts';
import type { Answer } from '../contract/answer.ts';
import type { Services } from '../contract/interaction.ts';
import type { Criteria } from './criteria.ts';
import { matchesOf, type Match } from './matches.ts';

export interface Decision {
  /** Writes for the store; empty when the wanted state is stored already. */
  readonly writes: readonly TransactionWrite[];
  /** Makes the answer from the outcomes of the writes. */
  readonly answer: (outcomes: readonly WriteOutcome[]) => Answer;
  /** Throws the failure for a refusal, unless it only means that another request was faster. */
  readonly refused?: (outcome: WriteOutcome) => void;
}

const attempts = 10;

/**
 * Looks for matches, decides and writes, while nobody else does so for the same criteria. If a match has changed before it was written, the
 * search is repeated.
 * @param decide returns undefined if a match no longer exists
 */
export async function decideAndWrite(
  services: Services,
  criteria: Criteria,
  decide: (matches: readonly Match[]) => Promise<Decision | undefined> | Decision,
  limit?: number,
): Promise<Answer> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const made: { decision?: Decision | undefined } = {};
    const result = await services.store.transaction(
      async () => {
        made.decision = await decide(await matchesOf(services, criteria, limit));
        return made.decision?.writes ?? [];
      },
      { locks: criteria.locks },
    );
    const { decision } = made;
    if (decision === undefined) continue;
    if (result.kind === 'committed') return decision.answer(result.outcomes);
    for (const { outcome } of result.failures) decision.refused?.(outcome);
  }
  const diagnostics = `What ${criteria.text.slice(0, 500)} matches was changed by others ${attempts} times.`;
  fail('criteria-contended', {}, { diagnostics });
}
