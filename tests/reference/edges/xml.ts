/** XML in each odd form: declarations, comments, namespaces, attributes, order, empty elements, resources within others. */
import type { Cases } from './cases.ts';

const fhir = 'xmlns="http://hl7.org/fhir"';
const xhtml = 'xmlns="http://www.w3.org/1999/xhtml"';
const instance = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
const name = '<name><family value="a"/></name>';
const a = '<valueString value="a"/>';

const patient = (content: string, attributes = ''): string => `<Patient ${fhir}${attributes}>${content}</Patient>`;
const observation = (value: string): string =>
  `<Observation ${fhir}><status value="final"/><code><text value="a"/></code>${value}</Observation>`;

const documents = {
  ...{
    plain: patient(name),
    declared: `<?xml version="1.0" encoding="UTF-8"?>${patient(name)}`,
    marked: `\ufeff${patient(name)}`,
  },
  ...{
    'Latin 1': `<?xml version="1.0" encoding="ISO-8859-1"?>${patient(name)}`,
    ASCII: `<?xml version="1.0" encoding="US-ASCII"?>${patient(name)}`,
  },
  ...{
    'version 1.1': `<?xml version="1.1" encoding="UTF-8"?>${patient(name)}`,
    alone: `<?xml version="1.0" standalone="yes"?>${patient(name)}`,
  },
  ...{
    'comment before': `<!-- a -->${patient(name)}`,
    'comment behind': `${patient(name)}<!-- a -->`,
    'bad comment': patient(`<!-- a -- b -->${name}`),
  },
  ...{
    'instruction before': `<?a b?>${patient(name)}`,
    'instruction behind': `${patient(name)}<?a b?>`,
    'style sheet': `<?xml-stylesheet href="a"?>${patient(name)}`,
  },
  ...{
    'document type': `<!DOCTYPE Patient>${patient(name)}`,
    entity: `<!DOCTYPE Patient [<!ENTITY a "b">]>${patient('<name><family value="&a;"/></name>')}`,
  },
  ...{
    'no namespace': '<Patient><active value="true"/></Patient>',
    'another namespace': '<Patient xmlns="http://hl7.org/fhir2"><active value="true"/></Patient>',
  },
  ...{
    prefix: '<f:Patient xmlns:f="http://hl7.org/fhir"><f:active value="true"/></f:Patient>',
    'no resource': `<Foo ${fhir}><a value="b"/></Foo>`,
  },
  ...{
    'small letters': `<patient ${fhir}/>`,
    'two roots': patient(name) + patient(name),
    open: `<Patient ${fhir}>${name}`,
    text: 'hello',
  },
  ...{ HTML: `<html ${xhtml}><body/></html>`, 'closed at once': `<Patient ${fhir}/>` },
} as const;

/** Contents of a Patient. */
const contents = {
  ...{
    'comments within': `<!-- a -->${name}<!-- b -->`,
    'character data': `<![CDATA[a]]>${name}`,
    'text before': `a${name}`,
    'text behind': `${name}a`,
  },
  ...{
    'text in a value': '<active value="true">a</active>',
    'a line in a value': '<name><family value="a\nb"/></name>',
  },
  ...{
    'a line by number': '<name><family value="a&#10;b"/></name>',
    'bell by number': '<name><family value="a&#7;b"/></name>',
  },
  ...{
    ampersand: '<name><family value="a & b"/></name>',
    nbsp: '<name><family value="a&nbsp;b"/></name>',
    'no quotes': '<name><family value=a/></name>',
  },
  ...{
    'type of an instance': `<name ${instance} xsi:type="a"><family value="b"/></name>`,
    'another namespace': '<active xmlns="http://a.b" value="true"/>',
  },
  ...{
    'prefix of another': '<x:active xmlns:x="http://a.b" value="true"/>',
    'attribute of another': '<active xmlns:x="http://a.b" x:foo="1" value="true"/>',
  },
  ...{
    'unknown attribute': '<active value="true" foo="a"/>',
    'url of a value': '<active url="a" value="true"/>',
    'value of a name': '<name value="a"><family value="b"/></name>',
  },
  ...{
    'id behind': `${name}<id value="a"/>`,
    'ids of elements': '<name id="n"><family id="f" value="a"/></name>',
    'id as an element': '<name><id value="n"/><family value="a"/></name>',
  },
  ...{
    'bad id': '<name id="a b"><family value="a"/></name>',
    'id twice': '<name id="a"><family value="a"/></name><name id="a"><family value="b"/></name>',
  },
  ...{
    'no value': '<active/>',
    'empty value': '<active value=""/>',
    capitals: '<active value="TRUE"/>',
    one: '<active value="1"/>',
    empty: '<name/>',
    'space alone': '<name> </name>',
  },
  ...{
    nothing: '',
    order: '<active value="true"/><identifier><value value="1"/></identifier>',
    twice: '<active value="true"/><active value="false"/>',
  },
  ...{
    'two of a choice': '<deceasedBoolean value="true"/><deceasedDateTime value="2024"/>',
    unknown: '<foo value="a"/>',
    'capital letter': '<Active value="true"/>',
  },
  ...{
    extension: `<extension url="http://a.b">${a}</extension>`,
    'url as an element': `<extension><url value="http://a.b"/>${a}</extension>`,
    'no url': `<extension>${a}</extension>`,
  },
  ...{
    'extension of a value': `<birthDate value="2024"><extension url="http://a.b">${a}</extension></birthDate>`,
    'empty url': `<extension url="">${a}</extension>`,
  },
  ...{
    'child of a value': '<active value="true"><foo value="a"/></active>',
    'null given': '<birthDate value="null"/>',
    spaced: '<birthDate value=" 2024-01-01 "/>',
  },
  contained:
    '<contained><Practitioner><id value="p"/></Practitioner></contained><generalPractitioner><reference value="#p"/></generalPractitioner>',
  'order in a narrative': `<text><div ${xhtml}>a</div><status value="generated"/></text>`,
} as const;

