import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { coreValueSet } from '../terminology/core-codes.ts';

/** URI prefix of the properties that FHIR itself defines. https://hl7.org/fhir/R5/codesystem-concept-properties.html */
const ofFhir = 'http://hl7.org/fhir/concept-properties#';

/** Value types of the properties that FHIR defines, by code. */
const standard: ReadonlyMap<string, string> = new Map([
  ['status', 'code'],
  ['inactive', 'boolean'],
  ['effectiveDate', 'dateTime'],
  ['deprecationDate', 'dateTime'],
  ['retirementDate', 'dateTime'],
  ['notSelectable', 'boolean'],
  ['parent', 'code'],
  ['child', 'code'],
  ['partOf', 'code'],
  ['synonym', 'code'],
  ['comment', 'string'],
  ['itemWeight', 'decimal'],
]);

const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:./;

/** Checks the properties that a code system declares. https://hl7.org/fhir/R5/codesystem.html#properties */
export function checkProperties({ property, url }: Json, run: Run): void {
  const seen = new Set<string>();
  for (const [i, one] of listOf(property).entries()) {
    if (!isObject(one)) continue;
    const { uri, code } = one;
    run.enter('property', i);
    checkValueSetOf(one, run);
    if (typeof uri === 'string') checkUri(uri, one, url, seen, run);
    if (typeof code === 'string') {
      if (seen.has(code)) run.report('code-system-property-code-twice', { code: shown(code) });
      seen.add(code);
      if (uri === undefined) checkUnnamed(code, one, run);
    }
    run.leave();
  }
}

const ofValueSet = 'http://hl7.org/fhir/StructureDefinition/codesystem-property-valueset';

/** Returns the value set that the code system names for the values of a property, if any. */
export function valueSetOf({ extension }: Json): string | undefined {
  const stated = listOf(extension).find((one): one is Json => isObject(one) && one['url'] === ofValueSet);
  return typeof stated?.['valueCanonical'] === 'string' ? stated['valueCanonical'] : undefined;
}

function checkValueSetOf(property: Json, run: Run): void {
  const valueSet = valueSetOf(property);
  const { codes } = run.rules;
  if (valueSet === undefined || codes?.valueSetKnowledge === undefined || coreValueSet(valueSet) !== undefined) return;
  if (codes.valueSetKnowledge(valueSet) === undefined)
    run.report('code-system-property-value-set', { valueSet: shown(valueSet) });
}

/** A property may be defined by a concept of another code system, written `system#code`. */
function checkUri(uri: string, one: Json, url: unknown, seen: Set<string>, run: Run): void {
  if (!absolute.test(uri)) {
    run.report('code-system-property-relative', { uri: shown(uri) });
    return;
  }
  if (seen.has(uri)) run.report('code-system-property-twice', { uri: shown(uri) });
  else checkDefined(uri, one, run);
  seen.add(uri);
  if (!uri.includes('://hl7.org/fhir')) return;
  const own = uri.startsWith(ofFhir) ? uri.slice(ofFhir.length) : '';
  if (standard.has(own)) checkStandard(own, uri, one, run);
  else if (!isOfCore(url) && !(typeof url === 'string' && uri.startsWith(url)))
    run.report('code-system-property-hl7', { uri: shown(uri) });
}

/** Whether a code system belongs to the FHIR specification itself. */
const isOfCore = (url: unknown): boolean => typeof url === 'string' && /^http:\/\/hl7\.org\/fhir\/[^/]*$/.test(url);

function checkDefined(uri: string, { type }: Json, run: Run): void {
  const [system = '', code] = uri.split('#');
  const known = code === undefined ? 'unknown' : (run.rules.codes?.concept?.(system, code)?.known ?? 'yes');
  if (known === 'no') run.report('code-system-property-uri', { code: shown(code), system });
  else if (known === 'unknown' && run.rules.codes !== undefined && (code !== undefined || type === 'code'))
    run.report('code-system-property-uri-unknown', { uri: shown(uri) });
}

/** A property with a FHIR URI must keep FHIR's code and value type. */
function checkStandard(own: string, uri: string, { code, type }: Json, run: Run): void {
  if (typeof code === 'string' && standard.has(code) && code !== own)
    run.report('code-system-property-other-code', { uri, expected: own, code });
  const expected = standard.get(own)!;
  if (typeof type === 'string' && type !== expected)
    run.report('code-system-property-other-type', { property: own, expected, type: shown(type) });
}

/** A property with a code from FHIR but without its URI may have another meaning. */
function checkUnnamed(code: string, { type }: Json, run: Run): void {
  const expected = standard.get(code);
  if (expected === undefined) return;
  run.report('code-system-property-uri-missing', { code, uri: ofFhir + code });
  if (typeof type === 'string' && type !== expected)
    run.report('code-system-property-other-type', { property: code, expected, type: shown(type) }, 'warning');
}

/** Whether this is one of the FHIR properties whose values are codes of the system itself. */
export function isOfOwnCodes(uri: unknown): boolean {
  return (
    typeof uri === 'string' && /^http:\/\/hl7\.org\/fhir\/concept-properties#(?:parent|child|partOf|synonym)$/.test(uri)
  );
}
