/** Releases in each publisher's layout, and the messages about missing parts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CodeSystemConcept } from '@dhp/fhir-model';
import { readRelease, ReleaseFault, type ReleaseKind, type ReleaseOptions } from '../src/index.ts';
import { claml, icd10Table, icd11, loinc, loincAccessories, relatedSnomed, snomed, type Files } from './samples.ts';

/** In pieces of a few bytes, so that every letter and every line is cut somewhere. */
function read(
  kind: ReleaseKind,
  files: Files,
  options: ReleaseOptions = {},
  name = 'release',
): ReturnType<typeof readRelease> {
  return readRelease(
    kind,
    {
      name,
      files: Object.entries(files).map(([path, text]) => ({
        path,
        open: async function* pieces() {
          const bytes = Buffer.from(text);
          for (let at = 0; at < bytes.length; at += 7) yield await Promise.resolve(bytes.subarray(at, at + 7));
        },
      })),
    },
    options,
  );
}

const flat = (concepts: readonly CodeSystemConcept[] = []): CodeSystemConcept[] =>
  concepts.flatMap((one) => [one, ...flat(one.concept)]);
const without = (files: Files, form: RegExp): Files =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !form.test(path)));
const changed = (files: Files, from: string, to: string): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text.replace(from, to)]));

describe('ICD-10', () => {
  it('comes from ClaML with its tree, definitions and languages', async () => {
    const { resource, concepts, notes } = await read('icd-10', claml);
    assert.deepEqual(
      [resource.url, resource.version, resource.id],
      ['http://hl7.org/fhir/sid/icd-10', '2019', 'icd-10-2019'],
    );
    assert.deepEqual([concepts, resource.count, resource.content], [13, 13, 'complete']);
    const chapter = resource.concept![0]!;
    assert.deepEqual(chapter.property, [
      { code: 'kind', valueCode: 'chapter' },
      { code: 'notSelectable', valueBoolean: true },
    ]);
    const category = chapter.concept![0]!.concept![0]!;
    assert.deepEqual(
      { ...category, concept: category.concept?.map(({ code }) => code) },
      {
        code: 'X00',
        display: 'Blue & cough',
        definition: 'A cough that is blue.',
        designation: [
          { language: 'ru', value: 'Синий кашель' },
          { language: 'de', value: 'Blauer Husten' },
        ],
        property: [{ code: 'kind', valueCode: 'category' }],
        concept: ['X00.1', 'X00.0', 'X00.9'],
      },
    );
    assert.match(notes.join(), /^1 categories have a modifier for a fifth character and no fourth/);
    const russian = await read('icd-10', claml, { languages: ['ru'] });
    assert.doesNotMatch(JSON.stringify(russian.resource), /Husten/);
  });

  it('has the codes that modifiers make, those that are valid, and no class of its own twice', async () => {
    const { resource } = await read('icd-10', claml);
    const [x00, x01] = resource.concept![0]!.concept![0]!.concept!;
    const names = (concept: typeof x00): (string | undefined)[][] =>
      (concept?.concept ?? []).map(({ code, display, designation = [] }) => [
        code,
        display,
        ...designation.map(({ value }) => value),
      ]);
    assert.deepEqual(names(x00), [
      ['X00.1', 'Blue cough, mild'],
      ['X00.0', 'Blue & cough: with fever', 'Синий кашель: с лихорадкой'],
      ['X00.9', 'Blue & cough: unspecified'],
    ]);
    assert.deepEqual(names(x01), [['X01.9', 'Green cough: unspecified']]);
  });

  it('has fifth characters behind fourths, also of a modifier further up, unless a class ends or narrows it', async () => {
    const { resource } = await read('icd-10', claml);
    const [x00, x01] = resource.concept![0]!.concept![0]!.concept!;
    const fifth = Object.fromEntries(
      [...x00!.concept!, ...x01!.concept!].map(({ code, concept = [] }) => [
        code,
        concept.map((each) => `${each.code} ${each.display}`),
      ]),
    );
    assert.deepEqual(fifth, {
      'X00.1': ['X00.10 Blue cough, mild: left', 'X00.11 Blue cough, mild: right'],
      'X00.0': ['X00.00 Blue & cough: with fever: left'],
      'X00.9': ['X00.90 Blue & cough: unspecified: left'],
      'X01.9': [],
    });
  });

  it('comes from a table, whose codes tell the tree', async () => {
    const { resource } = await read('icd-10', icd10Table, { version: '2016-uz' });
    assert.equal(resource.id, 'icd-10-2016-uz');
    assert.deepEqual(resource.concept, [
      {
        code: 'X00',
        display: 'Cough, blue',
        designation: [
          { language: 'ru', value: 'Кашель' },
          { language: 'uz', value: 'Yoʻtal' },
        ],
        property: [{ code: 'kind', valueCode: 'category' }],
        concept: [{ code: 'X00.1', display: 'Said "mild"', property: [{ code: 'kind', valueCode: 'category' }] }],
      },
    ]);
    const semicolons = { 'a.csv': 'code;name;parent\nA;Above;\nB;Below;A\n' };
    const { resource: other } = await read('icd-10', semicolons, { version: '1' });
    assert.deepEqual(other.concept, [{ code: 'A', display: 'Above', concept: [{ code: 'B', display: 'Below' }] }]);
  });
});

