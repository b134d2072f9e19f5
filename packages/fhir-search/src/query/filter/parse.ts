import { requireFhirText } from '../fhir-text.ts';
import { requireAtMost } from '../search-limits.ts';
import { filterOperators, type Filter, type FilterOperator, type FilterStep } from '../../ast/filter.ts';

/** A syntax error of a filter, with its offset. */
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
  return new FilterText(text, given).whole();
}

class FilterText {
  readonly #text: string;
  readonly #given: string;
  #at = 0;
  #nesting = 0;
  #tests = 0;

  constructor(text: string, given: string) {
    this.#text = text;
    this.#given = given;
  }

  whole(): Filter {
    const filter = this.#expression();
    if (this.#at < this.#text.length) this.#fail('"and", "or" or the end');
    return filter;
  }

  #expression(): Filter {
    let left = this.#term();
    for (;;) {
      const connective = this.#take(/and\b|or\b/y);
      if (connective === undefined) return left;
      left = { kind: connective as 'and' | 'or', of: [left, this.#term()] };
    }
  }

  #term(): Filter {
    this.#space();
    let found: Filter;
    if (this.#isAt('(')) {
      this.#at += 1;
      found = this.#nested(')');
    } else if (this.#take(/not\s*\(/y) !== undefined) found = { kind: 'not', of: this.#nested(')') };
    else found = this.#test();
    this.#space();
    return found;
  }

  #nested(close: ')' | ']'): Filter {
    this.#nesting += 1;
    requireAtMost('filterNesting', this.#nesting, this.#given);
    const inner = this.#expression();
    if (!this.#isAt(close)) this.#fail(`${close}, "and" or "or"`);
    this.#at += 1;
    this.#nesting -= 1;
    return inner;
  }

  #test(): Filter {
    this.#tests += 1;
    requireAtMost('filterTests', this.#tests, this.#given);
    const path = [this.#step()];
    while (this.#isAt('.')) {
      this.#at += 1;
      path.push(this.#step());
    }
    if (path.at(-1)!.filter !== undefined) this.#fail('. and a parameter after ]');
    if (this.#take(/\s+/y) === undefined) this.#fail('a space before the operator');
    const operator = this.#operator();
    if (this.#take(/\s+/y) === undefined) this.#fail('a space before the value');
    return { kind: 'test', path, operator, value: this.#value() };
  }

  #operator(): FilterOperator {
    const start = this.#at;
    const word = this.#take(/[^\s()[\]]+/y) ?? '';
    const operator = filterOperators.find((one) => one === word);
    return operator ?? this.#fail(`an operator: ${filterOperators.join(' ')}`, start);
  }

  #step(): FilterStep {
    const name = this.#take(/[A-Za-z_][\w-]*/y) ?? this.#fail('the name of a search parameter');
    const target = this.#take(/:[A-Za-z]+/y)?.slice(1);
    if (!this.#isAt('[')) return { name, target, filter: undefined };
    this.#at += 1;
    return { name, target, filter: this.#nested(']') };
  }

  #value(): string {
    const start = this.#at;
    if (!this.#isAt('"')) return this.#take(/[^\s)\]]+/y) ?? this.#fail('a value');
    const literal = this.#take(/"(?:[^"\\]|\\.)*"/y) ?? this.#fail('a " at the end of the text');
    const text = parsed(literal) ?? this.#fail('a text as JSON has it', start);
    // An escape (`\u0000`) stands for a character that is not in the filter itself.
    requireFhirText(this.#given, text);
    return text;
  }

  #isAt(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #space(): void {
    this.#take(/\s*/y);
  }

  #fail(expected: string, offset = this.#at): never {
    throw new FilterSyntaxError(expected, offset);
  }
}

function parsed(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}
