import type { Expression } from './ast.ts';
import { Collection, nothing } from './collection.ts';
import { FhirPathError, type Position } from './errors.ts';
import type { Call, FunctionDefinition } from './functions/call.ts';
import { existence } from './functions/existence.ts';
import { asNode, exactly, isNode, filtering } from './functions/filtering.ts';
import { leadingPath, path, type Compilation, type Place } from './member.ts';
import { emptyNode, focusNode, fromItems, singleton, type Node } from './node.ts';
import { negateQuantity, ofNumber } from './operators/arithmetic.ts';
import { operators } from './operators/index.ts';
import { distinct } from './operators/union.ts';
import { isNumber, systemValue } from './operators/system-value.ts';
import { innerScope, type Scope } from './scope.ts';
import { typeTest } from './types.ts';
import { Decimal } from './values/decimal.ts';
import { Quantity } from './values/quantity.ts';
import { variable } from './variables.ts';
import { collections } from './functions/collections.ts';
import { conversion } from './functions/conversion.ts';
import { encoding } from './functions/encoding.ts';
import { fhir } from './functions/fhir.ts';
import { math } from './functions/math.ts';
import { strings } from './functions/strings.ts';
import { terminologies } from './functions/terminologies.ts';
import { tree } from './functions/tree.ts';
import { views } from './functions/views.ts';

/** Every function of the language by name. A Map, so that `constructor` and the like are not found. */
const functions: ReadonlyMap<string, FunctionDefinition> = new Map(
  [existence, filtering, collections, strings, encoding, math, conversion, tree, fhir, terminologies].flatMap((table) =>
    Object.entries(table),
  ),
);

/** Those of views, before the others: https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html#required-additional-functions */
const viewFunctions: ReadonlyMap<string, FunctionDefinition> = new Map(Object.entries(views));

/** Turns a tree into closures. @throws FhirPathError `unknown`, `syntax` for expressions that no data can make valid. */
export function compileExpression(expression: Expression, compilation: Compilation): Node {
  return compile(expression, { ...compilation, atRoot: true });
}

function compile(expression: Expression, place: Place): Node {
  const { at } = expression;
  switch (expression.kind) {
    case 'literal': {
      const items = Collection.of(expression.value, expression.type);
      return fromItems(at, () => items);
    }
    case 'empty':
      return emptyNode;
    case 'this':
      return focusNode(at);
    case 'index':
      return fromItems(at, ({ index }) => (index === undefined ? nothing : Collection.of(index, 'System.Integer')));
    case 'total':
      return fromItems(at, ({ total }) => total ?? nothing);
    case 'variable':
      return fromItems(at, (scope) => variable(expression.name, scope, at));
    case 'member':
      return member(expression, place);
    case 'call':
      return call(expression, place);
    case 'indexer':
      return indexer(compile(expression.base, place), compile(expression.index, place), at);
    case 'negate':
    case 'plus':
      return signed(compile(expression.operand, place), expression.kind, at);
    case 'binary':
      return binary(expression, place);
    case 'type': {
      const operand = compile(expression.operand, place);
      const about = { at, name: expression.operator, lenientAs: place.lenientAs };
      const test = typeTest(expression.type, false, expression.operator === 'is' ? 'is' : exactly(place));
      return expression.operator === 'is' ? isNode(operand, test, about) : asNode(operand, test, about);
    }
  }
}

/** A sequence of names is one walk: its base is the expression before the first of them. */
function member(expression: Expression & { kind: 'member' }, place: Place): Node {
  const names: string[] = [];
  let base: Expression | undefined = expression;
  for (; base?.kind === 'member'; base = base.base) names.unshift(base.name);
  const { at } = expression;
  return base === undefined
    ? leadingPath(names, place, at)
    : path(compile(base, place), names, at, place.polymorphicNames);
}

