/** Topics of XML: order, namespaces, attributes, encodings, texts between elements. */
import { jsonToXml } from '@dhp/fhir-xml';
import type { Topic } from './topic.ts';

const right = (): string =>
  jsonToXml(
    JSON.stringify({
      resourceType: 'Patient',
      id: 'a',
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>a</p></div>' },
      identifier: [{ system: 'http://provoked.test/a', value: '1' }],
      active: true,
      name: [{ family: 'A', given: ['B', 'C'] }],
      birthDate: '1970-01-01',
      contained: [{ resourceType: 'Organization', id: 'o', name: 'O' }],
      managingOrganization: { reference: '#o' },
    }),
    { pretty: true },
  );

const changes: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.replace('<active value="true"/>', '').replace('</Patient>', '<active value="true"/></Patient>'),
  (text) => text.replace('<active value="true"/>', '<active value="true"/><active value="true"/>'),
  (text) => text.replace('<active value="true"/>', '<active value="true" other="a"/>'),
  (text) => text.replace('<active value="true"/>', '<active/>'),
  (text) => text.replace('<active value="true"/>', '<active>true</active>'),
  (text) => text.replace('<active value="true"/>', '<active value=""/>'),
  (text) => text.replace('<active value="true"/>', '<active value=" true "/>'),
  (text) => text.replace('<active value="true"/>', '<active value="true"></active>'),
  (text) => text.replace('<active value="true"/>', '<active value="true">a</active>'),
  (text) => text.replace('<active value="true"/>', '<Active value="true"/>'),
  (text) => text.replace('<active value="true"/>', '<none value="true"/>'),
  (text) => text.replace('<active value="true"/>', '<x:active xmlns:x="http://none.test" value="true"/>'),
  (text) => text.replace('<active value="true"/>', '<f:active xmlns:f="http://hl7.org/fhir" value="true"/>'),
  (text) => text.replace('<active value="true"/>', '<active xmlns="" value="true"/>'),
  (text) => text.replace('<active value="true"/>', '<active value="true" xml:lang="uz"/>'),
  (text) => text.replace('<active value="true"/>', '<active value="true" id="a"/>'),
  (text) => text.replace('<active value="true"/>', '<active id="" value="true"/>'),
  (text) => text.replace('<active value="true"/>', '<active value="true" value="false"/>'),
  (text) => text.replace('<active value="true"/>', '<!-- a --><active value="true"/><?a b?>'),
  (text) => text.replace('<active value="true"/>', 'words<active value="true"/>'),
  (text) => text.replace('<active value="true"/>', '<![CDATA[a]]><active value="true"/>'),
  (text) => text.replace('<active value="true"/>', '<active value="&#116;rue"/>'),
  (text) => text.replace('"1970-01-01"', '" 1970-01-01"'),
  (text) => text.replace('"1970-01-01"', '"1970-01-01&#10;"'),
  (text) => text.replace('family value="A"', 'family value="&eacute;"'),
  (text) => text.replace('family value="A"', 'family value="a&#1;"'),
  (text) => text.replace('family value="A"', 'family value="&lt;b>"'),
  (text) => text.replace('family value="A"', 'family value="a\tb\nc"'),
  (text) => text.replace('family value="A"', 'family url="a" value="A"'),
  (text) => text.replace('<name>', '<name value="a">'),
  (text) => text.replace('<name>', '<name url="a">'),
  (text) => text.replace('<name>', '<name id="a">'),
  (text) => text.replace('<name>', '<name id="a b">'),
  (text) => text.replace('<name>', '<name/><name>'),
  (text) =>
    text
      .replace(/<given value="B"\/>\s*<given value="C"\/>/, '')
      .replace('<family value="A"/>', '<given value="B"/><family value="A"/><given value="C"/>'),
  (text) => text.replace('<identifier>', '<identifier>text'),
  (text) => text.replace('</Patient>', '</Patient>tail'),
  (text) => text.replace('</Patient>', '</Patients>'),
  (text) => text.replace('</Patient>', '<extension><valueString value="a"/></extension></Patient>'),
  (text) =>
    text.replace(
      '<text>',
      '<extension url="http://none.test/e"><valueString value="a"/><valueBoolean value="true"/></extension><text>',
    ),
  (text) =>
    text.replace(
      '<identifier>',
      '<extension url="http://none.test/e"><valueString value="a"/></extension><identifier>',
    ),
  (text) =>
    text.replace(
      '<identifier>',
      '<extension><url value="http://none.test/e"/><valueString value="a"/></extension><identifier>',
    ),
  (text) => text.replace('<identifier>', '<extension url=""><valueString value="a"/></extension><identifier>'),
  (text) =>
    text.replace('<identifier>', '<extension url="http://none.test/e"><value value="a"/></extension><identifier>'),
  (text) => text.replace('xmlns="http://hl7.org/fhir"', 'xmlns="http://hl7.org/fhir/"'),
  (text) => text.replace('xmlns="http://hl7.org/fhir"', ''),
  (text) =>
    text.replace(
      'xmlns="http://hl7.org/fhir"',
      'xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir ../a.xsd"',
    ),
  (text) => text.replace('xmlns="http://hl7.org/fhir"', 'xmlns="http://hl7.org/fhir" version="5"'),
  (text) =>
    text.replace('xmlns="http://hl7.org/fhir"', 'xmlns="http://hl7.org/fhir" xmlns:a="http://none.test" a:b="c"'),
  (text) => text.replaceAll(/<(\/?)(?!div|p|\?|\/div|\/p)([a-zA-Z])/g, '<$1f:$2').replace('xmlns=', 'xmlns:f='),
  (text) => text.replace('<Patient', '<None').replace('</Patient>', '</None>'),
  (text) => text.replace('<Patient', '<patient').replace('</Patient>', '</patient>'),
  (text) => text.replace(/<contained>[\s\S]*<\/contained>/, '<contained/>'),
  (text) => text.replace(/<Organization[\s\S]*<\/Organization>/, '<None/>'),
  (text) => text.replace(/<Organization/, '<Organization xmlns="http://hl7.org/fhir"'),
  (text) => text.replace('</Organization>', '</Organization><Organization><id value="p"/></Organization>'),
  (text) => text.replace(' xmlns="http://www.w3.org/1999/xhtml"', ''),
  (text) => text.replace('<p>a</p>', '<p>a<h:b xmlns:h="http://www.w3.org/1999/xhtml">b</h:b></p>'),
  (text) => text.replace('<p>a</p>', '<p xmlns="http://none.test">a</p>'),
  (text) => text.replace('<p>a</p>', '<p>&nbsp;&copy;</p>'),
  (text) => text.replace('<p>a</p>', '<p>a<br></p>'),
  (text) => text.replace('<p>a</p>', '<script>a</script>'),
  (text) => text.replace('<p>a</p>', '<p value="a">a</p>'),
  (text) => text.replace('<p>a</p>', ''),
  (text) => text.replace(/<div[\s\S]*<\/div>/, '<div xmlns="http://www.w3.org/1999/xhtml"/>'),
  (text) => text.replace(/<div[\s\S]*<\/div>/, '<div value="a"/>'),
  (text) => `<?xml version="1.0" encoding="UTF-8"?>${text.replace(/^<\?xml.*?\?>/, '')}`,
  (text) => `<?xml version="1.0" encoding="UTF-16"?>${text.replace(/^<\?xml.*?\?>/, '')}`,
  (text) => `<?xml version="1.0" encoding="ISO-8859-1"?>${text.replace(/^<\?xml.*?\?>/, '')}`,
  (text) => `<?xml version="1.1"?>${text.replace(/^<\?xml.*?\?>/, '')}`,
  (text) => `<?xml-stylesheet href="a.xsl"?>${text.replace(/^<\?xml.*?\?>/, '')}`,
  (text) => `<!DOCTYPE Patient>${text.replace(/^<\?xml.*?\?>/, '')}`,
  (text) => `<!DOCTYPE Patient [<!ENTITY a "b">]>${text.replace(/^<\?xml.*?\?>/, '')}`,
  (text) => `\uFEFF${text}`,
  (text) => ` ${text}`,
  (text) => `<!-- a -->${text.replace(/^<\?xml.*?\?>/, '')}`,
  (text) => text.slice(0, -12),
];

const xml: Topic = (random) => {
  const first = random.pick(changes)(right());
  return { resource: random.oneIn(4) ? random.pick(changes)(first) : first };
};

export const xmlTopics: Readonly<Record<string, Topic>> = { XML: xml, 'XML again': xml };
