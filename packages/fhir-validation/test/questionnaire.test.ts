import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '../src/index.ts';
import type { QuestionnaireItem } from '../src/contract/questionnaire.ts';
import { definitionsOf } from './memory-codes.ts';

const url = 'http://example.org/Questionnaire/q';
const item = (linkId: string, type: string, more: Partial<QuestionnaireItem> = {}): QuestionnaireItem => ({
  linkId,
  type,
  ...more,
});
const coding = (code: string) => ({ system: 'urn:s', code });

/** Returns findings of answers to questions: id and place in the response. */
function found(questions: readonly QuestionnaireItem[], items: readonly object[], status = 'completed'): string[] {
  const questionnaire = { resourceType: 'Questionnaire', url, status: 'active', item: questions };
  const response = { resourceType: 'QuestionnaireResponse', questionnaire: url, status, item: items };
  const validator = new Validator({ definitions: definitionsOf([questionnaire]) });
  return validator
    .validate(response)
    .map(({ id, expression }) => `${id} ${expression.replace('QuestionnaireResponse', 'R')}`);
}

const answer = (linkId: string, ...values: object[]) => ({ linkId, answer: values });

describe('answers to a questionnaire', () => {
  it('are of the type that is asked for', () => {
    const right: Readonly<Record<string, object>> = {
      boolean: { valueBoolean: true },
      decimal: { valueDecimal: 1.5 },
      integer: { valueInteger: 1 },
      date: { valueDate: '2026-01-31' },
      dateTime: { valueDateTime: '2026-01-31T09:00:00Z' },
      time: { valueTime: '09:00:00' },
      string: { valueString: 'x' },
      text: { valueString: 'x' },
      url: { valueUri: 'http://example.org' },
      coding: { valueCoding: coding('a') },
      reference: { valueReference: { reference: 'Patient/1' } },
      quantity: { valueQuantity: { value: 1 } },
    };
    for (const [type, value] of Object.entries(right))
      assert.deepEqual(found([item('1', type)], [answer('1', value)]), [], type);
    assert.deepEqual(found([item('1', 'boolean')], [answer('1', { valueString: 'yes' })]), [
      'response-answer-type R.item[0].answer[0].value.ofType(string)',
    ]);
    assert.deepEqual(found([item('1', 'coding')], [answer('1', { valueDateTime: '2026' })]), [
      'response-answer-type R.item[0].answer[0].value.ofType(dateTime)',
    ]);
  });

  it('are given where they are required, once unless they repeat', () => {
    const required = [item('1', 'string', { required: true })];
    assert.deepEqual(found(required, [{ linkId: '1' }]), ['response-answer-missing R.item[0]']);
    assert.deepEqual(found([...required, item('2', 'string')], [answer('2', { valueString: 'x' })]), [
      'response-answer-missing R',
    ]);
    // A warning until the response is finished.
    assert.deepEqual(found([...required, item('2', 'string')], [answer('2', { valueString: 'x' })], 'in-progress'), [
      'response-answer-missing R',
    ]);
    const two = answer('1', { valueString: 'x' }, { valueString: 'y' });
    assert.deepEqual(found([item('1', 'string')], [two]), ['response-too-many-answers R.item[0]']);
    assert.deepEqual(found([item('1', 'string', { repeats: true })], [two]), []);
  });

  it('stand in the structure and the order of the questions', () => {
    const questions = [
      item('g', 'group', { item: [item('a', 'string'), item('b', 'string', { item: [item('c', 'string')] })] }),
      item('d', 'display'),
    ];
    const text = { valueString: 'x' };
    const c = answer('c', text);
    assert.deepEqual(
      found(questions, [
        { linkId: 'g', item: [answer('a', text), answer('b', { ...text, item: [c] })] },
        { linkId: 'd' },
      ]),
      [],
    );
    assert.deepEqual(found(questions, [{ linkId: 'g', item: [answer('b', text), answer('a', text)] }]), [
      'response-item-order R.item[0]',
    ]);
    assert.deepEqual(found(questions, [answer('a', text)]), ['response-item-misplaced R']);
    assert.deepEqual(found(questions, [answer('z', text)]), ['response-item-unknown R']);
    assert.deepEqual(found(questions, [{ linkId: 'g', item: [{ linkId: 'b', item: [c] }] }]), [
      'response-item-outside-answer R.item[0].item[0]',
    ]);
    assert.deepEqual(found(questions, [answer('g', text)]), ['response-answer-not-allowed R.item[0]']);
    const twice = found(questions, [
      { linkId: 'g', item: [answer('a', text)] },
      { linkId: 'g', item: [answer('a', text)] },
    ]);
    assert.deepEqual(twice, ['response-item-twice R']);
  });

  it('are among the options, in range and not too long', () => {
    const options = [
      item('1', 'coding', { answerOption: [{ valueCoding: coding('a') }, { valueCoding: coding('b') }] }),
    ];
    assert.deepEqual(found(options, [answer('1', { valueCoding: { ...coding('a'), display: 'A' } })]), []);
    assert.deepEqual(found(options, [answer('1', { valueCoding: coding('c') })]), [
      'response-answer-option R.item[0].answer[0]',
    ]);
    const open = [{ ...options[0]!, answerConstraint: 'optionsOrString' as const }];
    assert.deepEqual(found(open, [answer('1', { valueString: 'other' })]), []);
    assert.deepEqual(found([item('1', 'string', { maxLength: 2 })], [answer('1', { valueString: 'abc' })]), [
      'value-too-long R.item[0].answer[0].value.ofType(string)',
    ]);
    const extension = [
      { url: 'http://hl7.org/fhir/StructureDefinition/minValue', valueInteger: 3 },
      { url: 'http://hl7.org/fhir/StructureDefinition/maxValue', valueInteger: 5 },
    ];
    const range = (valueInteger: number) =>
      found([item('1', 'integer', { extension })], [answer('1', { valueInteger })]);
    assert.deepEqual(
      [range(2), range(3), range(6)],
      [
        ['response-below-minimum R.item[0].answer[0].value.ofType(integer)'],
        [],
        ['response-above-maximum R.item[0].answer[0].value.ofType(integer)'],
      ],
    );
  });

  it('are given only to questions that are enabled', () => {
    const when = (operator: string, answerValue: object, behavior?: 'all' | 'any') => [
      item('1', 'integer'),
      item('2', 'string', {
        required: true,
        enableWhen: [{ question: '1', operator, ...answerValue }],
        ...(behavior && { enableBehavior: behavior }),
      }),
    ];
    const given = (questions: readonly QuestionnaireItem[], value: number, withAnswer: boolean) =>
      found(questions, [
        answer('1', { valueInteger: value }),
        ...(withAnswer ? [answer('2', { valueString: 'x' })] : []),
      ]);
    assert.deepEqual(given(when('>', { answerInteger: 3 }), 4, true), []);
    assert.deepEqual(given(when('>', { answerInteger: 3 }), 4, false), ['response-answer-missing R']);
    assert.deepEqual(given(when('>', { answerInteger: 3 }), 3, false), []);
    assert.deepEqual(given(when('>', { answerInteger: 3 }), 3, true), ['response-item-not-enabled R.item[1]']);
    assert.deepEqual(given(when('exists', { answerBoolean: false }), 3, true), ['response-item-not-enabled R.item[1]']);
    for (const [operator, least] of [
      ['=', 3],
      ['>=', 3],
      ['<=', 3],
      ['!=', 4],
    ] as const) {
      assert.deepEqual(given(when(operator, { answerInteger: 3 }), least, true), [], operator);
    }
  });

  it('to a questionnaire that is not at hand are not checked; a contained one is', () => {
    const validator = new Validator();
    const of = (questionnaire: string, more: object = {}) =>
      validator
        .validate({ resourceType: 'QuestionnaireResponse', questionnaire, status: 'completed', ...more })
        .map(({ id }) => id);
    assert.deepEqual(of(url), ['questionnaire-unknown']);
    const contained = [
      { resourceType: 'Questionnaire', id: 'q', status: 'active', item: [item('1', 'string', { required: true })] },
    ];
    assert.deepEqual(of('#q', { contained }), ['response-answer-missing']);
  });
});

