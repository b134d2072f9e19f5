import type { Criterion, ParameterCriterion } from '../ast/criterion.ts';

/** A criterion without redundant nesting: the parts that decide how it can be combined. */
export type AskedShape =
  | { readonly kind: 'all' | 'any'; readonly of: readonly AskedShape[] }
  | { readonly kind: 'not'; readonly of: AskedShape }
  | { readonly kind: 'near' | 'full-text' | 'last-updated' | 'version' | 'other' };

/** Returns the shape of the criterion itself, without criteria at the other end of a reference. */
export function shapeOf(criterion: Criterion): AskedShape {
  switch (criterion.kind) {
    case 'all':
    case 'any':
      return several(criterion.kind, criterion.of.map(shapeOf));
    case 'not':
      return negated(shapeOf(criterion.of));
    case 'filter':
      return shapeOf(criterion.asks);
    case 'full-text':
      return { kind: 'full-text' };
    case 'section-code-text':
      return several(
        'any',
        criterion.sections.map(() => several('all', [{ kind: 'other' }, { kind: 'full-text' }])),
      );
    case 'parameter':
      return several('any', shapesOfValues(criterion));
    case 'missing':
      // All that is stored has one.
      if (criterion.parameter !== '_lastUpdated' && criterion.parameter !== '_id') return { kind: 'other' };
      return { kind: criterion.missing ? 'any' : 'all', of: [] };
    case 'member':
      return several(
        'any',
        criterion.collections.map((one) => ('list' in one ? shapeOf(one.asks) : other)),
      );
    case 'chain':
    case 'has':
      return other;
  }
}

function shapesOfValues({ parameter, values }: ParameterCriterion): AskedShape[] {
  return values.flatMap((value): AskedShape | AskedShape[] => {
    if (value.type === 'near') return { kind: 'near' };
    if (value.type === 'value-set') return value.codes.map(() => other);
    if (value.type === 'canonical' && value.version !== '') return several('all', [other, { kind: 'version' }]);
    if (value.type !== 'date' || parameter !== '_lastUpdated') return other;
    // `ne` means before the time or after it.
    return value.comparator === 'ne' ? [{ kind: 'last-updated' }, { kind: 'last-updated' }] : { kind: 'last-updated' };
  });
}

const other: AskedShape = { kind: 'other' };

function several(kind: 'all' | 'any', of: readonly AskedShape[]): AskedShape {
  const flat = of.flatMap((one) => (one.kind === kind ? one.of : [one]));
  return flat.length === 1 ? flat[0]! : { kind, of: flat };
}

function negated(shape: AskedShape): AskedShape {
  return shape.kind === 'not' ? shape.of : { kind: 'not', of: shape };
}

/** Whether it asks for such a thing anywhere in it. */
export function asks(shape: AskedShape, kind: 'full-text' | 'last-updated' | 'version'): boolean {
  if (shape.kind === kind) return true;
  if (shape.kind === 'not') return asks(shape.of, kind);
  return (shape.kind === 'all' || shape.kind === 'any') && shape.of.some((each) => asks(each, kind));
}
