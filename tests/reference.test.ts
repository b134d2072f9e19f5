import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { blindCopies } from './reference/blind.ts';
import { corpora, type Corpus, type CorpusName } from './reference/corpora.ts';
import { compareCorpus, isRecorded, measured, readLimits } from './reference/corpus.ts';
import { exemptionOf, exemptions } from './reference/exempt.ts';
import { match, type Finding } from './reference/finding.ts';
import { exampleTypes, faults, mutants, skipMutants } from './reference/mutants.ts';
import { ruled, ruledKinds } from './reference/ruled/index.ts';
import { readTable } from './reference/messages.ts';
import { agreementOf } from './reference/report.ts';

/** The texts of all findings by their ids. */
const findings = new URL('../packages/fhir-validation/messages/finding/en.json', import.meta.url);

const finding = (severity: string, code: string, expression: string, id = ''): Finding => ({
  severity,
  code,
  expression,
  id,
});

describe('the comparison with the reference validator', () => {
  it('puts findings of one code and place together, each once', () => {
    const reference = [
      finding('error', 'invalid', 'Patient.id'),
      finding('error', 'invalid', 'Patient.id'),
      finding('warning', 'value', 'Patient'),
    ];
    const ours = [finding('warning', 'invalid', 'Patient.id'), finding('error', 'value', 'Patient.name')];
    const { matched, missing, extra } = match({ reference, ours });
    assert.equal(matched.length, 1);
    assert.deepEqual(missing, reference.slice(1));
    assert.deepEqual(extra, ours.slice(1));
  });

  it('leaves hints out, and counts verdicts by errors alone', () => {
    const pair = { kind: '', file: '', reference: [finding('information', 'value', 'A')] };
    const warned = { ...pair, ours: [finding('warning', 'value', 'B')] };
    const refused = { ...pair, ours: [finding('error', 'value', 'B')] };
    const expected = { subjects: 2, verdicts: 1, reference: 0, ours: 2, matched: 0 };
    assert.deepEqual(agreementOf([warned, refused]), expected);
  });

  it('has a reason and a section for each exemption, and asks all other findings', () => {
    for (const { reason, section } of exemptions) assert.ok(reason.length > 20 && /^(?:none: |https:)/.test(section));
    const failed = { ...finding('error', 'code-invalid', 'A'), text: 'Cannot invoke "String.equals(Object)"' };
    assert.match(exemptionOf(failed)!.reason, /NullPointerException/);
    assert.equal(exemptionOf({ ...failed, text: 'The value is wrong' }), undefined);
  });
});

describe('what was recorded of the reference validator', () => {
  for (const [name, { about, skip }] of Object.entries(corpora) as [CorpusName, Corpus][]) {
    if (!isRecorded(name)) continue;
    it(`agrees no less than before: ${about}`, { skip }, async () => {
      const found = measured(await compareCorpus(name));
      const limits = readLimits()[name];
      assert.equal(found.subjects, limits.subjects);
      assert.ok(found.verdicts >= limits.verdicts, `${found.verdicts} verdicts agree, ${limits.verdicts} before`);
      assert.ok(found.matched >= limits.matched, `${found.matched} findings agree, ${limits.matched} before`);
      assert.ok(found.extra <= limits.extra, `${found.extra} findings of ours alone, ${limits.extra} before`);
    });
  }
});

describe('the table of messages', () => {
  it('has a row for each message once, and names findings that there are', () => {
    const rows = readTable();
    assert.ok(rows.length > 1000, `${rows.length} rows`);
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
    const known = Object.keys(JSON.parse(readFileSync(findings, 'utf8')) as object);
    for (const { id, status, findings: named = [], section } of rows) {
      assert.equal(named.length > 0, status === 'ours', id);
      if (['not a rule', 'different on purpose', 'structure alone'].includes(status))
        assert.match(section ?? '', /^(?:none: |https:)/, id);
      if (status === 'ours' || status === 'not yet') assert.equal(section, undefined, id);
      for (const one of named)
        assert.ok(known.includes(one) || one === 'text-not-readable' || one.startsWith('xml-'), `${id}: ${one}`);
    }
  });
});

describe('mutants for the comparison', { skip: skipMutants }, () => {
  it('are the same for a seed, and others for another', () => {
    const made = (seed: number): string[] => [...mutants(seed, 20)].map(({ kind, text }) => kind + text);
    assert.deepEqual(made(5), made(5));
    assert.notDeepEqual(made(5), made(6));
  });

  it('are blind too, and differ from the examples', () => {
    const made = [...blindCopies(5, 20)];
    assert.deepEqual([...blindCopies(5, 20)], made);
    for (const { kind, text } of made) assert.ok(kind.includes(': ') && text.startsWith('{"resourceType":"'), kind);
  });

  it('are made from what the specification states, in more than 150 kinds', () => {
    const made = [...ruled(5, 60)];
    assert.deepEqual([...ruled(5, 60)], made);
    assert.ok(new Set(ruledKinds).size > 150 && ruledKinds.length === new Set(ruledKinds).size, `${ruledKinds.length}`);
    const kinds = new Set(made.map(({ kind }) => kind));
    assert.ok(kinds.size > 35, `${kinds.size} kinds`);
    for (const kind of kinds) assert.ok(ruledKinds.includes(kind), kind);
  });

  it('are of more than a hundred kinds, all of which occur, and of every type of the examples', () => {
    assert.ok(faults.size >= 100, `${faults.size} kinds`);
    const kinds = new Set<string>();
    const types = new Set<string>();
    const isComplete = (): boolean => kinds.size === faults.size && types.size === exampleTypes().length;
    for (const { kind, file } of mutants(2, 5000)) {
      kinds.add(kind);
      types.add(file.split('-')[0]!);
      if (isComplete()) break;
    }
    assert.deepEqual(
      [...faults.keys()].filter((kind) => !kinds.has(kind)),
      [],
    );
    assert.deepEqual(
      exampleTypes().filter((type) => !types.has(type)),
      [],
    );
  });
});