function call({ base, name, args, at }: Expression & { kind: 'call' }, place: Place): Node {
  const definition = (place.inView ? viewFunctions.get(name) : undefined) ?? functions.get(name);
  if (definition === undefined) throw new FhirPathError('unknown', `There is no function ${name}()`, at);
  const { min, max } = definition;
  if (args.length < min || args.length > max) {
    const expected = min === max ? String(min) : `${min} to ${max}`;
    throw new FhirPathError('syntax', `${name}() takes ${expected} arguments, not ${args.length}`, at);
  }
  const inner: Place = { ...place, atRoot: false };
  const compiled: Call = {
    name,
    at,
    input: base === undefined ? focusNode(at) : compile(base, place),
    args: definition.takesType === true ? [] : args.map((argument) => isolated(sortedBy(name, argument), inner)),
    expressions: args,
    weight: weightOf(args),
    lenientAs: place.lenientAs,
  };
  return definition.build(compiled);
}

/** A sign before a key of `sort` is its direction, also for keys that are not numbers; the function finds it in the expression. */
function sortedBy(name: string, argument: Expression): Expression {
  return name === 'sort' && argument.kind === 'negate' ? argument.operand : argument;
}

/** Two parts of an expression take about the time of a unit of work. */
export function weightOf(expressions: readonly Expression[]): number {
  return Math.max(1, Math.ceil(expressions.reduce((sum, { size }) => sum + size, 0) / 2));
}

function indexer(base: Node, index: Node, at: Position): Node {
  return fromItems(at, (scope) => {
    const wanted = singleton(index.items(scope), at);
    const items = base.items(scope);
    const i = isNumber(wanted) ? Decimal.of(wanted).toNumber() : -1;
    if (i < 0 || i >= items.size || !Number.isInteger(i)) return nothing;
    const found = new Collection();
    found.take(items, i);
    return found;
  });
}

function signed(operand: Node, kind: 'negate' | 'plus', at: Position): Node {
  return fromItems(at, (scope) => {
    const items = operand.items(scope);
    if (singleton(items, at) === undefined) return nothing;
    const value = systemValue(items.values[0], items.typeAt(0));
    if (value instanceof Quantity) {
      return kind === 'plus' ? items : Collection.of(negateQuantity(value), 'System.Quantity');
    }
    if (!isNumber(value)) throw new FhirPathError('evaluation', 'A sign stands before what is not a number', at);
    if (kind === 'plus') return items;
    if (typeof value === 'bigint') return Collection.of(-value, 'System.Long');
    if (typeof value === 'number' && Number.isInteger(value)) return Collection.of(0 - value, 'System.Integer');
    return ofNumber(Decimal.of(value).negated());
  });
}

function binary({ operator, left, right, at }: Expression & { kind: 'binary' }, place: Place): Node {
  const [a, b] = [isolated(left, place), isolated(right, place)];
  // Unions of search parameters for many types keep only the branches of the current type.
  if (operator === '|' && a === emptyNode) return b === emptyNode ? emptyNode : distinctNode(b, at);
  if (operator === '|' && b === emptyNode) return distinctNode(a, at);
  return operators[operator](a, b, at);
}

function distinctNode(node: Node, at: Position): Node {
  if (node.isDistinct === true) return node;
  const items = (scope: Scope): Collection => distinct(node.items(scope), scope);
  return { ...fromItems(at, items), some: (scope) => node.some(scope), isDistinct: true };
}

/** Variables that an operand or an argument defines are not visible outside of it. */
function isolated(expression: Expression, place: Place): Node {
  const node = compile(expression, place);
  if (!defines(expression)) return node;
  return {
    items: (scope) => node.items(innerScope(scope, scope.focus)),
    truth: (scope) => node.truth(innerScope(scope, scope.focus)),
    some: (scope) => node.some(innerScope(scope, scope.focus)),
  };
}

/** Whether the chain of an expression calls `defineVariable()`. */
function defines(expression: Expression | undefined): boolean {
  for (let e = expression; e !== undefined;) {
    if (e.kind === 'call' && e.name === 'defineVariable') return true;
    e = e.kind === 'call' || e.kind === 'member' || e.kind === 'indexer' ? e.base : undefined;
  }
  return false;
}
