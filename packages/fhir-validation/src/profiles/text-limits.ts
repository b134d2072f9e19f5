import { compile, FhirPathError } from '@dhp/fhirpath';
import type { IssueCode } from '../issue.ts';
import { isObject, shown } from '../json.ts';
import type { Run } from '../run.ts';
import type { ElementDefinition } from '../contract/definitions.ts';

const structure = 'http://hl7.org/fhir/StructureDefinition/';

/**
 * Limits for texts, decimals and data from HL7's extensions of element definitions: `minLength`, `regex`, `maxDecimalPlaces`, `maxSize`.
 */
export interface TextLimits {
  readonly minLength?: number | undefined;
  readonly regex?: string | undefined;
  readonly maxDecimalPlaces?: number | undefined;
  /** In bytes. */
  readonly maxSize?: number | undefined;
}

/** Returns the limits of an element definition combined with those of its base; undefined if there are none. */
export function textLimitsOf(
  extensions: NonNullable<ElementDefinition['extension']>,
  before: TextLimits | undefined,
): TextLimits | undefined {
  const find = (name: string) => extensions.find(({ url }) => url === structure + name);
  const minLength = find('minLength')?.valueInteger ?? before?.minLength;
  const regex = find('regex')?.valueString ?? before?.regex;
  const maxDecimalPlaces = find('maxDecimalPlaces')?.valueInteger ?? before?.maxDecimalPlaces;
  const maxSize = find('maxSize')?.valueDecimal ?? before?.maxSize;
  const limits = { minLength, regex, maxDecimalPlaces, maxSize };
  return Object.values(limits).every((one) => one === undefined) ? undefined : limits;
}

/**
 * Reports a text that is too short or does not match the regular expression, a number with too many decimal places, and data that are too
 * large.
 * @param code issue code of the findings, if it differs from that of their kind
 */
export function checkTextLimits(value: unknown, limits: TextLimits, run: Run, code?: IssueCode): void {
  const { minLength = 0, regex, maxDecimalPlaces } = limits;
  if (typeof value === 'string') {
    if (value.length < minLength)
      run.reportAs(code ?? 'invalid', 'value-too-short', { min: minLength, length: value.length });
    if (regex !== undefined && !isOfForm(value, regex, run))
      run.reportAs(code ?? 'invalid', 'value-pattern', { value: shown(value), regex });
  }
  const number = isObject(value) ? value['value'] : value;
  if (typeof number === 'number' && maxDecimalPlaces !== undefined && decimalPlaces(number) > maxDecimalPlaces)
    run.reportAs(code ?? 'structure', 'value-decimal-places', { value: number, max: maxDecimalPlaces });
  if (limits.maxSize !== undefined) checkSize(value, limits.maxSize, run);
}

/** Checks the decoded size of inline data, of an Attachment or a base64Binary. */
function checkSize(value: unknown, max: number, run: Run): void {
  const data = isObject(value) ? value['data'] : value;
  if (typeof data !== 'string' || data.length % 4 !== 0) return;
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
  const actual = (data.length / 4) * 3 - padding;
  if (actual > max) run.report('value-size', { max, actual });
}

/**
 * Matches through FHIRPath, whose engine terminates for every regular expression. An invalid expression is reported and counts as matched.
 */
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

/** Returns the number of decimal places. Trailing zeros do not count, because JSON parsing drops them. */
export function decimalPlaces(value: number): number {
  const [digits = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent));
}
