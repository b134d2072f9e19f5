/**
 * Copies of published examples with faults that are made from what the specification states: elements that invariants name, extensions that HL7 publishes,
 * contents of data types, contained resources, items of questionnaires, parts of definitions and of Bundles.
 */
import { examplePicker, type Subject } from '../mutants.ts';
import { randomSource, type Random } from '../../random.ts';
import type { Fault, Faults } from '../faults/fault.ts';
import { holders } from './bundles.ts';
import { definitionFaults } from './conformance.ts';
import { containedFaults } from './contained.ts';
import { contentsFaults } from './contents.ts';
import { elementFaults } from './elements.ts';
import { extensionFaults } from './extensions.ts';
import { itemFaults, responseFaults } from './questionnaires.ts';
import { ruleFaults } from './rules.ts';
import { mapFaults, setFaults, systemFaults } from './terminology.ts';
import { generalFaults, textFaults } from './texts.ts';

interface Group {
  readonly faults: Faults;
  /** How often it is drawn, beside the others. */
  readonly weight: number;
  /** Types of examples that its faults are about; any, where none are named. */
  readonly types?: readonly string[];
}

const groups: readonly Group[] = [
  { faults: ruleFaults, weight: 4 },
  { faults: extensionFaults, weight: 4 },
  { faults: contentsFaults, weight: 6 },
  { faults: containedFaults, weight: 2 },
  { faults: generalFaults, weight: 4 },
  { faults: textFaults, weight: 2 },
  { faults: itemFaults, weight: 2, types: ['Questionnaire'] },
  { faults: responseFaults, weight: 1, types: ['Questionnaire'] },
  { faults: systemFaults, weight: 1, types: ['CodeSystem'] },
  { faults: setFaults, weight: 1, types: ['ValueSet'] },
  { faults: mapFaults, weight: 1, types: ['ConceptMap'] },
  { faults: elementFaults, weight: 2, types: ['StructureDefinition'] },
  {
    faults: definitionFaults,
    weight: 2,
    types: [
      'StructureDefinition',
      'SearchParameter',
      'OperationDefinition',
      'CapabilityStatement',
      'CodeSystem',
      'Measure',
      'PlanDefinition',
    ],
  },
];

/** All kinds of faults that are made from what is stated, by their names. */
export const ruledKinds: readonly string[] = [
  ...groups.flatMap(({ faults }) => Object.keys(faults)),
  ...Object.keys(holders),
];

const draws = groups.flatMap((group) => Array.from({ length: group.weight }, () => group));
/** One in so many is something that holds examples. */
const oneHolderIn = 8;
/** Examples that are tried for a kind of fault. */
const mostTries = 40;

/** Ruled copies: the same seed makes the same. */
export function* ruled(seed: number, count: number): Generator<Subject> {
  const pick = examplePicker();
  let made = 0;
  for (let request = 0; made < count; request += 1) {
    const random = randomSource(seed, request);
    const one = random.oneIn(oneHolderIn) ? held(random, pick) : copied(random, pick);
    if (one === undefined) continue;
    made += 1;
    yield one;
  }
}

type Pick = ReturnType<typeof examplePicker>;

function held(random: Random, pick: Pick): Subject | undefined {
  const [kind, make] = random.pick(Object.entries(holders));
  const [one, other] = [pick(random), pick(random)];
  const resource = one && other && make(one.resource, other.resource, random);
  return resource && { kind, file: one.file, text: JSON.stringify(resource) };
}

function copied(random: Random, pick: Pick): Subject | undefined {
  const { faults, types } = random.pick(draws);
  const [kind, fault] = random.pick<[string, Fault]>(Object.entries(faults));
  for (let tries = 0; tries < mostTries; tries += 1) {
    const example = pick(random, types && random.pick(types));
    const changed = example && fault(example.resource, random);
    if (changed === undefined) continue;
    return { kind, file: example!.file, text: typeof changed === 'string' ? changed : JSON.stringify(changed) };
  }
  return undefined;
}
