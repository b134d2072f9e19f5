import type { Parameters, ParametersParameter, ValueSet } from '@dhp/fhir-model';
import type { MembersCache } from '../expand/members.ts';
import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message, type Sentence } from '../outcome/messages.ts';
import { resources, text } from '../parameters/values.ts';
import type { CheckContext } from '../validate/check-context.ts';
import { findValueSet, requireSupplements, wantSupplements } from '../validate/validate-code.ts';
import { nameOf } from '../value-set/value-set.ts';
import { compareCodes, compareDefinitions, type Comparison } from './definitions.ts';

export interface RelatedContext extends CheckContext {
  /** The most codes of a value set that are compared. */
  readonly limit: number;
  readonly members: MembersCache;
}

/** How one value set is related to another. */
type Relation = 'same' | 'superset' | 'subset' | 'overlapping' | 'disjoint' | 'empty' | 'indeterminate';

const sentences = {
  same: 'RELATED_SAME',
  superset: 'RELATED_SUPERSET',
  subset: 'RELATED_SUBSET',
  overlapping: 'RELATED_OVERLAPPING',
  disjoint: 'RELATED_DISJOINT',
  empty: 'RELATED_EMPTY',
} as const;

/**
 * ValueSet/$related: the codes that two value sets have in common, by their definitions if possible, else by their codes, which are
 * compared regardless of the version of their code system. With `diagnostics` the answer describes the method, and lists the codes.
 * @param instance the value set of an instance level request, which is the first of the two
 * @throws TerminologyFault if a value set is not given or not known; BudgetSpent
 */
export function relateValueSets(context: RelatedContext, parameters: Parameters, instance?: ValueSet): Parameters {
  const one = instance ?? valueSetOf(context, parameters, 'this');
  const other = valueSetOf(context, parameters, 'other');
  for (const each of [one, other]) wantSupplements(context, each);
  const defined = compareDefinitions(one, other, context);
  const compared = defined ?? compareExpansions(context, one, other);
  const relation = 'failure' in compared ? 'indeterminate' : relationOf(compared);
  const names = [nameOf(one) || '(unidentified)', nameOf(other) || '(unidentified)'] as const;
  const sentence =
    'failure' in compared
      ? message('RELATED_INDETERMINATE', ...names, compared.failure)
      : message(sentences[relation as keyof typeof sentences], ...names);
  const parameter: ParametersParameter[] = [
    { name: 'result', valueCode: relation },
    { name: 'message', valueString: sentence.in(context.language) },
  ];
  if (text(parameters, 'diagnostics') === 'true') {
    parameter.push({ name: 'performed-expansion', valueBoolean: defined === undefined });
    if (!('failure' in compared)) parameter.push(...listsOf(compared, relation === 'same' && defined === undefined));
  }
  return { resourceType: 'Parameters', parameter };
}

/** @throws TerminologyFault */
function valueSetOf(context: RelatedContext, parameters: Parameters, side: 'this' | 'other'): ValueSet {
  const [given] = resources(parameters, `${side}ValueSet`);
  if (given?.resourceType === 'ValueSet') return given as ValueSet;
  const url = text(parameters, `${side}Url`);
  if (url === undefined || given !== undefined) {
    const sentence = message('NO_VALUE_SET_TO_COMPARE', side);
    throw new TerminologyFault('invalid-request', [issue('error', 'invalid', { text: sentence })]);
  }
  return findValueSet(context, { resourceType: 'Parameters', parameter: [{ name: 'url', valueUri: url }] });
}

function relationOf({ common, missing, extra }: Comparison): Relation {
  if (!common) return missing || extra ? 'disjoint' : 'empty';
  if (missing) return extra ? 'overlapping' : 'superset';
  return extra ? 'subset' : 'same';
}

/** Compares the codes: no comparison where those of a value set are not all known. */
function compareExpansions(
  context: RelatedContext,
  one: ValueSet,
  other: ValueSet,
): Comparison | { readonly failure: Sentence } {
  const codes: string[][] = [];
  for (const each of [one, other]) {
    const expanded = codesOf(context, each);
    if ('failure' in expanded) return expanded;
    codes.push(expanded.keys);
  }
  requireSupplements(context.knowledge);
  return compareCodes(codes[0]!, codes[1]!, (key) => key.slice(key.indexOf(' ') + 1));
}

function codesOf(context: RelatedContext, valueSet: ValueSet): { keys: string[] } | { failure: Sentence } {
  const { members, limit, budget } = context;
  try {
    const { list, notes } = members.get({ ...context, settings: settingsFor(context, valueSet) }, valueSet);
    if (list.length > limit) return { failure: message('VALUESET_TOO_COSTLY', valueSet.url, String(limit)) };
    if (notes.extensions.length > 0) return { failure: message('RELATED_UNCLOSED', nameOf(valueSet)) };
    budget?.spend(5 * list.length, 'the comparison of value sets');
    // A url has no space.
    return { keys: list.slice(0).map(({ system, concept }) => `${system.header.url} ${concept.code}`) };
  } catch (error) {
    if (!(error instanceof TerminologyFault)) throw error;
    return { failure: error.sentence };
  }
}

/** Settings that a value set states of its expansion are not for the other one. */
function settingsFor({ settings }: CheckContext, valueSet: ValueSet): CheckContext['settings'] {
  const own = settings.clone();
  own.seeValueSet(valueSet);
  return own;
}

/** The lists of codes, unless all of them are known to be the same without comparison. */
function listsOf({ codes }: Comparison, isPlainlySame: boolean): ParametersParameter[] {
  if (isPlainlySame) return [];
  const named = { 'common-codes': codes.common, 'missing-codes': codes.missing, 'extra-codes': codes.extra };
  return Object.entries(named).flatMap(([name, list]) =>
    list.length === 0 ? [] : [{ name, valueString: list.join(',') }],
  );
}
