/** Small releases of invented content, laid out as the publishers lay out theirs. */
export type Files = Readonly<Record<string, string>>;

const rows = (...lines: string[]): string => `${lines.join('\r\n')}\r\n`;
const tabs = (...lines: string[][]): string => rows(...lines.map((line) => line.join('\t')));

export const claml: Files = {
  'icd10.xml': `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE ClaML SYSTEM "ClaML.dtd">
<ClaML version="2.0.0">
  <Meta name="lang" value="en"/>
  <Identifier authority="x" uid="y"/>
  <Title date="2018-10-29" name="ICD-10-INVENTED" version="2019">Invented</Title>
  <ClassKinds><ClassKind name="category"/><ClassKind name="block"/><ClassKind name="chapter"/></ClassKinds>
  <Modifier code="M1"><SubClass code=".0"/><SubClass code=".1"/><SubClass code=".9"/></Modifier>
  <ModifierClass modifier="M1" code=".0"><SuperClass code="M1"/>
    <Rubric id="6" kind="preferred"><Label xml:lang="en">with fever</Label><Label xml:lang="ru">с лихорадкой</Label></Rubric>
  </ModifierClass>
  <ModifierClass modifier="M1" code=".1"><SuperClass code="M1"/>
    <Rubric id="7" kind="preferred"><Label xml:lang="en">mild</Label></Rubric></ModifierClass>
  <ModifierClass modifier="M1" code=".9"><SuperClass code="M1"/>
    <Rubric id="8" kind="preferred"><Label xml:lang="en">unspecified</Label></Rubric></ModifierClass>
  <Modifier code="M2"><SubClass code="0"/><SubClass code="1"/></Modifier>
  <ModifierClass modifier="M2" code="0"><SuperClass code="M2"/>
    <Rubric id="9" kind="preferred"><Label xml:lang="en">left</Label></Rubric></ModifierClass>
  <ModifierClass modifier="M2" code="1"><SuperClass code="M2"/>
    <Rubric id="11" kind="preferred"><Label xml:lang="en">right</Label></Rubric></ModifierClass>
  <Class code="I" kind="chapter">
    <SubClass code="X00-X09"/>
    <Rubric id="1" kind="preferred"><Label xml:lang="en" xml:space="default">Invented diseases</Label></Rubric>
  </Class>
  <Class code="X00-X09" kind="block">
    <SuperClass code="I"/><SubClass code="X00"/><SubClass code="X01"/><SubClass code="X02"/>
    <ModifiedBy code="M2" all="false"><ValidModifierClass code="0"/></ModifiedBy>
    <Rubric id="2" kind="preferred"><Label xml:lang="en">First block</Label></Rubric>
  </Class>
  <Class code="X00" kind="category">
    <SuperClass code="X00-X09"/><SubClass code="X00.1"/>
    <ModifiedBy code="M1"/>
    <Rubric id="3" kind="preferred">
      <Label xml:lang="en">Blue &amp;
        <Reference class="in brackets">cough</Reference></Label>
      <Label xml:lang="ru">Синий кашель</Label>
      <Label xml:lang="de">Blauer Husten</Label>
    </Rubric>
    <Rubric id="4" kind="definition"><Label xml:lang="en">A cough that is blue.</Label></Rubric>
  </Class>
  <Class code="X01" kind="category"><SuperClass code="X00-X09"/><ExcludeModifier code="M2"/>
    <ModifiedBy code="M1" all="false"><ValidModifierClass code=".9"/></ModifiedBy>
    <Rubric id="10" kind="preferred"><Label xml:lang="en">Green cough</Label></Rubric></Class>
  <Class code="X02" kind="category"><SuperClass code="X00-X09"/><ModifiedBy code="M2"/>
    <Rubric id="12" kind="preferred"><Label xml:lang="en">Red cough</Label></Rubric></Class>
  <Class code="X00.1" kind="category"><SuperClass code="X00"/><ModifiedBy code="M2"/>
    <Rubric id="5" kind="preferred"><Label xml:lang="en">Blue cough, mild</Label></Rubric></Class>
</ClaML>`,
};

export const icd10Table: Files = {
  'mkb.csv':
    '\uFEFFCode,Title,Title_ru,title_uz,Kind\nX00,"Cough, blue",Кашель,Yoʻtal,category\nX00.1,"Said ""mild""",,,category\n',
};

