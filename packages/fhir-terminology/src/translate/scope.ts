import type { Coding, ValueSet } from '@dhp/fhir-model';
import type { Member } from '../expand/member.ts';
import type { MembersCache } from '../expand/members.ts';
import type { GroupIndexes } from './element-index.ts';
import type { CheckContext } from '../validate/check-context.ts';
import { Trial } from '../validate/trial.ts';
import { ValueSetChecker } from '../validate/value-set-checker.ts';

/** Context for the questions of a translation to value sets. */
export interface TranslateContext extends CheckContext {
  readonly members: MembersCache;
  readonly groups: GroupIndexes;
}

/** Whether a coding is in a value set; undefined when that cannot be said, or the value set is not known. */
export function isIn(context: CheckContext, scope: string, coding: Coding): boolean | undefined {
  const valueSet = context.knowledge.valueSet(scope);
  return valueSet && new ValueSetChecker(context, valueSet).check(coding, '', new Trial(), { names: [] });
}

/**
 * The codes of one code system in a value set that a map names in the place of a code; none when the value set is not known.
 * Ends the round of the context when listing takes longer than a slice.
 * @throws TerminologyFault when a part of the value set is not known
 */
export function codesIn(context: TranslateContext, scope: string, system: string | undefined): string[] {
  const { knowledge, members } = context;
  const valueSet: ValueSet | undefined = knowledge.valueSet(scope);
  if (valueSet === undefined) return [];
  const url = system === undefined ? undefined : knowledge.canonicalOf(system.split('|')[0] ?? '');
  const isOf = ({ system: { header } }: Member): boolean => url === undefined || header.url === url;
  const { list } = members.get(context, valueSet);
  context.budget?.spend(10 * list.length, 'translation');
  return list
    .slice(0)
    .filter(isOf)
    .map(({ concept }) => concept.code);
}
