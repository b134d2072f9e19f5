/** SearchParameter resources are checked before they are stored: an active one must be usable in searches. */
import { resourceTypes } from '@dhp/fhir-model';
import {
  allSearchParameters,
  definitionOf,
  type OwnDefinition,
  type OwnParameters,
  SearchParameterFault,
  type SearchParameterProblem,
  typesOf,
} from '@dhp/fhir-search/parameters';
import type { SentRule } from './write-rule.ts';
import { failure, type Failure } from '../http/errors.ts';

/** An active SearchParameter that cannot have an effect is not stored. */
export const searchParameterRule: SentRule = {
  name: 'search-parameters',
  refuses: ['search-parameter-invalid'],
  decidesBy: 'sent',
  applies: (_, { kind, type }) => type === 'SearchParameter' && kind !== 'delete',
  async check({ store }, { id, resource }) {
    const refused = resource && refusal(problemsOf(resource, id, await store.searchParameters()));
    if (refused !== undefined) throw refused;
  },
};

function problemsOf(
  resource: Readonly<Record<string, unknown>>,
  id: string | undefined,
  own: OwnParameters,
): readonly SearchParameterProblem[] {
  try {
    let types: ReturnType<typeof typesByUrl> | undefined;
    const definition = definitionOf(resource, (canonical) => (types ??= typesByUrl(own)).get(canonical));
    return definition === undefined ? [] : clashes(definition, id, own);
  } catch (error) {
    if (error instanceof SearchParameterFault) return error.problems;
    throw error;
  }
}

/** Search parameters of the environment's own on one type. */
const mostParameters = 200;

/** With parameters that other resources define; those of R5 are compared with in the definition. */
function clashes(definition: OwnDefinition, id: string | undefined, own: OwnParameters): SearchParameterProblem[] {
  for (const [, type] of typesOf(definition)) {
    const known = own.parametersOf(type);
    const found = known.get(definition.code);
    if (found === undefined && known.size >= mostParameters) {
      const message = `one of at most ${mostParameters} search parameters beside those of R5, which ${type} has already: each is evaluated for every resource that is stored. Retire one that is not needed`;
      return [{ place: 'SearchParameter.base', message }];
    }
    if (found === undefined || found.definedBy === id) continue;
    const message = `another name: SearchParameter/${found.definedBy ?? ''} has defined ${definition.code} of ${type} already`;
    return [{ place: 'SearchParameter.code', message }];
  }
  return [];
}

/** The types of all search parameters, those of R5 before others with the same URL. */
function typesByUrl(own: OwnParameters): ReadonlyMap<string, OwnDefinition['type']> {
  const owned = resourceTypes.flatMap((type) => [...own.parametersOf(type).values()]);
  return new Map([...owned.reverse(), ...allSearchParameters().toReversed()].map(({ url, type }) => [url, type]));
}

/** One failure for all that is wrong; undefined when nothing is. */
function refusal(problems: readonly SearchParameterProblem[]): Failure | undefined {
  const [first, ...others] = problems.map(
    ({ place, message }) => [place, { diagnostics: `${place}: ${message}.`, expression: place }] as const,
  );
  if (first === undefined) return undefined;
  const [place, detail] = first;
  const more = others.map(([each, about]) => failure('search-parameter-invalid', { place: each }, about));
  return failure('search-parameter-invalid', { place }, { ...detail, others: more });
}
