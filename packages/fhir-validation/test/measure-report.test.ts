/** Reports of contained measures, and signatures and references of Bundles. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { found, type Case } from './content-cases.ts';

/** HL7's code systems are not available here; lists and extensions have tests of their own. */
const other = / (?:code-system-unknown|array-empty|reference-target|extension-\w+) /;

function each(cases: readonly Case[]): void {
  for (const [name, resource, findings] of cases)
    it(name, () => {
      const these = found(resource).filter((one) => !other.test(one));
      assert.deepEqual(these, findings);
    });
}

const coded = (code: string): object => ({ code: { coding: [{ system: 'urn:known', code }] } });
const scoring = (code: string): object => ({
  scoring: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/measure-scoring', code }] },
});
const named = {
  ...{ linkId: 'g', ...coded('a') },
  population: [{ linkId: 'p', ...coded('a') }],
  stratifier: [{ linkId: 's', ...coded('a') }],
};
const bare = { ...coded('b'), population: [coded('a')] };
const measureOf = (kind: string, group: object[], more: object = {}): object => ({
  ...{ resourceType: 'Measure', id: 'm', status: 'active', ...scoring(kind) },
  group,
  ...more,
});
const report = (measure: object, group: object[], more: object = {}): object => ({
  ...{ resourceType: 'MeasureReport', contained: [measure], status: 'complete', type: 'summary', measure: '#m' },
  period: { start: '2026-01-01' },
  group,
  ...more,
});
const score = (value: object): object => ({ measureScoreQuantity: value });
const half = score({ value: 0.5 });
const rightly = { linkId: 'g', ...half, population: [{ linkId: 'p', count: 1 }], stratifier: [{ linkId: 's' }] };
const counted = { ...coded('b'), ...half, population: [{ ...coded('a'), count: 1 }] };
const both = measureOf('proportion', [named, bare]);
const one = measureOf('proportion', [bare]);
const at = 'MeasureReport.group[0]';

describe('a report of a measure', () => {
  const populated = (population: object[], more: object = {}): object =>
    report(one, [{ ...counted, population }], more);
  each([
    ['has the groups of the measure', report(both, [rightly, counted]), []],
    ['has each of them', report(both, [rightly]), ['error report-part-missing MeasureReport']],
    ['has each once', report(both, [rightly, counted, counted]), ['error report-part-twice MeasureReport.group[2]']],
    ['names each', report(both, [rightly, counted, half]), ['error report-part-nameless MeasureReport.group[2]']],
    [
      'has no others',
      report(both, [rightly, counted, { linkId: 'none' }]),
      ['error report-part-unknown MeasureReport.group[2]'],
    ],
    [
      'says of them what the measure does',
      report(both, [{ ...rightly, ...coded('b') }, counted]),
      [`error report-part-code ${at}`],
    ],
    [
      'names the only group by its code',
      report(one, [{ ...counted, code: { text: 'b' } }]),
      [`error report-group-code ${at}`],
    ],
    ['counts each population', populated([coded('a')]), [`warning report-without-count ${at}.population[0]`]],
    ['has each population', populated([]), [`error report-part-missing ${at}`]],
    [
      'lists subjects in lists of them alone',
      populated([{ ...coded('a'), count: 1, subjectResults: { reference: 'List/1' } }]),
      [`error report-subjects ${at}.population[0]`],
    ],
    [
      'counts the subjects that it lists',
      populated([{ ...coded('a'), count: 2, subjectResults: { reference: 'Patient/1' } }], { type: 'subject-list' }),
      [`error report-count ${at}.population[0]`],
    ],
    [
      'has the stratifiers of the measure',
      report(measureOf('proportion', [named]), [{ ...rightly, stratifier: [] }]),
      [`error report-part-missing ${at}`],
    ],
  ]);
});

describe('the score of a report', () => {
  const scored = (kind: string, value: object, more: object = {}, rest: object = {}): object =>
    report(measureOf(kind, [bare], more), [{ ...counted, measureScoreQuantity: undefined, ...value }], rest);
  const place = `${at}.measureScore.ofType(Quantity)`;
  const unit = {
    extension: [
      {
        url: 'http://hl7.org/fhir/StructureDefinition/questionnaire-unit',
        valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg' },
      },
    ],
  };
  const amount = (code: string): object => score({ value: 1, system: 'http://unitsofmeasure.org', code });
  each([
    ['is there', scored('proportion', {}), [`error report-score-missing ${at}`]],
    [
      'is not there in collected data',
      scored('proportion', half, {}, { type: 'data-collection' }),
      [`error report-score-collected ${place}`],
    ],
    ['has a value', scored('continuous-variable', score({ unit: 'kg' })), [`error report-score-value ${place}`]],
    ['is a share', scored('proportion', score({ value: 2 })), [`error report-score-range ${place}.value`]],
    ['is a number of people', scored('cohort', score({ value: 3 })), []],
    ['has no unit there', scored('cohort', score({ value: 3, unit: 'kg' })), [`error report-score-unit ${place}.unit`]],
    ['of a ratio has a unit', scored('ratio', half), [`warning report-score-without-unit ${place}`]],
    ['has the unit of the measure', scored('ratio', amount('g'), unit), [`error report-score-fixed ${place}.code`]],
    ['has that', scored('ratio', amount('kg'), unit), []],
  ]);
});

