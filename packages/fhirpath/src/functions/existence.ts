import { Collection } from '../collection.ts';
import { fromItems, fromTruth } from '../node.ts';
import { ItemSet } from '../operators/equality.ts';
import { distinct } from '../operators/union.ts';
import { eachItem, type Scope } from '../scope.ts';
import { booleans, type Call, type FunctionTable } from './call.ts';

/** https://hl7.org/fhirpath/N1/#existence */
export const existence: FunctionTable = {
  empty: { min: 0, max: 0, build: ({ input }) => fromTruth((scope) => !input.some(scope)) },
  exists: {
    min: 0,
    max: 1,
    build: (call) => {
      const {
        input,
        args: [criteria],
      } = call;
      if (criteria === undefined) return fromTruth((scope) => input.some(scope));
      return fromTruth((scope) => eachItem(scope, input.items(scope), call, (inner) => criteria.truth(inner) === true));
    },
  },
  not: {
    min: 0,
    max: 0,
    build: ({ input }) =>
      fromTruth((scope) => {
        const truth = input.truth(scope);
        return truth === undefined ? undefined : !truth;
      }),
  },
  all: {
    min: 1,
    max: 1,
    build: (call) =>
      fromTruth(
        (scope) => !eachItem(scope, call.input.items(scope), call, (inner) => call.args[0]!.truth(inner) !== true),
      ),
  },
  allTrue: everyBoolean((values) => values.every((value) => value)),
  anyTrue: everyBoolean((values) => values.some((value) => value)),
  allFalse: everyBoolean((values) => values.every((value) => !value)),
  anyFalse: everyBoolean((values) => values.some((value) => !value)),
  subsetOf: {
    min: 1,
    max: 1,
    build: ({ input, args: [other] }) => fromTruth((scope) => isSubset(input.items(scope), other!.items(scope), scope)),
  },
  supersetOf: {
    min: 1,
    max: 1,
    build: ({ input, args: [other] }) => fromTruth((scope) => isSubset(other!.items(scope), input.items(scope), scope)),
  },
  count: {
    min: 0,
    max: 0,
    build: ({ input, at }) => fromItems(at, (scope) => Collection.of(input.items(scope).size, 'System.Integer')),
  },
  distinct: {
    min: 0,
    max: 0,
    build: ({ input, at }) => fromItems(at, (scope) => distinct(input.items(scope), scope)),
  },
  isDistinct: {
    min: 0,
    max: 0,
    build: ({ input }) =>
      fromTruth((scope) => {
        const items = input.items(scope);
        return distinct(items, scope).size === items.size;
      }),
  },
};

function everyBoolean(test: (values: boolean[]) => boolean) {
  return {
    min: 0,
    max: 0,
    build: (call: Call) =>
      fromTruth((scope) => {
        const items = call.input.items(scope);
        scope.run.spend(items.size, call.at);
        return test(booleans(call, items));
      }),
  };
}

function isSubset(part: Collection, whole: Collection, { run }: Scope): boolean {
  const set = new ItemSet(whole.copy(), run);
  return part.values.every((_, i) => set.has(part, i));
}
