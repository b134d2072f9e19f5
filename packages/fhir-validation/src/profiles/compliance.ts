import { listOf, isObject, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import type { StructureDefinition } from './definitions.ts';
import { ProfileNode } from './node.ts';
import { matches } from './values.ts';

const claim = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-compliesWithProfile';

/**
 * A profile may claim that whatever meets it meets another profile, too: then it must ask for no less.
 * https://hl7.org/fhir/extensions/StructureDefinition-structuredefinition-compliesWithProfile.html
 */
export function checkCompliance(definition: Json, run: Run): void {
  for (const extension of listOf(definition['extension'])) {
    if (!isObject(extension) || extension['url'] !== claim) continue;
    const url = extension['valueCanonical'];
    const claimed = typeof url === 'string' ? run.rules.profiles.overlay(url) : undefined;
    const own = run.rules.profiles.treeOf(definition as unknown as StructureDefinition);
    if (claimed === undefined || own === undefined) continue;
    for (const { path, expected, found } of compare(own, claimed.root, claimed.type)) {
      run.report('profile-not-compliant', { claimed: claimed.url, path, expected, found });
    }
  }
}

interface Lack {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** Where a profile asks for less than another one does. */
function* compare(own: ProfileNode, claimed: ProfileNode, path: string): Generator<Lack> {
  const lack = (expected: string, found: string): Lack => ({ path, expected, found });
  const { min = own.model?.min ?? 0, max = own.model?.max ?? Infinity } = own;
  if (claimed.min !== undefined && min < claimed.min) yield lack(`min ${claimed.min}`, `min ${min}`);
  if (claimed.max !== undefined && max > claimed.max)
    yield lack(`max ${shownMax(claimed.max)}`, `max ${shownMax(max)}`);
  const wanted = claimed.fixed ?? claimed.pattern;
  const given = own.fixed ?? own.pattern;
  if (wanted !== undefined && !matches(given?.value, wanted.value))
    yield lack(shown(wanted.value), shown(given?.value));
  if (claimed.binding?.strength === 'required' && own.binding?.strength !== 'required') {
    yield lack(`required ${claimed.binding.valueSet ?? ''}`, own.binding?.strength ?? '');
  }
  const stated = new Set([...own.constraints.values()].map(({ expression }) => expression));
  for (const { key, expression } of claimed.constraints.values()) if (!stated.has(expression)) yield lack(key, '');
  for (const [name, child] of claimed.children) {
    yield* compare(own.children.get(name) ?? new ProfileNode(name, child.model), child, `${path}.${name}`);
  }
  for (const [name, slice] of claimed.slices) {
    const same = own.slices.get(name);
    if (same === undefined) yield { path: `${path}:${name}`, expected: name, found: '' };
    else yield* compare(same, slice, `${path}:${name}`);
  }
}

const shownMax = (max: number): string => (max === Infinity ? '*' : String(max));
