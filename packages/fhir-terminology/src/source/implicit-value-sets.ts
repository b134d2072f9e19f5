import type { ValueSet } from '@dhp/fhir-model';
import type { ConceptSystem } from './concept-system.ts';

/** What a url of an implicit value set stands for. */
export interface ImplicitValueSet {
  readonly system: string;
  readonly version?: string;
  /** Those that are this concept or below it; all codes when absent. */
  readonly isA?: string;
}

const snomed = 'http://snomed.info/sct';

/**
 * Reads `[system]?fhir_vs` and `[system]?fhir_vs=isa/[code]` (https://hl7.org/fhir/R5/snomedct.html#implicit), for SNOMED CT also
 * with an edition or a version of one in the place of the system. Undefined for any other url.
 */
export function readImplicit(url: string): ImplicitValueSet | undefined {
  const [, base = '', isA] = /^([^?]+)\?fhir_vs(?:=isa\/([^/?&#]+))?$/.exec(url) ?? [];
  if (base === '') return undefined;
  const isEdition = base.startsWith(`${snomed}/`);
  return {
    system: isEdition ? snomed : base,
    ...(isEdition && { version: base }),
    ...(isA !== undefined && { isA }),
  };
}

/** Made before, for as long as the code system is the same object: what was expanded of them stays good. */
const made = new WeakMap<ConceptSystem, Map<string, ValueSet>>();
/** Implicit value sets of one code system that are kept; clients choose their urls, so there is no end of them. */
const most = 500;

/** The value set of such a url; undefined where the code system has no implicit value sets, or not that concept. */
export function implicitValueSet(
  url: string,
  { version, isA }: ImplicitValueSet,
  system: ConceptSystem,
): ValueSet | undefined {
  const { header } = system;
  if (header.valueSet?.endsWith('?fhir_vs') !== true || (isA !== undefined && system.find(isA) === undefined))
    return undefined;
  const known = made.get(system) ?? new Map<string, ValueSet>();
  made.set(system, known);
  let valueSet = known.get(url);
  if (valueSet === undefined) {
    if (known.size >= most) known.clear();
    const filter = isA === undefined ? {} : { filter: [{ property: 'concept', op: 'is-a' as const, value: isA }] };
    valueSet = {
      resourceType: 'ValueSet',
      url,
      ...(header.version !== undefined && { version: header.version }),
      status: header.status ?? 'active',
      compose: { include: [{ system: header.url, ...(version !== undefined && { version }), ...filter }] },
    };
    known.set(url, valueSet);
  }
  return valueSet;
}
