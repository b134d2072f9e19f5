import { queryOf } from '../../../apps/fhir/test/sql-query.ts';
import { create, createXml, list, patient } from '../requests.ts';
import type { Sent, Shapes } from '../shape.ts';

const narrative = (content: string): Sent =>
  create(patient({ text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>` } }));

/** A string of FHIR, which a narrative is, too, has 1 MiB (https://hl7.org/fhir/R5/datatypes.html#string). */
const mostOf = (part: string): number => Math.floor(1_000_000 / part.length);

const view = {
  resourceType: 'ViewDefinition',
  status: 'active',
  resource: 'Patient',
  select: [{ column: [{ name: 'id', path: 'id' }] }],
};

const query = (sql: string): Sent => ({
  ...{ method: 'POST', path: '$sqlquery-run', headers: { 'content-type': 'application/fhir+json' } },
  body: JSON.stringify({ resourceType: 'Parameters', parameter: queryOf(view, sql) }),
});

/** A query has 100,000 characters. */
const mostOfQuery = (part: string): number => Math.floor(99_000 / part.length);

/** Texts, names and comments of a query that begin and do not end. */
const openParts: Shapes = ['/* ', "'a ", '"a ', '`a ', '[a ', '-- '].map((part) => ({
  name: `${part.trim()} in a query`,
  n: 1_000,
  most: mostOfQuery(part),
  answer: part === '/* ' || part === '-- ' ? { status: 200 } : { status: 422, says: 'query-invalid' },
  make: (n) => query(`select 1 ${part.repeat(n)}${part === '/* ' || part === '-- ' ? '' : 'x'}`),
}));

/** Narrative, XML, and SQL. */
export const texts: Shapes = [
  ...openParts,
  { name: 'tags of a narrative', n: 200, make: (n) => narrative('<p>x</p>'.repeat(n)) },
  { name: 'empty tags of a narrative', n: 200, make: (n) => narrative(`x${'<br/>'.repeat(n)}`) },
  {
    name: 'entities of a narrative',
    n: 400,
    most: mostOf('<p>x</p>&amp;'),
    make: (n) => narrative('<p>x</p>&amp;'.repeat(n)),
  },
  {
    name: 'character references of a narrative',
    n: 400,
    most: mostOf('&#65;&#x42;'),
    make: (n) => narrative('&#65;&#x42;'.repeat(n)),
  },
  {
    name: 'attributes of a narrative',
    n: 100,
    answer: { status: 422, says: 'txt-1' },
    make: (n) => narrative(`<p ${list(n, (i) => `class${i}="x"`).join(' ')}>x</p>`),
  },
  {
    name: 'links of a narrative',
    n: 100,
    most: mostOf('<a href="#a00000" id="a00000">x</a>'),
    make: (n) => narrative(list(n, (i) => `<a href="#a${i}" id="a${i}">x</a>`).join('')),
  },
  {
    name: 'tags of a narrative in each other',
    n: 20,
    make: (n) => narrative(`${'<div>'.repeat(n)}x${'</div>'.repeat(n)}`),
  },
  {
    name: 'tags of a narrative that are not closed',
    n: 100,
    answer: { status: 422, says: 'narrative-' },
    make: (n) => narrative('<span>'.repeat(n)),
  },
  { name: 'comments of a narrative', n: 200, make: (n) => narrative(`x${'<!-- x -->'.repeat(n)}`) },
  { name: 'styles of a narrative', n: 200, make: (n) => narrative(`<p style="${'color: red; '.repeat(n)}">x</p>`) },
  {
    name: 'elements of XML',
    n: 100,
    make: (n) => createXml('Patient', '<name><family value="Karimova"/></name>'.repeat(n)),
  },
  {
    name: 'attributes of XML',
    n: 100,
    answer: { status: 400, says: 'has no attribute a0' },
    make: (n) => createXml('Patient', `<active ${list(n, (i) => `a${i}="x"`).join(' ')} value="true"/>`),
  },
  {
    name: 'elements of XML in each other',
    n: 10,
    most: 240,
    make: (n) =>
      createXml(
        'Patient',
        `${'<extension url="http://example.org/e">'.repeat(n)}<valueString value="x"/>${'</extension>'.repeat(n)}`,
      ),
  },
  {
    name: 'character references of XML',
    n: 400,
    make: (n) => createXml('Patient', `<name><family value="${'&#65;&amp;'.repeat(n)}"/></name>`),
  },
  {
    name: 'entities that XML declares',
    n: 20,
    answer: { status: 400, says: 'a document type declaration is not allowed' },
    make: (n) => ({
      ...createXml('Patient', ''),
      body: `<!DOCTYPE x [${list(n, (i) => `<!ENTITY e${i} "${i === 0 ? 'x' : `&e${i - 1};&e${i - 1};`}">`).join('')}]><Patient xmlns="http://hl7.org/fhir"><name><family value="&e${n - 1};"/></name></Patient>`,
    }),
  },
  {
    name: 'namespaces of XML',
    n: 100,
    make: (n) => createXml('Patient', `<active ${list(n, (i) => `xmlns:n${i}="urn:x:${i}"`).join(' ')} value="true"/>`),
  },
  { name: 'comments of XML', n: 200, make: (n) => createXml('Patient', '<!-- x -->'.repeat(n)) },
  {
    name: 'narrative in XML',
    n: 100,
    make: (n) =>
      createXml(
        'Patient',
        `<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">${'<p>x</p>'.repeat(n)}</div></text>`,
      ),
  },
];
