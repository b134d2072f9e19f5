/** Labels of resources as a table: by their codes, by their writers, and by the resources that they group. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  codingOf,
  definitionOf,
  highestConfidentiality,
  inheritedLabels,
  isLabelled,
  labelReader,
  membersOf,
  tellsOfNobody,
  withholding,
  type LabelledResource,
} from '@dhp/labels';

const icd = 'http://hl7.org/fhir/sid/icd-10';
const act = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const confidentiality = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const [hiv, psy] = [`${act}|HIV`, `${act}|PSY`];
const [normal, restrictedLabel, very] = ['N', 'R', 'V'].map((code) => `${confidentiality}|${code}`) as [
  string,
  string,
  string,
];

const definition = definitionOf(
  [
    { labels: [hiv, restrictedLabel], codes: [`${icd}|B20`, `${icd}|B24`] },
    { labels: [psy], codes: [`${icd}|F20`] },
  ],
  [normal],
);
const labelsOf = labelReader(definition);
const coded = (code: string, system: string | undefined = icd): object => ({
  coding: [{ ...(system && { system }), code }],
});
const condition = (members: object): Record<string, unknown> => ({ resourceType: 'Condition', ...members });
const security = (label: string): object => ({ meta: { security: [codingOf(label)] } });

describe('labels by content', () => {
  const cases: Readonly<Record<string, readonly [resource: Record<string, unknown>, labels: readonly string[]]>> = {
    'no code': [condition({}), []],
    'a code of a value set': [condition({ code: coded('B20') }), [hiv, restrictedLabel]],
    'codes of two': [condition({ code: coded('B24'), category: [coded('F20')] }), [hiv, psy, restrictedLabel]],
    'a code of another system': [condition({ code: coded('B20', 'urn:other') }), []],
    'a code without a system': [condition({ code: { coding: [{ code: 'F20' }] } }), [psy]],
    'such a code in an element that is no Coding of a concept': [condition({ extension: [{ code: 'F20' }] }), []],
    'a Coding of an extension': [condition({ extension: [{ valueCoding: { system: icd, code: 'F20' } }] }), [psy]],
    'what is contained': [condition({ contained: [condition({ code: coded('F20') })] }), [psy]],
    'an entry of a Bundle': [
      { resourceType: 'Bundle', entry: [{ resource: condition({ code: coded('F20') }) }] },
      [psy],
    ],
    'a definition within a Bundle': [
      {
        resourceType: 'Bundle',
        entry: [{ resource: { resourceType: 'Questionnaire', item: [{ code: [{ system: icd, code: 'F20' }] }] } }],
      },
      [],
    ],
    'a label of the writer': [condition(security(psy)), [psy]],
    'a confidentiality, whatever it is': [condition(security(normal)), [normal]],
    'a label that nobody guards': [condition(security(`${act}|ETH`)), []],
    'a label elsewhere': [condition({ security: [codingOf(psy)] }), []],
    'the same label twice': [condition({ code: coded('F20'), ...security(psy) }), [psy]],
  };
  for (const [name, [resource, labels]] of Object.entries(cases))
    it(name, () => {
      assert.deepEqual(labelsOf(resource), [...labels].sort());
    });

  it('reads what is as deep as a writer likes', () => {
    let nested: object = coded('F20');
    for (let depth = 0; depth < 50_000; depth += 1) nested = { extension: [nested] };
    assert.deepEqual(labelsOf(condition(nested)), [psy]);
  });

  it('looks at each part once', () => {
    let looks = 0;
    const watched = (code: object): object =>
      new Proxy(code, {
        ownKeys: (target) => {
          looks += 1;
          return Reflect.ownKeys(target);
        },
      });
    const codes = Array.from({ length: 500 }, (_, n) => watched({ system: icd, code: `A${String(n)}` }));
    labelsOf(condition({ code: { coding: codes } }));
    assert.equal(looks, 500);
  });

  it('looks at no code of a value set', () => {
    let looks = 0;
    const codes = new Proxy(
      Array.from({ length: 20_000 }, (_, n) => `${icd}|A${String(n)}`),
      { get: (target, name, receiver) => ((looks += 1), Reflect.get(target, name, receiver) as unknown) },
    );
    const read = labelReader(definitionOf([{ labels: [hiv], codes }], []));
    const made = looks;
    assert.deepEqual(read(condition({ code: coded('A19999') })), [hiv]);
    assert.ok(made > 0);
    assert.equal(looks, made);
  });

  it('guards what is more than normal, and what rules and clearances name', () => {
    assert.deepEqual(definition.guarded, [hiv, psy, restrictedLabel, very].sort());
  });
});

describe('members', () => {
  const own = ['https://fhir.example/base'];
  const to = (reference: string): object => ({ reference });
  const cases: Readonly<Record<string, readonly [resource: Record<string, unknown>, members: readonly string[]]>> = {
    'an Observation': [{ resourceType: 'Observation', hasMember: [to('Observation/1')] }, []],
    'results of a report': [
      { resourceType: 'DiagnosticReport', result: [to('Observation/1'), to('Observation/2/_history/3')] },
      ['Observation/1', 'Observation/2'],
    ],
    'entries of a List': [
      {
        resourceType: 'List',
        entry: [{ item: to('https://fhir.example/base/Condition/1') }, { item: to('urn:uuid:1') }],
      },
      ['Condition/1'],
    ],
    'sections in sections of a Composition': [
      {
        resourceType: 'Composition',
        section: [{ entry: [to('Condition/1')], section: [{ entry: [to('List/2')] }] }],
        subject: [to('Patient/1')],
      },
      ['Condition/1', 'List/2'],
    ],
    'entries of a Bundle, and theirs': [
      {
        resourceType: 'Bundle',
        entry: [
          {
            fullUrl: 'https://fhir.example/base/List/1',
            resource: { resourceType: 'List', entry: [{ item: to('Condition/1') }] },
          },
          { fullUrl: 'https://elsewhere.example/Condition/9' },
        ],
      },
      ['List/1', 'Condition/1'],
    ],
    'those of what a report contains': [
      { resourceType: 'DiagnosticReport', contained: [{ resourceType: 'List', entry: [{ item: to('Condition/1') }] }] },
      ['Condition/1'],
    ],
    'what is no resource': [{ resourceType: 'List', entry: [null, { item: 'x' }, { item: { reference: 7 } }] }, []],
  };
  for (const [name, [resource, members]] of Object.entries(cases))
    it(name, () => {
      assert.deepEqual(membersOf(resource, own), members);
    });
});

describe('labels by inheritance', () => {
  const known = new Map<string, LabelledResource>([
    ['Observation/1', { labels: [hiv], members: [] }],
    ['DiagnosticReport/1', { labels: [], members: ['Observation/1', 'Observation/absent'] }],
    ['List/1', { labels: [psy], members: ['List/2', 'DiagnosticReport/1'] }],
    ['List/2', { labels: [], members: ['List/1'] }],
  ]);

  it('goes on over members of members, and around circles', () => {
    assert.deepEqual(inheritedLabels('DiagnosticReport/1', known), new Set([hiv]));
    assert.deepEqual(inheritedLabels('List/2', known), new Set([psy, hiv]));
    assert.deepEqual(inheritedLabels('Observation/absent', known), new Set());
  });

  it('takes what leads to too many for one that has every label', () => {
    assert.equal(inheritedLabels('List/1', known, 4), undefined);
    assert.equal(isLabelled('List/1', ['urn:l|none'], known, 4), true);
    assert.equal(isLabelled('List/1', ['urn:l|none'], known), false);
  });
});

describe('clearance', () => {
  it('withholds what nobody is cleared for, and the more confidential', () => {
    const { guarded } = definition;
    assert.deepEqual(withholding(guarded, []), guarded);
    assert.deepEqual(withholding(guarded, [very]), [hiv, psy].sort());
    assert.deepEqual(withholding(guarded, [restrictedLabel, hiv]), [psy, very].sort());
    assert.deepEqual(withholding(guarded, [normal]), guarded);
  });

  it('tells the highest confidentiality', () => {
    assert.equal(highestConfidentiality([normal, restrictedLabel, hiv]), restrictedLabel);
    assert.equal(highestConfidentiality([hiv]), undefined);
  });

  it('has nothing to withhold of definitions', () => {
    assert.deepEqual(['ValueSet', 'Patient', 'Questionnaire', 'QuestionnaireResponse'].map(tellsOfNobody), [
      true,
      false,
      true,
      false,
    ]);
  });
});
