import { environmentOf } from '../invariants/rule.ts';
import { isObject, listOf, shown, type Json } from '../json.ts';
import { additionalApplies } from './usage.ts';
import { bindingCheck, type BindingCheck } from '../terminology/binding.ts';
import type { Run } from '../run.ts';
import type { AdditionalBinding, ElementBinding } from '../contract/definitions.ts';
import type { Item } from './navigate.ts';
import type { ProfileNode, Stated } from './node.ts';
import { checkNarrativeControl } from './narrative-control.ts';
import { isDuration, obstacleOf } from './quantity-limits.ts';
import { compareToLimit } from './range.ts';
import { checkTextLimits } from './text-limits.ts';
import { differences, equals, matches } from './values.ts';

const maximum = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';

/** Checks a value against the limits of a profile: fixed value, pattern, range, length, codes. */
export function checkLimits(node: ProfileNode, { value, type, sibling }: Item, profile: string, run: Run): void {
  const { fixed, pattern, binding } = node;
  if (value === undefined) {
    const { mustHaveValue, valueAlternatives } = node;
    if (mustHaveValue || (valueAlternatives !== undefined && !hasAlternative(valueAlternatives, sibling)))
      run.report('value-required', { element: node.name, profile });
    return;
  }
  if (fixed !== undefined) reportDifferences(value, type, fixed, 'fixed-value', profile, run);
  if (pattern !== undefined) reportDifferences(value, type, pattern, 'pattern-value', profile, run);
  if (binding !== undefined) for (const check of (node.bindingChecks ??= checksOf(binding))) check(value, run);
  if (node.maxLength !== undefined && typeof value === 'string' && value.length > node.maxLength) {
    run.report('value-too-long', { max: node.maxLength, length: value.length });
  }
  if (node.textLimits !== undefined) checkTextLimits(value, node.textLimits, run);
  if (node.narrative !== undefined) checkNarrativeControl(value, node.narrative, run);
  if (node.minValue !== undefined || node.maxValue !== undefined) checkRange(node, value, type, profile, run);
}

function checkRange(
  { minValue, maxValue }: ProfileNode,
  value: unknown,
  type: string,
  profile: string,
  run: Run,
): void {
  const { now = new Date(Date.now()), convertUnit } = environmentOf(run);
  const compare = (limit: Stated, sign: -1 | 1): number => {
    if (!isFor(limit.type, type) && limit.type !== 'Quantity') return 0;
    if (isStopped(value, limit.value, profile, run)) return 0;
    const found = compareToLimit(value, type, limit, sign, { now, convertUnit });
    if (found === undefined && convertUnit !== undefined && areUnits(value, limit.value))
      run.report('value-not-comparable', { value: shown(value), limit: shown(limit.value) });
    return found ?? 0;
  };
  if (isObject(value) && quantities.has(type)) {
    const odd = [minValue, maxValue].find((limit) => limit !== undefined && !isObject(limit.value));
    if (odd !== undefined) reportNoQuantity(value, odd.value, profile, run);
  }
  if (minValue !== undefined && compare(minValue, -1) < 0)
    run.report('value-below-minimum', { value: shown(value), min: shown(minValue.value), profile });
  if (maxValue !== undefined && compare(maxValue, 1) > 0)
    run.report('value-above-maximum', { value: shown(value), max: shown(maxValue.value), profile });
}

const quantities: ReadonlySet<string> = new Set(['Quantity', 'Age', 'Count', 'Distance', 'Duration']);

/** Reports a limit that is no quantity on an element that is one. They can never be compared. */
function reportNoQuantity(quantity: Json, limit: unknown, profile: string, run: Run): void {
  const values = { value: shown(quantity), limit: shown(limit), profile };
  const why = obstacleOf(quantity, {});
  if (why === 'value') run.report('limit-not-compared', { ...values, why });
  else run.report('limit-no-quantity', values);
}

