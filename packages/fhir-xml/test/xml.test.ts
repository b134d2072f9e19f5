import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonToXml, xmlToJson } from '../src/index.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
const xhtml = 'http://www.w3.org/1999/xhtml';

/** A Patient with that content. */
const patientXml = (content: string): string =>
  `${declaration}<Patient xmlns="http://hl7.org/fhir">${content}</Patient>`;
const patientJson = (members: string): string => `{"resourceType":"Patient",${members}}`;

/** Both formats of one Patient, which each make the other exactly. */
const pairs: Record<string, [json: string, xml: string]> = {
  'primitive values in the attribute value': [
    '"id":"a","active":true,"birthDate":"2000-01"',
    '<id value="a"/><active value="true"/><birthDate value="2000-01"/>',
  ],
  'a string that looks like a number stays a string': [
    '"name":[{"family":"1.00","given":["true","007"]}]',
    '<name><family value="1.00"/><given value="true"/><given value="007"/></name>',
  ],
  'id and extensions of a primitive beside its value': [
    '"birthDate":"1970-03-30","_birthDate":{"id":"314159","extension":[{"url":"http://e.org/t","valueString":"Easter"}]}',
    '<birthDate value="1970-03-30" id="314159"><extension url="http://e.org/t"><valueString value="Easter"/></extension></birthDate>',
  ],
  'a primitive without a value': [
    '"_gender":{"extension":[{"url":"http://e.org/absent","valueCode":"masked"}]}',
    '<gender><extension url="http://e.org/absent"><valueCode value="masked"/></extension></gender>',
  ],
  'a primitive with an id alone': ['"active":false,"_active":{"id":"x"}', '<active value="false" id="x"/>'],
  'arrays of primitives padded with null': [
    '"name":[{"given":["A",null,"C"],"_given":[null,{"id":"b"},{"id":"c"}]}]',
    '<name><given value="A"/><given id="b"/><given value="C" id="c"/></name>',
  ],
  'an array of primitives that have no value': [
    '"name":[{"_given":[{"id":"a"},{"id":"b"}]}]',
    '<name><given id="a"/><given id="b"/></name>',
  ],
  'the id of a data type as an attribute': [
    '"name":[{"id":"n1","family":"F"}]',
    '<name id="n1"><family value="F"/></name>',
  ],
  'the id of a resource as an element, with its extension': [
    '"id":"a","_id":{"extension":[{"url":"u","valueBoolean":true}]}',
    '<id value="a"><extension url="u"><valueBoolean value="true"/></extension></id>',
  ],
  'the url of an extension as an attribute, extensions within extensions': [
    '"extension":[{"id":"e","url":"u","extension":[{"url":"v","valueInteger":-3}]}]',
    '<extension id="e" url="u"><extension url="v"><valueInteger value="-3"/></extension></extension>',
  ],
  'decimals as they are spelt': [
    '"extension":[{"url":"u","valueDecimal":1.00},{"url":"v","valueDecimal":1e-7},{"url":"w","valueDecimal":-0.0E+10}]',
    '<extension url="u"><valueDecimal value="1.00"/></extension><extension url="v"><valueDecimal value="1e-7"/></extension>' +
      '<extension url="w"><valueDecimal value="-0.0E+10"/></extension>',
  ],
  'integer64 as a string of JSON': [
    '"extension":[{"url":"u","valueInteger64":"9223372036854775807"}]',
    '<extension url="u"><valueInteger64 value="9223372036854775807"/></extension>',
  ],
  'integers and unsigned integers unquoted': [
    '"telecom":[{"value":"1","rank":1}],"multipleBirthInteger":0',
    '<telecom><value value="1"/><rank value="1"/></telecom><multipleBirthInteger value="0"/>',
  ],
  'contained resources within the element of their type': [
    '"contained":[{"resourceType":"Organization","id":"o","name":"N"},{"resourceType":"Basic"}],"active":true',
    '<contained><Organization><id value="o"/><name value="N"/></Organization></contained>' +
      '<contained><Basic/></contained><active value="true"/>',
  ],
  'white space in values': [
    '"name":[{"text":" a\\tb\\nc\\r\\nd  e "}]',
    '<name><text value=" a&#9;b&#10;c&#13;&#10;d  e "/></name>',
  ],
  'markup and quotes in values': [
    `"name":[{"text":"<a b='c'> & \\"d\\" ]]> &amp;"}]`,
    `<name><text value="&lt;a b='c'> &amp; &quot;d&quot; ]]> &amp;amp;"/></name>`,
  ],
  'characters beyond the basic plane, and those JSON would escape': [
    '"name":[{"text":"\u{1f600} \u2028 \u0085 \u007f o\u02bbzbek Ўзбек \\\\"}]',
    '<name><text value="\u{1f600} \u2028 \u0085 \u007f o\u02bbzbek Ўзбек \\"/></name>',
  ],
  'base64 untouched': [
    '"photo":[{"data":"AAECAw==","size":"4"}]',
    '<photo><data value="AAECAw=="/><size value="4"/></photo>',
  ],
  'a narrative as markup, entities, comments, CDATA and quotes as they are': [
    `"text":{"status":"generated","div":"<div xmlns='${xhtml}' title=\\"a&#10;b\\">\\r\\n<!-- c --><p>1 &lt; 2 &#160;&amp;</p><![CDATA[<x>]]><br/><hr ></hr ></div>"}`,
    `<text><status value="generated"/><div xmlns='${xhtml}' title="a&#10;b">\r\n<!-- c --><p>1 &lt; 2 &#160;&amp;</p><![CDATA[<x>]]><br/><hr ></hr ></div></text>`,
  ],
};

