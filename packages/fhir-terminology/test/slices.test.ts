/** Work in slices: the same result as at once, interrupted where it takes longer, and the error of who asked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce, sortedInSlices } from '../src/expand/slices.ts';
import { ResourceSource, Terminology, TerminologyFault, Unfinished, uninterrupted } from '../src/index.ts';
import { parameters } from './parameters.ts';

test('texts are sorted in slices as they are at once', () => {
  for (const size of [0, 1, 2047, 2048, 2049, 4096, 10_000]) {
    const texts = Array.from({ length: size }, (_, n) => `${(n * 7_919) % 9_973}ўё`.slice(n % 3));
    assert.deepEqual(atOnce(sortedInSlices(texts)), [...texts].sort(), `${size} texts`);
  }
});

const url = 'http://example.org/large';
const source = new ResourceSource().add({
  ...{ resourceType: 'CodeSystem', url, status: 'active', content: 'complete' },
  concept: Array.from({ length: 3_000 }, (_, n) => ({ code: `C${n}`, display: `Word ${n} odd${n % 7}` })),
} as never);
const service = (slice?: number): Terminology =>
  new Terminology(source, {
    ...{ expansionLimit: 5_000, now: () => new Date('2026-01-01'), newId: () => 'one' },
    ...(slice !== undefined && { slice }),
  });
const valueSet = {
  ...{ resourceType: 'ValueSet', url: 'http://example.org/vs', status: 'active' },
  compose: { include: [{ system: url, filter: [{ property: 'display', op: 'regex', value: '.*odd[135]' }] }] },
} as never;

test('an expansion that is interrupted gives what one at once gives', async () => {
  const question = parameters({ filter: 'word 12', count: 7 });
  const expected = service().expand(question, {}, valueSet);
  const slow = service(0);
  let rounds = 0;
  for (;;) {
    try {
      assert.deepEqual(slow.expand(question, {}, valueSet), expected);
      break;
    } catch (error) {
      if (!(error instanceof Unfinished)) throw error;
      await error.finish();
      rounds += 1;
    }
  }
  assert.equal(rounds, 2, 'for the members and for their words');
  assert.equal(expected.expansion?.contains?.length, 7);
});

test('without interruption a question has its answer at once, also one that is under way', () => {
  const question = parameters({ filter: 'word 12', count: 7 });
  const slow = service(0);
  assert.throws(() => slow.expand(question, {}, valueSet), Unfinished);
  const answer = uninterrupted(() => slow.expand(question, {}, valueSet));
  assert.deepEqual(answer, service().expand(question, {}, valueSet));
  assert.throws(() => slow.expand(question, {}, { ...(valueSet as object) } as never), Unfinished, 'and is over then');
});

test('what is wrong is told in the language of who asked, also where it is found later', async () => {
  const broken = {
    ...{ resourceType: 'ValueSet', url: 'http://example.org/broken', status: 'active' },
    compose: {
      include: [{ system: url, filter: [{ property: 'code', op: 'exists', value: 'true' }] }, { system: 'urn:none' }],
    },
  } as never;
  const told = async (language: string): Promise<string> => {
    try {
      service(0).expand(parameters({}), { acceptLanguage: language }, broken);
    } catch (error) {
      assert.ok(error instanceof Unfinished);
      return error.finish().then(
        () => 'nothing',
        (fault: unknown) => (fault instanceof TerminologyFault ? fault.message : String(fault)),
      );
    }
    return 'nothing';
  };
  const [english, russian] = [await told('en'), await told('ru')];
  assert.match(english, /urn:none/);
  assert.match(russian, /[а-я].*urn:none|urn:none.*[а-я]/);
});

test('who waits for the work of another asker is told what is wrong in the own language', async () => {
  const broken = {
    ...{ resourceType: 'ValueSet', url: 'http://example.org/broken', status: 'active' },
    compose: {
      include: [{ system: url, filter: [{ property: 'code', op: 'exists', value: 'true' }] }, { system: 'urn:none' }],
    },
  } as never;
  const slow = service(0);
  const ask = async (acceptLanguage: string): Promise<string> => {
    for (;;) {
      try {
        slow.expand(parameters({}), { acceptLanguage }, broken);
        return 'nothing';
      } catch (error) {
        if (error instanceof TerminologyFault) return error.message;
        assert.ok(error instanceof Unfinished);
        const fault = await error.finish().then(
          () => undefined,
          (one: unknown) => one as TerminologyFault,
        );
        if (fault !== undefined) return fault.message;
      }
    }
  };
  const [english, russian] = await Promise.all([ask('en'), ask('ru')]);
  assert.match(english, /could not be found/);
  assert.match(russian, /[а-я]/);
});