describe('ICD-11', () => {
  it('comes from the simple tabulations, one a language', async () => {
    const { resource, concepts } = await read('icd-11', icd11);
    assert.deepEqual(
      [resource.url, resource.version, concepts],
      ['http://id.who.int/icd/release/11/mms', '2024-01', 6],
    );
    const [first, second] = resource.concept!;
    assert.deepEqual([first?.code, first?.display, second?.code], ['01', 'Invented diseases', '02']);
    const block = first!.concept![0]!;
    assert.deepEqual([block.code, block.concept?.map(({ code }) => code)], ['BlockL1-1A0', ['1A00', '1A0Z']]);
    assert.equal(block.property?.[1]?.valueBoolean, true, 'a block cannot be chosen');
    assert.deepEqual(block.concept![0]!.designation, [{ language: 'ru', value: 'Синий кашель' }]);
    assert.deepEqual(block.concept![0]!.concept, [
      { code: '1A00.0', display: 'Blue cough, mild', property: [{ code: 'kind', valueCode: 'category' }] },
    ]);
  });
});

describe('LOINC', () => {
  it('comes from its table and the linguistic variants', async () => {
    const { resource } = await read('loinc', loinc, {}, 'Loinc_2.80.zip');
    assert.deepEqual([resource.url, resource.version, resource.id], ['http://loinc.org', '2.80', 'loinc-2.80']);
    const [blue, green] = resource.concept!;
    assert.deepEqual([blue?.code, blue?.display], ['00001-0', 'Blueness [Mass/volume] in Blood']);
    assert.equal(blue?.definition, 'How blue, \r\nin words.');
    assert.deepEqual(blue.designation, [
      { language: 'en', use: { system: 'http://loinc.org', code: 'SHORTNAME' }, value: 'Blue Bld-mCnc' },
      { language: 'ru-RU', value: 'Синева:МассКонц:Тчк:Кр:Колич' },
      { language: 'fr-CA', value: 'Bleu affiché' },
    ]);
    assert.ok(blue.property?.some(({ code, valueString }) => code === 'SCALE_TYP' && valueString === 'Qn'));
    assert.ok(!blue.property?.some(({ code }) => code === 'inactive' || code === 'METHOD_TYP'));
    assert.ok(green?.property?.some(({ code, valueBoolean }) => code === 'inactive' && valueBoolean === true));
  });

  it('has parts, their hierarchy and answer lists, where the archive has their files', async () => {
    const { resource } = await read('loinc', { ...loinc, ...loincAccessories }, { languages: ['ru'] });
    const all = new Map(flat(resource.concept).map((one) => [one.code, one]));
    const blue = all.get('00001-0');
    const valueOf = (code: string): unknown => blue?.property?.find((one) => one.code === code);
    assert.deepEqual(valueOf('COMPONENT'), { code: 'COMPONENT', valueCode: 'LP1-1' });
    assert.deepEqual(valueOf('SCALE_TYP'), { code: 'SCALE_TYP', valueCode: 'LP2-9' });
    assert.deepEqual(valueOf('SYSTEM'), { code: 'SYSTEM', valueString: 'Bld' }, 'no part is linked');
    assert.deepEqual(valueOf('AnswerList'), { code: 'AnswerList', valueCode: 'LL1-9' });
    assert.deepEqual(
      all.get('LP9-0')?.concept?.[0]?.concept?.map(({ code }) => code),
      ['00001-0'],
    );
    assert.deepEqual(
      [all.get('LP1-1')?.display, all.get('LP1-1')?.designation?.[0]?.value, all.get('LP3-7')?.display],
      ['Blue colour', 'Blueness', 'Greenness'],
    );
    assert.deepEqual(all.get('LP3-7')?.property?.at(-1), { code: 'inactive', valueBoolean: true });
    assert.deepEqual(all.get('LL1-9')?.property, [
      { code: 'answer', valueCode: 'LA1-6' },
      { code: 'answer', valueCode: 'LA2-4' },
    ]);
    assert.deepEqual([all.get('LL2-7')?.property, all.get('LA2-4')?.display], [undefined, 'Dark']);
    assert.equal(resource.property?.find(({ code }) => code === 'COMPONENT')?.type, 'code');
    assert.equal(resource.count, all.size);
  });

  it('takes the languages that are wanted, and the version from the newest change where the archive has no number', async () => {
    const { resource } = await read('loinc', loinc, { languages: ['ru'] });
    assert.equal(resource.version, '2.70');
    assert.deepEqual(
      resource.concept![0]!.designation?.map(({ language }) => language),
      ['en', 'ru-RU'],
    );
  });
});

