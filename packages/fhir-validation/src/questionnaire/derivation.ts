import { isObject, listOf, type Json } from '../json.ts';
import { equals } from '../profiles/values.ts';
import type { Run } from '../run.ts';
import type { Questionnaire, QuestionnaireItem } from './questionnaire.ts';

/** Options that a finding names. */
const mostShown = 50;

const derivationType = 'http://hl7.org/fhir/StructureDefinition/questionnaire-derivationType';

/**
 * A questionnaire derived from another keeps what its answers mean: types, repetition, options. One that complies with it adds
 * no items. https://hl7.org/fhir/R5/questionnaire.html#derivation
 */
export function checkDerivation(questionnaire: Json, run: Run): void {
  const siblings = listOf(questionnaire['_derivedFrom']);
  for (const [i, canonical] of listOf(questionnaire['derivedFrom']).entries()) {
    const kind = derivationOf(siblings[i]);
    const base =
      typeof canonical === 'string' && kind !== undefined ? run.rules.profiles.questionnaire(canonical) : undefined;
    if (base === undefined) continue;
    checkItems(listOf(questionnaire['item']), base, String(canonical), kind === 'compliesWith', run);
  }
}

function derivationOf(sibling: unknown): string | undefined {
  const extensions = isObject(sibling) ? listOf(sibling['extension']).filter(isObject) : [];
  const coding = extensions.find(({ url }) => url === derivationType)?.['valueCoding'];
  return isObject(coding) && typeof coding['code'] === 'string' ? coding['code'] : undefined;
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
  { linkId, type, repeats, required, maxLength, answerOption }: QuestionnaireItem,
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
  if (answerOption === undefined) return;
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
