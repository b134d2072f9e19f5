import { isResourceType } from '@dhp/fhir-model';
import { derivedParameters } from './derived-parameters.ts';
import { definitions } from './definitions.ts';
import type { EncodedSearchParameter, SearchParameterType } from './encoding.ts';
import { errata, platformParameters } from './errata.ts';
import type { OwnParameters } from './own-parameters.ts';

/** A search parameter as it applies to one resource type. https://hl7.org/fhir/R5/searchparameter.html */
export interface SearchParameter {
  /** The canonical of its definition: `http://hl7.org/fhir/SearchParameter/…`, `urn:dhp:search-parameter:…` for the platform's. */
  readonly url: string;
  /** The name in a search. */
  readonly code: string;
  /** The name under which the index has its values: the code, and of a parameter of the environment's own its definition too. */
  readonly rows: string;
  readonly type: SearchParameterType;
  /** The resource type, or abstract type, that it is defined for. */
  readonly base: string;
  /** FHIRPath, to be compiled for `base`; undefined if the definition has no expression. */
  readonly expression: string | undefined;
  /** Resource types that a reference may lead to; empty for other types. */
  readonly target: readonly string[];
  /** Undefined if the definition leaves it to the server. */
  readonly multipleOr: boolean | undefined;
  readonly multipleAnd: boolean | undefined;
  /** Prefixes and modifiers that the definition names; an empty list forbids nothing. */
  readonly comparator: readonly string[];
  readonly modifier: readonly string[];
  /** The parts of a composite, in order; empty for other types. */
  readonly component: readonly { readonly expression: string; readonly type: SearchParameterType }[];
  /** The id of the SearchParameter resource that defines it, for one of the environment's own. */
  readonly definedBy?: string;
  /** Percentage of the resources that are indexed by it, while it cannot be used in searches yet. */
  readonly unready?: number;
  /** Number of stored resources without values of it in the index (`OwnParameters.gaps`); absent: zero. */
  readonly missing?: number;
  /** It reads an element that is hidden from the caller (`OwnParameters.hidden`), by a policy or because others own it. */
  readonly hidden?: 'by policy' | 'of others';
}

/**
 * Whether a reference may lead to nearly every type, such as `Provenance.target`: the index then also has the id without the type, so that
 * an id alone is one key and not one for each type. Not for the environment's own parameters, whose targets may change without reindexing.
 * @example
 * leadsAnywhere(searchParameter('Provenance', 'target')!); // true
 */
export function leadsAnywhere({ type, target, definedBy }: SearchParameter): boolean {
  return type === 'reference' && target.length > 100 && definedBy === undefined;
}

/** One base of one definition. */
interface Pair {
  readonly url: string;
  readonly base: string;
  readonly definition: EncodedSearchParameter;
}

let pairs: ReadonlyMap<string, readonly Pair[]> | undefined;
const known = new Map<string, ReadonlyMap<string, SearchParameter>>();

/**
 * The search parameters of a resource type by code, including those of `DomainResource` and `Resource`; empty for an unknown resource type.
 * If two definitions share a code, the more specific one wins, and an example loses against its original.
 * @param own those of the environment, which come last and never replace another one
 * @example
 * searchParametersOf('Patient').has('family'); // true
 */
export function searchParametersOf(type: string, own?: OwnParameters): ReadonlyMap<string, SearchParameter> {
  const builtIn = builtInParametersOf(type);
  const more = own?.parametersOf(type);
  return more === undefined || more.size === 0 ? builtIn : new Map([...more, ...builtIn]);
}

function builtInParametersOf(type: string): ReadonlyMap<string, SearchParameter> {
  let found = known.get(type);
  if (found !== undefined) return found;
  if (!isResourceType(type)) return new Map();
  const byCode = new Map<string, SearchParameter>();
  for (const base of [type, ...(isDomainResource(type) ? ['DomainResource'] : []), 'Resource']) {
    for (const pair of pairsByBase().get(base) ?? []) {
      if (!byCode.has(pair.definition.code)) byCode.set(pair.definition.code, decode(pair));
    }
  }
  found = byCode;
  known.set(type, found);
  return found;
}

/**
 * The search parameter of that code on a resource type, undefined if it does not exist.
 * @example
 * searchParameter('Observation', 'code')?.type; // 'token'
 */
export function searchParameter(type: string, code: string, own?: OwnParameters): SearchParameter | undefined {
  const named = (each: string): SearchParameter | undefined =>
    builtInParametersOf(type).get(each) ?? own?.parametersOf(type).get(each);
  const found = named(code);
  if (found === undefined || own === undefined || (own.gaps.size === 0 && own.hidden === undefined)) return found;
  const parts = derivedParameters(type).get(code) ?? [code];
  const hiding = parts.find((part) => own.hidden?.hides(type, named(part)!) === true);
  if (hiding !== undefined) return { ...found, hidden: own.hidden!.by?.(type, named(hiding)!) ?? 'by policy' };
  const missing = parts.reduce((sum, part) => sum + (own.gaps.get(`${type}.${part}`) ?? 0), 0);
  return missing === 0 ? found : { ...found, missing };
}

/**
 * Every pair of definition and base, those of R5 and then those of the platform: abstract bases as such, and repeated codes too.
 * @example
 * allSearchParameters().some(({ code }) => code === 'family'); // true
 */
export function allSearchParameters(): SearchParameter[] {
  return [...pairsByBase().values()].flat().map(decode);
}

/** https://hl7.org/fhir/R5/resource.html: the three that specialise Resource itself. */
export function isDomainResource(type: string): boolean {
  return type !== 'Bundle' && type !== 'Binary' && type !== 'Parameters';
}

function pairsByBase(): ReadonlyMap<string, readonly Pair[]> {
  if (pairs !== undefined) return pairs;
  const byBase = new Map<string, Pair[]>();
  for (const [canonical, definition] of canonicals()) {
    const url = `${canonical}${definition.id}`;
    for (const base of definition.base) {
      let list = byBase.get(base);
      if (list === undefined) byBase.set(base, (list = []));
      list.push({ url, base, definition });
    }
  }
  return (pairs = byBase);
}

function* canonicals(): Generator<[base: string, definition: EncodedSearchParameter]> {
  for (const line of definitions.trim().split('\n')) {
    yield ['http://hl7.org/fhir/SearchParameter/', JSON.parse(line) as EncodedSearchParameter];
  }
  for (const definition of platformParameters) yield ['urn:dhp:search-parameter:', definition];
}

function decode({ url, base, definition }: Pair): SearchParameter {
  const { code, type, expression, target, multipleOr, multipleAnd, comparator, modifier, component } = definition;
  return {
    url,
    code,
    rows: code,
    type,
    base,
    expression: errata.get(`${base}.${code}`) ?? expression,
    target: target ?? [],
    multipleOr,
    multipleAnd,
    comparator: comparator ?? [],
    modifier: modifier ?? [],
    component: component ?? [],
  };
}
