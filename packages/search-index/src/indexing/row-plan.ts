import type { Extractor, PlannedParameter } from '../types/planned-parameter.ts';
import { derivedParameters, mainDateParameter, type OwnParameters } from '@dhp/fhir-search/parameters';
import { seedOf } from '../keys/keys.ts';
import { postedSeed, postingComposite } from '../keys/posted-numbers.ts';
import { postedParameters } from '../keys/posted-parameters.ts';
import { referenceSeed } from '../keys/shared-references.ts';
import { presenceOf } from '../keys/usual-parameters.ts';
import { extractorsOf, ownExtractorsOf } from './extractors.ts';

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
    .map((extractor) => planned(type, extractor));
  // Only known types have any: a resource cannot fill the map.
  if (plan.length > 0) plans.set(type, plan);
  return plan;
}

/** The parameters of the environment's own for a resource type. */
export function ownRowPlanOf(type: string, own: OwnParameters): readonly PlannedParameter[] {
  return own.prepared(preparedPlan, type);
}

function preparedPlan(type: string, own: OwnParameters): readonly PlannedParameter[] {
  return ownExtractorsOf(type, own).map((extractor) => planned(type, extractor));
}

function planned(type: string, extractor: Extractor): PlannedParameter {
  const { rows } = extractor;
  const presence = presenceOf(type, rows);
  return {
    extractor,
    seed: seedOf(type, rows),
    refers: referenceSeed(type, rows),
    present: presence.key,
    bit: presence.bit,
    exact: seedOf(type, rows, 'exact'),
    text: seedOf(type, rows, 'text'),
    ofType: seedOf(type, rows, 'of-type'),
    identifier: seedOf(type, rows, 'identifier'),
    isPosted: postedParameters(type).has(rows),
    isMainDate: mainDateParameter(type) === rows,
    postedSeed: postedSeed(type, rows),
    posting: postingComposite(type, rows),
  };
}
