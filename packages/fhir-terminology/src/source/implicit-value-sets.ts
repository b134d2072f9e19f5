import type { ValueSet } from '@dhp/fhir-model';
import type { ConceptSystem } from './concept-system.ts';

/** What a url of an implicit value set stands for. */
export interface ImplicitValueSet {
  readonly system: string;
  readonly version?: string;
  /** Which codes; all when absent. */
  readonly filter?: { readonly property: string; readonly op: '=' | 'is-a'; readonly value: string };
}

const snomed = 'http://snomed.info/sct';
const ucum = 'http://unitsofmeasure.org';

/**
 * Reads `[system]?fhir_vs` and `[system]?fhir_vs=isa/[code]` (https://hl7.org/fhir/R5/snomedct.html#implicit), for SNOMED CT also
 * with an edition or a version of one in the place of the system; and `http://unitsofmeasure.org/vs/[unit]`, the units that can
 * be converted into one (https://hl7.org/fhir/R5/ucum.html). Undefined for any other url.
 */
export function readImplicit(url: string): ImplicitValueSet | undefined {
  const unit = url.startsWith(`${ucum}/vs/`) ? url.slice(`${ucum}/vs/`.length) : '';
  if (unit !== '') return { system: ucum, filter: { property: 'canonical', op: '=', value: unit } };
  const [, base = '', isA] = /^([^?]+)\?fhir_vs(?:=isa\/([^/?&#]+))?$/.exec(url) ?? [];
  if (base === '') return undefined;
  const isEdition = base.startsWith(`${snomed}/`);
  return {
    system: isEdition ? snomed : base,
    ...(isEdition && { version: base }),
    ...(isA !== undefined && { filter: { property: 'concept', op: 'is-a', value: isA } }),
  };
}

/** Made before, for as long as the code system is the same object: what was expanded of them stays good. */
const made = new WeakMap<ConceptSystem, Map<string, ValueSet>>();
/** Implicit value sets of one code system that are kept; clients choose their urls, so there is no end of them. */
const most = 500;

/** The value set of such a url; undefined where the code system has no implicit value sets, or not that concept. */
export function implicitValueSet(
  url: string,
  { version, filter }: ImplicitValueSet,
  system: ConceptSystem,
): ValueSet | undefined {
  const { header } = system;
  const hasThem = header.valueSet?.endsWith('?fhir_vs') === true || header.url === ucum;
  if (!hasThem || (filter !== undefined && system.find(filter.value) === undefined)) return undefined;
  const known = made.get(system) ?? new Map<string, ValueSet>();
  made.set(system, known);
  let valueSet = known.get(url);
  if (valueSet === undefined) {
    if (known.size >= most) known.clear();
    valueSet = {
      resourceType: 'ValueSet',
      url,
      ...(header.version !== undefined && { version: header.version }),
      status: header.status ?? 'active',
      compose: {
        include: [
          { system: header.url, ...(version !== undefined && { version }), ...(filter && { filter: [filter] }) },
        ],
      },
    };
    known.set(url, valueSet);
  }
  return valueSet;
}
