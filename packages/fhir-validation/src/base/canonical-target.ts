import { shown } from '../json.ts';
import type { Run } from '../run.ts';
import { isValueSet } from '../terminology/core-codes.ts';
import type { PrimitiveCheck } from './primitive.ts';

/** Lookups of available definitions by their url, by type. */
const finders: readonly (readonly [type: string, isAtHand: (url: string, run: Run) => boolean])[] = [
  ['StructureDefinition', (url, { rules }) => rules.profiles.structure(url) !== undefined],
  ['ValueSet', (url, { rules }) => isValueSet(url) || rules.codes?.valueSetKnowledge?.(url) !== undefined],
  ['CodeSystem', (url, { rules }) => rules.codes?.system?.(url) !== undefined],
  ['Questionnaire', (url, { rules }) => rules.profiles.questionnaire(url) !== undefined],
];

/**
 * The check of a canonical that may refer to definitions of some types only: an available definition of another type is an error.
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
    // Most canonicals refer to an expected type, or to an unavailable definition.
    if (url.startsWith('#') || wanted!.some(([, isAtHand]) => isAtHand(url, run))) return true;
    const found = others!.find(([, isAtHand]) => isAtHand(url, run))?.[0];
    if (found !== undefined)
      run.report('canonical-target', { canonical: shown(url), found, expected: targets.join(', ') });
    return true;
  };
}

/** The type of the definition with a canonical without version; undefined if none is available. */
export function typeOfCanonical(url: string, run: Run): string | undefined {
  return finders.find(([, isAtHand]) => isAtHand(url, run))?.[0];
}
