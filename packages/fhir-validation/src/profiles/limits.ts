import { shown } from '../json.ts';
import { additionalApplies } from './usage.ts';
import { bindingCheck, type BindingCheck } from '../terminology/binding.ts';
import type { Run } from '../run.ts';
import type { ElementBinding } from './definitions.ts';
import type { Item } from './navigate.ts';
import type { ProfileNode } from './node.ts';
import { differences, equals, matches } from './values.ts';

const bindings = new WeakMap<ElementBinding, readonly BindingCheck[]>();
const maximum = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';

/** What a profile says of the value itself: fixed, pattern, range, length, codes. */
export function checkLimits(node: ProfileNode, { value, type }: Item, profile: string, run: Run): void {
  const { fixed, pattern, binding } = node;
  if (value === undefined) {
    if (node.mustHaveValue) run.report('value-required', { element: node.name, profile });
    return;
  }
  if (fixed !== undefined && isFor(fixed.type, type))
    reportDifferences(value, fixed.value, 'fixed-value', profile, run);
  if (pattern !== undefined && isFor(pattern.type, type))
    reportDifferences(value, pattern.value, 'pattern-value', profile, run);
  if (binding !== undefined) for (const check of checksOf(binding)) check(value, run);
  if (node.maxLength !== undefined && typeof value === 'string' && value.length > node.maxLength) {
    run.report('value-too-long', { max: node.maxLength, length: value.length });
  }
  if (node.minValue !== undefined && isFor(node.minValue.type, type) && isBelow(value, node.minValue.value)) {
    run.report('value-below-minimum', { value: shown(value), min: shown(node.minValue.value), profile });
  }
  if (node.maxValue !== undefined && isFor(node.maxValue.type, type) && isBelow(node.maxValue.value, value)) {
    run.report('value-above-maximum', { value: shown(value), max: shown(node.maxValue.value), profile });
  }
}

/** Each part that departs from a fixed value or pattern is told at its own place. */
function reportDifferences(
  value: unknown,
  expected: unknown,
  id: 'fixed-value' | 'pattern-value',
  profile: string,
  run: Run,
): void {
  const isWhole = id === 'fixed-value';
  if (isWhole ? equals(value, expected) : matches(value, expected)) return;
  for (const { path, value: found, expected: wanted } of differences(value, expected, isWhole)) {
    if (path !== '') run.enter(path.slice(1), -1);
    if (wanted === undefined) run.report('fixed-value-too-much', { value: shown(found), profile });
    else if (found === undefined) run.report('fixed-value-missing', { expected: shown(wanted), profile });
    else run.report(id, { value: shown(found), expected: shown(wanted), profile });
    if (path !== '') run.leave();
  }
}

/** Whether a limit stated for one type (`fixedCode`) is about values of another. */
function isFor(stated: string, type: string): boolean {
  return stated === type || stated.toLowerCase() === type.toLowerCase() || !/^[A-Z]/.test(stated);
}

/** Of numbers, and of dates of one precision, whose texts are in the order of time. */
function isBelow(value: unknown, limit: unknown): boolean {
  if (typeof value === 'number' && typeof limit === 'number') return value < limit;
  if (typeof value === 'string' && typeof limit === 'string') {
    const length = Math.min(value.length, limit.length);
    return value.slice(0, length) < limit.slice(0, length);
  }
  const [a, b] = [value, limit] as ({ value?: unknown } | null)[];
  return typeof a?.value === 'number' && typeof b?.value === 'number' && a.value < b.value;
}

function checksOf(binding: ElementBinding): readonly BindingCheck[] {
  let checks = bindings.get(binding);
  if (checks === undefined) {
    checks = compiled(binding);
    bindings.set(binding, checks);
  }
  return checks;
}

function compiled({ strength, valueSet, additional, extension }: ElementBinding): BindingCheck[] {
  const checks: BindingCheck[] = [];
  if (valueSet !== undefined && (strength === 'required' || strength === 'extensible')) {
    checks.push(bindingCheck({ valueSet, strength }));
  }
  for (const { url, valueCanonical, valueUri } of extension ?? []) {
    const most = url === maximum ? (valueCanonical ?? valueUri) : undefined;
    if (most !== undefined) checks.push(bindingCheck({ valueSet: most, strength: 'maximum' }));
  }
  for (const one of additional ?? []) {
    const bound = { required: 'required', extensible: 'extensible', maximum: 'maximum' } as const;
    if (!Object.hasOwn(bound, one.purpose)) continue;
    const check = bindingCheck({ valueSet: one.valueSet, strength: bound[one.purpose as keyof typeof bound] });
    checks.push((value, run) => {
      if (additionalApplies(one.usage, run)) check(value, run);
    });
  }
  return checks;
}
