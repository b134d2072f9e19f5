import { isResourceType } from '@dhp/fhir-model';
import { bare, Collection, nothing } from '../collection.ts';
import { fromItems, fromTruth, singleton, type Node } from '../node.ts';
import { ElementStep, walk } from '../navigate.ts';
import { spendOnText } from '../operators/arithmetic.ts';
import { asQuantity } from '../operators/equality.ts';
import { systemValue } from '../operators/system-value.ts';
import type { Hooks, Item, Scope } from '../scope.ts';
import { isPrimitiveType, resourceTypeOf, systemTypeOf } from '../types.ts';
import { commensurate, Quantity } from '../values/quantity.ts';
import { failure, stringArgument, type Call, type FunctionTable } from './call.ts';
import { serviceCall } from './terminologies.ts';
import { toItem } from './tree.ts';

/** Units of work for asking for data outside of the resource; further costs are counted by the caller's function. */
const hookCost = 10;

const xhtml = 'http://www.w3.org/1999/xhtml';

/** https://hl7.org/fhir/R5/fhirpath.html#functions */
export const fhir: FunctionTable = {
  extension: { min: 1, max: 1, build: (call) => fromItems(call.at, (scope) => extension(call, scope)) },
  resolve: { min: 0, max: 0, build: (call) => fromItems(call.at, (scope) => resolve(call, scope)) },
  memberOf: {
    min: 1,
    max: 1,
    build: (call) => asked(call, 'memberOf', (hook, item, valueSet) => hook(item, valueSet)),
  },
  conformsTo: {
    min: 1,
    max: 1,
    build: (call) => asked(call, 'conformsTo', (hook, item, profile) => hook(item, profile)),
  },
  // Of `%terminologies` it takes the code system and both codes.
  subsumes: {
    min: 1,
    max: 4,
    build: (call) => (call.args.length === 1 ? subsumption(call, false) : serviceCall(call, 'subsumes', 3)),
  },
  subsumedBy: { min: 1, max: 1, build: (call) => subsumption(call, true) },
  htmlChecks: {
    min: 0,
    max: 0,
    build: (call) =>
      fromTruth((scope) => {
        const items = call.input.items(scope);
        const value = singleton(items, call.at);
        if (typeof value !== 'string') return undefined;
        spendOnText(value.length * 8, scope.run, call.at);
        // A text that is not a narrative must have the content of one.
        const isDiv = items.typeAt(0) === 'xhtml' || /^\s*<div[\s>/]/.test(value);
        return hookOf(call, scope, 'htmlChecks')(isDiv ? value : `<div xmlns="${xhtml}">${value}</div>`);
      }),
  },
  comparable: { min: 1, max: 1, build: comparable },
  // An item may be described by the base specification and by any number of profiles, and the intended one is not known here.
  elementDefinition: unavailable(
    'which of its definitions, of R5 or of a profile, describes an element is not known here',
  ),
  slice: { min: 2, max: 2, build: (call) => fromItems(call.at, (scope) => slice(call, scope)) },
  checkModifiers: { min: 0, max: 20, build: (call) => fromItems(call.at, (scope) => checkModifiers(call, scope)) },
};

function unavailable(why: string) {
  return {
    min: 0,
    max: 0,
    build: (call: Call): Node => {
      throw failure(call, why, 'unknown');
    },
  };
}

/** The items that belong to a slice of a profile. https://hl7.org/fhir/R5/fhirpath.html#functions */
function slice(call: Call, scope: Scope): Collection {
  const items = call.input.items(scope);
  const [profile, name] = [stringArgument(call, 0, scope), stringArgument(call, 1, scope)];
  if (profile === undefined || name === undefined || items.size === 0) return nothing;
  const hook = hookOf(call, scope, 'slice');
  scope.run.spend(items.size * hookCost, call.at);
  const found = new Collection();
  for (let i = 0; i < items.size; i++) {
    if (hook(toItem(items.values[i], items.typeAt(i), items.siteAt(i)), profile, name) === true) found.take(items, i);
  }
  return found;
}

const modifierStep = [new ElementStep('modifierExtension')];

/**
 * The input itself, if it has only modifier extensions with the given urls, so that no change of meaning is overlooked. @throws
 * FhirPathError `evaluation` for other ones, and for an empty argument
 */
function checkModifiers(call: Call, scope: Scope): Collection {
  const items = call.input.items(scope);
  const known = call.args.map((_, index) => stringArgument(call, index, scope));
  if (known.includes(undefined))
    throw failure(call, 'an argument is empty; the urls of modifier extensions are expected');
  const modifiers = new Collection();
  for (let i = 0; i < items.size; i++)
    walk(modifierStep, 0, items.values[i], items.typeAt(i), items.siteAt(i), modifiers, scope.run);
  scope.run.payVisits(call.at);
  for (const value of modifiers.values) {
    const { url } = value as { url?: unknown };
    if (typeof url === 'string' && known.includes(url)) continue;
    throw failure(
      call,
      `the modifier extension ${typeof url === 'string' ? url : 'without url'} is not among those given`,
    );
  }
  return items;
}

const extensionStep = [new ElementStep('extension')];