const tabulation = (titles: readonly [string, string, string, string, string][]): string =>
  tabs(
    [
      'Foundation URI',
      'Linearization URI',
      'Code',
      'BlockId',
      'Title',
      'ClassKind',
      'ChapterNo',
      'Version:2024 Jan 21 - 22:30 UTC',
    ],
    ...titles.map(([code, block, title, kind, chapter]) => ['f', 'l', code, block, title, kind, chapter, '']),
  );

export const icd11: Files = {
  'SimpleTabulation-ICD-11-MMS-en.txt': tabulation([
    ['', '', 'Invented diseases', 'chapter', '01'],
    ['', 'BlockL1-1A0', '- Blue things', 'block', '01'],
    ['1A00', '', '- - "Blue cough"', 'category', '01'],
    ['1A00.0', '', '- - - Blue cough, mild', 'category', '01'],
    ['1A0Z', '', '- - Blue things, unspecified', 'category', '01'],
    ['', '', 'Other', 'chapter', '02'],
  ]),
  'SimpleTabulation-ICD-11-MMS-ru.txt': tabulation([['1A00', '', '- - Синий кашель', 'category', '01']]),
};

export const loinc: Files = {
  'LoincTable/Loinc.csv':
    '"LOINC_NUM","COMPONENT","PROPERTY","TIME_ASPCT","SYSTEM","SCALE_TYP","METHOD_TYP","CLASS","VersionLastChanged","DefinitionDescription","STATUS","CLASSTYPE","SHORTNAME","ORDER_OBS","LONG_COMMON_NAME","EXTERNAL_COPYRIGHT_NOTICE"\r\n' +
    '"00001-0","Blueness","MCnc","Pt","Bld","Qn","","CHEM","2.70","How blue, \r\nin words.","ACTIVE","1","Blue Bld-mCnc","Both","Blueness [Mass/volume] in Blood",""\r\n' +
    '"00002-8","Greenness","MCnc","Pt","Bld","Qn","","CHEM","2.9","","DEPRECATED","1","","","Greenness in Blood","Of somebody else"\r\n',
  'AccessoryFiles/LinguisticVariants/LinguisticVariants.csv':
    '"ID","ISO_LANGUAGE","ISO_COUNTRY","LANGUAGE_NAME","PRODUCER"\r\n"22","ru","RU","Russian","x"\r\n"8","fr","CA","French","y"\r\n',
  'AccessoryFiles/LinguisticVariants/ruRU22LinguisticVariant.csv':
    '"LOINC_NUM","COMPONENT","PROPERTY","TIME_ASPCT","SYSTEM","SCALE_TYP","METHOD_TYP","CLASS","SHORTNAME","LONG_COMMON_NAME","RELATEDNAMES2","LinguisticVariantDisplayName"\r\n' +
    '"00001-0","Синева","МассКонц","Тчк","Кр","Колич","","","","","",""\r\n',
  'AccessoryFiles/LinguisticVariants/frCA8LinguisticVariant.csv':
    '"LOINC_NUM","COMPONENT","LONG_COMMON_NAME","LinguisticVariantDisplayName"\r\n"00001-0","Bleu","Bleu long","Bleu affiché"\r\n',
};

