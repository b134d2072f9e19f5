import type { Expression } from '../src/ast.ts';
import { parse } from '../src/parser.ts';

/** Functions (`where()`), operators (`and`) and variables (`%resource`) with the number of expressions that use them. */
export function functionUse(expressions: Iterable<string>): [name: string, count: number][] {
  const counts = new Map<string, number>();
  for (const expression of expressions) {
    for (const name of namesIn(parse(expression))) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
}

function namesIn(expression: Expression, names = new Set<string>()): Set<string> {
  switch (expression.kind) {
    case 'literal':
    case 'empty':
      break;
    case 'this':
    case 'index':
    case 'total':
      names.add(`$${expression.kind}`);
      break;
    case 'variable':
      names.add(`%${expression.name}`);
      break;
    case 'member':
      if (expression.base !== undefined) namesIn(expression.base, names);
      break;
    case 'call':
      names.add(`${expression.name}()`);
      if (expression.base !== undefined) namesIn(expression.base, names);
      for (const argument of expression.args) namesIn(argument, names);
      break;
    case 'indexer':
      names.add('[]');
      namesIn(expression.base, names);
      namesIn(expression.index, names);
      break;
    case 'negate':
    case 'plus':
      names.add(expression.kind === 'negate' ? '-' : '+');
      namesIn(expression.operand, names);
      break;
    case 'binary':
      names.add(expression.operator);
      namesIn(expression.left, names);
      namesIn(expression.right, names);
      break;
    case 'type':
      names.add(expression.operator);
      namesIn(expression.operand, names);
      break;
  }
  return names;
}
