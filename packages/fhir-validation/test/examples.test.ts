import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator, type Issue } from '../src/index.ts';
import { knownFaults } from './known-faults.ts';
import { published, skipExamples } from './published.ts';

const findingOf = ({ id, values }: Issue): string => {
  const detail = id === 'invariant' ? values['key'] : id === 'code-not-in-value-set' ? values['valueSet'] : undefined;
  return detail === undefined ? id : `${id} ${detail}`;
};

describe('the published examples of R5', { skip: skipExamples }, () => {
  it('have no errors but those known and explained', () => {
    const validator = new Validator({ unknownExtensions: 'ignore' });
    const counts = new Map<string, number>();
    const where = new Map<string, string>();
    let resources = 0;
    for (const { file, resource } of published('examples')) {
      resources += 1;
      for (const issue of validator.validate(resource)) {
        if (issue.severity !== 'error' && issue.severity !== 'fatal') continue;
        const finding = findingOf(issue);
        counts.set(finding, (counts.get(finding) ?? 0) + 1);
        if (!where.has(finding)) where.set(finding, `${file} ${issue.expression}`);
      }
    }
    assert.equal(resources, 2822);
    const faults = knownFaults.filter(({ byTerminology }) => byTerminology !== true);
    const explained = new Map(faults.map(({ finding, count }) => [finding, count]));
    const unexplained = [...counts].filter(([finding, count]) => explained.get(finding) !== count);
    assert.deepEqual(
      unexplained.map(([finding, count]) => `${count} ${finding}: ${where.get(finding)!}`),
      [],
    );
    assert.deepEqual(
      faults.filter(({ finding }) => !counts.has(finding)),
      [],
      'listed but not found any more',
    );
  });
});
