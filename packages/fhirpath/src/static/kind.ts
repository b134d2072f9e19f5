import { elementsOf, isSubtype, memberOf, typeOf } from '@dhp/fhir-model';
import { systemTypeOf } from '../types.ts';

/** Knowledge of the items that a part of an expression gives, before there is any data. */
export interface Kind {
  /** FHIR types and those of FHIRPath (`System.String`); empty if there are no items, undefined if they may be of any type. */
  readonly types: ReadonlySet<string> | undefined;
  /** Whether there may be more than one. */
  readonly isMany: boolean;
  /** Whether their order means something: that of children and descendants does not. */
  readonly isOrdered: boolean;
}

export const anything: Kind = { types: undefined, isMany: true, isOrdered: true };
export const noItems: Kind = { types: new Set(), isMany: false, isOrdered: true };

/** One item of one of the types. */
export function single(...types: readonly string[]): Kind {
  return { types: new Set(types), isMany: false, isOrdered: true };
}

/** Any number of items of the types. */
export function many(...types: readonly string[]): Kind {
  return { ...single(...types), isMany: true };
}

/** The items of both. */
export function both(a: Kind, b: Kind): Kind {
  if (a.types?.size === 0) return b;
  if (b.types?.size === 0) return a;
  const types = a.types === undefined || b.types === undefined ? undefined : new Set([...a.types, ...b.types]);
  return { types, isMany: true, isOrdered: a.isOrdered && b.isOrdered };
}

/** One of the two, if it is unknown which. */
export function either(a: Kind, b: Kind): Kind {
  return { ...both(a, b), isMany: a.isMany || b.isMany };
}

/** Whether an item may be of a type for which the test holds: true if nothing is known, or if there are no items. */
export function mayBe({ types }: Kind, test: (type: string) => boolean): boolean {
  return types === undefined || types.size === 0 || [...types].some((type) => isOpen(type) || test(type));
}

/** Whether items of both may have the same type, so that they can be equal. */
export function mayShare(a: Kind, b: Kind): boolean {
  return mayBe(a, (one) =>
    mayBe(b, (other) => {
      const system = systemTypeOf(one);
      return isSubtype(one, other) || isSubtype(other, one) || (system !== undefined && system === systemTypeOf(other));
    }),
  );
}

/** Types that may hold a value of another type: any resource, or anything. */
export function isOpen(type: string): boolean {
  return type === 'System.Any' || typeOf(type)?.isAbstract === true;
}

/** A kind by its name, for messages: `HumanName`, `string or Quantity`. */
export function nameOfKind({ types }: Kind): string {
  return types === undefined ? 'anything' : [...types].join(' or ') || 'nothing';
}

export const groups = {
  boolean: of('System.Boolean'),
  string: of('System.String'),
  integer: of('System.Integer', 'System.Long'),
  number: of('System.Integer', 'System.Long', 'System.Decimal'),
  numerical: orQuantity('System.Integer', 'System.Long', 'System.Decimal'),
  continuous: orQuantity(
    ...['System.Integer', 'System.Long', 'System.Decimal', 'System.Date', 'System.DateTime', 'System.Time'],
  ),
  temporal: of('System.Date', 'System.DateTime', 'System.Time'),
  quantity: orQuantity(),
  primitive: (type: string) => type === 'System.Quantity' || type === 'Quantity' || systemTypeOf(type) !== undefined,
  coded: (type: string) =>
    ['Coding', 'CodeableConcept', 'CodeableReference', 'Quantity'].some((one) => isSubtype(type, one)) ||
    systemTypeOf(type) === 'System.String',
  reference: (type: string) =>
    ['Reference', 'CodeableReference'].includes(type) || systemTypeOf(type) === 'System.String',
} as const;

export type Group = keyof typeof groups;

function of(...wanted: readonly string[]): (type: string) => boolean {
  return (type) => wanted.includes(systemTypeOf(type) ?? '');
}

function orQuantity(...wanted: readonly string[]): (type: string) => boolean {
  const isOne = of('System.Quantity', ...wanted);
  return (type) => isOne(type) || isSubtype(type, 'Quantity');
}

/**
 * The items of an element of a kind; undefined if none of its types has one of that name.
 * @param byJsonName whether a choice is also found by its name in JSON (`valueQuantity`)
 */
export function elementOf(kind: Kind, name: string, byJsonName: boolean): Kind | undefined {
  if (kind.types === undefined) return anything;
  if (kind.types.size === 0) return noItems;
  let found: Kind | undefined;
  for (const type of kind.types) {
    const one = isOpen(type) ? anything : ofType(type, name, byJsonName);
    if (one !== undefined) found = found === undefined ? one : either(found, one);
  }
  return found && { ...found, isMany: found.isMany || kind.isMany, isOrdered: kind.isOrdered };
}

function ofType(type: string, name: string, byJsonName: boolean): Kind | undefined {
  // The items that `type()` gives, and the literals of FHIRPath, have no definitions here.
  if (type === 'System.TypeInfo') return name === 'namespace' || name === 'name' ? single('System.String') : undefined;
  // A primitive has its value as an element, in the definitions of R5.
  const system = name === 'value' && !type.startsWith('System.') ? systemTypeOf(type) : undefined;
  if (system !== undefined) return single(system);
  const element = elementsOf(type)?.get(name);
  if (element !== undefined) return { types: new Set(element.types), isMany: element.max > 1, isOrdered: true };
  const member = byJsonName ? memberOf(type, name) : undefined;
  return member?.element.choice === true && !member.isSibling ? single(member.type) : undefined;
}
