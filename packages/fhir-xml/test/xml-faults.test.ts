import { describe, it } from 'node:test';
import { xmlToJson } from '../src/index.ts';
import { check, type Case } from './fault-of.ts';

const xhtml = 'http://www.w3.org/1999/xhtml';
const patient = (content: string): string => `<Patient xmlns="http://hl7.org/fhir">${content}</Patient>`;
const narrative = (div: string): string => patient(`<text><status value="generated"/>${div}</text>`);

const xmlCases: Record<string, Case> = {
  nothing: ['', 'malformed', '', /must contain a root element/],
  JSON: ['{"resourceType":"Patient"}', 'malformed', '', /text data outside of root node/],
  'an open element': [
    '<Patient xmlns="http://hl7.org/fhir"><name>',
    'malformed',
    'Patient.name[0]',
    /unclosed tag: name/,
  ],
  'crossed tags': [
    patient('<name><family value="a"></name></family>'),
    'malformed',
    'Patient.name[0]',
    /unexpected close tag/,
  ],
  'an attribute twice': [patient('<active value="true" value="true"/>'), 'malformed', 'Patient', /duplicate attribute/],
  'a plain ampersand': [
    patient('<id value="a & b"/>'),
    'malformed',
    'Patient',
    /an & that begins no reference.*column 51\)$/,
  ],
  'a plain ampersand before a semicolon': [patient('<id value="a & b;"/>'), 'malformed', 'Patient', /an & that begins/],
  'a comment with an ampersand that does not end': [
    patient('<!-- a & b'),
    'malformed',
    'Patient',
    /unclosed tag: Patient/,
  ],
  'a control character': [patient('<id value="\u0001"/>'), 'malformed', 'Patient', /disallowed character/],
  'a reference to NUL': [patient('<id value="&#0;"/>'), 'malformed', 'Patient', /malformed character entity/],
  'half of a surrogate pair': [patient('<id value="\ud800a"/>'), 'malformed', '', /surrogate pair.*column 49\)$/],
  'two roots': [`${patient('')}<Patient/>`, 'malformed', '', /only one root/],
  'an external entity': [
    `<?xml version="1.0"?>\n<!-- x --><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${patient('<id value="&x;"/>')}`,
    'forbidden',
    '',
    /document type declaration.*\(line 2, column 11\)$/,
  ],
  'a document type after the root has begun': [patient('<!DOCTYPE a>'), 'malformed', 'Patient', /doctype/],
  'an HTML entity': [
    narrative(`<div xmlns="${xhtml}">a&nbsp;b</div>`),
    'malformed',
    'Patient.text.div',
    /undefined entity &nbsp;/,
  ],
  'a processing instruction': [
    `<?xml-stylesheet href="x"?>${patient('')}`,
    'forbidden',
    '',
    /processing instruction \(xml-stylesheet\)/,
  ],
  'a processing instruction in a narrative': [
    narrative(`<div xmlns="${xhtml}"><?a b?></div>`),
    'forbidden',
    'Patient.text.div',
    /instruction/,
  ],
  'another encoding': [`<?xml version="1.0" encoding="ISO-8859-1"?>${patient('')}`, 'forbidden', '', /must be UTF-8/],
  'XML 2.0': [`<?xml version="2.0"?>${patient('')}`, /* by the parser */ 'malformed', '', /version number/],
  'no namespace': [
    '<Patient/>',
    'namespace',
    '',
    /<Patient> must be in the namespace http:\/\/hl7.org\/fhir, it is in no namespace/,
  ],
  'another namespace': [
    patient('<active xmlns="urn:x" value="true"/>'),
    'namespace',
    'Patient',
    /it is in the namespace urn:x/,
  ],
  'a foreign element': [patient('<x:y xmlns:x="urn:x"/>'), 'namespace', 'Patient', /<x:y>/],
  'no resource': ['<Foo xmlns="http://hl7.org/fhir"/>', 'unknown', '', /<Foo> is no resource type/],
  'an abstract type': ['<DomainResource xmlns="http://hl7.org/fhir"/>', 'unknown', '', /DomainResource/],
  'an unknown element': [
    patient('\n<name/>').replace('<name/>', '<name><famly value="a"/></name>'),
    'unknown',
    'Patient.name[0]',
    /HumanName has no element <famly>; it has: extension, use, text, family, given, prefix, suffix, period \(line 2, column 7\)/,
  ],
  'an unknown choice': [patient('<deceasedString value="a"/>'), 'unknown', 'Patient', /deceased\[x\]/],
  'an unknown attribute': [
    patient('<name use="usual"/>'),
    'unknown',
    'Patient.name[0]',
    /has no attribute use; it has: id/,
  ],
  'an attribute on a resource': [
    patient('').replace('>', ' id="a">'),
    'unknown',
    'Patient',
    /no attribute id; it has none/,
  ],
  'the schema instance namespace': [
    '<Patient xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"/>',
    'unknown',
    'Patient',
    /no attribute xsi:schemaLocation/,
  ],
  'an attribute as an element': [
    patient('<extension><url value="u"/></extension>'),
    'unknown',
    'Patient.extension[0]',
    /url is an attribute/,
  ],
  'a value on a complex type': [patient('<name value="x"/>'), 'unknown', 'Patient.name[0]', /no attribute value/],
  'text between elements': [
    patient('<active value="true"/> yes '),
    'unknown',
    'Patient',
    /text is not allowed here: "yes" \(line 1, column 61\)/,
  ],
  'CDATA between elements': [patient('<![CDATA[yes]]>'), 'unknown', 'Patient', /text is not allowed/],
  'elements out of order': [
    patient('<name><family value="a"/></name><active value="true"/>'),
    'order',
    'Patient',
    /<active> must come before <name>/,
  ],
  'a split repetition': [
    patient('<name><family value="a"/></name><gender value="male"/><name><family value="b"/></name>'),
    'order',
    'Patient',
    /<name> must come before <gender>/,
  ],
  'a repeated element': [
    patient('<active value="true"/><active value="true"/>'),
    'repeated',
    'Patient',
    /<active> must not repeat/,
  ],
  'two of a choice': [
    patient('<deceasedBoolean value="true"/><deceasedDateTime value="2000"/>'),
    'repeated',
    'Patient',
    /<deceasedBoolean> and <deceasedDateTime> are one choice/,
  ],
  'two resources in one element': [
    patient('<contained><Basic/><Basic/></contained>'),
    'repeated',
    'Patient.contained[0]',
    /<Basic> is a second one/,
  ],
  'no value': [
    patient('<name><given/></name>'),
    'empty',
    'Patient.name[0].given[0]',
    /<given> has neither a value nor an extension/,
  ],
  'no content': [patient('<name></name>'), 'empty', 'Patient.name[0]', /<name> has no content/],
  'no resource in contained': [patient('<contained/>'), 'empty', 'Patient.contained[0]', /must hold a resource/],
  'a boolean that is none': [
    patient('<active value="1"/>'),
    'value',
    'Patient.active',
    /"1" is not a value of type boolean/,
  ],
  'an integer that is none': [
    patient('<multipleBirthInteger value="1.0"/>'),
    'value',
    'Patient.multipleBirthInteger',
    /type integer/,
  ],
  'a decimal that JSON cannot hold': [
    patient('<extension url="u"><valueDecimal value="1e999"/></extension>'),
    'value',
    'Patient.extension[0].valueDecimal',
    /type decimal/,
  ],
  'a narrative without its namespace': [
    narrative('<div>a</div>'),
    'namespace',
    'Patient.text.div',
    /<div> of a narrative must be in/,
  ],
  'FHIR within a narrative': [
    narrative(`<div xmlns="${xhtml}"><p xmlns="http://hl7.org/fhir"/></div>`),
    'namespace',
    'Patient.text.div',
    /<p> of a narrative/,
  ],
  'a foreign attribute in a narrative': [
    narrative(`<div xmlns="${xhtml}" xmlns:x="urn:x"><p x:y="1"/></div>`),
    'namespace',
    'Patient.text.div',
    /x:y/,
  ],
};

describe('XML that is refused', () => {
  for (const [name, one] of Object.entries(xmlCases)) it(name, () => check(one, xmlToJson));
});
