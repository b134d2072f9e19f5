/** Resources in XML, as they are and with faults that only XML can have. https://hl7.org/fhir/R5/xml.html */
import { jsonToXml, XmlFault } from '@dhp/fhir-xml';
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { randomSource } from '../../random.ts';
import { examplePicker, spoilt, type Subject } from '../mutants.ts';
import { spelt } from './values.ts';
import { furtherXmlFaults } from './xml-further.ts';
import {
  afterDeclaration,
  beforeLeaf,
  declaration,
  inLeaf,
  inTag,
  leaf,
  linesLike,
  onLine,
  opening,
  valued,
  whole,
  type Change,
} from './xml-lines.ts';

/** Two elements that follow each other, the second one first. */
const swapped: Change = (lines, random) => {
  const names = (line: string): string | undefined => leaf.exec(line)?.[2];
  const all = linesLike(lines, leaf).filter(
    (i) =>
      names(lines[i + 1] ?? '') !== undefined &&
      names(lines[i]!) !== names(lines[i + 1]!) &&
      indentOf(lines[i]!) === indentOf(lines[i + 1]!),
  );
  if (all.length === 0) return undefined;
  const at = random.pick(all);
  return lines
    .with(at, lines[at + 1]!)
    .with(at + 1, lines[at]!)
    .join('\n');
};
const indentOf = (line: string): number => line.length - line.trimStart().length;

