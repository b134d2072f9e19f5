import { shown } from '../json.ts';
import type { Run } from '../run.ts';
import { isValueSet } from '../terminology/core-codes.ts';
import type { PrimitiveCheck } from './primitive.ts';

/** Types of definitions that are told apart here by what is at hand. */
const told: ReadonlySet<string> = new Set(['StructureDefinition', 'ValueSet', 'CodeSystem', 'Questionnaire']);

/**
 * The check of a canonical that names a definition of some types alone: one that is at hand, and of another type, is not meant.
 * https://hl7.org/fhir/R5/references.html#canonical
 * @param form the check of the text itself
 */
export function canonicalCheck(form: PrimitiveCheck, targets: readonly string[]): PrimitiveCheck {
  const isOpen = targets.some((one) => one === 'Resource' || one === 'CanonicalResource');
  if (isOpen || targets.length === 0) return form;
  return (value, run) => {
    if (!form(value, run)) return false;
    const [url = ''] = (value as string).split('|');
    const found = url.startsWith('#') ? undefined : typeOfCanonical(url, run, targets);
    if (found !== undefined && !targets.includes(found))
      run.report('canonical-target', { canonical: shown(url), found, expected: targets.join(', ') });
    return true;
  };
}

/**
 * The type of the definition that a canonical without version is of; undefined where none is at hand.
 * @param expected types that are looked for first
 */
export function typeOfCanonical(url: string, run: Run, expected: readonly string[] = []): string | undefined {
  const { codes, profiles } = run.rules;
  const is: Readonly<Record<string, () => boolean>> = {
    StructureDefinition: () => profiles.structure(url) !== undefined,
    ValueSet: () => isValueSet(url) || codes?.valueSetKnowledge?.(url) !== undefined,
    CodeSystem: () => codes?.system?.(url) !== undefined,
    Questionnaire: () => profiles.questionnaire(url) !== undefined,
  };
  const order = [...expected.filter((one) => told.has(one)), ...told];
  return order.find((type) => is[type]!());
}
