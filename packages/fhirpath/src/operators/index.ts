import type { BinaryOperator } from '../ast.ts';
import { Collection } from '../collection.ts';
import { FhirPathError, type Position } from '../errors.ts';
import { fromItems, fromTruth, singleton, type Node } from '../node.ts';
import { arithmetic, concatenate, type ArithmeticOperator } from './arithmetic.ts';
import { compareCollections } from './comparison.ts';
import { equalCollections, equivalentCollections, ItemSet } from './equality.ts';
import { union } from './union.ts';

/** Makes the node of an operator from those of its sides. */
type Operate = (left: Node, right: Node, at: Position) => Node;

/** Three-valued logic; the right side is not evaluated if the left one decides. https://hl7.org/fhirpath/N1/#boolean-logic */
const logic = {
  and: (left, right) =>
    fromTruth((scope) => {
      const a = left.truth(scope);
      if (a === false) return false;
      const b = right.truth(scope);
      return b === false ? false : a === true && b === true ? true : undefined;
    }),
  or: (left, right) =>
    fromTruth((scope) => {
      const a = left.truth(scope);
      if (a === true) return true;
      const b = right.truth(scope);
      return b === true ? true : a === false && b === false ? false : undefined;
    }),
  xor: (left, right) =>
    fromTruth((scope) => {
      const [a, b] = [left.truth(scope), right.truth(scope)];
      return a === undefined || b === undefined ? undefined : a !== b;
    }),
  implies: (left, right) =>
    fromTruth((scope) => {
      const a = left.truth(scope);
      if (a === false) return true;
      const b = right.truth(scope);
      return b === true ? true : a === true ? b : undefined;
    }),
} satisfies Record<string, Operate>;

const ordered = (holds: (order: number) => boolean): Operate => {
  return (left, right, at) =>
    fromTruth((scope) => {
      const order = compareCollections(left.items(scope), right.items(scope), scope.run, at);
      return order === undefined ? undefined : holds(order);
    });
};

const calculated = (operator: ArithmeticOperator): Operate => {
  return (left, right, at) =>
    fromItems(at, (scope) => arithmetic(operator, left.items(scope), right.items(scope), scope.run, at));
};

/** Whether the single item of `one` is in the result of `all`. https://hl7.org/fhirpath/N1/#collections-2 */
const membership = (one: Node, all: Node, at: Position): Node =>
  fromTruth((scope) => {
    const item = one.items(scope);
    if (item.size === 0) return undefined;
    if (item.size > 1) throw new FhirPathError('evaluation', `One item is expected here, there are ${item.size}`, at);
    const items = all.items(scope);
    return items.size > 0 && new ItemSet(items.copy(), scope.run).has(item, 0);
  });

export const operators: Readonly<Record<BinaryOperator, Operate>> = {
  ...logic,
  '=': (left, right) => fromTruth((scope) => equalCollections(left.items(scope), right.items(scope), scope.run)),
  '!=': (left, right) =>
    fromTruth((scope) => {
      const equal = equalCollections(left.items(scope), right.items(scope), scope.run);
      return equal === undefined ? undefined : !equal;
    }),
  '~': (left, right) => fromTruth((scope) => equivalentCollections(left.items(scope), right.items(scope), scope.run)),
  '!~': (left, right) => fromTruth((scope) => !equivalentCollections(left.items(scope), right.items(scope), scope.run)),
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
  '|': (left, right, at) => ({
    ...fromItems(at, (scope) => union(left.items(scope), right.items(scope), scope, at)),
    some: (scope) => left.some(scope) || right.some(scope),
    isDistinct: true,
  }),
  in: membership,
  contains: (all, one, at) => membership(one, all, at),
  '&': (left, right, at) =>
    fromItems(at, (scope) => {
      const [a, b] = [text(left.items(scope), at), text(right.items(scope), at)];
      return Collection.of(concatenate(a, b, scope.run, at), 'System.String');
    }),
  '+': calculated('+'),
  '-': calculated('-'),
  '*': calculated('*'),
  '/': calculated('/'),
  div: calculated('div'),
  mod: calculated('mod'),
};

function text(items: Collection, at: Position): string {
  const value = singleton(items, at);
  if (value === undefined || typeof value === 'string') return value ?? '';
  throw new FhirPathError('evaluation', '& joins strings', at);
}
