/**
 * Resources that a grammar writes: profiles and instances of them, questionnaires and responses, definitions of every kind; and the faults of the
 * mutants at depths at which mutants never are. What neither a published example nor a provocation has stands here.
 */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { randomSource, type Random } from '../../random.ts';
import { examplePicker, spoilt, type Subject } from '../mutants.ts';
import { grows } from './conformance.ts';
import { nestings } from './nested.ts';
import { grownInstance, grownProfile, grownProfiles } from './profiles.ts';
import { grownQuestionnaire, grownQuestionnaires, grownResponse } from './questionnaires.ts';

/** Definitions that are beside R5 when grown resources are validated. */
export const grownDefinitions: readonly Json[] = [...grownProfiles, ...grownQuestionnaires];

/** How often a kind of resource is drawn, of all draws. */
const draws = [
  ...['instance', 'instance', 'instance', 'nested', 'nested', 'nested', 'definition', 'definition', 'definition'],
  ...['response', 'response', 'questionnaire', 'profile'],
] as const;

/** Grown resources: the same seed makes the same. */
export function* grown(seed: number, count: number): Generator<Subject> {
  const pick = examplePicker();
  let made = 0;
  for (let request = 0; made < count; request += 1) {
    const random = randomSource(seed, request);
    const one = grownOne(random.pick(draws), random, pick);
    if (one === undefined) continue;
    made += 1;
    yield { file: 'grown', ...one };
  }
}

type Made = Pick<Subject, 'kind' | 'text'> & { readonly file?: string };

function grownOne(
  draw: (typeof draws)[number],
  random: Random,
  pick: ReturnType<typeof examplePicker>,
): Made | undefined {
  const of = ({ kind, resource }: { readonly kind: string; readonly resource: Json }): Made => ({
    kind,
    text: JSON.stringify(resource),
  });
  if (draw === 'instance') return of(grownInstance(random));
  if (draw === 'response') return of(grownResponse(random));
  if (draw === 'questionnaire') return of({ kind: draw, resource: grownQuestionnaire(random) });
  if (draw === 'profile') return of({ kind: draw, resource: grownProfile(random) });
  if (draw === 'definition') {
    const [kind, grow] = random.pick(Object.entries(grows));
    return of({ kind, resource: grow(random) });
  }
  const [kind, nest] = random.pick(Object.entries(nestings));
  const [example, other] = [pick(random), pick(random)];
  const resource = example && other && nest(spoilt, example.resource, other.resource, random);
  return resource && { ...of({ kind, resource }), file: example.file };
}
