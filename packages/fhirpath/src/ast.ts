import type { Position } from './errors.ts';
import type { Quantity } from './values/quantity.ts';
import type { Decimal } from './values/decimal.ts';
import type { Temporal } from './values/temporal.ts';

/** `FHIR.Patient`, `System.String`, or without a namespace. */
export interface TypeSpecifier {
  readonly namespace: string | undefined;
  readonly name: string;
  readonly at: Position;
}

export type LiteralValue = string | boolean | number | bigint | Decimal | Temporal | Quantity;

export type BinaryOperator =
  | '*'
  | '/'
  | 'div'
  | 'mod'
  | '+'
  | '-'
  | '&'
  | '|'
  | '<='
  | '<'
  | '>'
  | '>='
  | '='
  | '~'
  | '!='
  | '!~'
  | 'in'
  | 'contains'
  | 'and'
  | 'or'
  | 'xor'
  | 'implies';

/** The tree of an expression. `base` undefined: relative to the item that the expression is evaluated on. */
export type Expression = {
  readonly at: Position;
  readonly depth: number;
  /** Number of its parts, itself included: the most work of one evaluation, without loops. */
  readonly size: number;
} & (
  | { readonly kind: 'literal'; readonly value: LiteralValue; readonly type: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'this' | 'index' | 'total' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'member'; readonly base: Expression | undefined; readonly name: string }
  | {
      readonly kind: 'call';
      readonly base: Expression | undefined;
      readonly name: string;
      readonly args: readonly Expression[];
    }
  | { readonly kind: 'indexer'; readonly base: Expression; readonly index: Expression }
  | { readonly kind: 'negate'; readonly operand: Expression }
  | { readonly kind: 'plus'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'type';
      readonly operator: 'is' | 'as';
      readonly operand: Expression;
      readonly type: TypeSpecifier;
    }
);

/** A dotted name (`FHIR.Patient`) read as a type, as the argument of `is`, `as` and `ofType` is; undefined for any other expression. */
export function asTypeSpecifier(expression: Expression): TypeSpecifier | undefined {
  if (expression.kind !== 'member') return undefined;
  const { base, name, at } = expression;
  if (base === undefined) return { namespace: undefined, name, at };
  if (base.kind !== 'member' || base.base !== undefined) return undefined;
  return { namespace: base.name, name, at: base.at };
}
