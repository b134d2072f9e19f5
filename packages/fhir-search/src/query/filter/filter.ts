import type { Criterion } from '../../ast/criterion.ts';
import type { Filter, FilterTest } from '../../ast/filter.ts';
import { searchParameter, type SearchParameter } from '../../parameters/search-parameters.ts';
import { refuse } from '../ask.ts';
import { chainTo } from '../chain.ts';
import { followed, spend, type GivenCriterion, type Reading } from '../given-criterion.ts';
import type { ParseOptions } from '../parse-options.ts';
import { requireReady, unknownParameter } from '../unknown-parameter.ts';
import { compositeTest } from './composite.ts';
import { testCriterion } from './filter-criterion.ts';
import { FilterSyntaxError, parseFilter } from './parse.ts';

/**
 * Returns the criterion of a `_filter` on resources of a type. https://hl7.org/fhir/R5/search_filter.html
 * @throws SearchFault
 */
export function filterCriterion(
  type: string,
  criterion: GivenCriterion,
  options: ParseOptions,
  next: Reading,
): Criterion {
  const { given, value } = criterion;
  let filter: Filter;
  try {
    // These characters separate nothing here; a backslash before them means the same as in other parameters.
    filter = parseFilter(value.replaceAll(/\\([,|$])/g, '$1').trim(), given);
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error;
    const expected = `${error.message} at character ${error.offset + 1}`;
    return refuse({ kind: 'bad-value', parameter: given, value, expected });
  }
  return { kind: 'filter', filter, asks: new FilterReader(options, next).criterion(type, filter, criterion) };
}

class FilterReader {
  readonly #options: ParseOptions;
  readonly #next: Reading;

  constructor(options: ParseOptions, next: Reading) {
    this.#options = options;
    this.#next = next;
  }

  criterion(type: string, filter: Filter, given: GivenCriterion): Criterion {
    switch (filter.kind) {
      case 'and':
        return { kind: 'all', of: filter.of.map((one) => this.criterion(type, one, given)) };
      case 'or':
        return { kind: 'any', of: filter.of.map((one) => this.criterion(type, one, given)) };
      case 'not':
        return { kind: 'not', of: this.criterion(type, filter.of, given) };
      case 'test':
        return this.#test(type, filter, given);
    }
  }

  #test(type: string, test: FilterTest, criterion: GivenCriterion): Criterion {
    spend(criterion);
    const ask = (name: string, value: string) => this.#next(type, { ...criterion, name, value });
    const composite = compositeTest(type, test);
    if (composite !== undefined) return ask(composite.name, composite.value);
    const [step, ...rest] = test.path;
    const { given } = criterion;
    const parameter = this.#parameter(type, step!.name, given);
    if (rest.length > 0) return this.#path(type, test, parameter, criterion);
    return testCriterion(parameter, test, given, ask, this.#options);
  }

  /** `subject[name eq x].birthdate gt 2000`: the same subject must meet both, which two chains would not ask. */
  #path(type: string, test: FilterTest, parameter: SearchParameter, criterion: GivenCriterion): Criterion {
    const [step, ...path] = test.path;
    const { target, filter } = step!;
    const inner = followed(criterion, criterion.name);
    const where = (reached: string): Criterion => {
      const within = filter === undefined ? [] : [this.criterion(reached, filter, inner)];
      return { kind: 'all', of: [...within, this.#test(reached, { ...test, path }, inner)] };
    };
    return chainTo(type, parameter, target, path[0]!.name, inner, where, this.#options.own);
  }

  #parameter(type: string, name: string, given: string): SearchParameter {
    const { own } = this.#options;
    const found =
      searchParameter(type, name, own) ?? refuse({ ...unknownParameter(type, name, given, own), value: name });
    requireReady(found, given);
    return found;
  }
}
