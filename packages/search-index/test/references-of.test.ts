import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { referencesOf } from '../src/rows.ts';

const observation = {
  resourceType: 'Observation',
  subject: { reference: 'Patient/p', display: 'Aliyev' },
  performer: [{ reference: 'Practitioner/a/_history/3' }, { reference: 'http://a.org/fhir/Organization/o' }],
  specimen: { reference: '#contained' },
  focus: [{ identifier: { value: 'v' } }],
};

describe('referencesOf', () => {
  it('gives what a search parameter leads to', () => {
    assert.deepEqual(referencesOf(observation, ['performer']), [
      { parameter: 'performer', type: 'Practitioner', id: 'a', version: '3' },
      { parameter: 'performer', type: 'Organization', url: 'http://a.org/fhir/Organization/o' },
    ]);
  });

  it('takes what is below an own base as local', () => {
    const [, own] = referencesOf(observation, ['performer'], { ownBases: ['http://a.org/fhir'] });
    assert.deepEqual(own, { parameter: 'performer', type: 'Organization', id: 'o' });
  });

  it('gives those of all parameters, without contained and logical ones', () => {
    const found = referencesOf(observation, '*').map(({ parameter, id, url }) => `${parameter} ${id ?? url ?? ''}`);
    assert.deepEqual(found.sort(), [
      'patient p',
      'performer a',
      'performer http://a.org/fhir/Organization/o',
      'subject p',
    ]);
  });

  it('has the version of a canonical apart', () => {
    const response = { resourceType: 'QuestionnaireResponse', questionnaire: 'http://a.org/Questionnaire/q|2' };
    const found = { parameter: 'questionnaire', url: 'http://a.org/Questionnaire/q', version: '2' };
    assert.deepEqual(referencesOf(response, '*'), [found]);
  });

  it('gives nothing for parameters of another type or none', () => {
    assert.deepEqual(referencesOf(observation, ['code', 'nosuch']), []);
    assert.deepEqual(referencesOf({ resourceType: 'constructor' }, '*'), []);
  });
});
