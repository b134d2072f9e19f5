/**
 * Resources that make the reference validator say as many of its messages as possible, and the definitions that they claim to meet. What a
 * mutant of a published example meets by chance is met here on purpose.
 */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Subject } from '../mutants.ts';
import { answeredDefinitions, answeredProvocations } from './answered.ts';
import { bundleProvocations, signedProvocations } from './bundles.ts';
import { conformanceProvocations } from './conformance.ts';
import { structureProvocations } from './structures.ts';
import { contentProvocations } from './contents.ts';
import { provocationsOf, type Provocations } from './definition.ts';
import { dutyDefinitions, dutyProvocations } from './duties.ts';
import { elementProvocations } from './elements.ts';
import { furtherDefinitions, furtherProvocations } from './further.ts';
import { heldProvocations } from './held.ts';
import { heldDefinitions } from './held-profiles.ts';
import { measureProvocations } from './measures.ts';
import { definitions } from './profiles.ts';
import { questionnaireDefinitions, questionnaireProvocations } from './questionnaires.ts';
import { seldomConformance } from './seldom-conformance.ts';
import { seldomDefinitions } from './seldom-definitions.ts';
import { seldomProvocations } from './seldom.ts';
import { sentProvocations } from './sent.ts';
import { slicedDefinitions, slicedProvocations } from './slices.ts';
import { textProvocations } from './texts.ts';
import { togetherProvocations } from './together.ts';
import { unaskedDefinitions, unaskedProvocations } from './unasked.ts';

/** Definitions that are beside R5 when provocations are validated. */
export const provokedDefinitions: readonly Json[] = [
  ...definitions,
  ...slicedDefinitions,
  ...questionnaireDefinitions,
  ...furtherDefinitions,
  ...dutyDefinitions,
  ...seldomDefinitions,
  ...heldDefinitions,
  ...answeredDefinitions,
  ...unaskedDefinitions,
];

/** All provocations, in an order that stays. */
export function* provoked(): Generator<Subject> {
  for (const all of [
    textProvocations,
    elementProvocations,
    slicedProvocations,
    bundleProvocations,
    contentProvocations,
    questionnaireProvocations,
    structureProvocations,
    conformanceProvocations,
    furtherProvocations,
    measureProvocations,
    dutyProvocations,
    signedProvocations,
    seldomProvocations,
    seldomConformance,
    unaskedProvocations,
  ])
    yield* subjectsOf(all);
}

/** Resources as they are sent every day, right and wrong, in an order that stays: codes, references, Bundles, values of profiles, answers. */
export function* sent(): Generator<Subject> {
  for (const all of [sentProvocations, togetherProvocations, heldProvocations, answeredProvocations])
    yield* subjectsOf(all);
}

function* subjectsOf(all: Provocations): Generator<Subject> {
  for (const { kind, resource } of provocationsOf(all))
    yield { kind, file: 'provoked', text: typeof resource === 'string' ? resource : JSON.stringify(resource) };
}
