import { extractorsOf, type Extractor } from '../extractors.ts';
import { derivedParameters } from './derived-parameters.ts';
import { seedOf } from './keys.ts';
import { mainDateParameter } from './main-date.ts';
import { postedParameters } from './posted-parameters.ts';

/** A search parameter of a type with what its rows need, worked out once. */
export interface PlannedParameter {
  readonly extractor: Extractor;
  readonly seed: bigint;
  readonly present: bigint;
  readonly exact: bigint;
  readonly text: bigint;
  readonly ofType: bigint;
  readonly identifier: bigint;
  readonly isPosted: boolean;
  readonly isMainDate: boolean;
}

/** Answered from columns of the resource itself. */
const columns = new Set(['_id', '_lastUpdated']);

const plans = new Map<string, readonly PlannedParameter[]>();

/** The parameters of a resource type that have rows. */
export function rowPlanOf(type: string): readonly PlannedParameter[] {
  const known = plans.get(type);
  if (known !== undefined) return known;
  const derived = derivedParameters(type);
  const plan = extractorsOf(type)
    .filter(({ parameter }) => !columns.has(parameter) && !derived.has(parameter))
    .map((extractor): PlannedParameter => {
      const { parameter } = extractor;
      return {
        extractor,
        seed: seedOf(type, parameter),
        present: seedOf(type, parameter, 'present'),
        exact: seedOf(type, parameter, 'exact'),
        text: seedOf(type, parameter, 'text'),
        ofType: seedOf(type, parameter, 'of-type'),
        identifier: seedOf(type, parameter, 'identifier'),
        isPosted: postedParameters(type).has(parameter),
        isMainDate: mainDateParameter(type) === parameter,
      };
    });
  // Only known types have any: a resource cannot fill the map.
  if (plan.length > 0) plans.set(type, plan);
  return plan;
}
