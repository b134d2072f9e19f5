/** A validator that needs neither a server nor a database: R5 and what is built in, with packages given at hand. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FhirPackage } from '@dhp/fhir-package';
import {
  contentFile,
  grammars,
  layered,
  readContent,
  ResourceSource,
  Terminology,
  TerminologyFault,
  TooManyMembers,
  type ConceptSource,
} from '@dhp/fhir-terminology';
import { keptCodes, Validator, type Codes, type Questionnaire, type StructureDefinition } from '@dhp/fhir-validation';
import { convertUnit } from '@dhp/ucum';

export interface OfflineOptions {
  readonly packages: readonly FhirPackage[];
  readonly nationalRules: boolean;
  /** Whether Observations with the LOINC code of a vital sign must meet the profile that R5 has for it. */
  readonly vitalSigns: boolean;
}

export interface Offline {
  readonly validator: Validator;
  /** Whether a profile (`url` or `url|version`) is known. */
  knows(profile: string): boolean;
  /** Canonicals that the guides of the packages name as global for a type. */
  globalProfiles(type: string): readonly string[];
}

export async function openOffline({ packages, nationalRules, vitalSigns }: OfflineOptions): Promise<Offline> {
  const resources = packages.flatMap((one) => one.resources.map(({ resource }) => resource));
  const definitions = new Map<string, Readonly<Record<string, unknown>>[]>();
  for (const resource of resources) {
    const { resourceType, url } = resource;
    if (typeof url !== 'string') continue;
    const key = `${String(resourceType)} ${url}`;
    definitions.set(key, [...(definitions.get(key) ?? []), resource]);
  }
  // The package that was named last comes first.
  const find = (type: string, url: string, version?: string): unknown =>
    definitions
      .get(`${type} ${url}`)
      ?.findLast((one) => version === undefined || `${String(one['version'])}.`.startsWith(`${version}.`));
  const validator = new Validator({
    codes: codesOver(await sourceOf(resources)),
    definitions: {
      structure: (url, version) => find('StructureDefinition', url, version) as StructureDefinition | undefined,
      questionnaire: (url, version) => find('Questionnaire', url, version) as Questionnaire | undefined,
      other: (type, url, version) => find(type, url, version) as Readonly<Record<string, unknown>> | undefined,
    },
    nationalRules,
    vitalSigns,
    convertUnit,
  });
  return {
    validator,
    knows: (profile) => validator.knowsProfile(profile),
    globalProfiles: (type) => globalProfiles(resources, type),
  };
}

/** Systems whose codes HL7 names in its definitions and does not hold: it is no news that they are not checked here. */
const heldElsewhere =
  /^http:\/\/(?:snomed\.info\/sct|loinc\.org|www\.nlm\.nih\.gov\/research\/umls\/rxnorm|www\.ama-assn\.org\/go\/cpt|hl7\.org\/fhir\/sid\/(?:ndc|icpc-[12]|icpc-1-nl|icd-10(?:-[a-z]+)?|icd-9-cm|cvx|srt|icf-nl|ca-hc-(?:npn|din)|dsm5|ex-icd-10-procedures))$/;

/** The terminology that is built in, under that of the packages. */
async function sourceOf(resources: readonly Readonly<Record<string, unknown>>[]): Promise<ConceptSource> {
  const own = new ResourceSource();
  for (const resource of resources) own.add(resource as unknown as Parameters<ResourceSource['add']>[0]);
  return layered(own, layered(readContent(await readFile(contentFile)), grammars()));
}

function codesOver(source: ConceptSource): Codes {
  const options = { expansionLimit: 1, now: () => new Date(), newId: randomUUID };
  const terminology = new Terminology(source, options);
  return keptCodes({
    validate: (valueSet, system, code) => terminology.memberOf(valueSet, system, code),
    concept(system, code, version) {
      const found = terminology.concept(system, code, version);
      return found.known === 'unknown' && heldElsewhere.test(system) ? undefined : found;
    },
    system: (url, version) => terminology.system(url, version),
    valueSetKnowledge: (canonical) => terminology.valueSetKnowledge(canonical),
    members: (valueSet) => membersOf(valueSet, terminology),
  });
}

/** Codes of larger value sets are not compared with their expansions. */
const mostMembers = 1_000;

/** The codes that a value set is made of; undefined when they are too many, or not all at hand. */
function membersOf(valueSet: Readonly<Record<string, unknown>>, terminology: Terminology): string[] | undefined {
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

/** https://hl7.org/fhir/R5/implementationguide-definitions.html#ImplementationGuide.global */
function globalProfiles(resources: readonly Readonly<Record<string, unknown>>[], type: string): string[] {
  return resources
    .filter(({ resourceType }) => resourceType === 'ImplementationGuide')
    .flatMap(({ global }) => (Array.isArray(global) ? (global as { type?: unknown; profile?: unknown }[]) : []))
    .filter((one) => one.type === type && typeof one.profile === 'string')
    .map(({ profile }) => profile as string);
}
