/** Rules for answers in the reference validator beyond those of their types: texts, groups, value sets, line breaks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '../src/index.ts';
import { definitionsOf } from './memory-codes.ts';

const url = 'http://example.org/Questionnaire/q';
const translation = 'http://hl7.org/fhir/StructureDefinition/translation';

/** Returns findings of an item that answers a question: severity, code, id and place. */
function found(question: object, item: object, status = 'completed'): string[] {
  const questionnaire = { resourceType: 'Questionnaire', url, status: 'active', item: [question] };
  const response = { resourceType: 'QuestionnaireResponse', questionnaire: url, status, item: [item] };
  const validator = new Validator({
    definitions: definitionsOf([questionnaire]),
    codes: {
      validate: (valueSet, system, code) =>
        valueSet !== 'urn:set' ? 'unknown' : code === 'a' && (system ?? 'urn:s') === 'urn:s' ? 'in' : 'out',
    },
  });
  return validator
    .validate(response)
    .map((one) => `${one.severity} ${one.code} ${one.id} ${one.expression.replace('QuestionnaireResponse', 'R')}`);
}

describe('the text of an item', () => {
  const question = {
    linkId: '1',
    type: 'boolean',
    text: 'Do you smoke?',
    _text: {
      extension: [
        {
          url: translation,
          extension: [
            { url: 'lang', valueCode: 'uz' },
            { url: 'content', valueString: 'Chekasizmi?' },
          ],
        },
      ],
    },
  };
  const said = (text: string) => found(question, { linkId: '1', text, answer: [{ valueBoolean: true }] });
  it('is that of the question, in any language that it is translated into', () => {
    assert.deepEqual(said('Do you smoke?'), []);
    assert.deepEqual(said('Chekasizmi?'), []);
    assert.deepEqual(said('Do you drink?'), ['error invalid response-item-text R.item[0]']);
  });
});

describe('a group that is required', () => {
  it('holds items', () => {
    const group = { linkId: 'g', type: 'group', required: true, item: [{ linkId: '1', type: 'boolean' }] };
    assert.deepEqual(found(group, { linkId: 'g' }), ['error invariant response-group-empty R.item[0]']);
    assert.deepEqual(found(group, { linkId: 'g', item: [{ linkId: '1', answer: [{ valueBoolean: true }] }] }), []);
  });
});

describe('an answer', () => {
  const answered = (question: object, value: object) =>
    found({ linkId: '1', ...question }, { linkId: '1', answer: [value] });
  const place = 'R.item[0].answer[0]';

  it('is in the value set of the question', () => {
    const coding = { type: 'coding', answerValueSet: 'urn:set' };
    const coded = (code: string) => ({ valueCoding: { system: 'urn:s', code } });
    assert.deepEqual(answered(coding, coded('a')), []);
    assert.deepEqual(answered(coding, coded('b')), [`error code-invalid response-answer-value-set ${place}`]);
    assert.deepEqual(answered({ ...coding, answerValueSet: 'urn:none' }, coded('a')), [
      `warning code-invalid value-set-unknown ${place}`,
    ]);
    assert.deepEqual(answered({ type: 'string', answerValueSet: 'urn:set' }, { valueString: 'b' }), [
      `error invariant response-answer-value-set ${place}.value.ofType(string)`,
    ]);
  });

  it('to a question for a coding may be an option of another type', () => {
    const question = { type: 'coding', answerOption: [{ valueInteger: 1 }] };
    assert.deepEqual(answered(question, { valueInteger: 1 }), []);
    assert.deepEqual(answered(question, { valueInteger: 2 }), [`error invariant response-answer-option ${place}`]);
  });

  it('of type string is one line, and not too long', () => {
    assert.deepEqual(answered({ type: 'string' }, { valueString: 'a\nb' }), [
      `warning invariant response-line-break ${place}.value.ofType(string)`,
    ]);
    assert.deepEqual(answered({ type: 'text' }, { valueString: 'a\nb' }), []);
    assert.deepEqual(answered({ type: 'string', maxLength: 1 }, { valueString: 'ab' }), [
      `error invariant value-too-long ${place}.value.ofType(string)`,
    ]);
  });

  it('may be missing until the response is finished, which is a warning', () => {
    const question = { linkId: '1', type: 'boolean', required: true };
    assert.deepEqual(found(question, { linkId: '1' }), ['error required response-answer-missing R.item[0]']);
    assert.deepEqual(found(question, { linkId: '1' }, 'in-progress'), [
      'warning required response-answer-missing R.item[0]',
    ]);
  });
});

describe('the value set that a questionnaire contains', () => {
  const sets = {
    listed: { compose: { include: [{ system: 'urn:s', concept: [{ code: 'a' }] }] } },
    expanded: { expansion: { contains: [{ system: 'urn:s', contains: [{ system: 'urn:s', code: 'a' }] }] } },
    asked: { compose: { include: [{ system: 'urn:s' }] } },
    lost: { compose: { include: [{ system: 'urn:t' }] } },
  };
  const contained = Object.entries(sets).map(([id, one]) => ({
    resourceType: 'ValueSet',
    id,
    status: 'active',
    ...one,
  }));
  let asked = 0;
  const told = (set: string, ...codes: readonly string[]): string[] => {
    const item = [{ linkId: '1', type: 'coding', repeats: true, answerValueSet: `#${set}` }];
    const questionnaire = { resourceType: 'Questionnaire', url, status: 'active', contained, item };
    const answer = codes.map((code) => ({ valueCoding: { system: 'urn:s', code } }));
    const validator = new Validator({
      definitions: definitionsOf([questionnaire]),
      codes: {
        validate: () => 'unknown',
        members(valueSet) {
          asked += 1;
          return valueSet['id'] === 'asked' ? ['urn:s#a'] : undefined;
        },
      },
    });
    return validator
      .validate({
        resourceType: 'QuestionnaireResponse',
        questionnaire: url,
        status: 'completed',
        item: [{ linkId: '1', answer }],
      })
      .map(({ severity, id, expression }) => `${severity} ${id} ${expression}`);
  };

  it('holds the answers, by its list, by its expansion, and by the terminology', () => {
    for (const set of ['listed', 'expanded', 'asked']) {
      assert.deepEqual(told(set, 'a'), [], set);
      assert.deepEqual(
        told(set, 'a', 'b'),
        ['error response-answer-value-set QuestionnaireResponse.item[0].answer[1]'],
        set,
      );
    }
  });

  it('is asked for once, and only where it does not list its codes', () => {
    asked = 0;
    told('listed', 'a', 'b');
    told('asked', 'a', 'b', 'c');
    assert.equal(asked, 1);
  });

  it('holds no answers where its codes are not at hand, or where there is none', () => {
    for (const set of ['lost', 'none'])
      assert.deepEqual(told(set, 'b'), ['warning value-set-unknown QuestionnaireResponse.item[0].answer[0]'], set);
  });
});
