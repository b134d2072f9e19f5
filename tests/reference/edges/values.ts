/** Values at the edges of each primitive type, as JSON has them, and attachments and signatures. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { each, named, observation, patient, uuid, type Cases } from './cases.ts';

const parameter = (type: string, value: unknown): Json => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'a', [`value${type}`]: value }],
});

/** As it stands: most of these numbers would be another text once they were read. */
const decimal = (text: string): string =>
  `{"resourceType":"Observation","status":"final","code":{"text":"a"},"valueQuantity":{"value":${text}}}`;
const number = (type: string, text: string): string =>
  `{"resourceType":"Parameters","parameter":[{"name":"a","value${type}":${text}}]}`;

const decimals =
  '0.1e400 1E5 1e-7 1e+3 -0 -0.0 0.0 00.5 1. .5 - +1 1.000000000000000001 123456789012345678 1234567890123456789 1e18 1e19 9.99e17 "1" true null [1] {} 0x10 1e'.split(
    ' ',
  );

const integers =
  '1 1.0 1e0 0 -0 -1 2147483647 2147483648 -2147483648 "1" "01" "+1" "9223372036854775807" "-9223372036854775808" 1.5 true "a" "" " 1" null'.split(
    ' ',
  );

const dates = [
  ...[
    '0000',
    '0001',
    '1800',
    '1799-12-31',
    '1900-02-29',
    '2000-02-29',
    '2024-02-30',
    '2023-13',
    '2024-00-10',
    '2024-1-1',
  ],
  ...['9999', '10000', '2024-12-31T24:00:00Z', '2024-12-31T23:59:60Z', '2024-12-31T23:59Z', '2024-12-31T23:59:59'],
  ...['+14:00', '+14:01', '-00:00', '-12:00', '-14:00', '+0500', '+5:00'].map((zone) => `2024-12-31T23:59:59${zone}`),
  ...['.1Z', '.123456789Z', '.1234567890123Z', 'z'].map((end) => `2024-12-31T23:59:59${end}`),
  ...['2024-12-31 23:59:59Z', ' 2024', '2024 ', '', '20241231', '2024-W01', '24', '-2024', '2024-06-31', '2024-12-31Z'],
  ...['2024-12-31T23:60:00Z', '2024-12-31T23:59:61Z', '2024-02', '2149', '2150', '2101-01-01', '1000-01-01'],
];

const times = ['10:00:00', '10:00', '24:00:00', '23:59:60', '10:00:00Z', '10:00:00.123456', '1:00:00', '', '10:60:00'];

const texts: Readonly<Record<string, readonly unknown[]>> = {
  Id: ['a', '', 'a b', 'a_b', 'x'.repeat(64), 'x'.repeat(65), 'é', '.', '-'],
  Code: ['a', 'a b', 'a  b', ' a', 'a ', '', 'a\tb', 'a\u00a0b'],
  Oid: [
    'urn:oid:1.2.3',
    'urn:oid:01.2.3',
    'urn:oid:1',
    'oid:1.2',
    '1.2.3',
    'urn:oid:3.1',
    'urn:oid:1.2.3.',
    'URN:OID:1.2.3',
  ],
  Uuid: [uuid(1), uuid(1).toUpperCase(), uuid(1).slice(9), 'urn:uuid:x', `urn:uuid:${uuid(1).slice(9).toUpperCase()}`],
  Uri: [
    'a',
    'a b',
    'http://',
    'urn:oid:1.2',
    'oid:1.2',
    'uuid:a',
    'urn:uuid:x',
    '%zz',
    'é',
    'a\\b',
    '{a}',
    '<a>',
    '#a',
    '',
  ],
  Url: [
    'a',
    'http://a.b',
    'urn:oid:1.2.3',
    'mailto:a@b.c',
    'mailto:a',
    'ftp://a',
    '#a',
    'Patient/1',
    'tel:a',
    'mllp://a:1',
  ],
  Canonical: [
    'http://a.b/c|1',
    'http://a.b/c|1|2',
    'http://a.b/c|',
    '|1',
    '#a',
    'http://a.b/c#d',
    'http://a.b/c|1#d',
    'a b',
    '',
  ],
  Markdown: ['# a', '<b>a</b>', '', '  ', 'a\tb', '[a](javascript:a)', 'a < b', '&nbsp;'],
  String: [
    'a',
    '',
    ' a',
    'a ',
    '  ',
    'a\tb',
    'a\nb',
    'a\rb',
    'a\u0001b',
    'a\u007fb',
    '\ufeffa',
    '\u200b',
    '\u00a0',
    '<script>',
  ],
  Base64Binary: ['aGVsbG8=', 'aGVsbG8', 'aGVs bG8=', 'aGVsbG8_', '', '=', '====', 'aGVsbG8=\n', 'é'],
  Boolean: [true, false, 'true', 1, 0, '', null, 'TRUE'],
};

