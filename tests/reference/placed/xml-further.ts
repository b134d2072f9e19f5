/** Faults of XML that stand in a narrative, in names and namespaces, in the head of the document, and in ids. */
import { declaration, inLeaf, inTag, onLine, valued, whole, type Change } from './xml-lines.ts';

const xhtml = 'xmlns="http://www.w3.org/1999/xhtml"';

/** A change of the first element of the first narrative. */
const inDiv = (change: (open: string) => string): Change =>
  whole((text) => text.replace(/<div [^>]*[^/]>/, (open) => change(open)));

/** Something at the beginning of the narrative. */
const atDiv = (more: string): Change => inDiv((open) => open + more);

const divInstead = (div: string): Change =>
  whole((text) => text.replace(/<div [^>]*>[\s\S]*?<\/div>(?=\s*<\/text>)/, () => div));

const inHead = (head: string): Change => whole((text) => text.replace(declaration, () => head));

const inNarratives: Readonly<Record<string, Change>> = {
  'a narrative of no namespace': inDiv((open) => open.replace(` ${xhtml}`, '')),
  'a narrative of the namespace of FHIR': inDiv((open) => open.replace(xhtml, 'xmlns="http://hl7.org/fhir"')),
  'a narrative with an id': inDiv((open) => open.replace('<div', '<div id="a"')),
  'a narrative with a value': inDiv((open) => open.replace('<div', '<div value="a"')),
  'a narrative with two languages': inDiv((open) => open.replace('<div', '<div lang="uz" xml:lang="ru"')),
  'an element of no HTML in a narrative': atDiv('<none>a</none>'),
  'an element of FHIR in a narrative': atDiv('<status xmlns="http://hl7.org/fhir" value="a"/>'),
  'an element of another namespace in a narrative': atDiv('<p xmlns="http://example.org">a</p>'),
  'a prefix in a narrative': atDiv('<h:p xmlns:h="http://www.w3.org/1999/xhtml">a</h:p>'),
  'a prefix that is not declared in a narrative': atDiv('<h:p>a</h:p>'),
  'a capital element in a narrative': atDiv('<P>a</P>'),
  'an attribute that there is not in a narrative': atDiv('<p none="a">a</p>'),
  'an event in a narrative': atDiv('<p onclick="a()">a</p>'),
  'an address of a script in a narrative': atDiv('<a href="javascript:a()">a</a>'),
  'a link to nothing in a narrative': atDiv('<a href="#none">a</a>'),
  'an image in a narrative': atDiv('<img src="a.png" alt="a"/>'),
  'an image of a contained resource in a narrative': atDiv('<img src="#none" alt="a"/>'),
  'a script in a narrative': atDiv('<script>a</script>'),
  'a form in a narrative': atDiv('<form action="a"><input name="a"/></form>'),
  'a frame in a narrative': atDiv('<iframe src="a"></iframe>'),
  'a comment in a narrative': atDiv('<!-- a -->'),
  'an instruction in a narrative': atDiv('<?a b?>'),
  'character data in a narrative': atDiv('<![CDATA[a < b]]>'),
  'an entity of HTML in a narrative': atDiv('a&nbsp;&copy;'),
  'a number of a character in a narrative': atDiv('a&#160;&#x41;'),
  'a number of no character in a narrative': atDiv('a&#1;'),
  'a tag that does not end in a narrative': atDiv('a<br>'),
  'tags that cross in a narrative': atDiv('<b><i>a</b></i>'),
  'a paragraph in a paragraph': atDiv('<p>a<p>b</p></p>'),
  'a table in a paragraph': atDiv('<p><table><tr><td>a</td></tr></table></p>'),
  'an attribute twice in a narrative': atDiv('<p class="a" class="b">a</p>'),
  'the same id twice in a narrative': atDiv('<p id="a">a</p><p id="a">b</p>'),
  'an id with a space in a narrative': atDiv('<p id="a b">a</p>'),
  'an empty narrative': divInstead(`<div ${xhtml}/>`),
  'a narrative of spaces': divInstead(`<div ${xhtml}> \n\t </div>`),
  'a narrative of an image alone': divInstead(`<div ${xhtml}><img src="a.png" alt="a"/></div>`),
  'a narrative that is no div': divInstead(`<p ${xhtml}>a</p>`),
  'a narrative as a value': divInstead('<div value="&lt;div>a&lt;/div>"/>'),
  'a narrative as text': divInstead('a'),
  'two narratives in one text': divInstead(`<div ${xhtml}>a</div><div ${xhtml}>b</div>`),
  'text behind a narrative': divInstead(`<div ${xhtml}>a</div>b`),
  'no narrative in a text': divInstead(''),
  'a narrative without its status': whole((text) => text.replace(/(<text>\s*)<status value="\w+"\/>/, '$1')),
};

