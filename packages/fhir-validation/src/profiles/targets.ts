import { isResourceType, isSubtype } from '@dhp/fhir-model';
import { localTarget, targetType } from '../base/reference.ts';
import { isObject, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { baseTypeOf, type ElementType } from '../contract/definitions.ts';
import type { Item } from './navigate.ts';
import type { TypeDemands } from './node.ts';
import type { ProfileSource } from './profile-source.ts';

/**
 * Checks the target of a reference against a profile: its type, its profile if the definition is available, its aggregation and its
 * versioning.
 */
export function checkTarget(
  item: Item,
  { stated, targets: wanted, isLimited }: TypeDemands,
  profile: string,
  source: ProfileSource,
  run: Run,
): void {
  const reference = referenceIn(item);
  if (reference === undefined) return;
  const text = reference['reference'];
  if (isLimited && typeof text === 'string') {
    checkAggregation(text, stated, profile, run);
    checkVersioning(text, stated, profile, run);
  }
  if (wanted.length === 0) return;
  const found = targetType(reference, run);
  if (found === undefined || !isResourceType(found)) return;
  const fitting = wanted.filter((url) => {
    const type = source.typeFor(url);
    return type === undefined || isSubtype(found, type);
  });
  if (fitting.length === 0) {
    run.report('reference-target', {
      found,
      allowed: wanted.map((url) => source.typeFor(url) ?? url).join(', '),
    });
    return;
  }
  if (typeof text !== 'string') return;
  const target = localTarget(text, run);
  if (target === undefined && !isWrongElsewhere(text, fitting, source, run)) return;
  const values = { reference: shown(text), profiles: fitting.join(', ') };
  if (target === undefined) {
    run.report('reference-target-profile', values, run.rules.wrongTargets);
    return;
  }
  const met = fitting.filter((url) => meets(target, found, url, source, run));
  if (met.length === 0) run.report('reference-target-profile', values);
  // A profile that is not available is assumed to be met, so it does not count here.
  const sure = met.filter((url) => source.overlay(url) !== undefined);
  if (sure.length > 1) run.report('reference-profiles-several', { ...values, profiles: sure.join(', ') });
}

/** Whether a target outside of the resource is available and meets none of the profiles. A profile that is a plain type is always met. */
function isWrongElsewhere(text: string, fitting: readonly string[], source: ProfileSource, run: Run): boolean {
  const { elsewhere } = run.rules;
  if (elsewhere === undefined || text.startsWith('#')) return false;
  if (fitting.some((url) => baseTypeOf(url) !== undefined || source.overlay(url) === undefined)) return false;
  return fitting.every((url) => elsewhere(text, url) === false);
}

function referenceIn({ value, type }: Item): Json | undefined {
  if (!isObject(value)) return undefined;
  const reference = type === 'CodeableReference' ? value['reference'] : value;
  return isObject(reference) ? reference : undefined;
}

/** Whether a target conforms to a profile. True if the profile is not available. */
function meets(target: Json, type: string, url: string, source: ProfileSource, run: Run): boolean {
  if (baseTypeOf(url) !== undefined) return true;
  const overlay = source.overlay(url);
  if (overlay === undefined) return true;
  if (run.isFaulty(target)) return false;
  const outer = run.resource;
  const { environment } = run;
  run.resource = target;
  run.environment = undefined;
  const isMet = overlay.accepts(target, type, run);
  run.resource = outer;
  run.environment = environment;
  return isMet;
}

/** https://hl7.org/fhir/R5/valueset-resource-aggregation-mode.html */
function checkAggregation(text: string, types: readonly ElementType[], profile: string, run: Run): void {
  if (!types.every(({ aggregation }) => aggregation !== undefined && aggregation.length > 0)) return;
  const allowed = new Set(types.flatMap(({ aggregation }) => aggregation ?? []));
  const isLocal = localTarget(text, run) !== undefined;
  const isBundled = run.bundle !== undefined && isLocal;
  // Outside of a Bundle it is unknown whether a target will be in the same Bundle.
  if (isLocal && run.bundle === undefined && allowed.has('bundled')) return;
  const found = text.startsWith('#') ? 'contained' : isBundled ? 'bundled' : 'referenced';
  // A target in the Bundle also counts as referenced.
  if (allowed.has(found) || (found === 'bundled' && allowed.has('referenced'))) return;
  const values = { reference: shown(text), found, allowed: [...allowed].join(', '), profile };
  // The target is not available here although it must be.
  if (!isLocal && run.bundle === undefined) run.reportAs('required', 'reference-aggregation', values);
  else run.report('reference-aggregation', values);
}

/** Checks whether a reference names a version of its target as required. https://hl7.org/fhir/R5/valueset-reference-version-rules.html */
function checkVersioning(text: string, types: readonly ElementType[], profile: string, run: Run): void {
  const rules = new Set(types.map(({ versioning = 'either' }) => versioning));
  const [expected] = rules;
  if (rules.size > 1 || expected === undefined || expected === 'either' || text.startsWith('#')) return;
  if (text.includes('/_history/') !== (expected === 'specific'))
    run.report('reference-versioning', { reference: shown(text), expected, profile });
}
