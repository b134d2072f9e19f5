import { shown } from '../json.ts';
import type { Run } from '../run.ts';
import { isValueSet } from '../terminology/core-codes.ts';
import type { PrimitiveCheck } from './primitive.ts';

/** How definitions that are at hand are found by their url, by types. */
const finders: readonly (readonly [type: string, isAtHand: (url: string, run: Run) => boolean])[] = [
  ['StructureDefinition', (url, { rules }) => rules.profiles.structure(url) !== undefined],
  ['ValueSet', (url, { rules }) => isValueSet(url) || rules.codes?.valueSetKnowledge?.(url) !== undefined],
  ['CodeSystem', (url, { rules }) => rules.codes?.system?.(url) !== undefined],
  ['Questionnaire', (url, { rules }) => rules.profiles.questionnaire(url) !== undefined],
];

/**
 * The check of a canonical that names a definition of some types alone: one that is at hand, and of another type, is not meant.
 * https://hl7.org/fhir/R5/references.html#canonical
 * @param form the check of the text itself
 */
export function canonicalCheck(form: PrimitiveCheck, targets: readonly string[]): PrimitiveCheck {
  const isOpen = targets.some((one) => one === 'Resource' || one === 'CanonicalResource');
  if (isOpen || targets.length === 0) return form;
  const [wanted, others] = [true, false].map((isWanted) =>
    finders.filter(([type]) => targets.includes(type) === isWanted),
  );
  return (value, run) => {
    if (!form(value, run)) return false;
    const [url = ''] = (value as string).split('|', 1);
    // Most canonicals lead to what is wanted, or to what is not at hand.
    if (url.startsWith('#') || wanted!.some(([, isAtHand]) => isAtHand(url, run))) return true;
    const found = others!.find(([, isAtHand]) => isAtHand(url, run))?.[0];
    if (found !== undefined)
      run.report('canonical-target', { canonical: shown(url), found, expected: targets.join(', ') });
    return true;
  };
}

/** The type of the definition that a canonical without version is of; undefined if none is at hand. */
export function typeOfCanonical(url: string, run: Run): string | undefined {
  return finders.find(([, isAtHand]) => isAtHand(url, run))?.[0];
}
