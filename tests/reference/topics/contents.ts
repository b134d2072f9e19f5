/** Topics of contents: narratives, attachments, signatures, units, simple values, languages. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { at, core, turned, type Topic } from './topic.ts';

const narratives: Topic = (random) => {
  const tags = [
    'p',
    'b',
    'table',
    'script',
    'form',
    'font',
    'img',
    'a',
    'ul',
    'object',
    'iframe',
    'h1',
    'h7',
    'style',
    'video',
    'span',
    'br',
    'center',
    'section',
    'svg',
    'input',
    'button',
    'colgroup',
    'q',
    'sub',
    'ins',
    'dl',
  ];
  const attributes = [
    '',
    ' class="a"',
    ' style="color: red"',
    ' onclick="a()"',
    ' id="a"',
    ' href="http://none.test"',
    ' href="#a"',
    ' href="javascript:a()"',
    ' src="http://none.test/a.png"',
    ' src="data:image/png;base64,AAAA"',
    ' lang="uz"',
    ' xml:lang="uz"',
    ' title="a"',
    ' align="left"',
    ' border="1"',
    ' colspan="2"',
    ' name="a"',
    ' dir="rtl"',
    ' target="_blank"',
    ' data-a="1"',
    ' width="5"',
  ];
  const texts = [
    'text',
    '&nbsp;',
    '&lt;',
    '&#160;',
    '&#xA0;',
    '&eacute;',
    '&none;',
    '&amp;',
    '&',
    '<',
    '<!-- a -->',
    '<![CDATA[a]]>',
    '<?a b?>',
    '&hellip; &rarr;',
    '&copy;',
    ' ',
    '',
    '\u202E',
    '“”',
    '\u0001',
    '&apos;',
    '&quot;',
    '&#0;',
    '&#x1F600;',
  ];
  const tag = (): string => {
    const name = random.pick(tags);
    const attribute = random.pick(attributes);
    const text = random.pick(texts);
    return random.pick([
      `<${name}${attribute}>${text}</${name}>`,
      `<${name}${attribute}>${text}</${name}>`,
      `<${name}${attribute}/>`,
      `<${name}${attribute}><p>${text}</p></${name}>`,
      `<div><${name}${attribute}>${text}</${name}></div>`,
    ]);
  };
  const content = Array.from({ length: 1 + random.below(2) }, tag).join(random.pick(['', ' ', 'a']));
  const outer = random.pick([
    '<div xmlns="http://www.w3.org/1999/xhtml">',
    '<div xmlns="http://www.w3.org/1999/xhtml">',
    '<div xmlns="http://www.w3.org/1999/xhtml">',
    '<div xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en">',
    '<div>',
    '<div xmlns="http://none.test">',
    '<div xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/1999/xhtml">',
    '<?xml version="1.0"?><div xmlns="http://www.w3.org/1999/xhtml">',
    ' <div xmlns="http://www.w3.org/1999/xhtml">',
  ]);
  const status = random.pick(['generated', 'additional', 'empty', 'extensions', 'none']);
  return {
    resource: {
      resourceType: 'Patient',
      ...at(random, 3, { language: random.pick(['en', 'uz', 'uz-UZ', 'none', 'en_US']) }),
      text: { status, div: `${outer}${content}</div>` },
      active: true,
    },
  };
};

const attachments: Topic = (random) => {
  const resource: Json = {
    resourceType: 'DocumentReference',
    status: 'current',
    content: [
      {
        attachment: random.pick<Json>([
          { contentType: 'text/plain', data: 'YWJj', size: '3' },
          { contentType: 'text/plain', data: 'YWJj', size: '4' },
          { contentType: 'text/plain', data: 'YWJj', hash: 'qZk+NkcGgWq6PiVxeFDCbJzQ2J0=' },
          { data: 'YWJj', hash: 'qZk+NkcGgWq6PiVxeFDCbJzQ2J0=', contentType: 'text/plain' },
          { data: 'YWJj' },
          { data: 'YW Jj', contentType: 'text/plain' },
          { data: 'YWJ', contentType: 'text/plain' },
          { data: '', contentType: 'a' },
          { url: 'http://none.test/a.pdf', size: 5 },
          { url: 'a.pdf', contentType: 'application/pdf' },
          { url: 'Binary/1' },
          { url: 'urn:uuid:a' },
          { contentType: 'text' },
          { contentType: 'none/none', title: 'a' },
          { contentType: 'application/pdf; charset=utf-8' },
          { creation: '2026-13' },
          { language: 'none' },
          { title: ' a' },
          {},
          { url: 'mailto:a@b.c' },
          { url: 'http://none.test/a b' },
          { height: 0, width: 5 },
          { duration: -1 },
          { hash: 'a', url: 'http://none.test' },
        ]),
      },
    ],
    ...at(random, 3, {
      attester: [
        {
          mode: { coding: [{ system: 'http://hl7.org/fhir/composition-attestation-mode', code: 'legal' }] },
          time: '2026-01-31',
        },
      ],
    }),
  };
  return { resource };
};

const signatures: Topic = (random) => {
  const signature: Json = {
    type: [
      {
        system: 'urn:iso-astm:E1762-95:2013',
        code: '1.2.840.10065.1.12.1.1',
        ...at(random, 3, { display: random.pick(["Author's Signature", 'wrong']) }),
      },
    ],
    when: '2026-01-31T10:00:00Z',
    who: { reference: 'Practitioner/1' },
    ...at(random, 2, {
      targetFormat: random.pick(['application/fhir+json', 'application/fhir+xml', 'none']),
      sigFormat: random.pick(['application/jose', 'image/png', 'application/signature+xml', 'text/plain']),
    }),
    ...at(random, 2, {
      data: random.pick(['YWJj', 'a', 'ZXlKaGJHY2lPaUpTVXpJMU5pSjkuLmE=', 'ZXlKaGJHY2lPaUpTVXpJMU5pSjku', 'PGEvPg==']),
    }),
    ...at(random, 4, { onBehalfOf: { display: 'a' } }),
  };
  return {
    resource: random.oneIn(2)
      ? {
          resourceType: 'Bundle',
          type: random.pick(['document', 'collection', 'message']),
          timestamp: '2026-01-31T10:00:00Z',
          signature: turned(random, signature, [
            { type: undefined },
            { when: '2026' },
            { who: undefined },
            { type: [{ code: 'a' }] },
          ]),
        }
      : {
          resourceType: 'Provenance',
          target: [{ reference: 'Patient/1' }],
          agent: [{ who: { reference: 'Practitioner/1' } }],
          signature: [
            turned(random, signature, [
              { type: undefined },
              { when: undefined },
              { who: { reference: 'Medication/1' } },
              { type: [{ system: 'urn:iso-astm:E1762-95:2013', code: 'none' }] },
            ]),
          ],
        },
  };
};

const units: Topic = (random) => {
  const unit = random.pick([
    'kg',
    'mm[Hg]',
    '10*9/L',
    'mg/dL',
    '{score}',
    'mg{total}',
    'Kg',
    'KG',
    'mmHg',
    'ml/min/{1.73_m2}',
    '%',
    'cel',
    'Cel',
    '[degF]',
    'm/s2',
    'mg//L',
    '1',
    '',
    'kg ',
    'kilogram',
    '/min',
    '[iU]/L',
    'U/L',
    '(kg)',
    'kg.m',
    'uL',
    'µL',
    '{a b}',
    '{ä}',
    'mol/(kg.s)',
    '10^3',
    'ng/mL{FEU}',
  ]);
  const quantity: Json = {
    value: random.pick([1, 1.5, -2, 0, 1e10, 120]),
    unit: random.pick([unit, 'kg', undefined]),
    system: random.pick([
      'http://unitsofmeasure.org',
      'http://unitsofmeasure.org',
      'http://unitsofmeasure.org/',
      'http://provoked.test/units',
      undefined,
    ]),
    code: unit,
    ...at(random, 5, { comparator: random.pick(['<', '>=', 'ad', 'none']) }),
    ...at(random, 6, { extension: [{ url: core('iso21090-uncertainty'), valueDecimal: 1 }] }),
  };
  const low = { value: 5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' };
  return {
    resource: {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'a' },
      ...random.pick<Json>([
        { valueQuantity: quantity },
        { valueQuantity: quantity },
        { valueRange: { low, high: quantity } },
        { valueRatio: { numerator: quantity, denominator: low } },
        { valueRatio: { numerator: quantity } },
        {
          valueSampledData: {
            origin: quantity,
            interval: 1,
            intervalUnit: random.pick(['ms', 'none', 's']),
            dimensions: 1,
            data: random.pick(['1 2 3', 'E U L', 'a', '1  2']),
          },
        },
        { referenceRange: [{ low, high: { ...low, value: 1 } }], valueQuantity: quantity },
        { component: [{ code: { text: 'a' }, valueQuantity: quantity }] },
      ]),
    },
  };
};

/** Values of simple types at their edges, in Parameters, where each has a place. */
const simpleValues: Topic = (random) => {
  const values: readonly (readonly [string, unknown])[] = [
    ['Date', '2026-02-30'],
    ['Date', '2026-2-3'],
    ['Date', '0000'],
    ['Date', '2026-01-31T10:00:00Z'],
    ['DateTime', '2026-01-31T24:00:00Z'],
    ['DateTime', '2026-01-31T10:00'],
    ['DateTime', '2026-01-31T10:00:00'],
    ['DateTime', '2026-01-31T10:00:60Z'],
    ['DateTime', '2026-01-31T10:00:00+15:00'],
    ['DateTime', '1800'],
    ['DateTime', '9999'],
    ['Instant', '2026-01-31'],
    ['Instant', '2026-01-31T10:00:00.123456789Z'],
    ['Time', '24:00:00'],
    ['Time', '10:00'],
    ['Time', '10:00:00Z'],
    ['Integer', 2147483648],
    ['Integer', -1.0],
    ['Integer', '5'],
    ['Integer64', '9223372036854775808'],
    ['Integer64', 5],
    ['UnsignedInt', -1],
    ['PositiveInt', 0],
    ['Decimal', 1e300],
    ['Decimal', '1.0'],
    ['Boolean', 'true'],
    ['Boolean', 1],
    ['Uri', 'a b'],
    ['Uri', ''],
    ['Uri', 'urn:oid:1.2.a'],
    ['Uri', 'urn:oid:3.2'],
    ['Uri', 'urn:uuid:a'],
    ['Uri', 'http://hl7.org/fhir/none'],
    ['Url', 'a'],
    ['Url', 'http://none.test/{a}'],
    ['Canonical', 'a'],
    ['Canonical', '#a'],
    ['Canonical', 'http://none.test/a|'],
    ['Canonical', 'http://none.test/a|1|2'],
    ['Oid', '1.2'],
    ['Oid', 'urn:oid:0.1.2'],
    ['Uuid', 'urn:uuid:0C3151BD-1cbf-4d64-b04d-cd9187a4c6e0'],
    ['Uuid', 'a'],
    ['Code', 'a  b'],
    ['Code', ' a'],
    ['Code', ''],
    ['Id', 'a_b'],
    ['Id', 'a'.repeat(65)],
    ['Markdown', ''],
    ['Markdown', '<b>a</b>'],
    ['Markdown', '[a](b'],
    ['Markdown', '![a](javascript:b)'],
    ['String', '  '],
    ['String', 'a\nb'],
    ['String', '\u0000'],
    ['String', '\uFFFE'],
    ['String', '\u202Ea'],
    ['String', '<script>a</script>'],
    ['Base64Binary', 'YWJ'],
    ['Base64Binary', 'YW\nJj'],
    ['Base64Binary', '===='],
    ['Period', { start: '2027', end: '2026' }],
    ['Period', { start: '2026-01-31T10:00:00Z', end: '2026-01-31' }],
    ['Identifier', { system: 'a', value: '1' }],
    ['Identifier', { system: 'urn:ietf:rfc:3986', value: 'a' }],
    ['Identifier', { value: ' 1' }],
    ['Coding', { system: 'a', code: 'b' }],
    ['Coding', { system: 'http://hl7.org/fhir/ValueSet/marital-status', code: 'M' }],
    ['Coding', { system: 'http://hl7.org/fhir/administrative-gender', code: 'male', display: 'male' }],
    ['Coding', { code: 'a' }],
    ['Coding', { display: 'a' }],
    ['Coding', { system: 'urn:oid:2.16.840.1.113883.4.642.1.2', code: 'male' }],
    ['Coding', { system: 'http://hl7.org/fhir/administrative-gender|5.0.0', code: 'male' }],
    ['Money', { value: 1, currency: 'UZS' }],
    ['Money', { value: 1.005, currency: 'none' }],
    ['ContactPoint', { value: 'a' }],
    ['ContactPoint', { system: 'email', value: 'a' }],
    ['Reference', { reference: 'Patient' }],
    ['Reference', { reference: 'patient/1' }],
    ['Reference', { reference: 'None/1' }],
    ['Reference', { type: 'none' }],
    ['Reference', { reference: 'Patient/1', type: 'http://hl7.org/fhir/StructureDefinition/Patient' }],
    ['Reference', { reference: 'http://none.test/a', type: 'Patient' }],
    ['Reference', { reference: 'Patient/a b' }],
    ['Reference', {}],
    ['Timing', { repeat: { frequency: 1 } }],
    ['Timing', { repeat: { frequency: 1, period: 1, periodUnit: 'd', when: ['C'], timeOfDay: ['08:00:00'] } }],
    ['Timing', { repeat: { duration: -1, durationUnit: 'h' } }],
    ['Age', { value: 1, code: 'kg', system: 'http://unitsofmeasure.org' }],
    ['Duration', { value: 1, code: 'd', system: 'http://unitsofmeasure.org' }],
    ['Annotation', {}],
    ['HumanName', { given: [] }],
    ['Meta', { versionId: '' }],
    ['Expression', { language: 'text/fhirpath', expression: 'a and' }],
    ['Dosage', { sequence: 1.5 }],
    ['Address', { country: 'Uzbekistan', period: {} }],
  ];
  const parameter = Array.from({ length: 1 + random.below(3) }, () => {
    const [type, value] = random.pick(values);
    return { name: 'a', [`value${type}`]: value };
  });
  return { resource: { resourceType: 'Parameters', parameter } };
};

