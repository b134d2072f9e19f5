import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonToXml, xmlToJson } from '../src/index.ts';
import { faultOf } from './fault-of.ts';

const xhtml = 'http://www.w3.org/1999/xhtml';
const patient = (content: string): string => `<Patient xmlns="http://hl7.org/fhir">${content}</Patient>`;
const narrative = (div: string): string => patient(`<text><status value="generated"/>${div}</text>`);

const json = (members: string): string => `{"resourceType":"Patient",${members}}`;
const div = (content: string): string => json(`"text":{"status":"generated","div":${JSON.stringify(content)}}`);

describe('limits', () => {
  const deepXml = (depth: number): string =>
    patient('<extension url="u">'.repeat(depth) + '<valueInteger value="1"/>' + '</extension>'.repeat(depth));

  it('depth: what JSON may nest passes both ways, more is refused', () => {
    // The resource is one level, each extension two: the list and the object.
    const result = xmlToJson(deepXml(249));
    assert.equal(jsonToXml(result), `<?xml version="1.0" encoding="UTF-8"?>${deepXml(249)}`);
    assert.equal(faultOf(() => xmlToJson(deepXml(250))).kind, 'limit');
    assert.match(faultOf(() => xmlToJson(deepXml(100_000))).message, /nested deeper than 500/);
    const deepJson = json('"extension":[{"url":"u",'.repeat(50_000));
    assert.match(faultOf(() => jsonToXml(deepJson)).message, /nested deeper than 500/);
  });

  it('depth of a narrative', () => {
    const deep = `<div xmlns="${xhtml}">${'<b>'.repeat(100_000)}`;
    assert.equal(faultOf(() => xmlToJson(narrative(deep))).kind, 'limit');
    assert.equal(faultOf(() => jsonToXml(div(deep))).kind, 'limit');
  });

  it('length of what goes in and of what comes out', () => {
    const names = json(`"name":[{"given":[${'"a",'.repeat(999)}"a"]}]`);
    assert.equal(faultOf(() => jsonToXml(names, { maxLength: 1000 })).kind, 'limit');
    const fault = faultOf(() => jsonToXml(names, { maxLength: 10_000 }));
    assert.match(fault.message, /the XML would be longer than 10000/);
    assert.equal(faultOf(() => xmlToJson(patient(' '.repeat(1000)), { maxLength: 1000 })).kind, 'limit');
    assert.equal(xmlToJson(patient(' '.repeat(900)), { maxLength: 1000 }), '{"resourceType":"Patient"}');
  });

  it('a message stays short, however long the name', () => {
    const fault = faultOf(() => xmlToJson(patient(`<${'a'.repeat(1_000_000)}/>`)));
    assert.ok(fault.message.length < 1100, String(fault.message.length));
  });
});
