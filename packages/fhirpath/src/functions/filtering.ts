import { Collection, nothing } from '../collection.ts';
import { fromItems, fromTruth, type Node } from '../node.ts';
import { ItemSet } from '../operators/equality.ts';
import { eachItem, type Scope } from '../scope.ts';
import { typeTest, type TypeTest } from '../types.ts';
import { failure, typeArgument, type Call, type FunctionTable } from './call.ts';

/** https://hl7.org/fhirpath/N1/#filtering-and-projection, #types */
export const filtering: FunctionTable = {
  where: {
    min: 1,
    max: 1,
    build: (call) => ({
      ...fromItems(call.at, (scope) => {
        const items = call.input.items(scope);
        if (items.size === 0) return nothing;
        const found = new Collection();
        eachItem(scope, items, call, (inner, i) => {
          if (call.args[0]!.truth(inner) === true) found.take(items, i);
          return false;
        });
        return found;
      }),
      some: (scope) => eachItem(scope, call.input.items(scope), call, (inner) => call.args[0]!.truth(inner) === true),
    }),
  },
  select: {
    min: 1,
    max: 1,
    build: (call) => fromItems(call.at, (scope) => select(call, scope)),
  },
  repeat: { min: 1, max: 1, build: (call) => fromItems(call.at, (scope) => repeat(call, scope, true)) },
  repeatAll: { min: 1, max: 1, build: (call) => fromItems(call.at, (scope) => repeat(call, scope, false)) },
  ofType: {
    min: 1,
    max: 1,
    takesType: true,
    build: (call) => filterByType(call, typeTest(typeArgument(call), true, exactly(call))),
  },
  as: {
    min: 1,
    max: 1,
    takesType: true,
    build: (call) => asNode(call.input, typeTest(typeArgument(call), false, exactly(call)), call),
  },
  is: {
    min: 1,
    max: 1,
    takesType: true,
    build: (call) => isNode(call.input, typeTest(typeArgument(call), false, 'is'), call),
  },
};

/** Whether a type must match exactly: not in search parameters. */
export function exactly({ lenientAs }: Pick<Call, 'lenientAs'>): 'exactly' | undefined {
  return lenientAs ? undefined : 'exactly';
}

export function filterByType({ input, at }: Pick<Call, 'input' | 'at'>, test: TypeTest): Node {
  return fromItems(at, (scope) => {
    const items = input.items(scope);
    if (items.size === 1) return test(items.typeAt(0), items.values[0]) ? items : nothing;
    scope.run.spend(items.size, at);
    return filtered(items, (_, i) => test(items.typeAt(i), items.values[i]));
  });
}

/** `as`: an error for several items, but in a search parameter it selects the matching ones. https://hl7.org/fhir/R5/search.html */
export function asNode(input: Node, test: TypeTest, call: Pick<Call, 'at' | 'name' | 'lenientAs'>): Node {
  if (call.lenientAs) return filterByType({ input, at: call.at }, test);
  return fromItems(call.at, (scope) => {
    const items = input.items(scope);
    if (items.size > 1) throw failure(call, `one item is expected, there are ${items.size}`);
    return items.size === 1 && test(items.typeAt(0), items.values[0]) ? items : nothing;
  });
}

export function isNode(input: Node, test: TypeTest, call: Pick<Call, 'at' | 'name'>): Node {
  return fromTruth((scope) => {
    const items = input.items(scope);
    if (items.size > 1) throw failure(call, `one item is expected, there are ${items.size}`);
    return items.size === 0 ? undefined : test(items.typeAt(0), items.values[0]);
  });
}

/** The items that are to be kept. */
export function filtered(items: Collection, keep: (items: Collection, i: number) => boolean): Collection {
  const found = new Collection();
  for (let i = 0; i < items.size; i++) if (keep(items, i)) found.take(items, i);
  return found;
}

function select(call: Call, scope: Scope): Collection {
  const {
    input,
    args: [projection],
    at,
  } = call;
  const found = new Collection();
  let spent = 0;
  eachItem(scope, input.items(scope), call, (inner) => {
    found.takeAll(projection!.items(inner));
    scope.run.spend(found.size - spent, at);
    spent = found.size;
    return false;
  });
  return found;
}

/** Applies the projection to its own results until there are no new ones; `repeatAll` keeps duplicates. */
function repeat(call: Call, scope: Scope, unique: boolean): Collection {
  const {
    input,
    args: [projection],
  } = call;
  const set = new ItemSet(new Collection(), scope.run);
  let round = input.items(scope);
  while (round.size > 0) {
    const next = new Collection();
    eachItem(scope, round, call, (inner) => {
      const found = projection!.items(inner);
      scope.run.spend(found.size, call.at);
      for (let i = 0; i < found.size; i++) {
        if (unique && !set.add(found, i)) continue;
        if (!unique) set.items.take(found, i);
        next.take(found, i);
      }
      return false;
    });
    round = next;
  }
  return set.items;
}
