import { type KnownCaller, usual } from './compare.ts';
import { limitsOf } from './limits.ts';
import type { PolicySet } from './policy-set.ts';

/** Elements that a caller may see, or write, and by another set of policies may not. */
export interface LimitedElements {
  readonly caller: KnownCaller;
  readonly types: readonly string[];
  readonly hidden: readonly string[];
  readonly readOnly: readonly string[];
  readonly rules: readonly string[];
}

/**
 * Returns the callers who would lose elements by another set of policies, of the types that the scopes permit.
 * @param before undefined: no policies are in force
 * @param has whether resources of a type have an element
 */
export function limitsBetween(
  before: PolicySet | undefined,
  after: PolicySet,
  callers: readonly KnownCaller[],
  { types, has }: { readonly types: readonly string[]; readonly has: (type: string, element: string) => boolean },
): LimitedElements[] {
  return callers.flatMap((caller) => {
    const found = new Map<string, Omit<LimitedElements, 'types'> & { types: string[] }>();
    for (const type of types) {
      const isRead = caller.permits('r', type) || caller.permits('s', type);
      const isWritten = caller.permits('c', type) || caller.permits('u', type);
      const old = before && limitsOf(before, usual(caller, before), type);
      const now = limitsOf(after, usual(caller, after), type);
      const lost = (given: readonly string[], gone: readonly string[] = []): string[] =>
        given.filter((element) => has(type, element) && !gone.includes(element));
      const hidden = isRead ? lost(now.hidden, old?.hidden) : [];
      const readOnly = isWritten ? lost(now.readOnly, old?.readOnly) : [];
      if (hidden.length + readOnly.length === 0) continue;
      const key = JSON.stringify([hidden, readOnly, now.rules]);
      const known = found.get(key);
      if (known === undefined) found.set(key, { caller, types: [type], hidden, readOnly, rules: now.rules });
      else known.types.push(type);
    }
    return [...found.values()];
  });
}
