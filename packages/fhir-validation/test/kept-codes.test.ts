import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptCodes, type Codes } from '@dhp/fhir-validation';

/** Returns a terminology that counts the calls. */
function counting(member: 'in' | 'out'): { codes: Codes; asked: () => number } {
  let asked = 0;
  const codes: Codes = {
    validate() {
      asked += 1;
      return member;
    },
    concept() {
      asked += 1;
      return undefined;
    },
  };
  return { codes, asked: () => asked };
}

test('each code is asked for once, what is unknown too', () => {
  const { codes, asked } = counting('out');
  const kept = keptCodes(codes);
  for (let n = 0; n < 3; n += 1) {
    assert.equal(kept.validate('http://example.org/vs', 'http://example.org/a', 'x'), 'out');
    assert.equal(kept.validate('http://example.org/vs', undefined, 'x'), 'out');
    assert.equal(kept.concept('http://example.org/a', 'x'), undefined);
    assert.equal(kept.concept('http://example.org/a', 'x', '2'), undefined);
  }
  assert.equal(asked(), 4);
});

test('another terminology is asked anew, and without one all is unknown', () => {
  const kept = keptCodes();
  const ask = (): string => kept.validate('http://example.org/vs', 'http://example.org/a', 'x');
  assert.equal(ask(), 'unknown');
  kept.use(counting('in').codes);
  assert.equal(ask(), 'in');
  kept.use(counting('out').codes);
  assert.equal(ask(), 'out');
});

test('no more answers are kept than was said', () => {
  const { codes, asked } = counting('in');
  const kept = keptCodes(codes, 10);
  const ask = (code: string): string => kept.validate('http://example.org/vs', 'http://example.org/a', code);
  ask('first');
  for (let n = 0; n < 20; n += 1) ask(String(n));
  ask('first');
  assert.equal(asked(), 22, 'the first one was forgotten');
});

test('marks of value sets are kept, and forgotten with the terminology', () => {
  const asked: string[] = [];
  const marking = (status: string): Codes => ({
    validate: () => 'in',
    mark(_valueSet, _system, code) {
      asked.push(code);
      return code === 'old' ? status : undefined;
    },
  });
  const kept = keptCodes(marking('deprecated'));
  const ask = (code: string): string | undefined => kept.mark('http://example.org/vs', 'http://example.org/a', code);
  assert.deepEqual(
    [ask('old'), ask('old'), ask('new'), ask('new')],
    ['deprecated', 'deprecated', undefined, undefined],
  );
  assert.deepEqual(asked, ['old', 'new']);
  kept.use(marking('withdrawn'));
  assert.equal(ask('old'), 'withdrawn');
});

test('a system or a value set that is unknown is asked for once, until there is another terminology', () => {
  const asked: string[] = [];
  const unknowing: Codes = {
    validate: () => 'unknown',
    system(url, version) {
      asked.push(`${url} ${String(version)}`);
      return undefined;
    },
    valueSetKnowledge(canonical) {
      asked.push(canonical);
      return undefined;
    },
  };
  const kept = keptCodes(unknowing, 10);
  const ask = (url: string): void => {
    assert.equal(kept.system(url), undefined);
    assert.equal(kept.system(url, '2'), undefined);
    assert.equal(kept.valueSetKnowledge(url), undefined);
  };
  for (let n = 0; n < 3; n += 1) ask('urn:a');
  assert.deepEqual(asked.splice(0), ['urn:a undefined', 'urn:a 2', 'urn:a', 'urn:a 2', 'urn:a 2']);
  for (let n = 0; n < 20; n += 1) ask(`urn:${n}`);
  asked.length = 0;
  ask('urn:a');
  assert.equal(asked.length, 3, 'forgotten, since there were more than are kept');
  const long = `urn:${'x'.repeat(300)}`;
  for (let n = 0; n < 2; n += 1) ask(long);
  assert.equal(asked.filter((url) => url === long).length, 2, 'too long to be remembered');
  const systemKnown = { content: 'complete', isHierarchy: false, properties: [], filters: [] } as const;
  kept.use({
    ...unknowing,
    system: () => systemKnown,
    valueSetKnowledge: () => ({ includes: [], isExperimental: false }),
  });
  assert.equal(kept.system('urn:a'), systemKnown);
  assert.deepEqual(kept.valueSetKnowledge('urn:a'), { includes: [], isExperimental: false });
});
