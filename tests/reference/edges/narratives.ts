/** Each element and each attribute of HTML in a narrative, and texts that are XML in each odd way. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Cases } from './cases.ts';

const xhtml = 'xmlns="http://www.w3.org/1999/xhtml"';

export const div = (content: string, attributes = ''): string => `<div ${xhtml}${attributes}>${content}</div>`;

const patient = (text: Json, more: Json = {}): Json => ({ resourceType: 'Patient', ...more, text });
const told = (text: string, status = 'generated'): Json => patient({ status, div: text });

const empty = new Set('br hr img col area input link base meta wbr embed param frame'.split(' '));
const ofTables = new Set('tr td th thead tbody tfoot caption colgroup'.split(' '));

const elements = (
  'p br div h1 h2 h3 h4 h5 h6 a span b em i strong small big tt dfn q var abbr acronym cite blockquote hr address bdo kbd ' +
  'samp code pre sub sup ul ol li dl dt dd table caption colgroup col thead tfoot tbody tr th td img map area form input ' +
  'script style link iframe object video audio svg canvas section article header footer nav mark u s strike font center ' +
  'del ins details summary label button select option textarea figure figcaption base meta head body html title noscript ' +
  'main aside time wbr ruby rt data dialog embed param applet frame frameset dir menu marquee blink math xmp'
).split(' ');

function withElement(name: string): string {
  if (empty.has(name)) return `<${name}/>`;
  if (ofTables.has(name)) return `<table><${name}></${name}></table>`;
  if (name === 'li') return '<ul><li>a</li></ul>';
  return ['ul', 'ol', 'dir', 'menu'].includes(name) ? `<${name}><li>a</li></${name}>` : `<${name}>a</${name}>`;
}

const attributes = [
  ...(
    'style class id lang xml:lang dir title name abbr align valign border cellpadding cellspacing onclick accesskey tabindex ' +
    'target rel rev charset hreflang media usemap shape coords longdesc start value type width height colspan rowspan scope ' +
    'headers axis summary frame rules cite datetime compact background bgcolor color face size nowrap char charoff span ' +
    'noshade alt data-x role aria-label foo'
  )
    .split(' ')
    .map((name) => `${name}="1"`),
  ...['src="#a"', 'href="#a"', 'href="http://a.b/c"', 'href="javascript:alert(1)"', 'href="Patient/1"', 'href=""'],
  ...['src="data:image/png;base64,AAAA"', 'src="http://a.b/c.png"', 'xmlns:f="http://hl7.org/fhir"'],
];

/** The attribute on a paragraph, an anchor, an image, a cell and a list. */
const withAttribute = (attribute: string): readonly string[] => [
  `<p ${attribute}>a</p>`,
  `<a ${attribute}>a</a>`,
  `<img ${/^(?:src|alt)/.test(attribute) ? '' : 'alt="x" '}${attribute}/>`,
  `<table><tr><td ${attribute}>a</td></tr></table>`,
  `<ol ${attribute}><li>a</li></ol>`,
];

/** Contents of the outermost element. */
const contents = {
  ...{
    nbsp: '&nbsp;a',
    copyright: '&copy;',
    number: '&#160;a',
    zero: '&#0;a',
    beyond: '&#x1F600;',
    unknown: '&unknown;',
  },
  ...{
    ampersand: 'a & b',
    less: 'a < b',
    'character data': '<![CDATA[a]]>',
    comment: '<!-- a -->a',
    instruction: '<?a b?>a',
  },
  ...{
    'a comment alone': '<!-- a -->',
    spaces: '   ',
    'spaces by number': '&#160;',
    'an image alone': '<img src="#x" alt="a"/>',
  },
  ...{
    'a line alone': '<hr/>',
    nothing: '',
    'capital letters': '<P>a</P>',
    within: div('a'),
    open: '<p>a',
    crossed: '<p>a</b></p>',
  },
  ...{
    'an attribute twice': '<p class="a" class="b">a</p>',
    'no quotes': '<p class=a>a</p>',
    'no value': '<td nowrap>a</td>',
  },
  ...{
    'less in an attribute': '<p title="a<b">a</p>',
    'more in an attribute': '<p title="a>b">a</p>',
    apostrophe: '&apos;a',
  },
  ...{
    'an id twice': '<p id="a">a</p><p id="a">b</p>',
    'a link to nothing': '<a href="#nothing">a</a>',
    bell: 'a\u0007b',
  },
  ...{
    'a link to a name': '<a name="x">a</a><a href="#x">b</a>',
    'half a pair': 'a\ud800b',
    tab: '\t\n a',
    face: '\u{1f600}',
  },
} as const;

const wholes = {
  ...{ 'no namespace': '<div>a</div>', 'another namespace': '<div xmlns="http://a.b">a</div>', text: 'text' },
  ...{
    'space before': `  ${div('a')}`,
    'space behind': `${div('a')} `,
    'text behind': `${div('a')}x`,
    two: div('a') + div('b'),
  },
  ...{ 'capital letters': `<DIV ${xhtml}>a</DIV>`, 'no div': `<p ${xhtml}>a</p>`, 'closed at once': `<div ${xhtml}/>` },
  ...{ 'document type': `<!DOCTYPE div>${div('a')}`, declaration: `<?xml version="1.0"?>${div('a')}` },
  ...{
    'single quotes': "<div xmlns='http://www.w3.org/1999/xhtml'>a</div>",
    'two languages': div('a', ' lang="en" xml:lang="fr"'),
  },
  ...{ 'one language': div('a', ' lang="en" xml:lang="en"'), 'no language': div('a', ' lang="zz-zz-zz-zzz"') },
} as const;

export const narratives: Cases = {
  ...Object.fromEntries(elements.map((name) => [`element ${name}`, told(div(`a ${withElement(name)}`))])),
  ...Object.fromEntries(
    attributes.flatMap((one) => withAttribute(one).map((content, n) => [`attribute ${one} ${n}`, told(div(content))])),
  ),
  ...Object.fromEntries(Object.entries(contents).map(([kind, content]) => [`narrative: ${kind}`, told(div(content))])),
  ...Object.fromEntries(Object.entries(wholes).map(([kind, text]) => [`narrative whole: ${kind}`, told(text)])),
  ...Object.fromEntries(
    ['extensions', 'additional', 'empty', 'none', ''].map((status) => [`status ${status}`, told(div('a'), status)]),
  ),
  'narrative without a status': patient({ div: div('a') }),
  'narrative without a div': patient({ status: 'generated' }),
  'narrative in another language': patient({ status: 'generated', div: div('a', ' lang="fr"') }, { language: 'en' }),
  'narrative without its language': patient({ status: 'generated', div: div('a') }, { language: 'en' }),
};
