import { Collection, nothing } from '../collection.ts';
import { fromItems, type Node } from '../node.ts';
import { ItemSet } from '../operators/equality.ts';
import { compareValues } from '../operators/comparison.ts';
import { systemValue } from '../operators/system-value.ts';
import { distinct, union } from '../operators/union.ts';
import { eachItem, innerScope, type Scope } from '../scope.ts';
import { failure, integerArgument, type Call, type FunctionTable } from './call.ts';
import { filtered } from './filtering.ts';

/** https://hl7.org/fhirpath/N1/#subsetting, #combining, #aggregates */
export const collections: FunctionTable = {
  single: {
    min: 0,
    max: 0,
    build: (call) =>
      fromItems(call.at, (scope) => {
        const items = call.input.items(scope);
        if (items.size > 1) throw failure(call, `there are ${items.size} items`);
        return items;
      }),
  },
  first: { min: 0, max: 0, build: (call) => slice(call, (size) => [0, Math.min(size, 1)]) },
  last: { min: 0, max: 0, build: (call) => slice(call, (size) => [Math.max(size - 1, 0), size]) },
  tail: { min: 0, max: 0, build: (call) => slice(call, (size) => [1, size]) },
  skip: { min: 1, max: 1, build: (call) => slice(call, (size, n) => [Math.max(n, 0), size]) },
  take: { min: 1, max: 1, build: (call) => slice(call, (size, n) => [0, Math.min(size, n)]) },
  union: {
    min: 1,
    max: 1,
    build: ({ input, args: [other], at }) =>
      fromItems(at, (scope) => union(input.items(scope), other!.items(scope), scope, at)),
  },
  combine: {
    min: 1,
    max: 1,
    build: ({ input, args: [other], at }) =>
      fromItems(at, (scope) => {
        const all = input.items(scope).copy();
        all.takeAll(other!.items(scope));
        scope.run.spend(all.size, at);
        return all;
      }),
  },
  intersect: {
    min: 1,
    max: 1,
    build: ({ input, args: [other], at }) =>
      fromItems(at, (scope) => {
        const theirs = new ItemSet(other!.items(scope).copy(), scope.run);
        return filtered(distinct(input.items(scope), scope), (items, i) => theirs.has(items, i));
      }),
  },
  exclude: {
    min: 1,
    max: 1,
    build: ({ input, args: [other], at }) =>
      fromItems(at, (scope) => {
        const theirs = new ItemSet(other!.items(scope).copy(), scope.run);
        return filtered(input.items(scope), (items, i) => !theirs.has(items, i));
      }),
  },
  sort: { min: 0, max: 10, build: (call) => fromItems(call.at, (scope) => sorted(call, scope)) },
  aggregate: {
    min: 1,
    max: 2,
    build: (call) =>
      fromItems(call.at, (scope) => {
        const [aggregator, initial] = call.args;
        let total = initial?.items(scope).copy() ?? nothing;
        eachItem(scope, call.input.items(scope), call, (inner) => {
          inner.total = total;
          total = aggregator!.items(inner).copy();
          scope.run.spend(total.size, call.at);
          return false;
        });
        return total;
      }),
  },
};

function slice(call: Call, range: (size: number, n: number) => [from: number, to: number]): Node {
  return fromItems(call.at, (scope) => {
    const items = call.input.items(scope);
    const n = call.args.length === 0 ? 0 : integerArgument(call, 0, scope);
    if (n === undefined || items.size === 0) return nothing;
    const [from, to] = range(items.size, n);
    if (from === 0 && to === items.size) return items;
    scope.run.spend(to - from, call.at);
    const found = new Collection();
    for (let i = from; i < to; i++) found.take(items, i);
    return found;
  });
}

/** Sorts by each key in turn; a key with a minus before it (`-age`, `-family`) sorts descending. Items without a key come first. */
function sorted(call: Call, scope: Scope): Collection {
  const items = call.input.items(scope);
  scope.run.spend(items.size * call.weight, call.at);
  const keys = items.values.map((_, i) => {
    const focus = new Collection();
    focus.take(items, i);
    const inner = innerScope(scope, focus);
    const sources = call.args.length === 0 ? [focus] : call.args.map((key) => key.items(inner));
    return sources.map((source) => {
      if (source.size > 1) throw failure(call, 'a key has several items');
      return source.size === 0 ? undefined : systemValue(source.values[0], source.typeAt(0));
    });
  });
  const order = (a: number, b: number): number => {
    scope.run.spend(1, call.at);
    for (const [k, left] of keys[a]!.entries()) {
      const right = keys[b]![k];
      if (left === undefined || right === undefined) {
        if (left === right) continue;
        return left === undefined ? -1 : 1;
      }
      const result = compareValues(left, right, scope.run);
      if (result === 'different') throw failure(call, 'keys of different types have no order');
      if (result !== undefined && result !== 0) return call.expressions[k]?.kind === 'negate' ? -result : result;
    }
    return a - b;
  };
  const result = new Collection();
  for (const i of items.values.map((_, index) => index).sort(order)) result.take(items, i);
  return result;
}
