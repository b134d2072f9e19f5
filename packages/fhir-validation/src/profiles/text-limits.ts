import { compile, FhirPathError } from '@dhp/fhirpath';
import type { IssueCode } from '../issue.ts';
import { shown } from '../json.ts';
import type { Run } from '../run.ts';
import type { ElementDefinition } from './definitions.ts';

const structure = 'http://hl7.org/fhir/StructureDefinition/';

/** Limits that HL7's extensions of element definitions state for texts and decimals: `minLength`, `regex`, `maxDecimalPlaces`. */
export interface TextLimits {
  readonly minLength?: number | undefined;
  readonly regex?: string | undefined;
  readonly maxDecimalPlaces?: number | undefined;
}

/** Returns the limits of an element definition, over those of its base; undefined when there are none. */
export function textLimitsOf(
  extensions: NonNullable<ElementDefinition['extension']>,
  before: TextLimits | undefined,
): TextLimits | undefined {
  const find = (name: string) => extensions.find(({ url }) => url === structure + name);
  const minLength = find('minLength')?.valueInteger ?? before?.minLength;
  const regex = find('regex')?.valueString ?? before?.regex;
  const maxDecimalPlaces = find('maxDecimalPlaces')?.valueInteger ?? before?.maxDecimalPlaces;
  if (minLength === undefined && regex === undefined && maxDecimalPlaces === undefined) return undefined;
  return { minLength, regex, maxDecimalPlaces };
}

/**
 * Reports a text that is too short or of another form, and a number with too many digits after the point.
 * @param code of the findings, where it is not that of their kind
 */
export function checkTextLimits(value: unknown, limits: TextLimits, run: Run, code?: IssueCode): void {
  const { minLength = 0, regex, maxDecimalPlaces } = limits;
  if (typeof value === 'string') {
    if (value.length < minLength)
      run.reportAs(code ?? 'invalid', 'value-too-short', { min: minLength, length: value.length });
    if (regex !== undefined && !isOfForm(value, regex, run))
      run.reportAs(code ?? 'invalid', 'value-pattern', { value: shown(value), regex });
  }
  if (typeof value === 'number' && maxDecimalPlaces !== undefined && decimalPlaces(value) > maxDecimalPlaces)
    run.reportAs(code ?? 'value', 'value-decimal-places', { value, max: maxDecimalPlaces });
}

/** Through FHIRPath, whose engine comes to an end with every expression. One that cannot be read is told, and met. */
function isOfForm(value: string, regex: string, run: Run): boolean {
  const literal = regex.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  try {
    return compile(`matchesFull('${literal}')`, { type: 'string' }).test(value, { work: run.budget }) === true;
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    run.report('invariant-not-evaluated', { key: 'regex', reason: error.message });
    return true;
  }
}

/** Digits after the point; zeros at the end, which reading JSON drops, do not count. */
export function decimalPlaces(value: number): number {
  const [digits = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent));
}
