/**
 * Expressions that only need a walk from the resource along names, with some filters: most search parameters are of this form
 * (`Patient.telecom.where(system='phone') | Person.telecom …`).
 */
import { elementsOf, isSubtype, memberOf, typeOf } from '@dhp/fhir-model';
import { asTypeSpecifier, type Expression, type TypeSpecifier } from './ast.ts';
import { Collection, Primitive, type Site } from './collection.ts';
import { unresolved } from './functions/fhir.ts';
import { ElementStep, walk, type Tally } from './navigate.ts';
import { systemTypeOf, typeTest } from './types.ts';

/** JSON members with which an expression begins; with the type of its items where these are the values of the member. */
export type Beginnings = ReadonlyMap<string, string | undefined>;

type Call = Expression & { kind: 'call' };

/** A name, the types of its values that are taken, and the further condition on them. */
interface Stop {
  readonly name: string;
  readonly only: readonly TypeTestOf[];
  readonly checks: readonly Check[];
}

interface TypeTestOf {
  readonly type: TypeSpecifier;
  readonly convertible: boolean;
  /** Primitives count by their very type. */
  readonly isExact: boolean;
}

/** Undefined: unknown without an evaluation. */
type Check = (value: unknown, type: string) => boolean | undefined;

interface Found {
  readonly ways: readonly (readonly Stop[])[];
  /** No item occurs twice. */
  readonly isDistinct: boolean;
  /** It needs the targets of references. */
  readonly resolves: boolean;
}

/** More ways take more room than they spare time: each is copied for every name behind them. */
const mostWays = 200;

const none: Found = { ways: [], isDistinct: true, resolves: false };

/** An expression prepared to be walked. */
export class Walks {
  readonly resolves: boolean;
  /** Whether duplicates are removed from the result. */
  readonly isDistinct: boolean;
  readonly #ways: readonly (readonly ElementStep[])[];
  #isInDoubt = false;

  private constructor({ ways, isDistinct, resolves }: Found) {
    this.resolves = resolves;
    this.isDistinct = isDistinct;
    this.#ways = ways.map((stops) => stops.map((stop) => this.#step(stop)));
  }

  /**
   * Undefined for an expression that needs more than walks.
   * @param type that of the items, a resource; `''` for an expression that is relative to items of any type
   * @param lenientAs as in a search parameter
   * @throws FhirPathError
   */
  static of(expression: Expression, type: string, lenientAs: boolean): Walks | undefined {
    if (type !== '' && (typeOf(type)?.kind !== 'resource' || typeOf(type)?.isAbstract !== false)) return undefined;
    const found = waysOf(expression, type, lenientAs);
    return found && new Walks(found);
  }

  /** As `CompiledPath.begins`, of an item of the type; undefined if a way ends at the item itself. */
  begins(type: string): Beginnings | undefined {
    const members = new Map<string, string | undefined>();
    for (const [first, ...others] of this.#ways) {
      if (first === undefined) return undefined;
      const endsThere = others.length === 0 && first.keeps === undefined;
      for (const [name, of] of first.membersOf(type))
        members.set(name, endsThere && !members.has(name) ? of : undefined);
    }
    return members;
  }

  /** Returns the result of the expression for an item of the type; undefined when the expression has to be evaluated. */
  find(item: unknown, type: string, site: Site | undefined, tally: Tally): Collection | undefined {
    this.#isInDoubt = false; // the checks of the steps may raise it
    const found = new Collection();
    for (const steps of this.#ways) walk(steps, 0, item, type, site, found, tally);
    return this.#hasDoubts() ? undefined : found;
  }

  #hasDoubts(): boolean {
    return this.#isInDoubt;
  }

  #step({ name, only, checks }: Stop): ElementStep {
    const tests = only.map(({ type, convertible, isExact }) =>
      typeTest(type, convertible, isExact ? 'exactly' : undefined),
    );
    const takes = tests.length === 0 ? undefined : (type: string) => tests.every((test) => test(type, undefined));
    if (checks.length === 0) return new ElementStep(name, takes);
    return new ElementStep(name, takes, (value, type) => {
      for (const check of checks) {
        const holds = check(value, type);
        if (holds === undefined) this.#isInDoubt = true;
        if (holds !== true) return false;
      }
      return true;
    });
  }
}