export const xmlFaults: Readonly<Record<string, Change>> = {
  'elements out of order': swapped,
  'an element twice': inLeaf(
    (indent, name, attributes) => `${indent}<${name}${attributes}/>\n${indent}<${name}${attributes}/>`,
  ),
  'an element that there is not': beforeLeaf('<none value="a"/>'),
  'an element of another namespace': beforeLeaf('<none xmlns="http://example.org" value="a"/>'),
  'an element of no namespace': beforeLeaf('<none xmlns="" value="a"/>'),
  'a leaf in another namespace': inLeaf(
    (indent, name, attributes) => `${indent}<${name} xmlns="http://example.org"${attributes}/>`,
  ),
  'another case of an element': inLeaf((indent, name, attributes) => `${indent}<${name.toUpperCase()}${attributes}/>`),
  'an attribute that there is not': inLeaf((indent, name, attributes) => `${indent}<${name} none="a"${attributes}/>`),
  'an attribute that there is not, of a complex element': inTag(
    (indent, name, attributes) => `${indent}<${name} value="a"${attributes}>`,
  ),
  'an attribute of another namespace': inLeaf(
    (indent, name, attributes) => `${indent}<${name} xmlns:x="http://example.org" x:a="b"${attributes}/>`,
  ),
  'xml:id': inLeaf((indent, name, attributes) => `${indent}<${name} xml:id="a"${attributes}/>`),
  'xml:lang': inTag((indent, name, attributes) => `${indent}<${name} xml:lang="uz"${attributes}>`),
  'the place of a schema': whole((text) =>
    text.replace(
      ' xmlns="http://hl7.org/fhir"',
      ' xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir fhir.xsd"',
    ),
  ),
  'an attribute twice': inLeaf((indent, name, attributes) => `${indent}<${name}${attributes}${attributes}/>`),
  'an id': inLeaf((indent, name, attributes) => `${indent}<${name} id="a"${attributes}/>`),
  'an id with a space': inTag((indent, name, attributes) => `${indent}<${name} id="a b"${attributes}>`),
  'an empty id': inTag((indent, name, attributes) => `${indent}<${name} id=""${attributes}>`),
  'text in a leaf': inLeaf((indent, name, attributes) => `${indent}<${name}${attributes}>a</${name}>`),
  'the value as text': onLine(/ value="[^"]+"\/>$/, (line) =>
    line.replace(/<(\w+)(.*?) value="([^"]*)"\/>/, '<$1$2>$3</$1>'),
  ),
  'text between elements': beforeLeaf('text'),
  'an empty value': valued(() => ''),
  'no value': onLine(/ value="[^"]+"\/>$/, (line) => line.replace(/ value="[^"]*"/, '')),
  'an element with nothing': beforeLeaf('<extension/>'),
  'space around a value': valued((value) => ` ${value} `),
  'a line end in a value': valued((value) => `${value}\n`),
  'a number of a character': valued((value) => `${value}&#65;`),
  'a number of no character': valued((value) => `${value}&#0;`),
  'an entity that is not declared': valued((value) => `${value}&nbsp;`),
  'an & alone': valued((value) => `${value} & a`),
  'a < in a value': valued((value) => `${value}<a`),
  'a > in a value': valued((value) => `${value}>a`),
  'a comment': beforeLeaf('<!-- a -->'),
  'a comment in a leaf': inLeaf((indent, name, attributes) => `${indent}<${name}${attributes}><!-- a --></${name}>`),
  'a comment that does not end': beforeLeaf('<!-- a'),
  'two hyphens in a comment': beforeLeaf('<!-- a -- b -->'),
  'character data': beforeLeaf('<![CDATA[a]]>'),
  'character data of spaces': beforeLeaf('<![CDATA[ ]]>'),
  'an instruction': beforeLeaf('<?a b?>'),
  'an instruction before the root': afterDeclaration('<?xml-stylesheet href="a.xsl" type="text/xsl"?>'),
  'a comment before the root': afterDeclaration('<!-- a -->'),
  'a document type': afterDeclaration('<!DOCTYPE Patient>'),
  'a document type with an entity': afterDeclaration('<!DOCTYPE a [<!ENTITY b "c">]>'),
  'a document type from elsewhere': afterDeclaration('<!DOCTYPE a SYSTEM "http://example.org/a.dtd">'),
  'encoding UTF-16': whole((text) => text.replace('UTF-8', 'UTF-16')),
  'encoding ISO-8859-1': whole((text) => text.replace('UTF-8', 'ISO-8859-1')),
  'encoding that there is not': whole((text) => text.replace('UTF-8', 'none')),
  'no encoding': whole((text) => text.replace(' encoding="UTF-8"', '')),
  'version 1.1': whole((text) => text.replace('version="1.0"', 'version="1.1"')),
  'no declaration': whole((text) => text.replace(`${declaration}\n`, '').replace(declaration, '')),
  'a byte order mark': whole((text) => `\ufeff${text}`),
  'space before the declaration': whole((text) => ` ${text}`),
  'a tag that does not end': onLine(opening, (line) => line.slice(0, -1)),
  'an end that does not fit': onLine(/^ +<\/\w+>$/, (line) => line.replace('</', '</x')),
  'no end': whole((text) => text.trimEnd().replace(/<\/\w+>$/, '')),
  'an attribute without quotes': onLine(/ value="\w+"\/>$/, (line) => line.replace(/ value="(\w+)"/, ' value=$1')),
  'text after the root': whole((text) => `${text}\ntext`),
  'two roots': whole((text) => `${text}\n<Patient xmlns="http://hl7.org/fhir"/>`),
  'no namespace': whole((text) => text.replace(' xmlns="http://hl7.org/fhir"', '')),
  'another namespace': whole((text) => text.replace('xmlns="http://hl7.org/fhir"', 'xmlns="http://hl7.org/fhir/"')),
  'a prefix for the namespace': whole((text) =>
    text
      .replace('xmlns="http://hl7.org/fhir"', 'xmlns="http://hl7.org/fhir" xmlns:f="http://hl7.org/fhir"')
      .replace(/<(\/?)(status|id|code)\b/g, '<$1f:$2'),
  ),
  'a type that there is not': whole((text) =>
    text.replace(/(<\/?)[A-Z]\w+(?=[ >])/, '$1None').replace(/<\/\w+>\s*$/, '</None>'),
  ),
  'a root in lower case': whole((text) =>
    text
      .replace(/<([A-Z])(\w+) xmlns/, (_all, first: string, rest: string) => `<${first.toLowerCase()}${rest} xmlns`)
      .replace(/<\/([A-Z])(\w+)>\s*$/, (_all, first: string, rest: string) => `</${first.toLowerCase()}${rest}>`),
  ),
  'a url of an extension as an element': onLine(/^ +<extension url="[^"]*">$/, (line) =>
    line.replace(/ url="([^"]*)">/, '>\n<url value="$1"/>'),
  ),
  'an extension without a url': onLine(/^ +<extension url="[^"]*">$/, (line) => line.replace(/ url="[^"]*"/, '')),
  'a contained resource without its element': whole((text) =>
    text.replace(/<contained>\s*([\s\S]*?)\s*<\/contained>/, '$1'),
  ),
  'two contained resources in one element': whole((text) =>
    text.replace(/<contained>\s*([\s\S]*?)\s*<\/contained>/, '<contained>$1$1</contained>'),
  ),
  'nothing contained': whole((text) => text.replace(/<contained>\s*[\s\S]*?\s*<\/contained>/, '<contained/>')),
  'a true of another case': onLine(/ value="true"\/>$/, (line) => line.replace('true', 'TRUE')),
  'a one for true': onLine(/ value="true"\/>$/, (line) => line.replace('true', '1')),
  'a plus before a number': onLine(/ value="\d+"\/>$/, (line) => line.replace('value="', 'value="+')),
  'a zero before a number': onLine(/ value="\d+"\/>$/, (line) => line.replace('value="', 'value="0')),
  'an exponent': onLine(/ value="\d+(?:\.\d+)?"\/>$/, (line) => line.replace(/"\/>$/, 'e1"/>')),
  'a number without its whole part': onLine(/ value="0\.\d+"\/>$/, (line) => line.replace('value="0', 'value="')),
  ...furtherXmlFaults,
};

/** Picks of narrative and other elements are on lines of their own. */
function xmlOf(resource: Json): string | undefined {
  try {
    return jsonToXml(spelt(resource), { pretty: true });
  } catch (error) {
    if (error instanceof XmlFault) return undefined;
    throw error;
  }
}

/** Resources in XML: examples as they are, with faults that JSON can have too, and with faults of XML. The same seed makes the same. */
export function* xmlResources(seed: number, count: number): Generator<Subject> {
  const pick = examplePicker();
  const kinds = Object.entries(xmlFaults);
  let made = 0;
  for (let request = 0; made < count; request += 1) {
    const random = randomSource(seed, request);
    const example = pick(random);
    const draw = random.below(10);
    const resource = example && (draw < 2 ? spoilt(example.resource, random) : example.resource);
    const text = resource && xmlOf(resource);
    if (text === undefined || text.length > 30_000) continue;
    if (draw < 3) yield { kind: draw < 2 ? 'fault of JSON' : 'as published', file: example!.file, text };
    else {
      const [kind, change] = random.pick(kinds);
      const changed = change(text.split('\n'), random);
      if (changed === undefined || changed === text) continue;
      const [more, again] = random.pick(kinds);
      // Two faults in one document: the first may hide the second.
      const twice = random.oneIn(8) ? again(changed.split('\n'), random) : undefined;
      yield { kind: twice === undefined ? kind : `${kind}; ${more}`, file: example!.file, text: twice ?? changed };
    }
    made += 1;
  }
}
