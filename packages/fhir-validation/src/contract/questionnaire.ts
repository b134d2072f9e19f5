import { isObject, listOf, type Json } from '../json.ts';

/** The parts of a Questionnaire that answers are checked against. https://hl7.org/fhir/R5/questionnaire.html */
export interface Questionnaire {
  readonly resourceType: 'Questionnaire';
  readonly effectivePeriod?: { readonly start?: string; readonly end?: string };
  readonly contained?: readonly Json[];
  readonly item?: readonly QuestionnaireItem[];
}

export interface QuestionnaireItem {
  readonly linkId: string;
  readonly type: string;
  readonly text?: string;
  readonly _text?: Json;
  readonly required?: boolean;
  readonly repeats?: boolean;
  readonly maxLength?: number;
  readonly answerConstraint?: 'optionsOnly' | 'optionsOrType' | 'optionsOrString';
  readonly answerOption?: readonly Json[];
  readonly answerValueSet?: string;
  readonly enableWhen?: readonly EnableWhen[];
  readonly enableBehavior?: 'all' | 'any';
  readonly extension?: readonly Json[];
  readonly item?: readonly QuestionnaireItem[];
}

export interface EnableWhen {
  readonly question: string;
  readonly operator: string;
  readonly [answer: `answer${string}`]: unknown;
}

/** The values of the extensions of a name that HL7 defines. */
export function valuesOf(extensions: unknown, name: string): unknown[] {
  const url = `http://hl7.org/fhir/StructureDefinition/${name}`;
  return listOf(extensions).flatMap((one) => {
    if (!isObject(one) || one['url'] !== url) return [];
    return Object.entries(one).flatMap(([member, value]) => (member.startsWith('value') ? [value] : []));
  });
}
