import { extractorsOf, ownExtractorsOf, type Extractor } from '../extractors.ts';
import type { OwnParameters } from '../parameters/own-parameters.ts';
import { derivedParameters } from './derived-parameters.ts';
import { seedOf } from './keys.ts';
import { mainDateParameter } from './main-date.ts';
import { postedSeed, postingComposite, type PostingComposite } from './posted-numbers.ts';
import { postedParameters } from './posted-parameters.ts';
import { referenceSeed } from './shared-references.ts';
import { presenceOf } from './usual-parameters.ts';

/** A search parameter of a type with what its rows need, worked out once. */
export interface PlannedParameter {
  readonly extractor: Extractor;
  readonly seed: bigint;
  /** Of a reference: that of the keys of what it refers to. */
  readonly refers: bigint;
  readonly present: bigint;
  /** `Presence.bit` */
  readonly bit: number | undefined;
  readonly exact: bigint;
  readonly text: bigint;
  readonly ofType: bigint;
  readonly identifier: bigint;
  readonly isPosted: boolean;
  readonly isMainDate: boolean;
  /** Of a quantity that its composite posts, and of that composite. */
  readonly postedSeed: bigint | undefined;
  readonly posting: PostingComposite | undefined;
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
    .map((extractor) => planned(type, extractor));
  // Only known types have any: a resource cannot fill the map.
  if (plan.length > 0) plans.set(type, plan);
  return plan;
}

const ownPlans = new WeakMap<OwnParameters, Map<string, readonly PlannedParameter[]>>();

/** The parameters of the environment's own for a resource type. */
export function ownRowPlanOf(type: string, own: OwnParameters): readonly PlannedParameter[] {
  let byType = ownPlans.get(own);
  if (byType === undefined) ownPlans.set(own, (byType = new Map<string, readonly PlannedParameter[]>()));
  let plan = byType.get(type);
  if (plan === undefined) {
    plan = ownExtractorsOf(type, own).map((extractor) => planned(type, extractor));
    if (plan.length > 0) byType.set(type, plan);
  }
  return plan;
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
