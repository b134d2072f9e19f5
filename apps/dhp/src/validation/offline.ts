/** A validator that needs neither a server nor a database: R5 and the built-in definitions, with given packages. */
import { readFile } from 'node:fs/promises';
import type { FhirPackage } from '@dhp/fhir-package';
import {
  builtInCodes,
  contentFile,
  Validator,
  type Questionnaire,
  type StructureDefinition,
} from '@dhp/fhir-validation';
import { convertUnit } from '@dhp/ucum';

export interface OfflineOptions {
  readonly packages: readonly FhirPackage[];
  readonly nationalRules: boolean;
  /** Whether Observations with the LOINC code of a vital sign must meet R5's profile for it. */
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
    codes: builtInCodes(await readFile(contentFile), resources),
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

/** https://hl7.org/fhir/R5/implementationguide-definitions.html#ImplementationGuide.global */
function globalProfiles(resources: readonly Readonly<Record<string, unknown>>[], type: string): string[] {
  return resources
    .filter(({ resourceType }) => resourceType === 'ImplementationGuide')
    .flatMap(({ global }) => (Array.isArray(global) ? (global as { type?: unknown; profile?: unknown }[]) : []))
    .filter((one) => one.type === type && typeof one.profile === 'string')
    .map(({ profile }) => profile as string);
}
