/** Work in slices: the same result as at once, interrupted if it takes longer, and with the error of the caller. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce, sortedInSlices } from '../src/expand/slices.ts';
import { inRounds } from '@dhp/budget';
import { ResourceSource, Terminology, TerminologyFault } from '../src/index.ts';
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
  const answer = await inRounds((round) => {
    rounds = round.number;
    return slow.expand(question, { round }, valueSet);
  });
  assert.deepEqual(answer, expected);
  assert.equal(rounds, 3, 'once more for the members, and for their words');
  assert.equal(expected.expansion?.contains?.length, 7);
});

test('without rounds a question has its answer at once, also one that is under way; in the last round, too', async () => {
  const question = parameters({ filter: 'word 12', count: 7 });
  const expected = service().expand(question, {}, valueSet);
  const slow = service(0);
  const waiting = inRounds((round) => slow.expand(question, { round }, valueSet));
  assert.ok(waiting instanceof Promise);
  assert.deepEqual(slow.expand(question, {}, valueSet), expected);
  const hurried = inRounds((round) => slow.expand(question, { round }, { ...(valueSet as object) } as never), {
    most: 1,
  });
  assert.deepEqual(hurried, expected);
  assert.deepEqual(await waiting, expected);
});

test('what a request brings is read once, however many rounds its answer takes', async () => {
  const own = 'http://example.org/brought';
  const concept = Array.from({ length: 3_000 }, (_, n) => ({ code: `B${n}`, display: `Brought ${n}` }));
  const code = { resourceType: 'CodeSystem', url: own, status: 'active', content: 'complete', concept };
  const all = {
    ...{ resourceType: 'ValueSet', url: 'http://example.org/all-brought', status: 'active' },
    compose: { include: [{ system: own, filter: [{ property: 'display', op: 'regex', value: 'Brought.*' }] }] },
  } as never;
  const given = { resourceType: 'Parameters', parameter: [{ name: 'tx-resource', resource: code }] } as never;
  let rounds = 0;
  const slow = service(0);
  const answer = await inRounds((round) => {
    rounds = round.number;
    return slow.expand(given, { round }, all);
  });
  assert.equal(answer.expansion?.total, 3_000);
  assert.equal(rounds, 2, 'the members that were collected are of the code system that is asked again');
});

test('what is wrong is told in the language of who asked, also where it is found later', async () => {
  const broken = {
    ...{ resourceType: 'ValueSet', url: 'http://example.org/broken', status: 'active' },
    compose: {
      include: [{ system: url, filter: [{ property: 'code', op: 'exists', value: 'true' }] }, { system: 'urn:none' }],
    },
  } as never;
  const told = async (acceptLanguage: string): Promise<string> => {
    const slow = service(0);
    let rounds = 0;
    try {
      await inRounds((round) => {
        rounds = round.number;
        return slow.expand(parameters({}), { acceptLanguage, round }, broken);
      });
    } catch (fault) {
      assert.equal(rounds, 1, 'it is found by the work that goes on');
      return fault instanceof TerminologyFault ? fault.message : String(fault);
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
    try {
      await inRounds((round) => slow.expand(parameters({}), { acceptLanguage, round }, broken));
      return 'nothing';
    } catch (error) {
      return error instanceof TerminologyFault ? error.message : String(error);
    }
  };
  const [english, russian] = await Promise.all([ask('en'), ask('ru')]);
  assert.match(english, /could not be found/);
  assert.match(russian, /[а-я]/);
});
