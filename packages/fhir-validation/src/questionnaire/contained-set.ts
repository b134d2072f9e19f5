import { localTarget } from '../base/reference.ts';
import { isObject, listOf, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { soundOf } from '../contract/sound.ts';
import { memberBy, memberOfValueSet } from '../terminology/binding.ts';
import type { Membership } from '../terminology/codes.ts';
import type { Questionnaire } from '../contract/questionnaire.ts';

/** The codes of a contained value set, as `system#code`; undefined if not all are available. */
type Codes = ReadonlySet<string> | undefined;

/**
 * Whether an answer is in the value set of its question. The value set is contained in the questionnaire (`#id`), and then unknown to the
 * terminology, or comes from the terminology. https://hl7.org/fhir/R5/questionnaire-definitions.html#Questionnaire.item.answerValueSet
 */
export function memberOfAnswers(value: unknown, valueSet: string, questionnaire: Questionnaire, run: Run): Membership {
  if (!valueSet.startsWith('#')) return memberOfValueSet(value, valueSet, run);
  const contained =
    listOf(questionnaire.contained).find((one) => isObject(one) && one['id'] === valueSet.slice(1)) ??
    localTarget(valueSet, run);
  if (!isObject(contained) || contained['resourceType'] !== 'ValueSet') return 'unknown';
  const codes = codesOf(contained, run);
  if (codes === undefined) return 'unknown';
  return memberBy(
    (_run, system, code) => {
      const isIn = system === undefined ? endsWith(codes, code) : codes.has(`${system}#${code}`);
      return isIn ? 'in' : 'out';
    },
    value,
    run,
  );
}

/** A code without a system matches a code of any system in the value set. */
const endsWith = (codes: ReadonlySet<string>, code: string): boolean =>
  [...codes].some((one) => one.endsWith(`#${code}`));

/** Computed once per validation, whatever the number of answers. */
function codesOf(valueSet: Json, run: Run): Codes {
  const known = (run.containedCodes ??= new Map<Json, Codes>());
  if (!known.has(valueSet)) {
    const members = listed(valueSet) ?? run.rules.codes?.members?.(soundOf(valueSet, 'ValueSet') ?? {});
    run.spend(members?.length ?? 0);
    known.set(valueSet, members && new Set(members));
  }
  return known.get(valueSet);
}

/** Returns the codes of a value set that lists all of them itself, so that no terminology is needed; undefined for others. */
function listed({ compose, expansion }: Json): string[] | undefined {
  if (!isObject(compose)) return isObject(expansion) ? expanded(expansion['contains']) : undefined;
  if (compose['exclude'] !== undefined) return undefined;
  const codes: string[] = [];
  for (const include of listOf(compose['include'])) {
    if (!isObject(include) || include['valueSet'] !== undefined || include['concept'] === undefined) return undefined;
    for (const concept of listOf(include['concept']))
      if (isObject(concept)) codes.push(`${String(include['system'])}#${String(concept['code'])}`);
  }
  return codes;
}

function expanded(contains: unknown): string[] {
  return listOf(contains).flatMap((one) =>
    isObject(one) ? [`${String(one['system'])}#${String(one['code'])}`, ...expanded(one['contains'])] : [],
  );
}
