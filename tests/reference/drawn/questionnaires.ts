/** Questionnaires with responses, and questionnaires that say that they are made of others. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { spoilt } from '../mutants.ts';
import { grownQuestionnaire, responseOf } from '../grown/questionnaires.ts';
import { home } from '../provoked/definition.ts';
import type { Drawn } from './profiles.ts';

const canonical = (id: string): string => `${home}/Questionnaire/${id}`;
const named = (questionnaire: Json, id: string): Json => ({ ...questionnaire, id, url: canonical(id), name: 'Drawn' });

export function response(random: Random, id: string): Drawn {
  const questionnaire = named(grownQuestionnaire(random), id);
  const made = responseOf(questionnaire, random);
  const isWithin = random.oneIn(6);
  return {
    kind: 'response',
    resource: {
      ...made,
      ...(isWithin && { contained: [{ ...questionnaire, id: 'q' }], questionnaire: '#q' }),
      ...(!isWithin &&
        random.oneIn(5) && { questionnaire: `${canonical(id)}|${random.pick(['1.0.0', '2.0.0', '1.0'])}` }),
    },
    definitions: [questionnaire],
  };
}

type Item = Json & { readonly item?: readonly Item[] };

/** The items with a change of chance in one or two. */
function varied(items: readonly Item[], random: Random): Item[] {
  const changes: ((item: Item) => Item[])[] = [
    (item) => [{ ...item, required: item['required'] !== true }],
    (item) => [{ ...item, repeats: item['repeats'] !== true }],
    (item) => [{ ...item, type: random.pick(['string', 'integer', 'coding', 'group', 'quantity', 'display']) }],
    (item) => [{ ...item, text: 'another' }],
    (item) => [{ ...item, maxLength: 2 }],
    (item) => [{ ...item, readOnly: true }],
    (item) => [{ ...item, prefix: 'a' }],
    (item) => [{ ...item, definition: 'http://hl7.org/fhir/StructureDefinition/Patient#Patient.gender' }],
    (item) => [{ ...item, linkId: 'new' }],
    (item) => [item, { linkId: 'more', type: 'string', text: 'more' }],
    (item) => [{ ...item, code: [{ system: 'http://provoked.test/codes', code: 'a' }] }],
    (item) => [{ ...item, initial: [{ valueString: 'a' }] }],
    (item) => [{ ...item, answerValueSet: 'http://hl7.org/fhir/ValueSet/identifier-type' }],
    () => [],
  ];
  const at = random.below(items.length);
  return items.flatMap((item, i) => {
    if (i !== at) return [item];
    if (item.item !== undefined && random.oneIn(2)) return [{ ...item, item: varied(item.item, random) }];
    return random.pick(changes)(item);
  });
}

export function derived(random: Random, id: string): Drawn {
  const base = named(grownQuestionnaire(random), `${id}-base`);
  const own = named(base, id);
  const type = random.pick(['extends', 'compliesWith', 'inspiredBy']);
  let items = base['item'] as readonly Item[];
  for (let i = 0; i < random.below(3); i += 1) if (items.length > 0) items = varied(items, random);
  return {
    kind: `derived: ${type}`,
    resource: {
      ...own,
      derivedFrom: [canonical(`${id}-base`)],
      _derivedFrom: [
        {
          extension: [
            {
              url: 'http://hl7.org/fhir/StructureDefinition/questionnaire-derivationType',
              valueCoding: { system: 'http://hl7.org/fhir/questionnaire-derivationType', code: type },
            },
          ],
        },
      ],
      ...(items.length > 0 ? { item: items } : {}),
    },
    definitions: [base],
  };
}

export function questionnaire(random: Random, id: string): Drawn | undefined {
  const resource = spoilt(named(grownQuestionnaire(random), id), random);
  return resource && { kind: 'questionnaire', resource, definitions: [] };
}
