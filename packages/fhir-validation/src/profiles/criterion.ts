import { isSubtype, typeOf } from '@dhp/fhir-model';
import { localTarget, targetType } from '../base/reference.ts';
import { isObject } from '../json.ts';
import type { Run } from '../run.ts';
import type { DiscriminatorStep } from './discriminator-path.ts';
import { itemsOf, type Item } from './navigate.ts';

/** Whether an item belongs to a slice; undefined if unknown, for example because a value set is not available. */
export type Criterion = (item: Item, position: number, run: Run) => boolean | undefined;

export function allOf(answers: readonly (boolean | undefined)[]): boolean | undefined {
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

export function anyOf(answers: readonly (boolean | undefined)[]): boolean | undefined {
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

/** Returns the items at a path from an item. */
export function follow(item: Item, steps: readonly DiscriminatorStep[], run: Run): readonly Item[] {
  if (steps.length === 1) return next(item, steps[0]!, run);
  let items: readonly Item[] = [item];
  for (const step of steps) items = items.flatMap((one) => next(one, step, run));
  return items;
}

function next(item: Item, step: DiscriminatorStep, run: Run): readonly Item[] {
  const { value, sibling, type } = item;
  switch (step.kind) {
    case 'type':
      return type === step.name || (typeOf(step.name) !== undefined && isSubtype(type, step.name)) ? [item] : [];
    case 'resolve': {
      const reference = isObject(value) && isObject(value['reference']) ? value['reference'] : value;
      if (!isObject(reference)) return [];
      const target = typeof reference['reference'] === 'string' ? localTarget(reference['reference'], run) : undefined;
      const found = targetType(reference, run);
      return found === undefined ? [] : [{ ...item, value: target ?? {}, type: found }];
    }
    case 'child': {
      if (!isObject(value)) return sibling === undefined ? [] : itemsOf(sibling, 'Element', step.name);
      const found = itemsOf(value, type, step.name);
      return step.url === undefined
        ? found
        : found.filter((one) => isObject(one.value) && one.value['url'] === step.url);
    }
  }
}