function waysOf(expression: Expression, type: string, lenientAs: boolean): Found | undefined {
  switch (expression.kind) {
    case 'member': {
      const { base, name } = expression;
      const stop: Stop = { name, only: [], checks: [] };
      if (base === undefined) return isTypeName(name) ? ofType(name, [], type) : begin([stop], type);
      if (base.kind === 'member' && base.base === undefined && isTypeName(base.name))
        return ofType(base.name, [stop], type);
      const before = waysOf(base, type, lenientAs);
      return before && { ...before, ways: before.ways.map((stops) => [...stops, stop]) };
    }
    case 'call':
      return ofCall(expression, type, lenientAs);
    case 'type':
      if (expression.operator !== 'as' || !lenientAs) return undefined;
      return narrowed(waysOf(expression.operand, type, lenientAs), {
        type: expression.type,
        convertible: false,
        isExact: false,
      });
    case 'binary': {
      if (expression.operator !== '|') return undefined;
      const [left, right] = [waysOf(expression.left, type, lenientAs), waysOf(expression.right, type, lenientAs)];
      if (left === undefined || right === undefined) return undefined;
      const ways = [...left.ways, ...right.ways];
      if (ways.length > mostWays) return undefined;
      return { ways, isDistinct: true, resolves: left.resolves || right.resolves };
    }
    case 'literal':
    case 'empty':
    case 'this':
    case 'index':
    case 'total':
    case 'variable':
    case 'indexer':
    case 'negate':
    case 'plus':
      return undefined;
  }
}

/** The name of a type passes over resources of another one. */
function ofType(name: string, behind: readonly Stop[], type: string): Found | undefined {
  if (isSubtype(type, name)) return begin(behind, type);
  return type === '' || isSubtype(name, type) ? undefined : none;
}

/** From the item itself: nothing, if its type has no such element. */
function begin(stops: readonly Stop[], type: string): Found {
  const [first] = stops;
  if (type !== '' && first !== undefined && elementsOf(type)?.has(first.name) !== true) return none;
  return { ways: [stops], isDistinct: false, resolves: false };
}

function ofCall(call: Call, type: string, lenientAs: boolean): Found | undefined {
  const { base, name, args } = call;
  const found = base && waysOf(base, type, lenientAs);
  if (found === undefined) return undefined;
  const [argument] = args;
  if (name === 'first' && args.length === 0 && found.ways.length === 0) return none;
  if (argument === undefined || args.length > 1) return undefined;
  if (name === 'ofType' || (name === 'as' && lenientAs)) {
    const named = asTypeSpecifier(argument);
    return named && narrowed(found, { type: named, convertible: name === 'ofType', isExact: !lenientAs });
  }
  if (name !== 'where') return undefined;
  const check = equality(argument) ?? leadsTo(argument);
  if (check === undefined || found.ways.some((stops) => stops.length === 0)) return undefined;
  const resolves = found.resolves || argument.kind === 'type';
  return { ...found, resolves, ways: atEnd(found.ways, (stop) => ({ ...stop, checks: [...stop.checks, check] })) };
}

function narrowed(found: Found | undefined, to: TypeTestOf): Found | undefined {
  if (found?.ways.some((stops) => stops.length === 0) === true) return undefined;
  return found && { ...found, ways: atEnd(found.ways, (stop) => ({ ...stop, only: [...stop.only, to] })) };
}

function atEnd(ways: Found['ways'], change: (stop: Stop) => Stop): Found['ways'] {
  return ways.map((stops) => [...stops.slice(0, -1), change(stops.at(-1)!)]);
}

/** `system = 'phone'` */
function equality(expression: Expression): Check | undefined {
  if (expression.kind !== 'binary' || expression.operator !== '=') return undefined;
  const { left, right } = expression;
  if (left.kind !== 'member' || left.base !== undefined || isTypeName(left.name)) return undefined;
  if (right.kind !== 'literal' || right.type !== 'System.String') return undefined;
  const { name } = left;
  const sibling = `_${name}`;
  const known = new Map<string, boolean>();
  return (value, type) => {
    if (typeof value !== 'object' || value === null || value instanceof Primitive) return undefined;
    let isText = known.get(type);
    if (isText === undefined) {
      isText = systemTypeOf(memberOf(type, name)?.type ?? '') === 'System.String';
      known.set(type, isText);
    }
    const member = (value as Readonly<Record<string, unknown>>)[name];
    if (!isText || (value as Readonly<Record<string, unknown>>)[sibling] !== undefined) return undefined;
    if (member === undefined) return false;
    return typeof member === 'string' ? member === right.value : undefined;
  };
}

/** `resolve() is Patient`, for a reference with the type of its target. */
function leadsTo(expression: Expression): Check | undefined {
  if (expression.kind !== 'type' || expression.operator !== 'is') return undefined;
  const { operand } = expression;
  if (operand.kind !== 'call' || operand.name !== 'resolve' || operand.base !== undefined || operand.args.length > 0)
    return undefined;
  const test = typeTest(expression.type, false);
  return (value, type) => {
    if (type !== 'Reference' || typeof value !== 'object' || value === null) return undefined;
    const { reference } = value as { reference?: unknown };
    if (typeof reference !== 'string' || reference.startsWith('#')) return undefined;
    const resource = unresolved(reference, value);
    return resource !== undefined && test(resource.resourceType, resource);
  };
}

function isTypeName(name: string): boolean {
  return /^[A-Z]/.test(name) && typeOf(name) !== undefined;
}