const data = 'aGVsbG8=';
const attachments = {
  ...{ size: { data, size: '5' }, 'size as a number': { data, size: 5 }, 'another size': { data, size: '6' } },
  ...{
    hash: { data, hash: 'qvTGHdzF6KLavt4PO0gs2a6pQ00=' },
    'hash with other bits': { data, hash: 'qvTGHdzF6KLavt4PO0gs2a6pQ01=' },
  },
  ...{
    'another hash': { data, hash: 'qvTGHdzF6KLavt4PO0gs2a6pQ10=' },
    'no data': {},
    address: { url: 'http://a.b/c' },
  },
  ...{
    both: { url: 'http://a.b/c', data },
    relative: { url: 'Binary/1' },
    part: { url: '#a' },
    spaced: { url: 'a b' },
  },
  ...{ 'size alone': { size: '5' }, 'size below zero': { size: '-5' }, height: { height: 0 }, pages: { pages: -1 } },
  ...{ duration: { duration: -1 }, creation: { creation: '2024-02-30' }, 'spaces in data': { data: 'aGVs bG8=' } },
  ...{
    'lines in data': { data: 'aGVs\nbG8=' },
    'data without end': { data: 'aGVsbG8' },
    'data of URLs': { data: 'aGVsbG8_' },
  },
};

const type = [{ system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.1' }];
const when = '2024-01-01T00:00:00Z';
const who = { reference: 'Practitioner/1' };
const signatures = {
  ...{ whole: { type, when, who, sigFormat: 'application/jose', data }, nothing: {}, 'type alone': { type } },
  ...{ 'no time': { when: '2024-01-01' }, 'no data': { type, when, who, sigFormat: 'application/jose' } },
  ...{
    'by a measurement': { type, when, who: { reference: 'Observation/1' } },
    XML: { type, when, who: { display: 'a' }, data },
  },
};

const signed = (signature: Json): Json => ({
  ...{ resourceType: 'Provenance', target: [{ reference: 'Patient/1' }], agent: [{ who }] },
  signature: [signature],
});

/** The cases of each item together. */
const all = <Item>(items: readonly Item[], make: (item: Item) => Cases): Cases =>
  Object.fromEntries(items.flatMap((item) => Object.entries(make(item))));

export const values: Cases = {
  ...each('decimal', decimals, decimal),
  ...all(['Integer', 'PositiveInt', 'UnsignedInt', 'Integer64'], (one) =>
    each(one, integers, (text) => number(one, text)),
  ),
  ...all(['Date', 'DateTime', 'Instant'], (one) => each(one, dates, (text) => parameter(one, text))),
  ...each('Time', times, (text) => parameter('Time', text)),
  ...all(Object.entries(texts), ([one, items]) => each(one, items, (value) => parameter(one, value))),
  ...named('attachment:', attachments, (one: Json) => patient({ photo: [{ contentType: 'text/plain', ...one }] })),
  ...named('signature:', signatures, signed),
  ...each('version', ['', 'a b', '1'], (versionId) => observation({ meta: { versionId } })),
};