function extension(call: Call, scope: Scope): Collection {
  const url = stringArgument(call, 0, scope);
  const items = call.input.items(scope);
  if (url === undefined || items.size === 0) return nothing;
  const all = new Collection();
  for (let i = 0; i < items.size; i++)
    walk(extensionStep, 0, items.values[i], items.typeAt(i), items.siteAt(i), all, scope.run);
  scope.run.payVisits(call.at);
  const found = new Collection();
  for (let i = 0; i < all.size; i++) if ((all.values[i] as { url?: unknown }).url === url) found.take(all, i);
  return found;
}

/** A resource of which only the data in the reference are known. */
interface Unresolved {
  readonly resourceType: string;
  readonly id: string;
  /** Keeps references to different servers apart when they are compared; no element of a resource. */
  readonly reference: string;
}

function resolve(call: Call, scope: Scope): Collection {
  const found = new Collection();
  const items = call.input.items(scope);
  for (let i = 0; i < items.size; i++) {
    const type = items.typeAt(i);
    const value = bare(items.values[i]);
    const reference = referenceOf(value, type);
    if (reference === undefined) continue;
    scope.run.spend(hookCost + (reference.length >> 4), call.at);
    const resource = resolved(reference, toItem(items.values[i], type, items.siteAt(i)), scope);
    if (resource !== undefined) found.push(resource, resourceTypeOf(resource, ''));
  }
  return found;
}

/** The text that leads to a resource: that of a Reference, or a canonical, uri or string itself. */
function referenceOf(value: unknown, type: string): string | undefined {
  if (typeof value === 'string') return type === '' || systemTypeOf(type) === 'System.String' ? value : undefined;
  if (typeof value !== 'object' || value === null || isPrimitiveType(type)) return undefined;
  const { reference, type: target } = value as { reference?: unknown; type?: unknown };
  if (typeof reference === 'string') return reference;
  return typeof target === 'string' ? '' : undefined;
}

function resolved(reference: string, item: Item, scope: Scope): unknown {
  const { environment } = scope.run;
  if (reference.startsWith('#')) return contained(reference.slice(1), scope);
  if (environment.resolve !== undefined) return reference === '' ? undefined : environment.resolve(reference, item);
  return unresolved(reference, item.value);
}

function contained(id: string, { run }: Scope): unknown {
  const container = run.environment.rootResource ?? run.environment.resource ?? run.context.values[0];
  if (typeof container !== 'object' || container === null) return undefined;
  if (id === '') return container;
  const resources = (container as { contained?: unknown }).contained;
  if (!Array.isArray(resources)) return undefined;
  run.spend(resources.length >> 2);
  return resources.find((resource: { id?: unknown } | null) => resource?.id === id);
}

/** `Patient/1`, `http://x/fhir/Patient/1/_history/2` */
const literal = /(?:^|\/)([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** The type and id in a reference itself; undefined without a type. */
export function unresolved(reference: string, element: unknown): Unresolved | undefined {
  const match = literal.exec(reference);
  const told = typeof element === 'object' && element !== null ? (element as { type?: unknown }).type : undefined;
  const type = match !== null && isResourceType(match[1]!) ? match[1] : told;
  if (typeof type !== 'string' || !isResourceType(type)) return undefined;
  return { resourceType: type, id: match?.[2] ?? '', reference };
}

type Hook<Name extends keyof Hooks> = NonNullable<Hooks[Name]>;

function hookOf<Name extends keyof Hooks>(call: Call, scope: Scope, name: Name): Hook<Name> {
  const hook = scope.run.environment[name];
  if (hook === undefined) throw failure(call, `nothing was handed in that could answer (hook ${name})`, 'hook');
  return hook;
}

function asked<Name extends 'memberOf' | 'conformsTo'>(
  call: Call,
  name: Name,
  ask: (hook: Hook<Name>, item: Item, argument: string) => boolean | undefined,
): Node {
  return fromTruth((scope) => {
    const items = call.input.items(scope);
    if (items.size > 1) throw failure(call, `one item is expected, there are ${items.size}`);
    const argument = stringArgument(call, 0, scope);
    if (items.size === 0 || argument === undefined) return undefined;
    scope.run.spend(hookCost, call.at);
    return ask(hookOf(call, scope, name), toItem(items.values[0], items.typeAt(0), items.siteAt(0)), argument);
  });
}

function subsumption(call: Call, inverse: boolean): Node {
  return fromTruth((scope) => {
    const [items, others] = [call.input.items(scope), call.args[0]!.items(scope)];
    if (items.size !== 1 || others.size !== 1) return undefined;
    scope.run.spend(hookCost, call.at);
    const [item, other] = [toItem(items.values[0], items.typeAt(0)), toItem(others.values[0], others.typeAt(0))];
    return hookOf(call, scope, 'subsumes')(item, other, inverse);
  });
}

/** Whether two quantities can be compared; empty if their units are not known well enough. */
function comparable(call: Call): Node {
  return fromTruth((scope) => {
    const [a, b] = [call.input.items(scope), call.args[0]!.items(scope)];
    if (singleton(a, call.at) === undefined || singleton(b, call.at) === undefined) return undefined;
    const [left, right] = [systemValue(a.values[0], a.typeAt(0)), systemValue(b.values[0], b.typeAt(0))];
    const [x, y] = [asQuantity(left, right), asQuantity(right, left)];
    if (!(x instanceof Quantity) || !(y instanceof Quantity)) return false;
    const { convertUnit } = scope.run.environment;
    if (commensurate(x, y, convertUnit) !== undefined) return true;
    return convertUnit === undefined && !x.calendar && !y.calendar ? undefined : false;
  });
}
