import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { added, inObject, inResource, listed, without, type Fault, type Faults } from './fault.ts';

const item = (change: (item: Json) => Json | undefined): Fault => inObject('Questionnaire.item', change);
const answered = (change: (item: Json, random: Random) => Json | undefined): Fault =>
  inObject('QuestionnaireResponse.item', change);

/** Faults of questionnaires and of the answers to them. */
export const questionnaireFaults: Faults = {
  'item twice': inResource('Questionnaire', (one, random) => {
    const items = listed(one, 'item');
    return items.length === 0 ? undefined : added(one, 'item', random.pick(items));
  }),
  'item without a linkId': item((one) => without(one, 'linkId')),
  'item of another type': item((one) => ({ ...one, type: one['type'] === 'display' ? 'choice' : 'display' })),
  'item enabled by nothing': item((one) =>
    added(one, 'enableWhen', { question: 'no-such', operator: '=', answerBoolean: true }),
  ),
  'item enabled by two without how': item((one) =>
    added(
      one,
      'enableWhen',
      { question: String(one['linkId']), operator: '=', answerBoolean: true },
      { question: String(one['linkId']), operator: 'exists', answerBoolean: true },
    ),
  ),
  'item enabled by whether with text': item((one) =>
    added(one, 'enableWhen', { question: String(one['linkId']), operator: 'exists', answerString: 'x' }),
  ),
  'item with options of another type': item((one) =>
    added(one, 'answerOption', { valueInteger: 1 }, { valueString: 'x' }),
  ),
  'item with options and a value set': item((one) => ({
    ...added(one, 'answerOption', { valueString: 'x' }),
    answerValueSet: 'http://hl7.org/fhir/ValueSet/observation-status',
  })),
  'item with an initial value of another type': item((one) =>
    added(one, 'initial', { valueBoolean: true }, { valueInteger: 1 }),
  ),
  'item that is a group, with a length': item((one) => ({ ...one, type: 'group', maxLength: 3 })),
  'item with a definition that is not there': item((one) => ({ ...one, definition: 'http://example.org/no#such' })),
  'answer without its questionnaire': inResource('QuestionnaireResponse', (one) => without(one, 'questionnaire')),
  'answer to a questionnaire that is not there': inResource('QuestionnaireResponse', (one) => ({
    ...one,
    questionnaire: 'http://example.org/Questionnaire/no-such',
  })),
  'answer of another type': answered((one) => ({ ...one, answer: [{ valueUri: 'http://example.org' }] })),
  'answer to no question': answered((one) => ({ ...one, linkId: 'no-such' })),
  'answer twice': inResource('QuestionnaireResponse', (one, random) => {
    const items = listed(one, 'item');
    return items.length === 0 ? undefined : added(one, 'item', random.pick(items));
  }),
  'answer left out': answered((one) => (one['answer'] === undefined ? undefined : without(one, 'answer'))),
  'answer of several': answered((one, random) => {
    const answers = listed(one, 'answer');
    return answers.length === 0 ? undefined : added(one, 'answer', random.pick(answers));
  }),
};
