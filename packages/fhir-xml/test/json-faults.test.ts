import { describe, it } from 'node:test';
import { jsonToXml } from '../src/index.ts';
import { check, type Case } from './fault-of.ts';

const xhtml = 'http://www.w3.org/1999/xhtml';
const json = (members: string): string => `{"resourceType":"Patient",${members}}`;
const div = (content: string): string => json(`"text":{"status":"generated","div":${JSON.stringify(content)}}`);

const jsonCases: Record<string, Case> = {
  'no JSON': ['{"resourceType":"Patient",}', 'json', 'Patient.resourceType', /a key in double quotes/],
  'a key twice': [json('"id":"a","id":"b"'), 'json', 'Patient.id', /stands twice/],
  'a lone surrogate': [json('"id":"\\ud800"'), 'json', 'Patient.id', /surrogate/],
  'no resource': ['[]', 'value', '', /a resource must be an object, not an array/],
  'no resourceType': ['{"id":"a"}', 'value', '', /must have a resourceType/],
  'an unknown resourceType': ['{"resourceType":"toString"}', 'unknown', '', /"toString" is no resource type/],
  'an unknown member': [
    json('"name":[{"famly":"a"}]'),
    'unknown',
    'Patient.name[0]',
    /HumanName has no "famly"; it has: id, extension/,
  ],
  'a member of the prototype': [json('"__proto__":{}'), 'unknown', 'Patient', /has no "__proto__"/],
  'a companion where there is none': [json('"_name":[{"id":"a"}]'), 'unknown', 'Patient', /has no "_name"/],
  'a resourceType in a data type': [
    json('"maritalStatus":{"resourceType":"Basic"}'),
    'unknown',
    'Patient.maritalStatus',
    /resourceType/,
  ],
  'two of a choice': [
    json('"deceasedBoolean":true,"deceasedDateTime":"2000"'),
    'repeated',
    'Patient',
    /are one choice/,
  ],
  'no array for a list': [
    json('"name":{"family":"a"}'),
    'value',
    'Patient.name',
    /name, which may repeat, must be an array, not an object/,
  ],
  'an array for one': [
    json('"active":[true]'),
    'value',
    'Patient.active',
    /active \(boolean\) must be true or false, not an array/,
  ],
  'a string for a boolean': [
    json('\n"active":"true"'),
    'value',
    'Patient.active',
    /not a string \(line 2, column 10\)/,
  ],
  'a number for a string': [
    json('"birthDate":1970'),
    'value',
    'Patient.birthDate',
    /birthDate \(date\) must be a string, not a number/,
  ],
  'a fraction for an integer': [
    json('"multipleBirthInteger":1.0'),
    'value',
    'Patient.multipleBirthInteger',
    /1\.0 is not a value of type integer/,
  ],
  'an integer64 as a number': [
    json('"extension":[{"url":"u","valueInteger64":1}]'),
    'value',
    'Patient.extension[0].valueInteger64',
    /must be a string/,
  ],
  'null for an object': [json('"maritalStatus":null'), 'value', 'Patient.maritalStatus', /must be an object, not null/],
  'null in a list of objects': [json('"name":[null]'), 'value', 'Patient.name[0]', /must be an object, not null/],
  'null without an extension': [
    json('"name":[{"given":["a",null]}]'),
    'empty',
    'Patient.name[0].given[1]',
    /a null must have an id or extension/,
  ],
  'an empty array': [json('"name":[]'), 'empty', 'Patient.name', /an array must not be empty/],
  'an empty object': [json('"name":[{}]'), 'empty', 'Patient.name[0]', /an object must not be empty/],
  'a control character': [
    json('"id":"a\\u0001"'),
    'character',
    'Patient.id',
    /holds U\+0001 \(at 1\), which XML cannot hold/,
  ],
  'a noncharacter': [json('"name":[{"id":"\uffff","text":"x"}]'), 'character', 'Patient.name[0].id', /U\+FFFF/],
  'a narrative that is no XML': [
    div(`<div xmlns="${xhtml}"><p></div>`),
    'malformed',
    'Patient.text.div',
    /unexpected close tag/,
  ],
  'a narrative that ends the elements around it': [
    div(`<div xmlns="${xhtml}"></div></text><active value="true"/><text>`),
    'malformed',
    'Patient.text.div',
    /unmatched closing tag/,
  ],
  'two narratives in one': [
    div(`<div xmlns="${xhtml}"/><div xmlns="${xhtml}"/>`),
    'malformed',
    'Patient.text.div',
    /root/,
  ],
  'a narrative with an entity of HTML': [
    div(`<div xmlns="${xhtml}">&nbsp;</div>`),
    'malformed',
    'Patient.text.div',
    /&nbsp;/,
  ],
  'a narrative with a document type': [
    div(`<!DOCTYPE div><div xmlns="${xhtml}"/>`),
    'forbidden',
    'Patient.text.div',
    /document type/,
  ],
  'a narrative that is a paragraph': [
    div(`<p xmlns="${xhtml}">a</p>`),
    'value',
    'Patient.text.div',
    /must begin with <div>/,
  ],
  'a narrative after a comment': [
    div(`<!-- a --><div xmlns="${xhtml}"/>`),
    'value',
    'Patient.text.div',
    /must begin with <div>/,
  ],
  'a narrative before a comment': [
    div(`<div xmlns="${xhtml}"/><!-- a -->`),
    'value',
    'Patient.text.div',
    /must end with its <\/div>/,
  ],
  'a narrative without its namespace': [div('<div>a</div>'), 'namespace', 'Patient.text.div', /it is in no namespace/],
};

describe('JSON that is refused', () => {
  for (const [name, one] of Object.entries(jsonCases)) it(name, () => check(one, jsonToXml));
});