const inNames: Readonly<Record<string, Change>> = {
  'the namespace again': inLeaf(
    (indent, name, attributes) => `${indent}<${name} xmlns="http://hl7.org/fhir"${attributes}/>`,
  ),
  'a prefix of the namespace': inLeaf(
    (indent, name, attributes) => `${indent}<f:${name} xmlns:f="http://hl7.org/fhir"${attributes}/>`,
  ),
  'a prefix that is not declared': inLeaf((indent, name, attributes) => `${indent}<f:${name}${attributes}/>`),
  'an attribute of a prefix that is not declared': inLeaf(
    (indent, name, attributes) => `${indent}<${name} f:a="b"${attributes}/>`,
  ),
  'a value of a prefix': onLine(/ value="[^"]*"\/>$/, (line) =>
    line.replace(' value=', ' xmlns:f="http://hl7.org/fhir" f:value='),
  ),
  'a complex element of another namespace': whole((text) =>
    text.replace(/<(meta|code|name|subject|identifier)>/, '<$1 xmlns="http://example.org">'),
  ),
  'a declaration of a namespace that is not used': inTag(
    (indent, name, attributes) => `${indent}<${name} xmlns:x="http://example.org"${attributes}>`,
  ),
  'a type of an instance': inTag(
    (indent, name, attributes) =>
      `${indent}<${name} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="a"${attributes}>`,
  ),
  'space that is kept': inTag((indent, name, attributes) => `${indent}<${name} xml:space="preserve"${attributes}>`),
  'an address of a base': inTag(
    (indent, name, attributes) => `${indent}<${name} xml:base="http://a.org"${attributes}>`,
  ),
  'a url of what is no extension': inLeaf((indent, name, attributes) => `${indent}<${name} url="a"${attributes}/>`),
  'a value in single quotes': onLine(/ value="[^"']*"\/>$/, (line) => line.replace(/ value="([^"]*)"/, " value='$1'")),
  'space around an equals sign': onLine(/ value="[^"]*"\/>$/, (line) => line.replace(' value=', ' value = ')),
  'an element that is closed apart': inLeaf(
    (indent, name, attributes) => `${indent}<${name}${attributes}>\n${indent}</${name}>`,
  ),
  'an element in a leaf': inLeaf(
    (indent, name, attributes) => `${indent}<${name}${attributes}><none value="a"/></${name}>`,
  ),
  'an extension in a leaf': inLeaf(
    (indent, name, attributes) =>
      `${indent}<${name}${attributes}><extension url="http://example.org/a"><valueString value="a"/></extension></${name}>`,
  ),
  'an extension behind others': inTag(
    (indent, name, attributes) => `${indent}<${name}${attributes}><extension url="http://example.org/a"/>`,
  ),
  'a value of an extension without a type': whole((text) => text.replace(/<value(?:String|Code|Boolean) /, '<value ')),
  'a choice of another type': whole((text) => text.replace(/<(value|effective|onset|deceased)[A-Z]\w+ /, '<$1None ')),
  'an attribute for an element': inTag((indent, name, attributes) => `${indent}<${name} text="a"${attributes}>`),
};