const narratives = {
  ...{
    right: `<div ${xhtml}>a</div>`,
    'no namespace': '<div>a</div>',
    'of FHIR': `<div ${fhir}>a</div>`,
    'within another': `<div ${xhtml}><p xmlns="http://a.b">a</p></div>`,
  },
  ...{
    prefix: `<h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>a</h:p></h:div>`,
    'declared prefix': `<div ${xhtml} xmlns:x="http://a.b">a</div>`,
  },
  ...{
    script: `<div ${xhtml}><script>a</script></div>`,
    comment: `<div ${xhtml}><!-- a -->a</div>`,
    'character data': `<div ${xhtml}><![CDATA[a]]></div>`,
  },
  ...{
    nbsp: `<div ${xhtml}>&nbsp;</div>`,
    empty: `<div ${xhtml}/>`,
    spaces: `<div ${xhtml}> </div>`,
    capitals: `<div ${xhtml}><P>a</P></div>`,
    paragraph: `<p ${xhtml}>a</p>`,
  },
  ...{
    event: `<div ${xhtml}><p onclick="a">a</p></div>`,
    languages: `<div ${xhtml} xml:lang="en" lang="en">a</div>`,
    text: 'a',
  },
} as const;

const numbers = ['1.0E5', '+1', 'NaN', '01', '1.', '-0'].flatMap((one) => [
  `<valueQuantity><value value="${one}"/></valueQuantity>`,
  `<valueInteger value="${one}"/>`,
]);

const rootAttributes = {
  ...{
    schema: ` ${instance} xsi:schemaLocation="http://hl7.org/fhir a.xsd"`,
    unknown: ' foo="a"',
    id: ' id="a"',
    language: ' xml:lang="en"',
  },
  ...{ base: ' xml:base="http://a.b"', space: ' xml:space="preserve"' },
};

const cases = (word: string, items: object, make: (text: string) => string): Cases =>
  Object.fromEntries(Object.entries(items).map(([key, text]) => [`${word} ${key}`, make(text as string)]));

export const xml: Cases = {
  ...cases('document:', documents, (text) => text),
  ...cases('content:', contents, (text) => patient(text)),
  ...cases('root:', rootAttributes, (text) => patient(name, text)),
  ...cases('narrative in XML:', narratives, (text) => patient(`<text><status value="generated"/>${text}</text>`)),
  ...cases('number in XML:', numbers, observation),
  'Bundle in XML': `<Bundle ${fhir}><type value="collection"/><entry><fullUrl value="urn:uuid:9b1f6d0c-7a0d-4c6e-9a3f-1c2b3a4d5e6f"/><resource>${patient(name)}</resource></entry></Bundle>`,
  'lines of base64': `<Binary ${fhir}><contentType value="text/plain"/><data value="aGVs\nbG8="/></Binary>`,
};
