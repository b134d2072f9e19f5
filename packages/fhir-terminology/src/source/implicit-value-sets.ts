import type { ValueSet } from '@dhp/fhir-model';
import { answersOf } from '../systems/loinc/loinc-filter.ts';
import type { ConceptFilter, ConceptSystem } from '../concepts/concept-system.ts';

/** Meaning of the url of an implicit value set. */
export interface ImplicitValueSet {
  readonly system: string;
  readonly version?: string;
  /** Filter of the codes; all when absent. */
  readonly filter?: ConceptFilter;
  /** A concept that has to be there. */
  readonly concept?: string;
  /** The value set is the answers of that list, in their order. */
  readonly answers?: true;
}

const snomed = 'http://snomed.info/sct';
const ucum = 'http://unitsofmeasure.org';
const loinc = 'http://loinc.org';

/**
 * Reads `[system]?fhir_vs` and `[system]?fhir_vs=isa/[code]` (https://hl7.org/fhir/R5/snomedct.html#implicit); for SNOMED CT also with an
 * edition or a version of one in place of the system, and `refset`, `refset/[code]`, `ecl/[expression]`; `http://loinc.org/vs/[code]` for
 * an answer list, or for the codes below a part (https://terminology.hl7.org/LOINC.html); and `http://unitsofmeasure.org/vs/[unit]`, the
 * units that can be converted into one (https://hl7.org/fhir/R5/ucum.html). Undefined for any other url.
 */
export function readImplicit(url: string): ImplicitValueSet | undefined {
  const unit = behind(url, `${ucum}/vs/`);
  if (unit !== undefined)
    return { system: ucum, filter: { property: 'canonical', op: '=', value: unit }, concept: unit };
  const [, part, list] = /^(?:(LP[\d-]+)|(LL[\d-]+))$/i.exec(behind(url, `${loinc}/vs/`) ?? '') ?? [];
  if (list !== undefined) return { system: loinc, concept: list, answers: true };
  if (part !== undefined)
    return { system: loinc, concept: part, filter: { property: 'concept', op: 'is-a', value: part } };
  const [, base = '', which] = /^([^?]+)\?fhir_vs(?:=([^]+))?$/.exec(url) ?? [];
  if (base === '') return undefined;
  const isEdition = base.startsWith(`${snomed}/`);
  const system = { system: isEdition ? snomed : base, ...(isEdition && { version: base }) };
  if (which === undefined) return system;
  const chosen = chosenBy(which, system.system === snomed);
  return chosen && { ...system, ...chosen };
}

/** Parses the value of `?fhir_vs=`; undefined when it is not understood. */
function chosenBy(which: string, isSnomed: boolean): Pick<ImplicitValueSet, 'filter' | 'concept'> | undefined {
  const [, kind = '', code = ''] = /^(isa|refset)\/([^/?&#]+)$/.exec(which) ?? [];
  if (kind === 'isa') return { concept: code, filter: { property: 'concept', op: 'is-a', value: code } };
  if (!isSnomed) return undefined;
  if (kind === 'refset') return { concept: code, filter: { property: 'concept', op: 'in', value: code } };
  if (which === 'refset') return { filter: { property: 'refsetMembers', op: 'exists', value: 'true' } };
  const expression = behind(which, 'ecl/');
  const value = expression === undefined ? undefined : decoded(expression);
  return value === undefined ? undefined : { filter: { property: 'constraint', op: '=', value } };
}

/** An expression is percent-encoded in the url; an already decoded one has no `%`. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function behind(text: string, beginning: string): string | undefined {
  return text.startsWith(beginning) && text.length > beginning.length ? text.slice(beginning.length) : undefined;
}

/**
 * A canonical and the version behind its bar. In an expression constraint that is not encoded bars hold terms: there only a
 * version of SNOMED CT is one.
 */
export function splitReference(reference: string): readonly [url: string, version?: string] {
  const isExpression = reference.startsWith(snomed) && reference.includes('?fhir_vs=ecl/');
  const bar = isExpression ? reference.lastIndexOf(`|${snomed}/`) : reference.indexOf('|');
  return bar < 0 ? [reference] : [reference.slice(0, bar), reference.slice(bar + 1)];
}

/** Implicit value sets of one code system that are cached; clients choose their urls, so their number is unlimited. */
const most = 500;

/** The value set of such a url; undefined if the code system has no implicit value sets, or not that concept. */
export function implicitValueSet(
  url: string,
  { version, filter, concept, answers }: ImplicitValueSet,
  system: ConceptSystem,
): ValueSet | undefined {
  const { header } = system;
  const hasThem = header.valueSet?.endsWith('?fhir_vs') === true || header.url === ucum || header.url === loinc;
  const found = concept === undefined ? undefined : system.find(concept);
  if (!hasThem || (concept !== undefined && found === undefined)) return undefined;
  const known = (system.implicitValueSets ??= new Map<string, ValueSet>());
  let valueSet = known.get(url);
  if (valueSet === undefined) {
    if (known.size >= most) known.clear();
    valueSet = {
      resourceType: 'ValueSet',
      url,
      ...(header.version !== undefined && { version: header.version }),
      status: header.status ?? 'active',
      ...(answers && found?.display !== undefined && { title: found.display }),
      compose: {
        include: [
          {
            system: header.url,
            ...(version !== undefined && { version }),
            ...(filter && { filter: [filter] }),
            ...(answers && found && { concept: answersOf(found).map((code) => ({ code })) }),
          },
        ],
      },
    };
    known.set(url, valueSet);
  }
  return valueSet;
}
