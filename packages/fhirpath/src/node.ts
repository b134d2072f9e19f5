import { bare, nothing, truthCollection, type Collection } from './collection.ts';
import { FhirPathError, type Position } from './errors.ts';
import type { Scope } from './scope.ts';

/** A compiled part of an expression. All three answer about the same result; each part answers the cheapest way it can. */
export interface Node {
  items(scope: Scope): Collection;
  /** The result as three-valued truth; undefined is empty. @throws FhirPathError when there are several items. */
  truth(scope: Scope): boolean | undefined;
  /** Whether there is any item. */
  some(scope: Scope): boolean;
  /** No item occurs twice. */
  readonly isDistinct?: boolean;
}

export function fromItems(at: Position, items: (scope: Scope) => Collection): Node {
  return {
    items,
    truth: (scope) => truthOf(items(scope), at),
    some: (scope) => items(scope).size > 0,
  };
}

export function fromTruth(truth: (scope: Scope) => boolean | undefined): Node {
  return {
    items: (scope) => truthCollection(truth(scope)),
    truth,
    some: (scope) => truth(scope) !== undefined,
  };
}

/** Singleton evaluation: one item that is no boolean is true. https://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections */
export function truthOf(items: Collection, at: Position): boolean | undefined {
  const value = singleton(items, at);
  return typeof value === 'boolean' ? value : value === undefined ? undefined : true;
}

/** The value of the only item, without its extensions; undefined if it is empty. */
export function singleton(items: Collection, at: Position): unknown {
  if (items.size === 0) return undefined;
  if (items.size > 1) {
    throw new FhirPathError('evaluation', `One item is expected here, there are ${items.size}`, at);
  }
  return bare(items.values[0]);
}

export const emptyNode: Node = { items: () => nothing, truth: () => undefined, some: () => false };

/** The item that the expression is evaluated on. */
export function focusNode(at: Position): Node {
  return { ...fromItems(at, ({ focus }) => focus), some: ({ focus }) => focus.size > 0 };
}
