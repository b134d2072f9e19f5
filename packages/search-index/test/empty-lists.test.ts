import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resourceTypes } from '@dhp/fhir-model';
import { SearchFault } from '@dhp/fhir-search';
import { searchParametersOf } from '@dhp/fhir-search/parameters';
import { type Condition, conditionOf } from '../src/index.ts';
import { options } from './searching.ts';

const services = {
  terminology: { members: () => [], descendants: () => [], ancestors: () => [] },
  collections: { members: () => [] },
  hierarchies: { related: () => [] },
};
const modifiers = [
  ...[
    'exact',
    'contains',
    'text',
    'text-advanced',
    'code-text',
    'not',
    'in',
    'not-in',
    'of-type',
    'identifier',
    'above',
    'below',
  ],
];

/** The condition of a list of no values; undefined if the parameter has no such modifier. */
function asked(type: string, name: string): Condition | undefined {
  try {
    return conditionOf(type, [[name, ',']], { ...options, ...services });
  } catch (error) {
    if (error instanceof SearchFault) return undefined;
    throw error;
  }
}

/** Whether every resource meets the condition; otherwise none does. @throws AssertionError where it depends on the resource */
function isMet(condition: Condition): boolean {
  const { op } = condition;
  if (op === 'all') return condition.of.map(isMet).every(Boolean);
  if (op === 'any') return condition.of.map(isMet).some(Boolean);
  if (op === 'not') return !isMet(condition.of);
  if (op === 'full-text') assert.equal(condition.query, '');
  else {
    assert.ok(op === 'keys' || op === 'id' || op === 'patient', op);
    assert.equal(condition.any.length, 0);
  }
  return false;
}

describe('a list of no values', () => {
  it('is met by nothing, and denied by everything, whatever the parameter and the modifier', () => {
    let count = 0;
    for (const type of resourceTypes) {
      for (const { code, target } of searchParametersOf(type).values()) {
        for (const modifier of [undefined, ...modifiers, ...target]) {
          const condition = asked(type, modifier === undefined ? code : `${code}:${modifier}`);
          if (condition === undefined) continue;
          count += 1;
          const isDenied = modifier === 'not' || modifier === 'not-in';
          assert.equal(isMet(condition), isDenied, `${type}?${code}:${modifier ?? ''}=,`);
        }
      }
    }
    assert.ok(count > 10_000, String(count));
  });

  it('asks in a hierarchy for the same rows as values do', () => {
    assert.deepEqual(asked('Procedure', 'location:below'), { op: 'keys', any: [], expect: 'some' });
    assert.deepEqual(asked('Location', 'partof:above'), { op: 'keys', any: [], expect: 'some' });
    assert.deepEqual(asked('Location', 'partof:contains'), { op: 'id', any: [] });
    assert.deepEqual(asked('QuestionnaireResponse', 'questionnaire:below'), { op: 'any', of: [] });
  });
});
