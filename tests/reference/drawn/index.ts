/**
 * Resources with definitions that are made for each of them alone: profiles by what a published example has, questionnaires with responses, code
 * systems with value sets and maps. Another seed makes other definitions, not only other instances.
 */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { randomSource, type Random } from '../../random.ts';
import { examplePicker, type Subject } from '../mutants.ts';
import { compliance, definition, instance, type Drawn } from './profiles.ts';
import { derived, questionnaire, response } from './questionnaires.ts';
import { coded, map, set, supplement } from './terminology.ts';

type Draw = (random: Random, id: string, example: Json) => Drawn | undefined;

const draws: Readonly<Record<string, readonly [weight: number, draw: Draw]>> = {
  instance: [8, (random, id, example) => instance(example, random, id)],
  definition: [3, (random, id, example) => definition(example, random, id)],
  compliance: [3, (random, id, example) => compliance(example, random, id)],
  response: [2, response],
  derived: [1, derived],
  questionnaire: [1, questionnaire],
  coded: [2, coded],
  map: [1, map],
  set: [1, set],
  supplement: [1, supplement],
};
const weighed = Object.values(draws).flatMap(([weight, draw]) => Array.from({ length: weight }, () => draw));

/** Drawn resources: the same seed makes the same. The definitions of all may be beside R5 together. */
export function* drawn(seed: number, count: number): Generator<Subject> {
  const pick = examplePicker();
  let made = 0;
  for (let request = 0; made < count; request += 1) {
    const random = randomSource(seed, request);
    const example = pick(random);
    if (example === undefined) continue;
    const one = random.pick(weighed)(random, `drawn-${request}`, example.resource);
    if (one === undefined) continue;
    made += 1;
    yield { kind: one.kind, file: example.file, text: JSON.stringify(one.resource), definitions: one.definitions };
  }
}