describe('a reference within a Bundle', () => {
  const base = 'http://example.org/fhir';
  const patient = (more: object = {}): object => ({ resourceType: 'Patient', id: '1', active: true, ...more });
  const about = (reference: string): object => ({
    ...{ resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'A' } },
    subject: { reference },
  });
  const bundle = (...entry: object[]): object => ({ resourceType: 'Bundle', type: 'collection', entry });
  const observed = (reference: string): object => ({ fullUrl: `${base}/Observation/o`, resource: about(reference) });
  const entry = (url: string, more: object = {}): object => ({ fullUrl: url, resource: patient(more) });
  const subject = 'Bundle.entry[0].resource.subject';
  each([
    ['leads to an entry', bundle(observed('Patient/1'), entry(`${base}/Patient/1`)), []],
    [
      'leads to one of several versions',
      bundle(
        observed('Patient/1/_history/2'),
        entry(`${base}/Patient/1`, { meta: { versionId: '1' } }),
        entry(`${base}/Patient/1`, { meta: { versionId: '2' } }),
      ),
      [],
    ],
    [
      'leads to no two',
      bundle(
        observed('Patient/1'),
        entry(`${base}/Patient/1`, { meta: { versionId: '1' } }),
        entry(`${base}/Patient/1`, { meta: { versionId: '2' } }),
      ),
      [`error bundle-reference-twice ${subject}`],
    ],
  ]);
});

describe('the signature of a Bundle', () => {
  const encode = (text: string): string => Buffer.from(text).toString('base64url');
  const jose = (head: object, payload = ''): string =>
    Buffer.from(`${encode(JSON.stringify(head))}.${encode(payload)}.AAAA`).toString('base64');
  const signed = (more: object): object => ({
    ...{ resourceType: 'Bundle', type: 'collection' },
    signature: {
      type: [{ system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.1' }],
      ...{ when: '2026-01-31T10:00:00Z', who: { display: 'A' }, sigFormat: 'application/jose' },
      ...more,
    },
  });
  const head = { alg: 'ES256', kid: 'a', sigT: '2026-01-31T10:00:01Z' };
  const of = (more: object, payload?: string): object => signed({ data: jose({ ...head, ...more }, payload) });
  const error = (id: string): string[] => [`error ${id} Bundle.signature`];
  const warning = (id: string): string[] => [`warning ${id} Bundle.signature`];
  each([
    ['says when and by whom', of({}), []],
    ['may be of no kind that is read', signed({ sigFormat: 'image/png', data: 'AAAA' }), []],
    ['has three parts', signed({ data: 'AAAA' }), error('bundle-signature-data')],
    ['has a header', signed({ data: Buffer.from('a.b.c').toString('base64') }), error('bundle-signature-header')],
    ['says when', of({ sigT: undefined }), warning('bundle-signature-time-missing')],
    ['says when in words', of({ sigT: '1769853600' }), warning('bundle-signature-time-seconds')],
    ['may say when in seconds elsewhere', of({ sigT: undefined, iat: 1_769_853_600 }), []],
    ['says a time', of({ sigT: 'none' }), error('bundle-signature-time')],
    ['says the time that the element says', of({ sigT: '2026-02-01T10:00:00Z' }), error('bundle-signature-when')],
    ['has a key', of({ kid: undefined }), warning('bundle-signature-key')],
    [
      'has a certificate that can be read',
      of({ kid: undefined, x5c: ['AAAA'] }),
      error('bundle-signature-certificate'),
    ],
    ['holds no copy', of({}, '{}'), warning('bundle-signature-payload')],
    [
      'is of the form that it names',
      signed({
        targetFormat: 'application/fhir+json;canonicalization=http://example.org/a',
        data: jose({ ...head, canon: 'http://example.org/b' }),
      }),
      warning('bundle-signature-canonicalization'),
    ],
  ]);
});
