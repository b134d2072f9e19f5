import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resourceTypes } from '@dhp/fhir-model';
import { options, problemsOf, refuses } from './searching.ts';
import { isBoolean } from '../src/elements.ts';
import { parseSearch } from '../src/index.ts';
import { searchParametersOf } from '../src/parameters.ts';

const icd = 'http://hl7.org/fhir/sid/icd-10';

refuses('token: refusals', 'Patient', [
  ['identifier=a|b|c', ['bad-value'], /system\|code/],
  ['identifier=|', ['bad-value']],
  ['identifier=a,|,b|c|d', ['bad-value', 'bad-value']],
  ['phone=tel|1', ['bad-value'], /without \|/],
  ['active=banana', ['bad-value'], /true or false/],
  ['active=True,false,', ['bad-value'], /true or false/],
  ['active:not=no', ['bad-value'], /true or false/],
  ['deceased=1', ['bad-value'], /true or false/],
  ['_has:Observation:patient:subject.active=1', ['bad-value'], /true or false/],
  ['_filter=active eq banana', ['bad-value'], /true or false/],
  ['identifier:of-type=MR|1', ['bad-value'], /system\|code\|value/],
  ['gender:of-type=a|b|c', ['unknown-modifier'], /token.*:not/],
  ['active:in=http://hl7.org/fhir/ValueSet/x', ['unknown-modifier'], /can have one of :missing :not/],
  ['gender:exact=male', ['unknown-modifier'], /can have one of :missing/],
  ['gender:nott=male', ['unknown-modifier'], /"near":\["not"/],
  ['gender:not:missing=true', ['unknown-modifier'], /one modifier/],
  ['gender:missing=yes', ['bad-value'], /true or false/],
  ['gender:in=http://x', ['not-supported'], /:in needs a terminology/],
  ['gender=a\\b', ['bad-value'], /backslash/],
  ['identifier=a\\', ['bad-value'], /backslash/],
]);

refuses(
  'token: what a terminology does not know',
  'Condition',
  [
    ['code:in=http://unknown', ['bad-value'], /value set that is known/],
    ['code:below=G44', ['bad-value'], /system\|code/],
    [`code:below=${icd}|X`, ['bad-value'], /code system that is known/],
  ],
  { terminology: { members: () => undefined, descendants: () => undefined, ancestors: () => undefined } },
);

refuses('token: text queries', 'Condition', [
  ['code:text-advanced=(a', ['bad-value'], /parentheses/],
  ['code:text-advanced=a)', ['bad-value']],
  ['code:text-advanced=a OR', ['bad-value']],
  ['code:text-advanced=a "b', ['bad-value']],
  ['code:text-advanced=AND a', ['bad-value']],
  [`code:text-advanced=${'('.repeat(60)}a${')'.repeat(60)}`, ['too-much']],
]);

describe('token: every parameter of booleans takes true and false alone', () => {
  const parameters = resourceTypes.flatMap((type) =>
    [...searchParametersOf(type).values()]
      .filter((one) => one.type === 'token' && isBoolean(type, one))
      .map(({ code }) => ({ type, code })),
  );

  it('there are such parameters', () => assert.ok(parameters.length > 20, String(parameters.length)));

  it('a word is a bad value, with and without :not, and true and false are none', () => {
    for (const { type, code } of parameters) {
      for (const name of [code, `${code}:not`]) {
        const [problem] = problemsOf(type, `${name}=banana`);
        assert.deepEqual([problem?.kind, problem?.parameter], ['bad-value', name], `${type}?${name}`);
        for (const value of ['true', 'false']) parseSearch({ type }, [[name, value]], options);
      }
    }
  });
});

describe('token: a code of a required value set that does not exist finds nothing', () => {
  it('gender=banana is no error', () => {
    assert.doesNotThrow(() => parseSearch({ type: 'Patient' }, [['gender', 'banana']], options));
  });
});