const inHeads: Readonly<Record<string, Change>> = {
  ...Object.fromEntries(
    ['US-ASCII', 'windows-1251', 'KOI8-R', 'utf8', 'UTF_8', 'utf-8', 'latin1', 'UTF-32', 'x', ''].map((encoding) => [
      `encoding ${encoding || 'of no name'}`,
      inHead(`<?xml version="1.0" encoding="${encoding}"?>`),
    ]),
  ),
  'alone, yes': inHead('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'),
  'alone, maybe': inHead('<?xml version="1.0" encoding="UTF-8" standalone="maybe"?>'),
  'the encoding before the version': inHead('<?xml encoding="UTF-8" version="1.0"?>'),
  'no version': inHead('<?xml encoding="UTF-8"?>'),
  'version 2.0': inHead('<?xml version="2.0" encoding="UTF-8"?>'),
  'a declaration in capitals': inHead('<?XML version="1.0" encoding="UTF-8"?>'),
  'a declaration twice': inHead(declaration + declaration),
  'a comment before the declaration': inHead(`<!-- a -->${declaration}`),
  'a comment behind the root': whole((text) => `${text}<!-- a -->`),
  'an instruction behind the root': whole((text) => `${text}<?a b?>`),
  'an instruction behind the first tag': whole((text) =>
    text.replace(/(xmlns="http:\/\/hl7\.org\/fhir"[^>]*>)/, '$1<?a b?>'),
  ),
  'a document type of XHTML': whole((text) =>
    text.replace(
      declaration,
      `${declaration}<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">`,
    ),
  ),
  'a document type behind a comment': whole((text) =>
    text.replace(declaration, `${declaration}<!-- a --><!DOCTYPE a>`),
  ),
  'an entity of a document type': whole((text) =>
    text.replace(declaration, `${declaration}<!DOCTYPE a [<!ENTITY b "c">]>`).replace(/ value="[^"]*"/, ' value="&b;"'),
  ),
  'an empty text': whole(() => ' '),
  'no element': inHead(`${declaration}<!-- a -->`),
};

const inIds: Readonly<Record<string, Change>> = {
  'the same id of two elements': whole((text) =>
    text.replace(/<(\w+)>([\s\S]*?)<(\w+)>/, (all, first: string, between: string, second: string) =>
      /<(?:div|contained|text)/.test(all) ? all : `<${first} id="a">${between}<${second} id="a">`,
    ),
  ),
  'an id as an element of a type': inTag(
    (indent, name, attributes) => `${indent}<${name}${attributes}>\n<id value="a"/>`,
  ),
  'an id of a resource as an attribute': whole((text) =>
    text.replace(/<(\w+) xmlns="http:\/\/hl7\.org\/fhir">/, '<$1 id="a" xmlns="http://hl7.org/fhir">'),
  ),
  'an id of many characters': inTag(
    (indent, name, attributes) => `${indent}<${name} id="${'a'.repeat(80)}"${attributes}>`,
  ),
  'an id with a line end': inTag((indent, name, attributes) => `${indent}<${name} id="a&#10;b"${attributes}>`),
  'an id of a leaf with a space': inLeaf((indent, name, attributes) => `${indent}<${name} id="a b"${attributes}/>`),
  'an id of a contained resource twice': whole((text) =>
    text.replace(/<contained>[\s\S]*?<\/contained>/, (contained) => contained + contained),
  ),
  'a tab in a value': valued((value) => `${value}\t`),
  'a number of a tab in a value': valued((value) => `${value}&#9;`),
  'a value of spaces': valued(() => '   '),
  'a space that is not broken in a value': valued((value) => `\u00a0${value}`),
};

export const furtherXmlFaults: Readonly<Record<string, Change>> = {
  ...inNarratives,
  ...inNames,
  ...inHeads,
  ...inIds,
};