/** Parts, their hierarchy and answers, which are separate files. */
export const loincAccessories: Files = {
  'AccessoryFiles/PartFile/Part.csv':
    '"PartNumber","PartTypeName","PartName","PartDisplayName","Status"\r\n' +
    '"LP1-1","COMPONENT","Blueness","Blue colour","ACTIVE"\r\n"LP2-9","SCALE","Qn","Qn","ACTIVE"\r\n' +
    '"LP3-7","COMPONENT","Greenness","","DEPRECATED"\r\n',
  'AccessoryFiles/PartFile/LoincPartLink_Primary.csv':
    '"LoincNumber","LongCommonName","PartNumber","PartName","PartCodeSystem","PartTypeName","LinkTypeName","Property"\r\n' +
    '"00001-0","x","LP1-1","Blueness","http://loinc.org","COMPONENT","Primary","http://loinc.org/property/COMPONENT"\r\n' +
    '"00001-0","x","LP2-9","Qn","http://loinc.org","SCALE","Primary","http://loinc.org/property/SCALE_TYP"\r\n' +
    '"00002-8","x","LP3-7","Greenness","http://loinc.org","COMPONENT","Primary","http://loinc.org/property/COMPONENT"\r\n',
  'AccessoryFiles/ComponentHierarchyBySystem/ComponentHierarchyBySystem.csv':
    'PATH_TO_ROOT,SEQUENCE,IMMEDIATE_PARENT,CODE,CODE_TEXT\r\n' +
    ',1,,LP9-0,Colours\r\nLP9-0,1,LP9-0,LP1-1,Blue colour\r\nLP9-0.LP1-1,1,LP1-1,00001-0,Blueness\r\n',
  'AccessoryFiles/AnswerFile/AnswerList.csv':
    '"AnswerListId","AnswerListName","AnswerListOID","AnswerStringId","LocalAnswerCode","SequenceNumber","DisplayText"\r\n' +
    '"LL1-9","Shades","1.2","LA2-4","2","2","Dark"\r\n"LL1-9","Shades","1.2","LA1-6","1","1","Light"\r\n' +
    '"LL2-7","Kept elsewhere","1.3","","","",""\r\n"LL3-5","Yes or dark","1.4","LA2-4","","1","Dark"\r\n',
  'AccessoryFiles/AnswerFile/LoincAnswerListLink.csv':
    '"LoincNumber","LongCommonName","AnswerListId","AnswerListName","AnswerListLinkType","ApplicableContext"\r\n' +
    '"00001-0","x","LL1-9","Shades","NORMATIVE",""\r\n',
};

const us = '900000000000509007';
const [fsn, synonym] = ['900000000000003001', '900000000000013009'];
const described = (...lines: string[][]): string =>
  tabs(
    ['id', 'effectiveTime', 'active', 'moduleId', 'conceptId', 'languageCode', 'typeId', 'term', 'caseSignificanceId'],
    ...lines.map(([id = '', active = '', concept = '', language = '', type = '', term = '']) => [
      ...[id, '20250101', active, 'm', concept, language, type, term, 'x'],
    ]),
  );

const related = ([source = '', target = '', active = '', type = '', group = '0']: string[]): string[] => [
  ...['r', 't', active, 'm', source, target, group, type, 'c', 'x'],
];

/** Root 1, below it 2 and 3, below both 4; 5 is inactive. */
export const snomed: Files = {
  'Snapshot/Terminology/sct2_Concept_Snapshot_INT_20250101.txt': tabs(
    ['id', 'effectiveTime', 'active', 'moduleId', 'definitionStatusId'],
    ...['1', '2', '3', '4'].map((id) => [
      id,
      '20250101',
      '1',
      'm',
      id === '4' ? '900000000000073002' : '900000000000074008',
    ]),
    ['5', '20250101', '0', 'm', '900000000000074008'],
  ),
  'Snapshot/Terminology/sct2_Description_Snapshot-en_INT_20250101.txt': described(
    ['11', '1', '1', 'en', fsn, 'Root (thing)'],
    ['12', '1', '1', 'en', synonym, 'Root'],
    ['21', '1', '2', 'en', synonym, 'Blue thing'],
    ['31', '1', '3', 'en', synonym, 'Cough'],
    ['41', '1', '4', 'en', fsn, 'Blue "cough" (disorder)'],
    ['42', '1', '4', 'en', synonym, 'Bluish cough'],
    ['43', '1', '4', 'en', synonym, 'Blue cough'],
    ['44', '0', '4', 'en', synonym, 'No longer said'],
    ['51', '1', '5', 'en', synonym, 'Gone'],
  ),
  'Snapshot/Terminology/sct2_Description_Snapshot-ru_INT_20250101.txt': described([
    ...['45', '1', '4', 'ru', synonym, 'Синий кашель'],
  ]),
  'Snapshot/Terminology/sct2_Relationship_Snapshot_INT_20250101.txt': tabs(
    [
      ...['id', 'effectiveTime', 'active', 'moduleId', 'sourceId', 'destinationId', 'relationshipGroup', 'typeId'],
      ...['characteristicTypeId', 'modifierId'],
    ],
    ...[
      ['2', '1', '1', '116680003'],
      ['3', '1', '1', '116680003'],
      ['4', '3', '1', '116680003'],
      ['4', '2', '1', '116680003'],
      ['4', '1', '0', '116680003'],
      ['4', '1', '1', '363698007'],
      ['4', '5', '1', '116676008'],
    ].map((relationship) => related(relationship)),
  ),
  'Snapshot/Refset/Language/der2_cRefset_LanguageSnapshot-en_INT_20250101.txt': tabs(
    ['id', 'effectiveTime', 'active', 'moduleId', 'refsetId', 'referencedComponentId', 'acceptabilityId'],
    ...['12', '21', '31', '41', '43'].map((id) => ['u', 't', '1', 'm', us, id, '900000000000548007']),
    ['u', 't', '1', 'm', us, '42', '900000000000549004'],
  ),
};

