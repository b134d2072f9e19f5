import type { SearchParameter } from '../../parameters/search-parameters.ts';
import { searchParameter } from '../../parameters/search-parameters.ts';
import { refuse } from '../ask.ts';
import { chainTargets, refersTo } from '../chain.ts';
import { allOf, anyOf, not } from '../combine.ts';
import type { Condition } from '../condition.ts';
import { followed, spend, type Asking, type Criterion } from '../criterion.ts';
import type { ParseOptions } from '../parse-options.ts';
import { requireReady, unknownParameter } from '../unknown-parameter.ts';
import { compositeTest } from './composite.ts';
import { FilterSyntaxError, parseFilter } from './parse.ts';
import type { Filter, FilterTest } from './syntax.ts';
import { testCondition } from './filter-criterion.ts';

/**
 * What a `_filter` asks of resources of a type. https://hl7.org/fhir/R5/search_filter.html
 * @throws SearchFault
 */
export function filterCondition(type: string, criterion: Criterion, options: ParseOptions, next: Asking): Condition {
  const { given, value } = criterion;
  let filter: Filter;
  try {
    // These characters separate nothing here; a backslash before them stands for what it does in other parameters.
    filter = parseFilter(value.replaceAll(/\\([,|$])/g, '$1').trim(), given);
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error;
    const expected = `${error.message} at character ${error.offset + 1}`;
    return refuse({ kind: 'bad-value', parameter: given, value, expected });
  }
  return new FilterReader(options, next).condition(type, filter, criterion);
}

class FilterReader {
  readonly #options: ParseOptions;
  readonly #next: Asking;

  constructor(options: ParseOptions, next: Asking) {
    this.#options = options;
    this.#next = next;
  }

  condition(type: string, filter: Filter, criterion: Criterion): Condition {
    switch (filter.kind) {
      case 'and':
        return allOf(filter.of.map((one) => this.condition(type, one, criterion)));
      case 'or':
        return anyOf(filter.of.map((one) => this.condition(type, one, criterion)));
      case 'not':
        return not(this.condition(type, filter.of, criterion));
      case 'test':
        return this.#test(type, filter, criterion);
    }
  }

  #test(type: string, test: FilterTest, criterion: Criterion): Condition {
    spend(criterion);
    const ask = (name: string, value: string) => this.#next(type, { ...criterion, name, value });
    const composite = compositeTest(type, test);
    if (composite !== undefined) return ask(composite.name, composite.value);
    const [step, ...rest] = test.path;
    const { given } = criterion;
    const parameter = this.#parameter(type, step!.name, given);
    if (rest.length > 0) return this.#path(type, test, parameter, criterion);
    return testCondition(type, parameter, test, given, ask, this.#options);
  }

  /** `subject[name eq x].birthdate gt 2000`: the same subject must meet both, which two chains would not ask. */
  #path(type: string, test: FilterTest, parameter: SearchParameter, criterion: Criterion): Condition {
    const [step, ...path] = test.path;
    const { target, filter } = step!;
    const inner = followed(criterion, criterion.name);
    const refers = (to: string): Condition =>
      refersTo(type, parameter, to, (reached) =>
        allOf([
          ...(filter === undefined ? [] : [this.condition(reached, filter, inner)]),
          this.#test(reached, { ...test, path }, inner),
        ]),
      );
    return chainTargets(type, parameter, target, path[0]!.name, inner, refers, this.#options.own);
  }

  #parameter(type: string, name: string, given: string): SearchParameter {
    const { own } = this.#options;
    const found =
      searchParameter(type, name, own) ?? refuse({ ...unknownParameter(type, name, given, own), value: name });
    requireReady(found, given);
    return found;
  }
}
