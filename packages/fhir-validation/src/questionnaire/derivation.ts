import { isObject, listOf, shown, type Json } from '../json.ts';
import { equals } from '../profiles/values.ts';
import type { Run } from '../run.ts';
import type { Questionnaire, QuestionnaireItem } from '../contract/questionnaire.ts';

/** Maximum number of options that a finding names. */
const mostShown = 50;

const derivationType = 'http://hl7.org/fhir/StructureDefinition/questionnaire-derivationType';

const derivationSystem = 'http://hl7.org/fhir/questionnaire-derivationType';

/**
 * Checks a questionnaire that is derived from another. It must keep the types, repetitions and options, and if it complies with its base it
 * must not add items. https://hl7.org/fhir/R5/questionnaire.html#derivation
 */
export function checkDerivation(questionnaire: Json, run: Run): void {
  const siblings = listOf(questionnaire['_derivedFrom']);
  for (const [i, canonical] of listOf(questionnaire['derivedFrom']).entries()) {
    if (typeof canonical !== 'string' || canonical === '') continue;
    const base = run.rules.profiles.questionnaire(canonical);
    run.enter('derivedFrom', i);
    const kind = base === undefined ? undefined : kindOf(siblings[i], canonical, run);
    if (base === undefined) run.report('questionnaire-base-unknown', { from: shown(canonical) });
    run.leave();
    if (base === undefined || kind === undefined) continue;
    checkItems(listOf(questionnaire['item']), base, canonical, kind === 'compliesWith', run);
  }
}

/**
 * Returns the kind of a derivation that restricts changes (`extends`, `compliesWith`); otherwise undefined. Reports a missing or unknown
 * kind.
 */
function kindOf(sibling: unknown, from: string, run: Run): string | undefined {
  const extensions = isObject(sibling) ? listOf(sibling['extension']).filter(isObject) : [];
  const at = extensions.findIndex(({ url }) => url === derivationType);
  if (at < 0) {
    run.report('questionnaire-derivation', { from: shown(from) });
    return undefined;
  }
  const coding = extensions[at]!['valueCoding'];
  const code = isObject(coding) && coding['system'] === derivationSystem ? coding['code'] : undefined;
  const isKnown = code === 'extends' || code === 'compliesWith' || code === 'inspiredBy';
  run.enter('extension', at);
  if (coding === undefined) run.report('questionnaire-derivation', { from: shown(from) });
  else if (!isKnown) {
    run.enter('value.ofType(Coding)', -1);
    run.report('questionnaire-derivation-kind', { kind: shown(isObject(coding) ? coding['code'] : coding) });
    run.leave();
  }
  run.leave();
  return isKnown && code !== 'inspiredBy' ? code : undefined;
}

function checkItems(
  items: readonly unknown[],
  base: Questionnaire | QuestionnaireItem,
  from: string,
  isClosed: boolean,
  run: Run,
): void {
  const originals = new Map<string, QuestionnaireItem>();
  for (const one of base.item ?? []) if (!originals.has(one.linkId)) originals.set(one.linkId, one);
  run.spend(items.length + originals.size);
  for (const [i, item] of items.entries()) {
    if (!isObject(item)) continue;
    const linkId = String(item['linkId']);
    const original = originals.get(linkId);
    run.enter('item', i);
    if (original !== undefined) {
      checkItem(item, original, from, run);
      checkItems(listOf(item['item']), original, from, isClosed, run);
    } else if (isClosed) run.report('questionnaire-item-added', { linkId, from });
    run.leave();
  }
}

function checkItem(
  item: Json,
  { linkId, type, repeats, required, maxLength, answerOption, answerValueSet }: QuestionnaireItem,
  from: string,
  run: Run,
): void {
  const differs = (element: string, index: number, expected: string) => {
    run.enter(element, index);
    run.report('questionnaire-item-differs', { linkId, from, element, expected });
    run.leave();
  };
  if (item['type'] !== type) differs('type', -1, type);
  if (repeats !== true && item['repeats'] === true && type !== 'display') differs('repeats', -1, 'false');
  if (required === true && item['required'] !== true) differs('required', -1, 'true');
  if (maxLength !== undefined) {
    if (item['maxLength'] === undefined) run.report('questionnaire-item-lacks', { linkId, from, element: 'maxLength' });
    else if (typeof item['maxLength'] === 'number' && item['maxLength'] > maxLength)
      differs('maxLength', -1, String(maxLength));
  }
  if (answerValueSet !== undefined && item['answerOption'] !== undefined)
    run.report('questionnaire-item-answers', { linkId, from, element: 'answerValueSet' });
  if (answerOption === undefined) return;
  if (item['answerValueSet'] !== undefined) {
    run.report('questionnaire-item-answers', { linkId, from, element: 'answerOption' });
    return;
  }
  if (item['answerOption'] === undefined)
    run.report('questionnaire-item-lacks', { linkId, from, element: 'answerOption' });
  const expected = answerOption
    .slice(0, mostShown)
    .map((one) => JSON.stringify(one))
    .join(', ');
  for (const [i, option] of listOf(item['answerOption']).entries()) {
    if (!answerOption.some((one) => equals(option, one, run))) differs('answerOption', i, expected);
  }
}
