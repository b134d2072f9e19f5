import type { Budget } from '@dhp/budget';
import type { ValueSetComposeInclude } from '@dhp/fhir-model';
import { codesOf, textOf } from '../concepts/concept-properties.ts';
import type {
  Concept,
  ConceptFilter,
  ConceptProperty,
  ConceptSystem,
  ConceptTest,
} from '../concepts/concept-system.ts';
import { isFrom } from '../concepts/walk.ts';
import { loincFilter } from '../systems/loinc/loinc-filter.ts';
import { snomedFilter } from '../systems/snomed/snomed-filter.ts';
import { compileRegex } from './regex.ts';

/** Properties that every code system has, declared or not (https://hl7.org/fhir/R5/codesystem.html#defined-props). */
const standard = ['inactive', 'status', 'effectiveDate', 'deprecationDate', 'retirementDate', 'notSelectable'];

/**
 * The test of a filter of a value set over a code system (https://hl7.org/fhir/R5/valueset.html#compositions).
 * @param budget pays for paths through the hierarchy, while concepts are tested
 * @returns undefined if the operator or the property has no meaning here
 */
export function conceptTest(system: ConceptSystem, filter: ConceptFilter, budget?: Budget): ConceptTest | undefined {
  return (
    system.ownFilter?.(filter) ??
    snomedFilter(system, filter, budget) ??
    loincFilter(system, filter, budget) ??
    hierarchyTest(system, filter, budget) ??
    valueTest(system, filter)
  );
}

/** The tests of all filters of an include together; a concept has to pass each. */
export function allOf(tests: readonly ConceptTest[]): ConceptTest {
  const [first, second] = tests;
  if (first === undefined) return () => true;
  return second === undefined ? first : (concept) => tests.every((test) => test(concept));
}

/** The test of the filters of an include; without filters, all of the code system. */
export function testOf(system: ConceptSystem, { filter = [] }: ValueSetComposeInclude, budget?: Budget): ConceptTest {
  return allOf(filter.map((one) => conceptTest(system, one, budget) ?? (() => false)));
}

function hierarchyTest(
  system: ConceptSystem,
  { property, op, value }: ConceptFilter,
  budget: Budget | undefined,
): ConceptTest | undefined {
  const isConcept = property === 'concept' || property === 'code';
  const relation =
    op === '=' && property === 'parent' ? 'child-of' : op === '=' && property === 'child' ? 'parent-of' : op;
  if (!isConcept && relation === op) return undefined;
  const target = system.find(value);
  const tested = (test: (target: Concept) => ConceptTest): ConceptTest =>
    target === undefined ? () => false : test(target);
  switch (relation) {
    case 'is-a':
      return tested((top) => (concept) => system.isA(concept, top, budget));
    case 'descendent-of':
      return tested((top) => (concept) => concept.code !== top.code && system.isA(concept, top, budget));
    case 'is-not-a':
      return target === undefined ? () => true : (concept) => !system.isA(concept, target, budget);
    case 'generalizes':
      return tested((low) => isFrom(system, low, 'parents', budget));
    case 'child-of':
      return tested((top) => (concept) => system.parents(concept).some(({ code }) => code === top.code));
    case 'parent-of':
      return tested((low) => (concept) => system.children(concept).some(({ code }) => code === low.code));
    case 'descendent-leaf':
      return tested(
        (top) => (concept) =>
          concept.code !== top.code && system.isA(concept, top, budget) && system.children(concept).length === 0,
      );
    default:
      return undefined;
  }
}

function valueTest(system: ConceptSystem, { property, op, value }: ConceptFilter): ConceptTest | undefined {
  const values = valuesOf(system, property);
  if (values === undefined) return undefined;
  const codings = ({ properties }: Concept): string[] => properties.flatMap((one) => namesOfCoding(one, property));
  const own = asWritten(system, property);
  switch (op) {
    case '=': {
      const wanted = own(value);
      return (concept) =>
        values(concept).includes(wanted) ||
        codings(concept).includes(value) ||
        numbersOf(concept, property).includes(Number(value));
    }
    case 'regex': {
      const matches = compileRegex(value);
      return matches && ((concept) => values(concept).some(matches));
    }
    case 'in':
    case 'not-in': {
      const set = new Set(value.split(',').map((part) => own(part.trim())));
      const wanted = op === 'in';
      return (concept) => [...values(concept), ...codings(concept)].some((one) => set.has(one)) === wanted;
    }
    case 'exists':
      if (value !== 'true' && value !== 'false') return undefined;
      return (concept) => hasValue(values(concept)) === (value === 'true');
    default:
      return undefined;
  }
}

/** Whether it is stated, and not only so by default. */
const hasValue = (values: readonly string[]): boolean => values.length > 0 && values !== inactiveByDefault;

/** Codes in a filter may have any case if the code system is not case sensitive. */
function asWritten(system: ConceptSystem, property: string): (value: string) => string {
  const isCode = ['concept', 'code', 'parent', 'child'].includes(property);
  return system.header.caseSensitive || !isCode ? (value) => value : (value) => system.find(value)?.code ?? value;
}

/** Numbers are equal however they are written: a decimal 1.50 is read as 1.5. */
function numbersOf({ properties }: Concept, property: string): number[] {
  return properties.flatMap(({ code, value }) => (code === property && typeof value === 'number' ? [value] : []));
}

/** A Coding is its code; value sets also write it with its system, as `system|code` or, as FSH does, `system#code`. */
function namesOfCoding({ code, value }: ConceptProperty, property: string): string[] {
  if (code !== property || typeof value !== 'object' || value.system === undefined) return [];
  return [`${value.system}|${value.code ?? ''}`, `${value.system}#${value.code ?? ''}`];
}

/** Value of `inactive` for a concept that does not state it, by R5; the other standard properties have no default. */
const inactiveByDefault = ['false'];

/** Returns the reader of a property's values; undefined when the code system has no such property. */
function valuesOf(system: ConceptSystem, property: string): ((concept: Concept) => string[]) | undefined {
  const { header } = system;
  if (property === 'concept' || property === 'code') return ({ code }) => [code];
  if (property === 'display') return ({ display }) => (display === undefined ? [] : [display]);
  if (property === 'definition') return ({ definition }) => (definition === undefined ? [] : [definition]);
  if (property === 'parent') return (concept) => system.parents(concept).map(({ code }) => code);
  if (property === 'child') return (concept) => system.children(concept).map(({ code }) => code);
  const declared = header.property.some(({ code }) => code === property);
  if (!declared && !standard.includes(property)) return undefined;
  const codes = new Set([...(standard.includes(property) ? codesOf(header, property) : []), property]);
  const stated = ({ properties }: Concept): string[] =>
    properties.filter(({ code }) => codes.has(code)).map((one) => textOf(one));
  if (property !== 'inactive' || !codesOf(header, property).has(property)) return stated;
  return (concept) => {
    const own = stated(concept);
    return own.length > 0 ? own : inactiveByDefault;
  };
}