describe('a questionnaire that derives from another', () => {
  const base = {
    resourceType: 'Questionnaire',
    url,
    status: 'active',
    item: [
      item('1', 'string', { required: true }),
      item('2', 'coding', { answerOption: [{ valueCoding: coding('a') }] }),
    ],
  };
  const derived = (kind: string, ...items: QuestionnaireItem[]) => {
    const extension = [
      {
        url: 'http://hl7.org/fhir/StructureDefinition/questionnaire-derivationType',
        valueCoding: { system: 'http://hl7.org/fhir/questionnaire-derivationType', code: kind },
      },
    ];
    const questionnaire = {
      resourceType: 'Questionnaire',
      status: 'active',
      derivedFrom: [url],
      _derivedFrom: [{ extension }],
      item: items,
    };
    return new Validator({ definitions: definitionsOf([base as never]), unknownExtensions: 'ignore' })
      .validate(questionnaire)
      .map(({ id, expression }) => `${id} ${expression}`);
  };

  it('keeps what answers mean', () => {
    assert.deepEqual(derived('compliesWith', item('1', 'string', { required: true })), []);
    assert.deepEqual(derived('compliesWith', item('1', 'integer'), item('3', 'string')), [
      'questionnaire-item-differs Questionnaire.item[0].type',
      'questionnaire-item-differs Questionnaire.item[0].required',
      'questionnaire-item-added Questionnaire.item[1]',
    ]);
    assert.deepEqual(derived('extends', item('3', 'string')), []);
    const options = item('2', 'coding', { repeats: true, answerOption: [{ valueCoding: coding('b') }] });
    assert.deepEqual(derived('extends', options), [
      'questionnaire-item-differs Questionnaire.item[0].repeats',
      'questionnaire-item-differs Questionnaire.item[0].answerOption[0]',
    ]);
  });

  it('says how, and from which', () => {
    const at = 'Questionnaire.derivedFrom[0]';
    assert.deepEqual(derived('none', item('3', 'string')), [
      `questionnaire-derivation-kind ${at}.extension[0].value.ofType(Coding)`,
    ]);
    const ids = (derivedFrom: string): string[] =>
      new Validator({ definitions: definitionsOf([base as never]) })
        .validate({ resourceType: 'Questionnaire', status: 'active', derivedFrom: [derivedFrom] })
        .map(({ id, expression }) => `${id} ${expression}`);
    assert.deepEqual(ids(url), [`questionnaire-derivation ${at}`]);
    assert.deepEqual(ids('http://none.test'), [`questionnaire-base-unknown ${at}`]);
  });
});