describe('SNOMED CT', () => {
  it('comes from RF2 with all parents, the preferred term first, designations by language', async () => {
    const { resource, concepts } = await read('snomed', snomed);
    assert.equal(resource.version, 'http://snomed.info/sct/900000000000207008/version/20250101');
    assert.match(resource.id, /^[A-Za-z0-9.-]{1,64}$/);
    assert.equal(concepts, 4, 'inactive concepts are left out');
    const [root] = resource.concept!;
    assert.deepEqual([root?.code, root?.display, root?.concept?.map(({ code }) => code)], ['1', 'Root', ['2', '3']]);
    const use = (code: string): object => ({ system: 'http://snomed.info/sct', code });
    assert.deepEqual(root!.concept![0]!.concept, [
      {
        code: '4',
        display: 'Blue cough',
        designation: [
          { language: 'en', use: use('900000000000013009'), value: 'Bluish cough' },
          { language: 'ru', use: use('900000000000013009'), value: 'Синий кашель' },
          { language: 'en', use: use('900000000000003001'), value: 'Blue "cough" (disorder)' },
        ],
        property: [
          { code: 'sufficientlyDefined', valueBoolean: true },
          { code: '363698007', valueCode: '1' },
          { code: 'parent', valueCode: '3' },
        ],
      },
    ]);
    assert.deepEqual(
      JSON.stringify((await read('snomed', snomed)).resource),
      JSON.stringify(resource),
      'the same again',
    );
  });

  it('has attributes, how they are grouped, and reference sets as properties', async () => {
    const { resource } = await read('snomed', relatedSnomed);
    const found = new Map(flat(resource.concept).map((one) => [one.code, (one.property ?? []).slice(1)]));
    assert.deepEqual(found.get('32'), [
      { code: '40', valueCode: '11' },
      { code: '40', valueCode: '12' },
      { code: '41', valueCode: '21' },
      { code: '41', valueCode: '22' },
      { code: 'roleGroups', valueString: '40=11,41=21;40=12,41=22' },
    ]);
    assert.deepEqual(found.get('34'), [
      { code: '42', valueDecimal: 2 },
      { code: '43', valueString: 'Two' },
    ]);
    assert.deepEqual(found.get('31')?.at(-1), { code: 'refset', valueCode: '50' });
    assert.deepEqual(found.get('50'), [{ code: 'refsetMembers', valueInteger: 2 }]);
    assert.deepEqual(
      resource.property?.find(({ code }) => code === '40'),
      { code: '40', uri: 'http://snomed.info/id/40', type: 'code', description: 'Finding site' },
    );
    assert.deepEqual(
      resource.property.flatMap(({ code, type }) => (/^4/.test(code) ? [type] : [])),
      ['code', 'code', 'decimal', 'string'],
    );
  });

  it('has inactive concepts where they are asked for, and the module of a national edition', async () => {
    const { resource } = await read('snomed', snomed, { inactive: true, edition: '11000172109', version: '20250315' });
    assert.equal(resource.version, 'http://snomed.info/sct/11000172109/version/20250315');
    const gone = resource.concept!.find(({ code }) => code === '5');
    assert.deepEqual(gone?.property?.at(-1), { code: 'inactive', valueBoolean: true });
    const national = Object.fromEntries(
      Object.entries(snomed).map(([path, text]) => [path.replace('_INT_', '_UZ1000172_'), text]),
    );
    await assert.rejects(read('snomed', national), /name its module with --edition/);
  });
});

