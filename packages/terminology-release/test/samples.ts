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
  <Modifier code="M2"><SubClass code="0"/></Modifier>
  <ModifierClass modifier="M2" code="0"><SuperClass code="M2"/>
    <Rubric id="9" kind="preferred"><Label xml:lang="en">left</Label></Rubric></ModifierClass>
  <Class code="I" kind="chapter">
    <SubClass code="X00-X09"/>
    <Rubric id="1" kind="preferred"><Label xml:lang="en" xml:space="default">Invented diseases</Label></Rubric>
  </Class>
  <Class code="X00-X09" kind="block">
    <SuperClass code="I"/><SubClass code="X00"/><SubClass code="X01"/>
    <Rubric id="2" kind="preferred"><Label xml:lang="en">First block</Label></Rubric>
  </Class>
  <Class code="X00" kind="category">
    <SuperClass code="X00-X09"/><SubClass code="X00.1"/>
    <ModifiedBy code="M1"/><ModifiedBy code="M2"/>
    <Rubric id="3" kind="preferred">
      <Label xml:lang="en">Blue &amp;
        <Reference class="in brackets">cough</Reference></Label>
      <Label xml:lang="ru">Синий кашель</Label>
      <Label xml:lang="de">Blauer Husten</Label>
    </Rubric>
    <Rubric id="4" kind="definition"><Label xml:lang="en">A cough that is blue.</Label></Rubric>
  </Class>
  <Class code="X01" kind="category"><SuperClass code="X00-X09"/>
    <ModifiedBy code="M1" all="false"><ValidModifierClass code=".9"/></ModifiedBy>
    <Rubric id="10" kind="preferred"><Label xml:lang="en">Green cough</Label></Rubric></Class>
  <Class code="X00.1" kind="category"><SuperClass code="X00"/>
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
    '"LOINC_NUM","COMPONENT","PROPERTY","TIME_ASPCT","SYSTEM","SCALE_TYP","METHOD_TYP","CLASS","VersionLastChanged","DefinitionDescription","STATUS","CLASSTYPE","SHORTNAME","ORDER_OBS","LONG_COMMON_NAME"\r\n' +
    '"00001-0","Blueness","MCnc","Pt","Bld","Qn","","CHEM","2.70","How blue, \r\nin words.","ACTIVE","1","Blue Bld-mCnc","Both","Blueness [Mass/volume] in Blood"\r\n' +
    '"00002-8","Greenness","MCnc","Pt","Bld","Qn","","CHEM","2.9","","DEPRECATED","1","","","Greenness in Blood"\r\n',
  'AccessoryFiles/LinguisticVariants/LinguisticVariants.csv':
    '"ID","ISO_LANGUAGE","ISO_COUNTRY","LANGUAGE_NAME","PRODUCER"\r\n"22","ru","RU","Russian","x"\r\n"8","fr","CA","French","y"\r\n',
  'AccessoryFiles/LinguisticVariants/ruRU22LinguisticVariant.csv':
    '"LOINC_NUM","COMPONENT","PROPERTY","TIME_ASPCT","SYSTEM","SCALE_TYP","METHOD_TYP","CLASS","SHORTNAME","LONG_COMMON_NAME","RELATEDNAMES2","LinguisticVariantDisplayName"\r\n' +
    '"00001-0","Синева","МассКонц","Тчк","Кр","Колич","","","","","",""\r\n',
  'AccessoryFiles/LinguisticVariants/frCA8LinguisticVariant.csv':
    '"LOINC_NUM","COMPONENT","LONG_COMMON_NAME","LinguisticVariantDisplayName"\r\n"00001-0","Bleu","Bleu long","Bleu affiché"\r\n',
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
    ].map(([source = '', target = '', active = '', type = '']) => [
      'r',
      't',
      active,
      'm',
      source,
      target,
      '0',
      type,
      'c',
      'x',
    ]),
  ),
  'Snapshot/Refset/Language/der2_cRefset_LanguageSnapshot-en_INT_20250101.txt': tabs(
    ['id', 'effectiveTime', 'active', 'moduleId', 'refsetId', 'referencedComponentId', 'acceptabilityId'],
    ...['12', '21', '31', '41', '43'].map((id) => ['u', 't', '1', 'm', us, id, '900000000000548007']),
    ['u', 't', '1', 'm', us, '42', '900000000000549004'],
  ),
};