/** Reports why a value cannot be compared with a quantity as limit. Returns whether there was a reason. */
function isStopped(value: unknown, limit: unknown, profile: string, run: Run): boolean {
  if (!isObject(limit)) return false;
  const texts = { limit: shown(limit), profile };
  if (!isObject(value)) {
    if (isDuration(limit)) return false;
    run.report('limit-no-duration', texts);
    return true;
  }
  const why = obstacleOf(value, limit);
  if (why === 'limitvalue') run.report('limit-without-value', texts);
  else if (why !== undefined) run.report('limit-not-compared', { value: shown(value), why, ...texts });
  return why !== undefined;
}

/** Whether all are amounts in UCUM units, which can be converted if they are of the same dimension. */
const areUnits = (...amounts: readonly unknown[]): boolean =>
  amounts.every(
    (one) =>
      isObject(one) &&
      one['system'] === 'http://unitsofmeasure.org' &&
      typeof one['code'] === 'string' &&
      typeof one['value'] === 'number',
  );

/** Whether one of the extensions that may replace a value is present. */
function hasAlternative(alternatives: readonly string[], sibling: Json | undefined): boolean {
  return listOf(sibling?.['extension']).some((one) => isObject(one) && alternatives.includes(String(one['url'])));
}

/** Reports each difference from a fixed value or pattern at its own place. */
function reportDifferences(
  given: unknown,
  type: string,
  { type: stated, value: expected }: Stated,
  id: 'fixed-value' | 'pattern-value',
  profile: string,
  run: Run,
): void {
  // A value of another type can match the parts only by accident, so additional parts are not reported.
  const isOfType = isFor(stated, type);
  const isWhole = id === 'fixed-value' && isOfType;
  const value = isOfType || isObject(given) || !isObject(expected) ? given : {};
  if (isWhole ? equals(value, expected, run) : matches(value, expected, run)) return;
  for (const { path, value: found, expected: wanted } of differences(value, expected, isWhole, run)) {
    if (path !== '') run.enter(path.slice(1), -1);
    if (wanted === undefined) run.report('fixed-value-too-much', { value: shown(found), profile });
    else if (found === undefined) run.report('fixed-value-missing', { expected: shown(wanted), profile });
    else run.report(id, { value: shown(found), expected: shown(wanted), profile });
    if (path !== '') run.leave();
  }
}

/** Whether a limit stated for one type (`fixedCode`) applies to values of another type. */
export function isFor(stated: string, type: string): boolean {
  return stated === type || stated.toLowerCase() === type.toLowerCase() || !/^[A-Z]/.test(stated);
}

/** Returns the checks of additional bindings with `any`, which at least one repetition must meet. */
export function checksOfAny({ additional = [] }: ElementBinding): BindingCheck[] {
  return additional.filter(({ any }) => any === true).flatMap((one) => additionalCheck(one) ?? []);
}

function checksOf({ strength, valueSet, additional, extension }: ElementBinding): BindingCheck[] {
  const checks: BindingCheck[] = [];
  if (valueSet !== undefined && (strength === 'required' || strength === 'extensible')) {
    const hasMaximum = extension?.some(({ url }) => url === maximum) === true;
    checks.push(bindingCheck({ valueSet, strength, allowsText: hasMaximum && strength === 'extensible' }));
  }
  // It is for these strengths: https://hl7.org/fhir/extensions/StructureDefinition-elementdefinition-maxValueSet.html
  for (const { url, valueCanonical, valueUri } of /^(?:extensible|preferred)$/.test(strength)
    ? (extension ?? [])
    : []) {
    const most = url === maximum ? (valueCanonical ?? valueUri) : undefined;
    if (most !== undefined)
      checks.push(bindingCheck({ valueSet: most, strength: 'maximum', allowsText: strength === 'preferred' }));
  }
  for (const one of additional ?? []) {
    const check = one.any === true ? undefined : additionalCheck(one);
    if (check !== undefined) checks.push(check);
  }
  return checks;
}

function additionalCheck({ purpose, valueSet, usage }: AdditionalBinding): BindingCheck | undefined {
  const bound = { required: 'required', extensible: 'extensible', maximum: 'maximum' } as const;
  if (!Object.hasOwn(bound, purpose)) return undefined;
  const check = bindingCheck({ valueSet, strength: bound[purpose as keyof typeof bound], isAdditional: true });
  return (value, run) => {
    if (additionalApplies(usage, run)) check(value, run);
  };
}