/** Translations, languages and displays. */
const languages: Topic = (random) => {
  const translated = (lang: unknown, content: unknown): Json => ({
    extension: [
      {
        url: core('translation'),
        extension: [
          { url: 'lang', valueCode: lang },
          { url: 'content', valueString: content },
        ],
      },
    ],
  });
  const gender = 'http://hl7.org/fhir/administrative-gender';
  const resource: Json = {
    resourceType: 'CodeSystem',
    url: 'http://provoked.test/languages',
    status: 'active',
    content: 'complete',
    language: random.pick(['en', 'uz', 'ru', 'none', undefined]),
    title: 'Tillar',
    _title: translated('ru', 'Языки'),
    concept: [{ code: 'a', display: 'A', designation: [{ language: 'uz', value: 'A' }] }],
  };
  const other: Json = {
    resourceType: 'Observation',
    language: random.pick(['en', 'uz', 'de', 'en-US']),
    status: 'final',
    code: {
      coding: [{ system: gender, code: 'male', display: random.pick(['Male', 'Erkak', 'Männlich', 'male', 'Male ']) }],
    },
  };
  return random.oneIn(2)
    ? {
        resource: turned(random, resource, [
          { _title: translated('none', 'a') },
          { _title: translated('ru', '') },
          { _title: { extension: [{ url: core('translation') }] } },
          { _title: { extension: [{ url: core('translation'), extension: [{ url: 'lang', valueCode: 'ru' }] }] } },
          { title: undefined },
          { extension: [{ url: core('language'), valueCode: 'uz' }] },
          {
            extension: [{ url: 'http://hl7.org/fhir/tools/StructureDefinition/additional-language', valueCode: 'uz' }],
          },
          { concept: [{ code: 'a', designation: [{ language: 'none', value: 'a' }] }] },
          {
            concept: [
              {
                code: 'a',
                display: 'A',
                designation: [
                  { language: 'uz', value: 'A' },
                  { language: 'uz', value: 'A' },
                ],
              },
            ],
          },
        ]),
      }
    : {
        resource: turned(random, other, [
          { text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml" lang="uz">a</div>' } },
          {
            text: {
              status: 'generated',
              div: '<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="de" lang="de">a</div>',
            },
          },
          {
            code: { coding: [{ system: gender, code: 'male', _display: translated('uz', 'Erkak'), display: 'Male' }] },
          },
          { code: { text: 'a', _text: translated('uz', 'b') } },
        ]),
      };
};

export const contentTopics: Readonly<Record<string, Topic>> = {
  narratives,
  attachments,
  signatures,
  units,
  'simple values': simpleValues,
  languages,
};
