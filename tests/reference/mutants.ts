import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitionsOf, MemoryCodes } from '../../packages/fhir-validation/test/memory-codes.ts';
import { nationalExamples, nationalResources, skipNational } from '../../packages/fhir-validation/test/national.ts';
import { profileMutantsOf } from '../../packages/fhir-validation/test/profile-mutants.ts';
import { skipExamples, type Json } from '../../packages/fhir-validation/test/published.ts';
import { randomSource, type Random } from '../random.ts';
import { bundleFaults, metaFaults } from './faults/bundles.ts';
import { codedFaults } from './faults/coded.ts';
import { conformanceFaults } from './faults/conformance.ts';
import { contentFaults } from './faults/contents.ts';
import type { Fault } from './faults/fault.ts';
import { linkFaults } from './faults/links.ts';
import { questionnaireFaults } from './faults/questionnaires.ts';
import { primitiveFaults, structureFaults } from './faults/structure.ts';
import { terminologyFaults } from './faults/terminology.ts';

/** A resource to be validated, as its text. */
export interface Subject {
  readonly kind: string;
  /** The example that it is made of. */
  readonly file: string;
  readonly text: string;
  /** Definitions that are beside R5 for it alone. */
  readonly definitions?: readonly Json[];
}

/** Groups of faults: a mutant is of a group of chance first, then of a kind, so that a large group does not crowd out others. */
const groups = {
  structure: structureFaults,
  primitive: primitiveFaults,
  coded: codedFaults,
  link: linkFaults,
  meta: metaFaults,
  bundle: bundleFaults,
  content: contentFaults,
  terminology: terminologyFaults,
  conformance: conformanceFaults,
  questionnaire: questionnaireFaults,
} as const;

/** All kinds of faults by their names. */
export const faults: ReadonlyMap<string, Fault> = new Map(Object.values(groups).flatMap((one) => Object.entries(one)));

/** Larger examples take long and show nothing new. */
const largest = 60_000;

export interface Example {
  readonly file: string;
  readonly resource: Json;
}

const folderOf = (name: string): string => dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));

/** Resources of packages by their types, read when they are needed. */
class Examples {
  readonly #byType = new Map<string, string[]>();

  constructor(...packages: readonly string[]) {
    for (const folder of packages.map(folderOf)) {
      for (const file of readdirSync(folder).sort()) {
        const type = file.split('-')[0]!;
        if (!/^[A-Z][A-Za-z]+-.*\.json$/.test(file)) continue;
        this.#byType.set(type, [...(this.#byType.get(type) ?? []), join(folder, file)]);
      }
    }
  }