describe('a release that is not as it should be', () => {
  const faults: [string, ReleaseKind, Files, RegExp][] = [
    ['nothing', 'loinc', {}, /has no LoincTable\/Loinc\.csv; it has no file/],
    ['another archive', 'loinc', snomed, /has no LoincTable\/Loinc\.csv; it has Snapshot/],
    [
      'another table',
      'loinc',
      { 'LoincTable/Loinc.csv': 'a,b\n1,2\n' },
      /LoincTable\/Loinc\.csv has no column LOINC_NUM/,
    ],
    ['a variant without its file', 'loinc', without(loinc, /frCA8/), /linguistic variant fr-CA/],
    [
      'no relationships',
      'snomed',
      without(snomed, /Relationship/),
      /has no Snapshot\/Terminology\/sct2_Relationship_Snapshot/,
    ],
    ['no descriptions', 'snomed', without(snomed, /Description/), /has no Snapshot\/Terminology\/sct2_Description/],
    [
      'other columns',
      'snomed',
      changed(snomed, 'definitionStatusId', 'x'),
      /sct2_Concept\S+ has no column definitionStatusId/,
    ],
    ['two snapshots', 'snomed', { ...snomed, 'b/sct2_Concept_Snapshot_INT_20240101.txt': '' }, /several files/],
    ['no ClaML', 'icd-10', { 'a.xml': '<html/>' }, /is not ClaML: its root element is html/],
    ['broken XML', 'icd-10', { 'a.xml': '<ClaML><Class code="a"></ClaML>' }, /not good XML/],
    ['a table without version', 'icd-10', icd10Table, /add --release/],
    ['no tabulation', 'icd-11', { 'a.txt': 'Code\tTitle\nA\tB\n' }, /a\.txt has no column BlockId/],
    ['a code twice', 'icd-11', changed(icd11, '1A0Z', '1A00'), /has the code 1A00 twice/],
  ];
  for (const [title, kind, files, message] of faults) {
    it(`is told apart: ${title}`, async () => {
      await assert.rejects(read(kind, files), (error) => {
        assert.ok(error instanceof ReleaseFault, String(error));
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
