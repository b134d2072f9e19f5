import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { options, problemsOf, refuses } from './searching.ts';
import { parseSearch } from '../src/index.ts';

refuses('chains: refusals', 'Observation', [
  ['subject:Patient.nmae=a', ['unknown-parameter'], /"near":\["name"/],
  ['subject.nmae=a', ['unknown-parameter'], /"near":\["name"/],
  ['subjct.name=a', ['unknown-parameter'], /"near":\["subject"/],
  ['code.name=a', ['bad-combination'], /type reference before the dot/],
  ['subject:Encounter.status=a', ['bad-combination'], /leads to/],
  ['subject:Patint.name=a', ['unknown-type'], /"near":\["Patient"/],
  ['subject:Patient.birthdate=x', ['bad-value'], /YYYY/],
  ['patient.birthdate=x', ['bad-value']],
  ['subject.name:foo=x', ['unknown-modifier']],
  ['subject:Patient:Group.name=x', ['unknown-modifier'], /one type/],
]);

refuses('_has: refusals', 'Patient', [
  ['_has=a', ['bad-value'], /_has:Type/],
  ['_has:Observation=a', ['bad-value'], /_has:Type/],
  ['_has:Observation:patient=a', ['bad-value']],
  ['_has:Observatn:patient:code=a', ['unknown-type'], /"near":\["Observation"/],
  ['_has:Observation:patint:code=a', ['unknown-parameter'], /"near":\["patient"/],
  ['_has:Observation:code:code=a', ['bad-combination'], /reference/],
  ['_has:Observation:encounter:code=a', ['bad-combination'], /never to Patient/],
  ['_has:Observation:patient:cde=a', ['unknown-parameter'], /"near":\["code"/],
]);

describe('chains without end', () => {
  it('are refused before they have multiplied', () => {
    const started = process.cpuUsage();
    for (const query of [
      `${'subject.'.repeat(30)}name=a`,
      `${'focus.'.repeat(15)}status=a`,
      `${'subject:Patient.link:Patient.'.repeat(30)}name=a`,
      `_filter=${'focus.'.repeat(15)}status eq a`,
    ]) {
      const [problem] = problemsOf('Task', query.replaceAll('subject:Patient', 'patient'));
      assert.ok(problem !== undefined);
    }
    assert.ok(process.cpuUsage(started).user < 3_000_000);
  });
  it('are followed to eight', () => {
    const chain = 'partof.'.repeat(8);
    assert.doesNotThrow(() => parseSearch({ type: 'Organization' }, [[`${chain}name`, 'a']], options));
    const [problem] = problemsOf('Organization', `partof.${chain}name=a`);
    assert.equal(problem?.kind, 'too-much');
  });
});