const relationshipColumns = [
  ...['id', 'effectiveTime', 'active', 'moduleId', 'sourceId', 'destinationId', 'relationshipGroup', 'typeId'],
  ...['characteristicTypeId', 'modifierId'],
];
const concept = (id: string): string[] => [id, '20250101', '1', 'm', '900000000000074008'];

/**
 * Site 10 with hand 11 and foot 12 below it, form 20 with swelling 21 and fracture 22; finding 30 and below it 31 (hand, swelling),
 * 32 (hand and swelling, foot and fracture, in two groups), 33 (hand and fracture, foot and swelling), 34 (two tablets); the
 * attributes are 40 (site), 41 (form), 42 (number) and 43 (name); the reference sets are 50 with 31 and 33, and 51 without members.
 */
export const relatedSnomed: Files = {
  'Snapshot/Terminology/sct2_Concept_Snapshot_INT_20250101.txt': tabs(
    ['id', 'effectiveTime', 'active', 'moduleId', 'definitionStatusId'],
    ...['1', '10', '11', '12', '20', '21', '22', '30', '31', '32', '33', '34', '40', '41', '42', '43', '50', '51'].map(
      concept,
    ),
  ),
  'Snapshot/Terminology/sct2_Description_Snapshot-en_INT_20250101.txt': described(
    ['401', '1', '40', 'en', synonym, 'Finding site'],
    ['321', '1', '32', 'en', synonym, 'Injury of hand and foot'],
  ),
  'Snapshot/Terminology/sct2_Relationship_Snapshot_INT_20250101.txt': tabs(
    relationshipColumns,
    ...['10', '20', '30', '40', '41', '42', '43', '50', '51'].map((id) => related([id, '1', '1', '116680003'])),
    ...[...['11', '12'].map((id) => [id, '10']), ...['21', '22'].map((id) => [id, '20'])].map(([id = '', above = '']) =>
      related([id, above, '1', '116680003']),
    ),
    ...['31', '32', '33', '34'].map((id) => related([id, '30', '1', '116680003'])),
    ...[
      ['31', '11', '1', '40', '1'],
      ['31', '21', '1', '41', '1'],
      ['32', '11', '1', '40', '1'],
      ['32', '21', '1', '41', '1'],
      ['32', '12', '1', '40', '2'],
      ['32', '22', '1', '41', '2'],
      ['33', '11', '1', '40', '1'],
      ['33', '22', '1', '41', '1'],
      ['33', '12', '1', '40', '2'],
      ['33', '21', '1', '41', '2'],
    ].map((relationship) => related(relationship)),
  ),
  'Snapshot/Terminology/sct2_RelationshipConcreteValues_Snapshot_INT_20250101.txt': tabs(
    relationshipColumns.map((name) => (name === 'destinationId' ? 'value' : name)),
    related(['34', '#2', '1', '42']),
    related(['34', '"Two"', '1', '43']),
    related(['33', '#7', '0', '42']),
  ),
  'Snapshot/Refset/Content/der2_Refset_SimpleSnapshot_INT_20250101.txt': tabs(
    ['id', 'effectiveTime', 'active', 'moduleId', 'refsetId', 'referencedComponentId'],
    ...[
      ['31', '1'],
      ['33', '1'],
      ['32', '0'],
      ['999', '1'],
    ].map(([member = '', active = '']) => ['u', 't', active, 'm', '50', member]),
  ),
};
