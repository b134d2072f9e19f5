import type { ValueSet, ValueSetComposeInclude } from '@dhp/fhir-model';
import { canonical, type ConceptSystem } from '../concepts/concept-system.ts';
import type { CheckContext } from '../validate/check-context.ts';

/** The codes that two value sets share, as far as known; lists of codes if they are enumerated. */
export interface Comparison {
  /**
   * Whether there are codes in both, only in the first (`missing` in the other), and only in the other. `perhaps`: both have the same
   * definition, which may be empty.
   */
  readonly common: boolean | 'perhaps';
  readonly missing: boolean;
  readonly extra: boolean;
  readonly codes: {
    readonly common: readonly string[];
    readonly missing: readonly string[];
    readonly extra: readonly string[];
  };
}

const noCodes = { common: [], missing: [], extra: [] };
const same: Comparison = { common: true, missing: false, extra: false, codes: noCodes };
const perhapsNothing: Comparison = { ...same, common: 'perhaps' };
const apart: Comparison = { common: false, missing: true, extra: true, codes: noCodes };

/**
 * Compares two value sets by their definitions, without their codes: enumerations, whole code systems and one concept with all below it.
 * Undefined if that is not enough: with exclusions or imports, other filters, or different versions of a code system.
 */
export function compareDefinitions(
  one: ValueSet,
  other: ValueSet,
  context: Pick<CheckContext, 'knowledge' | 'settings' | 'budget'>,
): Comparison | undefined {
  if (!isPlain(one) || !isPlain(other)) return undefined;
  const isNarrowed = [one, other].some((each) => narrows(each, context.settings));
  if (isNarrowed) {
    const isSame =
      one.compose?.inactive === other.compose?.inactive && keysOf(includesOf(one)) === keysOf(includesOf(other));
    return isSame ? same : undefined;
  }
  const [left, right] = [bySystem(one), bySystem(other)];
  const systems = new Set([...left.keys(), ...right.keys()]);
  let all: Comparison | undefined;
  for (const system of systems) {
    context.budget?.spend(20, 'the comparison of value sets');
    const each = ofSystem(left.get(system), right.get(system), context);
    if (each === undefined) return undefined;
    all = all === undefined ? each : joined(all, each);
  }
  if (all?.common === 'perhaps' && (all.missing || all.extra)) return undefined;
  return all;
}

/** Whether some of the defined codes are left out, so that only identical definitions can be compared. */
function narrows({ compose }: ValueSet, { flags, excludedSystems }: CheckContext['settings']): boolean {
  return (
    compose?.inactive === false ||
    flags.activeOnly === true ||
    flags.excludeNotForUI === true ||
    excludedSystems.length > 0
  );
}

function joined(a: Comparison, b: Comparison): Comparison {
  return {
    common: a.common === true || b.common === true || (a.common !== false ? a.common : b.common),
    missing: a.missing || b.missing,
    extra: a.extra || b.extra,
    codes: {
      common: [...a.codes.common, ...b.codes.common],
      missing: [...a.codes.missing, ...b.codes.missing],
      extra: [...a.codes.extra, ...b.codes.extra],
    },
  };
}

/** Only systems, with concepts or filters. */
function isPlain({ compose, expansion }: ValueSet): boolean {
  if (compose === undefined) return expansion === undefined;
  const { include, exclude = [] } = compose;
  return (
    exclude.length === 0 && include.every(({ system, valueSet }) => system !== undefined && valueSet === undefined)
  );
}

const includesOf = ({ compose }: ValueSet): readonly ValueSetComposeInclude[] => compose?.include ?? [];

function bySystem(valueSet: ValueSet): Map<string, ValueSetComposeInclude[]> {
  return Map.groupBy(includesOf(valueSet), ({ system }) => system ?? '');
}

function ofSystem(
  one: readonly ValueSetComposeInclude[] | undefined,
  other: readonly ValueSetComposeInclude[] | undefined,
  context: Pick<CheckContext, 'knowledge' | 'budget'>,
): Comparison | undefined {
  if (one === undefined || other === undefined) {
    if (!(one ?? other ?? []).some((include) => hasCodes(include, context))) return undefined;
    return { ...apart, missing: one !== undefined, extra: other !== undefined };
  }
  const [a, b] = [one[0]!, other[0]!];
  const isSingle = one.length === 1 && other.length === 1;
  if (isSingle && isList(a) && isList(b) && a.version === b.version) return ofLists(a, b, context);
  if (keysOf(one) === keysOf(other)) return one.some((include) => hasCodes(include, context)) ? same : perhapsNothing;
  const [above, below] = [conceptOf(a), conceptOf(b)];
  if (!isSingle || above === undefined || below === undefined || a.version !== b.version) return undefined;
  return ofConcepts(a, above, below, context);
}

