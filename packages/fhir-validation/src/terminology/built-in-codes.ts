/** Adapts the terminology of `@dhp/fhir-terminology` to the interface of the validator: the built-in content and given resources. */
import {
  grammars,
  layered,
  readContent,
  ResourceSource,
  Terminology,
  TerminologyFault,
  TooManyMembers,
  type ConceptSource,
} from '@dhp/fhir-terminology';
import type { Codes } from './codes.ts';
import { keptCodes } from './kept-codes.ts';

type Resource = Readonly<Record<string, unknown>>;

/**
 * Returns code systems, value sets and grammars without a terminology service: those of R5, HL7 Terminology, HL7's extensions, ISO 3166-1
 * and ISO 4217, with UCUM and language tags. The given CodeSystems, ValueSets and ConceptMaps take precedence. This package opens no files.
 * @param content the bytes of `contentFile`, read by the caller
 * @param resources of any type; if several have the same url, the last one counts
 * @throws RangeError if the bytes are no terminology content
 *
 * @example
 * import { readFile } from 'node:fs/promises';
 * import { contentFile } from '@dhp/fhir-validation';
 * const codes = builtInCodes(await readFile(contentFile));
 * codes.validate('http://hl7.org/fhir/ValueSet/marital-status', undefined, 'M'); // 'in'
 */
export function builtInCodes(content: Uint8Array, resources: readonly Resource[] = []): Codes {
  return keptCodes(codesOver(sourceOf(content, resources)));
}

/** Systems whose codes HL7's definitions use without containing them. That these are not checked is not reported. */
const heldElsewhere =
  /^http:\/\/(?:snomed\.info\/sct|loinc\.org|www\.nlm\.nih\.gov\/research\/umls\/rxnorm|www\.ama-assn\.org\/go\/cpt|hl7\.org\/fhir\/sid\/(?:ndc|icpc-[12]|icpc-1-nl|icd-10(?:-[a-z]+)?|icd-9-cm|cvx|srt|icf-nl|ca-hc-(?:npn|din)|dsm5|ex-icd-10-procedures))$/;

/** Returns the built-in terminology, overridden by the given resources. */
function sourceOf(content: Uint8Array, resources: readonly Resource[]): ConceptSource {
  const own = new ResourceSource();
  for (const resource of resources) own.add(resource as unknown as Parameters<ResourceSource['add']>[0]);
  return layered(own, layered(readContent(content), grammars()));
}

function codesOver(source: ConceptSource): Codes {
  const options = { expansionLimit: 1, now: () => new Date(Date.now()), newId: () => crypto.randomUUID() };
  const terminology = new Terminology(source, options);
  return {
    validate: (valueSet, system, code) => terminology.memberOf(valueSet, system, code),
    concept(system, code, version) {
      const found = terminology.concept(system, code, version);
      return found.known === 'unknown' && heldElsewhere.test(system) ? undefined : found;
    },
    system: (url, version) => terminology.system(url, version),
    valueSetKnowledge: (canonical) => terminology.valueSetKnowledge(canonical),
    mark: (valueSet, system, code) => terminology.markOf(valueSet, system, code),
    displaysIn: (valueSet, system, code) => terminology.displaysIn(valueSet, system, code),
    members: (valueSet) => membersOf(valueSet, terminology),
  };
}

/** Larger value sets are not compared with their expansions. */
const mostMembers = 1_000;

/** Returns the codes of a value set as `system#code`; undefined if there are too many or some are not available. */
function membersOf(valueSet: Resource, terminology: Terminology): string[] | undefined {
  try {
    const { expansion: _expansion, ...composed } = valueSet;
    const found = terminology.members(composed as unknown as Parameters<Terminology['members']>[0], {
      most: mostMembers,
    });
    return found?.map(({ system, code }) => `${system}#${code}`);
  } catch (error) {
    if (error instanceof TerminologyFault || error instanceof TooManyMembers) return undefined;
    throw error;
  }
}
