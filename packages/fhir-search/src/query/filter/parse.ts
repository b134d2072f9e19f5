import { requireAtMost } from '../search-limits.ts';
import { filterOperators, type Filter, type FilterOperator, type FilterStep } from './syntax.ts';

/** What is wrong with a filter, and where. */
export class FilterSyntaxError extends Error {
  readonly offset: number;

  constructor(expected: string, offset: number) {
    super(expected);
    this.offset = offset;
  }
}

/**
 * The tree of a filter. `and` and `or` have no precedence: they are taken from left to right.
 * https://hl7.org/fhir/R5/search_filter.html
 * @param given the name of the parameter, for problems
 * @throws FilterSyntaxError; SearchFault when there are too many tests, or brackets within each other
 */
export function parseFilter(text: string, given: string): Filter {
  let at = 0;
  let nesting = 0;
  let tests = 0;

  const fail = (expected: string, offset = at): never => {
    throw new FilterSyntaxError(expected, offset);
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const space = () => take(/\s*/y);

  function nested(close: ')' | ']'): Filter {
    nesting += 1;
    requireAtMost('filterNesting', nesting, given);
    const inner = expression();
    if (text[at] !== close) fail(`${close}, "and" or "or"`);
    at += 1;
    nesting -= 1;
    return inner;
  }

  function expression(): Filter {
    let left = term();
    for (;;) {
      const connective = take(/and\b|or\b/y);
      if (connective === undefined) return left;
      left = { kind: connective as 'and' | 'or', of: [left, term()] };
    }
  }

  function term(): Filter {
    space();
    let found: Filter;
    if (text[at] === '(') {
      at += 1;
      found = nested(')');
    } else if (take(/not\s*\(/y) !== undefined) found = { kind: 'not', of: nested(')') };
    else found = test();
    space();
    return found;
  }

  function test(): Filter {
    tests += 1;
    requireAtMost('filterTests', tests, given);
    const path = [step()];
    while (text[at] === '.') {
      at += 1;
      path.push(step());
    }
    if (path.at(-1)!.filter !== undefined) fail('. and a parameter after ]');
    if (take(/\s+/y) === undefined) fail('a space before the operator');
    const start = at;
    const word = take(/[^\s()[\]]+/y) ?? '';
    const operator =
      filterOperators.find((one) => one === word) ?? fail(`an operator: ${filterOperators.join(' ')}`, start);
    if (take(/\s+/y) === undefined) fail('a space before the value');
    return { kind: 'test', path, operator: operator satisfies FilterOperator, value: value() };
  }

  function step(): FilterStep {
    const name = take(/[A-Za-z_][\w-]*/y) ?? fail('the name of a search parameter');
    const target = take(/:[A-Za-z]+/y)?.slice(1);
    if (text[at] !== '[') return { name, target, filter: undefined };
    at += 1;
    return { name, target, filter: nested(']') };
  }

  function value(): string {
    const start = at;
    if (text[at] !== '"') return take(/[^\s)\]]+/y) ?? fail('a value');
    const literal = take(/"(?:[^"\\]|\\.)*"/y) ?? fail('a " at the end of the text');
    try {
      return JSON.parse(literal) as string;
    } catch {
      return fail('a text as JSON has it', start);
    }
  }

  const filter = expression();
  if (at < text.length) fail('"and", "or" or the end');
  return filter;
}