const isList = ({ concept, filter }: ValueSetComposeInclude): boolean => concept !== undefined && filter === undefined;

/** Whether an include surely has codes. */
function hasCodes(include: ValueSetComposeInclude, context: Pick<CheckContext, 'knowledge' | 'budget'>): boolean {
  const { system = '', version, concept, filter = [] } = include;
  if (isList(include)) return codesOf(include, context).length > 0;
  const known = context.knowledge.system(system, version);
  if (concept === undefined && filter.length === 0) return known?.size !== 0;
  const top = conceptOf(include);
  return top !== undefined && known?.find(top) !== undefined;
}

function ofLists(
  a: ValueSetComposeInclude,
  b: ValueSetComposeInclude,
  context: Pick<CheckContext, 'knowledge' | 'budget'>,
): Comparison {
  return compareCodes(codesOf(a, context).sort(), codesOf(b, context).sort());
}

/** The codes that an include lists, each once, as the code system writes them; with a known code system, without codes that it lacks. */
function codesOf(
  { system = '', version, concept = [] }: ValueSetComposeInclude,
  { knowledge, budget }: Pick<CheckContext, 'knowledge' | 'budget'>,
): string[] {
  budget?.spend(20 * concept.length, 'the comparison of value sets');
  const known = knowledge.system(system, version);
  if (known === undefined) return [...new Set(concept.map(({ code }) => code))];
  return [...new Set(concept.flatMap(({ code }) => known.find(code)?.code ?? []))];
}

/** Compares two lists of codes, each once; the order of the lists is kept. */
export function compareCodes(
  one: readonly string[],
  other: readonly string[],
  codeOf: (key: string) => string = (key) => key,
): Comparison {
  const [left, right] = [new Set(one), new Set(other)];
  const common = one.filter((key) => right.has(key)).map(codeOf);
  const missing = one.filter((key) => !right.has(key)).map(codeOf);
  const extra = other.filter((key) => !left.has(key)).map(codeOf);
  return {
    common: common.length > 0,
    missing: missing.length > 0,
    extra: extra.length > 0,
    codes: { common, missing, extra },
  };
}

/** Equal for includes with the same meaning, in any order of them and their parts. */
function keysOf(includes: readonly ValueSetComposeInclude[]): string {
  const keys = includes.map(({ system, version, concept, filter = [] }) =>
    JSON.stringify([
      canonical(system ?? '', version),
      concept?.map(({ code }) => code).sort(),
      filter.map(({ property, op, value }) => JSON.stringify([property, op, value])).sort(),
    ]),
  );
  return [...new Set(keys)].sort().join();
}

/** The concept of an include that is one concept with all below it. */
function conceptOf({ concept, filter = [] }: ValueSetComposeInclude): string | undefined {
  const [only, ...others] = filter;
  if (concept !== undefined || only === undefined || others.length > 0) return undefined;
  return only.property === 'concept' && only.op === 'is-a' ? only.value : undefined;
}

/** One concept is above the other, or they have no common descendant: in a tree. If a concept may have two parents, this does not hold. */
function ofConcepts(
  { system: url = '', version }: ValueSetComposeInclude,
  one: string,
  other: string,
  { knowledge, budget }: Pick<CheckContext, 'knowledge' | 'budget'>,
): Comparison | undefined {
  const system = knowledge.system(url, version);
  const [a, b] = [system?.find(one), system?.find(other)];
  if (system === undefined || a === undefined || b === undefined || system.header.content !== 'complete')
    return undefined;
  if (a.code === b.code) return same;
  if (system.isA(a, b, budget)) return { ...same, extra: true };
  if (system.isA(b, a, budget)) return { ...same, missing: true };
  return isTree(system, budget) ? apart : undefined;
}

function isTree(system: ConceptSystem, budget: CheckContext['budget']): boolean {
  budget?.spend(5 * (system.size ?? 0), 'the comparison of value sets');
  for (const concept of system.concepts()) if (system.parents(concept).length > 1) return false;
  return true;
}
