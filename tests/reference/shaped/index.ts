/**
 * Shapes that no other corpus has: profiles sliced by each kind of discriminator, statements about values of each type, rules whose expressions a grammar
 * writes, codes held to value sets of each kind of filter, and JSON of other shapes.
 */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { randomSource, type Random } from '../../random.ts';
import { examplePicker, type Subject } from '../mutants.ts';
import { codedDefinitions, codedInstance } from './codes.ts';
import { patientOf, ruledProfile } from './expressions.ts';
import { facetInstance, facetProfile, facetTargets } from './facets.ts';
import { slicedInstance, slicedProfile, sliceTargets } from './slices.ts';
import { misshapen } from './wrong-json.ts';

const numbered = <Made>(count: number, seed: number, make: (id: number, random: Random) => Made): readonly Made[] =>
  Array.from({ length: count }, (_none, i) => make(i, randomSource(seed, i)));

const sliced = numbered(160, 5701, (i, random) => slicedProfile(`shaped-slices-${i}`, random));
const facets = numbered(240, 5702, (i, random) => facetProfile(`shaped-facet-${i}`, random));
const rules = numbered(240, 5703, (i, random) => ruledProfile(`shaped-rule-${i}`, random));

/** Definitions that are beside R5 when shaped resources are validated. */
export const shapedDefinitions: readonly Json[] = [
  ...sliceTargets,
  ...facetTargets,
  ...codedDefinitions,
  ...sliced.map(({ definition }) => definition),
  ...facets.map(({ definition }) => definition),
  ...rules,
];

type Made = Omit<Subject, 'file'> & { readonly file?: string };
type Draw = (random: Random, pick: ReturnType<typeof examplePicker>) => Made | undefined;

const claiming = (kind: string, { url, id }: Json, { resourceType, ...rest }: Json): Made => ({
  kind: `${kind} ${String(id)}`,
  text: JSON.stringify({ resourceType, meta: { profile: [url] }, ...rest }),
});

/** Definitions by numbers of chance, which are not beside the others. */
const fresh = (random: Random): number => 10_000 + random.below(1_000_000);

const draws: Readonly<Record<string, readonly [weight: number, draw: Draw]>> = {
  sliced: [
    4,
    (random) => {
      const { definition, of } = random.pick(sliced);
      return claiming('sliced', definition, slicedInstance(of, random));
    },
  ],
  facet: [
    4,
    (random) => {
      const { definition, of } = random.pick(facets);
      return claiming('facet', definition, facetInstance(of, random));
    },
  ],
  ruled: [
    3,
    (random) => {
      const some = [random.pick(rules), random.pick(rules)];
      return {
        kind: `rules ${some.map(({ id }) => String(id)).join(' ')}`,
        text: JSON.stringify(
          patientOf(
            random,
            some.map(({ url }) => url),
          ),
        ),
      };
    },
  ],
  coded: [
    4,
    (random) => {
      const { kind, resource } = codedInstance(random);
      return { kind, text: JSON.stringify(resource) };
    },
  ],
  misshapen: [
    4,
    (random, pick) => {
      const example = pick(random);
      if (example === undefined) return undefined;
      const made = misshapen(example.resource, random);
      return made && { ...made, file: example.file };
    },
  ],
  definition: [
    3,
    (random) => {
      const id = fresh(random);
      const definition = random.pick([
        () => slicedProfile(`shaped-slices-${id}`, random).definition,
        () => facetProfile(`shaped-facet-${id}`, random).definition,
        () => ruledProfile(`shaped-rule-${id}`, random),
        () => ruledProfile(`shaped-rule-${id}`, random),
      ])();
      return { kind: 'definition', text: JSON.stringify(definition) };
    },
  ],
};

const weighed = Object.values(draws).flatMap(([weight, draw]) => Array.from({ length: weight }, () => draw));

/** Shaped resources: the same seed makes the same. */
export function* shaped(seed: number, count: number): Generator<Subject> {
  const pick = examplePicker();
  let made = 0;
  for (let request = 0; made < count; request += 1) {
    const random = randomSource(seed, request);
    const one = random.pick(weighed)(random, pick);
    if (one === undefined) continue;
    made += 1;
    yield { file: 'shaped', ...one };
  }
}
