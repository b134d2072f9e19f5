import { memberBy, membership } from '../terminology/binding.ts';
import { allOf, anyOf, follow, type Criterion } from './criterion.ts';
import type { DiscriminatorStep } from './discriminator-path.ts';
import type { ProfileNode } from './node.ts';
import type { ProfileSource } from './profile-source.ts';
import { equals, matches } from './values.ts';

const deepest = 6;

/**
 * Returns a test of a value by fixed value, pattern, required codes and the same for its children; undefined if the node states none of
 * them.
 */
export function contentOf(node: ProfileNode, source: ProfileSource, depth: number): Criterion | undefined {
  const criteria: Criterion[] = [];
  const { fixed, pattern, binding } = node;
  if (fixed !== undefined) criteria.push(({ value }) => equals(value, fixed.value));
  if (pattern !== undefined) criteria.push(({ value }) => matches(value, pattern.value));
  const valueSet = binding?.strength === 'required' ? binding.valueSet : undefined;
  // Codes discriminate slices only if no fixed value or pattern does.
  if (valueSet !== undefined && criteria.length === 0) {
    const ask = membership(valueSet);
    criteria.push(({ value }, _at, run) => {
      const found = memberBy(ask, value, run);
      return found === 'unknown' ? undefined : found === 'in';
    });
  }
  if (depth < deepest) {
    for (const root of profileRoots(node, source)) {
      const asked = contentOf(root, source, depth + 1);
      if (asked !== undefined) criteria.push(asked);
    }
    for (const child of node.children.values()) addChild(criteria, child, source, depth);
  }
  if (criteria.length === 0) return undefined;
  return (item, at, run) => allOf(criteria.map((one) => one(item, at, run)));
}

function addChild(criteria: Criterion[], child: ProfileNode, source: ProfileSource, depth: number): void {
  const steps: DiscriminatorStep[] = [{ kind: 'child', name: child.name, url: undefined }];
  const needed = [child, ...[...child.slices.values()].filter(({ min }) => (min ?? 0) > 0)];
  for (const one of needed) {
    const asked = contentOf(one, source, depth + 1);
    if (asked !== undefined)
      criteria.push((item, at, run) => anyOf(follow(item, steps, run).map((found) => asked(found, at, run))));
  }
}

/** Returns the root nodes of the available profiles that a value of this node must meet. */
export function profileRoots({ types }: ProfileNode, source: ProfileSource): ProfileNode[] {
  return (types ?? []).flatMap(({ profile }) => profile ?? []).flatMap((url) => source.overlay(url)?.root ?? []);
}
