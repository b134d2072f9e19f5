import type { Budget } from '@dhp/budget';
import { textOf } from '../../concepts/concept-properties.ts';
import type { Concept, ConceptFilter, ConceptSystem, ConceptTest } from '../../concepts/concept-system.ts';
import { isFrom } from '../../concepts/walk.ts';

const loinc = 'http://loinc.org';

/** The properties of a term that are compared without case, and by the name of the part whose code is written there. */
const writtenProperties = new Set([
  ...['COMPONENT', 'PROPERTY', 'TIME_ASPCT', 'SYSTEM', 'SCALE_TYP', 'METHOD_TYP'],
  ...['CLASS', 'STATUS', 'CLASSTYPE', 'ORDER_OBS', 'VersionLastChanged'],
]);
/**
 * Properties of answer lists and terms: the answers of a list, in their order; the lists of a term, and whether others have rights in it.
 */
const loincProperties = {
  answer: 'answer',
  answerList: 'AnswerList',
  copyright: 'EXTERNAL_COPYRIGHT_NOTICE',
} as const;

/** The answers of an answer list, in their order. */
export function answersOf({ properties }: Concept): string[] {
  return properties.filter(({ code }) => code === loincProperties.answer).map(textOf);
}

/**
 * The filters that LOINC has beside the common ones (https://terminology.hl7.org/LOINC.html): properties by the code or the
 * name of a part, without case; `ancestor` and `descendant` in the hierarchy; `LIST` and `answers-for`, the answers of a list
 * and of a term; `copyright`.
 */
export function loincFilter(
  system: ConceptSystem,
  { property, op, value }: ConceptFilter,
  budget?: Budget,
): ConceptTest | undefined {
  if (system.header.url !== loinc) return undefined;
  const isOneOf = op === '=' || op === 'in';
  if (!isOneOf) return undefined;
  const values = op === 'in' ? value.split(',').map((part) => part.trim()) : [value];
  if (writtenProperties.has(property)) return partTest(system, property, values);
  const named = values.flatMap((code) => system.find(code) ?? []);
  switch (property) {
    case 'ancestor':
      return (concept) => named.some((above) => above.code !== concept.code && system.isA(concept, above, budget));
    case 'descendant': {
      const tests = named.map((below) => ({ below, isAbove: isFrom(system, below, 'parents', budget) }));
      return (concept) => tests.some(({ below, isAbove }) => below.code !== concept.code && isAbove(concept));
    }
    case 'LIST':
      return isIn(named.flatMap(answersOf));
    case 'answers-for':
      return isIn(named.flatMap((term) => listsOf(system, term).flatMap(answersOf)));
    case 'copyright':
      return copyrightTest(values);
    default:
      return undefined;
  }
}

const isIn = (codes: readonly string[]): ConceptTest => {
  const set = new Set(codes);
  return ({ code }) => set.has(code);
};

function listsOf(system: ConceptSystem, { properties }: Concept): Concept[] {
  const codes = properties.filter(({ code }) => code === loincProperties.answerList).map(textOf);
  return codes.flatMap((code) => system.find(code) ?? []);
}

/** Tests a property by its text, or by the name of the part whose code it has. */
function partTest(system: ConceptSystem, property: string, values: readonly string[]): ConceptTest {
  const wanted = new Set(values.map((value) => value.toLowerCase()));
  const known = new Map<string, boolean>();
  const isWanted = (text: string): boolean => {
    let result = known.get(text);
    if (result === undefined) {
      const { display = '', designations = [] } = system.find(text) ?? {};
      const names = [text, display, ...designations.map(({ value }) => value)];
      known.set(text, (result = names.some((name) => wanted.has(name.toLowerCase()))));
    }
    return result;
  };
  return ({ properties }) => properties.some((one) => one.code === property && isWanted(textOf(one)));
}

function copyrightTest(values: readonly string[]): ConceptTest | undefined {
  const isOthers = ({ properties }: Concept): boolean =>
    properties.some(({ code }) => code === loincProperties.copyright);
  if (values.length !== 1) return undefined;
  if (values[0] === '3rdParty') return isOthers;
  return values[0] === 'LOINC' ? (concept) => !isOthers(concept) : undefined;
}
