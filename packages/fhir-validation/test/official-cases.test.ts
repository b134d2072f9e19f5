import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { allOutcomes, report, reportFile } from './cases-report.ts';
import { reasonFor } from './case-reasons.ts';
import { skipCases } from './official-cases.ts';

describe('the official validator cases', { skip: skipCases }, () => {
  const outcomes = skipCases === false ? allOutcomes() : [];

  it('differ only where it is explained', () => {
    const unexplained = outcomes.flatMap(({ name, missing, extra }) =>
      [...missing, ...extra]
        .filter((finding) => reasonFor(name, finding) === undefined)
        .map((finding) => `${name}: ${JSON.stringify(finding)}`),
    );
    assert.deepEqual(unexplained, []);
  });

  it('agree as the committed report says', () => {
    const plain = (text: string) => text.replaceAll(/[ -]+/g, ' ');
    assert.equal(plain(readFileSync(reportFile, 'utf8')), plain(report(outcomes)));
  });
});
