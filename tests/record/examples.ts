/** The published examples of R5 that are no definitions: those change what a server knows, and when it knows it. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Example } from '../../apps/fhir/test/fuzz/examples.ts';

const definitions =
  /^(ActorDefinition|CapabilityStatement|CodeSystem|CompartmentDefinition|ConceptMap|ImplementationGuide|NamingSystem|OperationDefinition|Parameters|SearchParameter|StructureDefinition|StructureMap|Subscription|SubscriptionTopic|TerminologyCapabilities|ValueSet)-/;

/** Larger ones make a recording large, and little else. */
const largest = 60_000;

export interface ExampleText extends Example {
  readonly id: string | undefined;
  readonly text: string;
}

let all: readonly ExampleText[] | undefined;

/** Read once; sorted by the name of the file. */
export function exampleTexts(): readonly ExampleText[] {
  all ??= read();
  return all;
}

function read(): ExampleText[] {
  const folder = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r5.examples/package.json'));
  return readdirSync(folder)
    .filter((name) => /^[A-Z]\w+-.*\.json$/.test(name) && !definitions.test(name))
    .sort()
    .filter((name) => statSync(join(folder, name)).size <= largest)
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const resource = JSON.parse(text) as Record<string, unknown> & { resourceType: string; id?: string };
      return { type: resource.resourceType, id: resource.id, resource, text };
    });
}
