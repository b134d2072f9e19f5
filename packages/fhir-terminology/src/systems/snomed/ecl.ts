/** Syntax tree of the SNOMED CT Expression Constraint Language (https://docs.snomed.org/ecl). */
export type Constraint =
  | { readonly kind: 'any' }
  | { readonly kind: 'concept'; readonly code: string }
  | { readonly kind: 'walk'; readonly operator: Walk; readonly of: Constraint }
  | { readonly kind: 'members'; readonly of: Constraint }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Constraint[] }
  | { readonly kind: 'minus'; readonly from: Constraint; readonly without: Constraint }
  | { readonly kind: 'refined'; readonly of: Constraint; readonly by: Refinement };

/** Longer ones first: `<<!` is not `<<` and `!`. */
export const walks = ['<<!', '>>!', '<!', '>!', '<<', '>>', '<', '>'] as const;
export type Walk = (typeof walks)[number];

export type Refinement =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Refinement[] }
  | { readonly kind: 'group'; readonly count: Count; readonly of: Refinement }
  | {
      readonly kind: 'attribute';
      readonly count: Count;
      readonly name: Constraint;
      readonly comparison: Comparison;
      readonly value: AttributeValue;
    };

/** Required number of attributes or groups. */
export interface Count {
  readonly least: number;
  readonly most: number;
}

/** Longer ones first. */
export const comparisons = ['!=', '<=', '>=', '=', '<', '>'] as const;
export type Comparison = (typeof comparisons)[number];

export type AttributeValue =
  | { readonly kind: 'concepts'; readonly of: Constraint }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'text'; readonly text: string };

/** An expression that is not of the language, or uses a part of it that is not supported here. */
export class EclFault extends Error {
  /** Position of the character, from 1. */
  readonly place: number;
  /** The first characters of the text at that place. */
  readonly found: string;

  constructor(place: number, found: string) {
    super(`not understood at character ${place}: ${found}`);
    this.place = place;
    this.found = found;
  }
}
