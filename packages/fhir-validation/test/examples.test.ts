import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { examplesFolder, examplesToTry } from '../../../tests/published-examples.ts';
import { isFull } from '../../../tests/sample.ts';
import { Validator, type Issue } from '../src/index.ts';
import { knownFaults } from './known-faults.ts';
import { skipExamples, type Json } from './published.ts';

const findingOf = ({ id, values }: Issue): string => {
  const detail = id === 'invariant' ? values['key'] : id === 'code-not-in-value-set' ? values['valueSet'] : undefined;
  return detail === undefined ? id : `${id} ${detail}`;
};

describe('the published examples of R5', { skip: skipExamples }, () => {
  // A sample; all with `--full`.
  it('have no errors but those known and explained', () => {
    const validator = new Validator({ unknownExtensions: 'ignore' });
    const { names, published } = examplesToTry(20_261_130);
    const counts = new Map<string, number>();
    const where = new Map<string, string>();
    for (const file of names) {
      const resource = JSON.parse(readFileSync(join(examplesFolder, file), 'utf8')) as Json;
      for (const issue of validator.validate(resource)) {
        if (issue.severity !== 'error' && issue.severity !== 'fatal') continue;
        const finding = findingOf(issue);
        counts.set(finding, (counts.get(finding) ?? 0) + 1);
        if (!where.has(finding)) where.set(finding, `${file} ${issue.expression}`);
      }
    }
    assert.equal(published, 2822);
    const faults = knownFaults.filter(({ byTerminology }) => byTerminology !== true);
    const explained = new Map(faults.map(({ finding, count }) => [finding, count]));
    // A sample may have fewer findings of a kind than all examples.
    const isExplained = (finding: string, count: number): boolean => {
      const known = explained.get(finding);
      return isFull ? known === count : known !== undefined && count <= known;
    };
    const unexplained = [...counts].filter(([finding, count]) => !isExplained(finding, count));
    assert.deepEqual(
      unexplained.map(([finding, count]) => `${count} ${finding}: ${where.get(finding)!}`),
      [],
    );
    if (isFull) {
      const gone = faults.filter(({ finding }) => !counts.has(finding));
      assert.deepEqual(gone, [], 'listed but not found any more');
    }
    assert.ok(counts.size > 5, `only ${counts.size} of ${faults.length} faults are found`);
  });
});
