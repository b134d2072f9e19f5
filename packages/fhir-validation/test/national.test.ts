import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeIssue, Validator, type Issue } from '../src/index.ts';
import { definitionsOf, MemoryCodes } from './memory-codes.ts';
import { nationalExamples, nationalResources, nationalVariants, skipNational, type Variant } from './national.ts';

function nationalValidator(): Validator {
  const resources = [...nationalResources()];
  return new Validator({
    codes: new MemoryCodes(resources),
    definitions: definitionsOf(resources),
    unknownProfiles: 'error',
  });
}

const errorsOf = (issues: readonly Issue[]) => issues.filter(({ severity }) => severity === 'error');

/** Returns the element of a finding in the notation of the list of variants: JSON names without indexes. */
function elementOf({ expression, values }: Issue): string {
  const path = expression.replaceAll(
    /\.ofType\((\w)(\w*)\)/g,
    (_, first: string, rest: string) => first.toUpperCase() + rest,
  );
  const part = values['slice'] ?? values['element'];
  const name = typeof part === 'string' && !path.endsWith(`.${part}`) ? `.${part.replace(/:.*/, '')}` : '';
  return (path + name).replaceAll(/\[\d+\]/g, '');
}

/** Whether a finding is the expected one of a variant: at that element, above it or below it. */
function isExpected(issue: Issue, { expect, kind }: Variant): boolean {
  const wanted = expect.path.replaceAll(/\[(?:\d+|x)\]/g, '');
  const found = elementOf(issue);
  if (kind === 'invariant' || kind.startsWith('transaction')) {
    return (
      issue.expression.startsWith(wanted.split('.')[0]!) &&
      expect.message.startsWith(String(issue.values['key'] ?? '') || expect.message)
    );
  }
  return (
    found.replaceAll('[x]', '') === wanted ||
    found.startsWith(wanted) ||
    (wanted.startsWith(found) && found.includes('.'))
  );
}

describe('the national package', { skip: skipNational }, () => {
  it('its examples are valid as stated', () => {
    const validator = nationalValidator();
    const examples = nationalExamples();
    assert.equal(examples.length, 49);
    for (const { file, valid, resource, errors } of examples) {
      const found = errorsOf(validator.validate(resource));
      assert.equal(found.length === 0, valid, `${file}: ${found.map((issue) => describeIssue(issue)).join('; ')}`);
      for (const { path } of errors)
        assert.ok(
          found.some(({ expression }) => expression.startsWith(path)),
          path,
        );
    }
  });

  it('every faulty variant of an example is caught at the element at fault', () => {
    const validator = nationalValidator();
    const variants = nationalVariants();
    assert.equal(variants.length, 354);
    const missed = variants.filter((variant) => {
      const found = errorsOf(
        validator.validate(variant.resource, variant.kind === 'unknown-profile' ? [] : [variant.profile]),
      );
      return !found.some((issue) => isExpected(issue, variant));
    });
    assert.deepEqual(
      missed.map(({ file, expect }) => `${file} ${expect.path}`),
      [],
    );
  });
});
