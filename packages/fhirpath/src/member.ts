import { elementsOf, isSubtype, typeOf } from '@dhp/fhir-model';
import { Collection, nothing } from './collection.ts';
import { FhirPathError, type Position } from './errors.ts';
import { finds, ElementStep, walk } from './navigate.ts';
import { emptyNode, focusNode, fromItems, type Node } from './node.ts';
import type { Scope } from './scope.ts';
import { typeTest } from './types.ts';

export interface Compilation {
  readonly lenientAs: boolean;
  /** Whether the expression is part of a ViewDefinition. */
  readonly inView: boolean;
  /** The type of the item from which the whole expression starts, if it is known. */
  readonly type: string | undefined;
  /** Whether unknown element names are refused, if the type is known from the expression. */
  readonly strict: boolean;
  /** Whether choices may be named as in JSON (`valueQuantity`). */
  readonly polymorphicNames: boolean;
}

/** Position of a part of an expression: at its root, or in an argument, where the focus may be of any type. */
export type Place = Compilation & { readonly atRoot: boolean };

/**
 * Names at the beginning of an expression: elements of the focus, after the name of a type perhaps, which keeps the focus if
 * it is of that type (`Patient.name.family`). https://hl7.org/fhirpath/N1/#path-selection
 */
export function leadingPath(names: readonly string[], place: Place, at: Position): Node {
  const [first = '', ...rest] = names;
  if (!/^[A-Z]/.test(first) || typeOf(first) === undefined) {
    if (place.strict && place.atRoot) checkNames(place.type, names, at);
    return path(focusNode(at), names, at, place.polymorphicNames);
  }
  if (place.strict) checkNames(first, rest, at);
  const known = place.atRoot ? place.type : undefined;
  if (known !== undefined && !isSubtype(known, first) && !isSubtype(first, known)) return emptyNode;
  const test = typeTest({ namespace: 'FHIR', name: first, at }, false);
  const source = fromItems(at, (scope) => {
    const { focus } = scope;
    if (focus.size === 1) return test(focus.typeAt(0), focus.values[0]) ? focus : nothing;
    scope.run.spend(focus.size, at);
    const kept = new Collection();
    for (let i = 0; i < focus.size; i++) if (test(focus.typeAt(i), focus.values[i])) kept.take(focus, i);
    return kept;
  });
  return path(source, rest, at, place.polymorphicNames);
}

/** Follows names from a type as far as types are known; elements that may be any resource or type are not checked. */
function checkNames(type: string | undefined, names: readonly string[], at: Position): void {
  let types = type === undefined ? [] : [type];
  for (const name of names) {
    if (types.length === 0 || types.some((t) => typeOf(t)?.isAbstract !== false)) return;
    const next = types.flatMap((t) => elementsOf(t)?.get(name)?.types ?? []);
    if (next.length === 0) throw new FhirPathError('unknown', `${types.join(' or ')} has no element ${name}`, at);
    types = next;
  }
}

/** Returns the node of a path of names from the items of `source`: one walk, without intermediate collections. */
export function path(source: Node, names: readonly string[], at: Position, byJsonName: boolean): Node {
  if (names.length === 0) return source;
  const steps = names.map((name) => new ElementStep(name, undefined, undefined, byJsonName));
  const items = (scope: Scope): Collection => {
    const from = source.items(scope);
    if (from.size === 0) return nothing;
    const found = new Collection();
    for (let i = 0; i < from.size; i++)
      walk(steps, 0, from.values[i], from.typeAt(i), from.siteAt(i), found, scope.run);
    scope.run.payVisits(at);
    return found;
  };
  return {
    ...fromItems(at, items),
    some: (scope) => {
      const from = source.items(scope);
      let isFound = false;
      for (let i = 0; i < from.size && !isFound; i++) {
        isFound = finds(steps, 0, from.values[i], from.typeAt(i), scope.run);
      }
      scope.run.payVisits(at);
      return isFound;
    },
  };
}
