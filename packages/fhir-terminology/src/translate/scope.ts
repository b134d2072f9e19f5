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

/** Whether a coding is in a value set; undefined if that is undecidable, or the value set is unknown. */
export function isIn(context: CheckContext, scope: string, coding: Coding): boolean | undefined {
  const valueSet = context.knowledge.valueSet(scope);
  return valueSet && new ValueSetChecker(context, valueSet).check(coding, '', new Trial(), { names: [] });
}

/**
 * The codes of one code system in a value set that a map names in place of a code; empty if the value set is unknown. Ends the round of the
 * context if listing takes longer than a slice.
 * @throws TerminologyFault if a part of the value set is unknown
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
