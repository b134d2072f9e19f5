/** Sets of items: the operator `|`, and other operations that remove equal items. https://hl7.org/fhirpath/N1/#combining */
import { Collection } from '../collection.ts';
import type { Position } from '../errors.ts';
import type { Scope } from '../scope.ts';
import { ItemSet } from './equality.ts';

/** The items of both without those equal to an earlier one. */
export function union(a: Collection, b: Collection, scope: Scope, at: Position): Collection {
  scope.run.spend(a.size + b.size, at);
  if (b.size === 0) return distinct(a, scope);
  if (a.size === 0) return distinct(b, scope);
  const all = a.copy();
  all.takeAll(b);
  return distinct(all, scope);
}

/** The items without those equal to an earlier one. */
export function distinct(items: Collection, { run }: Scope): Collection {
  if (items.size < 2) return items;
  const set = new ItemSet(new Collection(), run);
  for (let i = 0; i < items.size; i++) set.add(items, i);
  return set.items;
}
