/** Bodies of resources that are compared with the reference validator, each made again in the same order. */
import {
  nationalExamples,
  nationalResources,
  nationalVariants,
  skipNational,
} from '../../packages/fhir-validation/test/national.ts';
import { skipCases } from '../../packages/fhir-validation/test/official-cases.ts';
import { drawn } from './drawn/index.ts';
import { stepped } from './drawn/steps.ts';
import { edges } from './edges/index.ts';
import { grown } from './grown/index.ts';
import { mutants, publishedExamples, skipMutants, type Subject } from './mutants.ts';
import { oddResources } from './odd/index.ts';
import type { Beside } from './oracle.ts';
import { placedResources } from './placed/index.ts';
import { xmlResources } from './placed/xml.ts';
import { provoked, sent } from './provoked/index.ts';
import { ruled } from './ruled/index.ts';
import { shaped } from './shaped/index.ts';
import { ofTopics } from './topics/index.ts';

/** How mutants are made, and of what is published every which one is taken. */
export interface Recipe {
  readonly seed: number;
  readonly count: number;
  readonly every: number;
}

export interface Corpus {
  readonly about: string;
  readonly beside: Beside;
  readonly subjects: (recipe: Recipe) => Iterable<Subject>;
  /** Why it cannot be made; false when it can. */
  readonly skip: string | false;
}

export const corpora = {
  mutants: {
    about: 'Faulty copies of the published examples of R5',
    beside: 'nothing',
    subjects: ({ seed, count }) => mutants(seed, count),
    skip: skipMutants,
  },
  examples: {
    about: 'Published examples of R5 as they are',
    beside: 'nothing',
    subjects: ({ every }) => everyNth(publishedExamples(1), every),
    skip: skipMutants,
  },
  national: {
    about: 'The national package: its definitions, its examples and faulty variants of these',
    beside: 'national',
    subjects: ({ every }) => everyNth(nationalSubjects(), every),
    skip: skipNational,
  },
  odd: {
    about: 'Resources of every type as people write them who have not read all of the specification',
    beside: 'nothing',
    subjects: ({ seed, count }) => oddResources(seed, count),
    skip: false,
  },
  provoked: {
    about: 'Resources made to provoke messages of the reference validator',
    beside: 'provoked',
    subjects: () => provoked(),
    skip: false,
  },
  sent: {
    about:
      'What is sent every day, right and wrong: codes, references, Bundles, values held to profiles, questionnaires and answers',
    beside: 'provoked',
    subjects: () => sent(),
    skip: false,
  },
  grown: {
    about:
      'Resources that a grammar writes: profiles with instances, questionnaires with responses, definitions, faults within others',
    beside: 'grown',
    subjects: ({ seed, count }) => grown(seed, count),
    skip: skipMutants,
  },
  placed: {
    about:
      'Values at the edges of their types at each kind of place, claims of profiles, narratives, Bundles of each type',
    beside: 'nothing',
    subjects: ({ seed, count }) => placedResources(seed, count),
    skip: skipMutants,
  },
  xml: {
    about: 'Published examples of R5 in XML, as they are and with faults that only XML can have',
    beside: 'nothing',
    subjects: ({ seed, count }) => xmlResources(seed, count),
    skip: skipMutants,
  },
  ruled: {
    about: 'Published examples with faults made from what is stated: rules, extensions, contents of types, Bundles',
    beside: 'nothing',
    subjects: ({ seed, count }) => ruled(seed, count),
    skip: skipMutants,
  },
  shaped: {
    about:
      'Profiles sliced in each way, statements of each type, rules that a grammar writes, codes held to each kind of value set, JSON of other shapes',
    beside: 'shaped',
    subjects: ({ seed, count }) => shaped(seed, count),
    skip: skipMutants,
  },
  drawn: {
    about:
      'Definitions made for each resource alone: profiles by what an example has, questionnaires with responses, code systems with value sets and maps',
    beside: 'nothing',
    subjects: ({ seed, count }) => drawn(seed, count),
    skip: skipMutants,
  },
  stepped: {
    about: "HL7's validator cases that stand beside the repository, changed in one step, or their definitions",
    beside: 'nothing',
    subjects: ({ seed, count }) => stepped(seed, count),
    skip: skipCases,
  },
  topics: {
    about:
      'Resources of one topic after the other, as suites of cases have them: right as they are, and turned once or twice',
    beside: 'nothing',
    subjects: ({ seed, count }) => ofTopics(seed, count),
    skip: false,
  },
  edges: {
    about:
      'One oddity each: elements and attributes of narratives, values at the edges of their types, links, Bundles of each type, odd XML',
    beside: 'nothing',
    subjects: () => edges(),
    skip: false,
  },
} as const satisfies Record<string, Corpus>;

function* everyNth<Item>(all: Iterable<Item>, every: number): Generator<Item> {
  let at = 0;
  for (const one of all) if (at++ % every === 0) yield one;
}

export type CorpusName = keyof typeof corpora;

export const isCorpus = (name: string): name is CorpusName => Object.hasOwn(corpora, name);

function* nationalSubjects(): Generator<Subject> {
  if (skipNational !== false) return;
  const of = (kind: string, file: string, resource: unknown): Subject => ({
    kind,
    file,
    text: JSON.stringify(resource),
  });
  for (const resource of nationalResources()) {
    const { resourceType, id } = resource;
    if (typeof resourceType === 'string') yield of('as published', `${resourceType}-${String(id)}.json`, resource);
  }
  for (const { file, resource } of nationalExamples()) yield of('example', file, resource);
  for (const { file, kind, resource } of nationalVariants()) yield of(kind, file, resource);
}