describe('what HL7 adds to questionnaires by extensions', () => {
  const structure = 'http://hl7.org/fhir/StructureDefinition/';
  const by = (name: string, value: object) => ({ url: structure + name, ...value });
  const cases: readonly [string, QuestionnaireItem, object[], string[]][] = [
    [
      'the least number of answers',
      item('1', 'string', { repeats: true, extension: [by('questionnaire-minOccurs', { valueInteger: 2 })] }),
      [{ valueString: 'x' }],
      ['response-too-few-answers R.item[0]'],
    ],
    [
      'the greatest number of answers',
      item('1', 'string', { repeats: true, extension: [by('questionnaire-maxOccurs', { valueInteger: 1 })] }),
      [{ valueString: 'x' }, { valueString: 'y' }],
      ['response-more-answers R.item[0]'],
    ],
    [
      'the least length',
      item('1', 'string', { extension: [by('minLength', { valueInteger: 2 })] }),
      [{ valueString: 'x' }],
      ['value-too-short R.item[0].answer[0].value.ofType(string)'],
    ],
    [
      'the form',
      item('1', 'string', { extension: [by('regex', { valueString: '[0-9]{3}' })] }),
      [{ valueString: '12' }],
      ['value-pattern R.item[0].answer[0].value.ofType(string)'],
    ],
    [
      'decimal places',
      item('1', 'decimal', { extension: [by('maxDecimalPlaces', { valueInteger: 1 })] }),
      [{ valueDecimal: 1.25 }],
      ['value-decimal-places R.item[0].answer[0].value.ofType(decimal)'],
    ],
    [
      'units',
      item('1', 'quantity', { extension: [by('questionnaire-unitOption', { valueCoding: coding('kg') })] }),
      [{ valueQuantity: { value: 1, ...coding('g') } }],
      ['response-answer-option R.item[0].answer[0].value.ofType(Quantity)'],
    ],
    [
      'types of resources',
      item('1', 'reference', { extension: [by('questionnaire-referenceResource', { valueCode: 'Patient' })] }),
      [{ valueReference: { reference: 'Group/1' } }],
      ['reference-target R.item[0].answer[0].value.ofType(Reference)'],
    ],
    [
      'attachments',
      item('1', 'attachment', {
        extension: [by('mimeType', { valueCode: 'image/png' }), by('maxSize', { valueDecimal: 0.000001 })],
      }),
      [{ valueAttachment: { contentType: 'text/plain', data: 'aGVsbG8=' } }],
      ['response-attachment-type R.item[0].answer[0]', 'response-attachment-size R.item[0].answer[0]'],
    ],
    [
      'options that stand alone',
      item('1', 'coding', {
        repeats: true,
        answerOption: [
          { valueCoding: coding('none'), extension: [by('questionnaire-optionExclusive', { valueBoolean: true })] },
          { valueCoding: coding('some') },
        ],
      }),
      [{ valueCoding: coding('some') }, { valueCoding: coding('none') }],
      ['response-exclusive-option R.item[0].answer[1]'],
    ],
  ];
  for (const [name, question, answers, expected] of cases)
    it(name, () => assert.deepEqual(found([question], [answer('1', ...answers)]), expected));
});

describe('conditions', () => {
  const asked = item('b', 'string', {
    required: true,
    enableWhen: [{ question: 'a', operator: '=', answerBoolean: true }],
  });
  const group = (...items: object[]) => ({ linkId: 'g', item: items });
  const yes = answer('a', { valueBoolean: true });
  const no = answer('a', { valueBoolean: false });

  it('are about the repetition of a group that they stand in', () => {
    const questions = [item('g', 'group', { repeats: true, item: [item('a', 'boolean'), asked] })];
    const text = answer('b', { valueString: 'x' });
    assert.deepEqual(found(questions, [group(yes, text), group(no, text)]), [
      'response-item-not-enabled R.item[1].item[1]',
    ]);
    assert.deepEqual(found(questions, [group(yes), group(no)]), ['response-answer-missing R.item[0]']);
  });

  it('are about what stands further out where there is nothing nearer', () => {
    const questions = [item('a', 'boolean'), item('g', 'group', { item: [asked] })];
    assert.deepEqual(found(questions, [yes, group(answer('b', { valueString: 'x' }))]), []);
    assert.deepEqual(found(questions, [no, group(answer('b', { valueString: 'x' }))]), [
      'response-item-not-enabled R.item[1].item[0]',
    ]);
  });
});