  get types(): readonly string[] {
    return [...this.#byType.keys()];
  }

  pick(type: string, random: Random): Example | undefined {
    const path = random.pick(this.#byType.get(type)!);
    const text = readFileSync(path, 'utf8');
    if (text.length > 2 * largest) return undefined;
    const resource = JSON.parse(text) as Json;
    return JSON.stringify(resource).length > largest ? undefined : { file: basename(path), resource };
  }
}

/** Why there are no mutants; false when the examples are installed. */
export const skipMutants = skipExamples;

/** The resource types that have examples. */
export const exampleTypes = (): readonly string[] => new Examples('hl7.fhir.r5.examples').types;

/** Types that the faults of a group are about; of others any type will do. */
const typesOf: Partial<Record<keyof typeof groups, readonly string[]>> = {
  bundle: ['Bundle'],
  terminology: [
    'CodeSystem',
    'ValueSet',
    'ConceptMap',
    'ValueSet',
    'ConceptMap',
    'CodeSystem',
    'SearchParameter',
    'NamingSystem',
  ],
  conformance: [
    'StructureDefinition',
    'StructureDefinition',
    'SearchParameter',
    'OperationDefinition',
    'CapabilityStatement',
  ],
  questionnaire: ['Questionnaire', 'QuestionnaireResponse'],
};

/** How often a group is drawn, of all draws. */
const draws: readonly (keyof typeof groups)[] = [
  ...['structure', 'structure', 'structure', 'structure', 'primitive', 'primitive', 'primitive'],
  ...['coded', 'coded', 'coded', 'link', 'link', 'link', 'meta', 'bundle', 'content', 'content'],
  ...['terminology', 'terminology', 'conformance', 'conformance', 'questionnaire'],
] as (keyof typeof groups)[];

/** Examples that are tried for a kind of fault, of which many fit few resources. */
const mostTries = 60;

/** Mutants of the published examples: each has a fault of a kind of chance, in an example of a type of chance. */
export function* mutants(seed: number, count: number): Generator<Subject> {
  const examples = new Examples('hl7.fhir.r5.examples');
  const definitions = new Examples('hl7.fhir.r5.examples', 'hl7.fhir.uv.extensions.r5');
  let made = 0;
  for (let request = 0; made < count; request += 1) {
    const random = randomSource(seed, request);
    const group = random.pick(draws);
    const [kind, fault] = random.pick(Object.entries(groups[group]));
    const types = typesOf[group];
    for (let tries = 0; tries < mostTries; tries += 1) {
      const example =
        types === undefined
          ? examples.pick(random.pick(examples.types), random)
          : definitions.pick(random.pick(types), random);
      const changed = example && fault(example.resource, random);
      if (changed === undefined) continue;
      made += 1;
      yield { kind, file: example!.file, text: textOf(changed) };
      break;
    }
  }
}

/**
 * Picks published examples of types of chance, or of a type, of which those are some that define extensions; undefined if the one that
 * was picked is too large.
 */
export function examplePicker(): (random: Random, type?: string) => Example | undefined {
  const examples = new Examples('hl7.fhir.r5.examples');
  const definitions = new Examples('hl7.fhir.r5.examples', 'hl7.fhir.uv.extensions.r5');
  return (random, type) =>
    type === undefined ? examples.pick(random.pick(examples.types), random) : definitions.pick(type, random);
}

/** A resource with a fault of chance, in a structure that JSON can say; undefined if the fault does not fit it. */
export function spoilt(resource: Json, random: Random): Json | undefined {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const [, fault] = random.pick(Object.entries(groups[random.pick(draws)]));
    const changed = fault(resource, random);
    if (typeof changed === 'object') return changed;
  }
  return undefined;
}

/** Mutants of the national examples, half of them by what the profiles say that they claim; none if the package is absent. */
export function* nationalMutants(seed: number, count: number): Generator<Subject> {
  if (skipNational !== false) return;
  const examples = nationalExamples();
  const resources = [...nationalResources()];
  const [definitions, codes] = [definitionsOf(resources), new MemoryCodes(resources)];
  let made = 0;
  for (let request = 0; made < count; request += 1) {
    const random = randomSource(seed, request);
    const { file, resource } = random.pick(examples);
    if (random.oneIn(2)) {
      const all = [...profileMutantsOf(resource, definitions, codes)];
      if (all.length === 0) continue;
      const one = random.pick(all);
      yield { kind: one.kind, file, text: textOf(one.resource) };
    } else {
      const [kind, fault] = random.pick(Object.entries(groups[random.pick(draws)]));
      const changed = fault(resource, random);
      if (changed === undefined) continue;
      yield { kind, file, text: textOf(changed) };
    }
    made += 1;
  }
}

/** Every `every`th published example as it is. */
export function* publishedExamples(every: number): Generator<Subject> {
  const folder = folderOf('hl7.fhir.r5.examples');
  const files = readdirSync(folder)
    .filter((file) => /^[A-Z][A-Za-z]+-.*\.json$/.test(file))
    .sort();
  for (const [i, file] of files.entries()) {
    if (i % every !== 0) continue;
    const text = textOf(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Json);
    if (text.length <= largest) yield { kind: 'as published', file, text };
  }
}

const textOf = (changed: Json | string): string => (typeof changed === 'string' ? changed : JSON.stringify(changed));
