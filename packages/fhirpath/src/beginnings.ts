import { elementsOf, isSubtype, memberOf, typeOf } from '@dhp/fhir-model';
import type { Expression } from './ast.ts';

/** More members are no quicker looked for than an expression is evaluated. */
const most = 16;

/** Functions whose result is empty for an empty input. */
const needsInput = new Set(['where', 'ofType', 'as', 'select', 'first', 'last', 'tail', 'extension']);

/**
 * The JSON members of which a resource of the type has at least one if the expression has a result for it; undefined if that is unknown.
 * Most search parameters find nothing in most resources, which this shows without an evaluation.
 */
export function beginnings(expression: Expression, type: string): readonly string[] | undefined {
  if (typeOf(type)?.kind !== 'resource') return undefined;
  const elements = firstElements(expression, type);
  if (elements === undefined) return undefined;
  const members = new Set<string>();
  for (const name of elements) {
    const element = elementsOf(type)?.get(name);
    if (element === undefined) return undefined;
    for (const of of element.types) {
      const json = element.choice ? name + of.charAt(0).toUpperCase() + of.slice(1) : name;
      members.add(json);
      if (memberOf(type, `_${json}`) !== undefined) members.add(`_${json}`);
    }
  }
  return members.size > most ? undefined : [...members];
}

/** The first elements of the paths of an expression, at the resource; undefined if one of them begins with something else. */
function firstElements(expression: Expression, type: string): readonly string[] | undefined {
  switch (expression.kind) {
    case 'member': {
      const { base, name } = expression;
      if (base === undefined) return isType(name) ? (fits(name, type) ? undefined : []) : [name];
      if (base.kind === 'member' && base.base === undefined && isType(base.name))
        return fits(base.name, type) ? [name] : [];
      return firstElements(base, type);
    }
    case 'call': {
      const { base, name } = expression;
      if (base === undefined || !needsInput.has(name)) return undefined;
      return firstElements(base, type);
    }
    case 'indexer':
      return firstElements(expression.base, type);
    case 'type':
      return expression.operator === 'as' ? firstElements(expression.operand, type) : undefined;
    case 'binary': {
      if (expression.operator !== '|') return undefined;
      const [left, right] = [firstElements(expression.left, type), firstElements(expression.right, type)];
      return left === undefined || right === undefined ? undefined : [...left, ...right];
    }
    case 'literal':
    case 'empty':
    case 'this':
    case 'index':
    case 'total':
    case 'variable':
    case 'negate':
    case 'plus':
      return undefined;
  }
}

function isType(name: string): boolean {
  return /^[A-Z]/.test(name) && typeOf(name) !== undefined;
}

/** Whether a resource of the type is also of the other one. */
function fits(name: string, type: string): boolean {
  return isSubtype(type, name) || isSubtype(name, type);
}