describe('one resource in both formats', () => {
  for (const [name, [members, content]] of Object.entries(pairs)) {
    it(name, () => {
      assert.equal(jsonToXml(patientJson(members)), patientXml(content));
      assert.equal(xmlToJson(patientXml(content)), patientJson(members));
    });
  }

  it('elements that repeat the content of another (contentReference)', () => {
    const json =
      '{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"group","item":[{"linkId":"1.1","type":"integer"}]}]}';
    const xml =
      `${declaration}<Questionnaire xmlns="http://hl7.org/fhir"><status value="draft"/><item><linkId value="1"/><type value="group"/>` +
      '<item><linkId value="1.1"/><type value="integer"/></item></item></Questionnaire>';
    assert.equal(jsonToXml(json), xml);
    assert.equal(xmlToJson(xml), json);
  });

  it('resources in the entries of a Bundle and in Parameters', () => {
    const json =
      '{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Parameters","parameter":[{"name":"p",' +
      '"resource":{"resourceType":"Patient","id":"a"}}]},"response":{"status":"200","outcome":{"resourceType":"OperationOutcome"}}}]}';
    const xml =
      `${declaration}<Bundle xmlns="http://hl7.org/fhir"><type value="batch"/><entry><resource><Parameters><parameter><name value="p"/>` +
      '<resource><Patient><id value="a"/></Patient></resource></parameter></Parameters></resource>' +
      '<response><status value="200"/><outcome><OperationOutcome/></outcome></response></entry></Bundle>';
    assert.equal(jsonToXml(json), xml);
    assert.equal(xmlToJson(xml), json);
  });

  it('a resource without any element', () => {
    assert.equal(jsonToXml('\ufeff{"resourceType":"Basic"}'), `${declaration}<Basic xmlns="http://hl7.org/fhir"/>`);
    assert.equal(xmlToJson('\ufeff<Basic xmlns="http://hl7.org/fhir"></Basic>'), '{"resourceType":"Basic"}');
  });
});

describe('XML as others write it', () => {
  it('prefixes, comments, white space between elements, single quotes, empty pairs', () => {
    const xml = `<!-- a --><f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="${xhtml}">
      <f:text ><f:status value='additional'/><h:div class="k"><h:p>x<h:br/></h:p ></h:div></f:text>
      <!-- b --><f:active
         value = "true"></f:active>
    </f:Patient><!-- c -->`;
    const div = `<div xmlns=\\"${xhtml}\\" class=\\"k\\"><p>x<br/></p ></div>`;
    const text = `"text":{"status":"additional","div":"${div}"}`;
    assert.equal(xmlToJson(xml), patientJson(`${text},"active":true`));
  });

  it('references to characters, and a plain line end in a value, which XML reads as a space', () => {
    const xml = patientXml('<name><text value="&#x41;&#66;&apos;\n&#xA;&#x1F600;"/></name>');
    assert.equal(xmlToJson(xml), patientJson(`"name":[{"text":"AB' \\n\u{1f600}"}]`));
  });

  it('white space around booleans and numbers, and the plus of an integer', () => {
    const xml = patientXml('<active value=" true "/><multipleBirthInteger value=" +2"/>');
    assert.equal(xmlToJson(xml), patientJson('"active":true,"multipleBirthInteger":2'));
  });

  it('pretty printing leaves the content alone, the narrative too', () => {
    const div = `<div xmlns=\\"${xhtml}\\"><p>a <b>b</b></p></div>`;
    const json = patientJson(`"text":{"status":"generated","div":"${div}"},"name":[{"given":["A","B"]}]`);
    const xml = jsonToXml(json, { pretty: true });
    assert.ok(xml.includes('\n  <name>\n    <given value="A"/>\n    <given value="B"/>\n  </name>\n</Patient>\n'), xml);
    assert.equal(xmlToJson(xml), json);
  });

  it('white space around the div of a JSON narrative is dropped', () => {
    const json = (div: string): string => patientJson(`"text":{"status":"generated","div":"${div}"}`);
    const div = `<div xmlns=\\"${xhtml}\\">x</div>`;
    assert.equal(xmlToJson(jsonToXml(json(` \\n${div}\\n`))), json(div));
  });
});
