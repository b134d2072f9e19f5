/**
 * Elements and attributes of a narrative: the formatting elements of HTML 4.0 chapters 7-11 and 15, anchors, images, style attributes.
 * https://hl7.org/fhir/R5/narrative.html#xhtml
 */
export const elements: ReadonlySet<string> = new Set(
  (
    'p br div h1 h2 h3 h4 h5 h6 a span b em i strong small big tt dfn q var abbr acronym cite blockquote hr address bdo kbd ' +
    'sub sup samp ul ol li dl dt dd pre table caption colgroup col thead tr tfoot tbody th td code img map area del ins ' +
    'strike s u label font center'
  ).split(' '),
);

/** Attributes that any element may have. */
const everywhere = new Set(
  'title style class id lang xml:lang dir accesskey tabindex xml:space xmlns xmlns:xlink align valign'.split(' '),
);

const byElement: Readonly<Record<string, readonly string[]>> = {
  a: ['href', 'name', 'target', 'rel', 'type', 'charset', 'hreflang', 'shape', 'coords'],
  img: ['src', 'alt', 'border', 'width', 'height', 'longdesc', 'usemap', 'ismap', 'name'],
  area: ['href', 'shape', 'coords', 'alt', 'nohref'],
  map: ['name'],
  table: ['border', 'cellspacing', 'cellpadding', 'summary', 'width', 'frame', 'rules', 'bgcolor'],
  td: [
    'colspan',
    'rowspan',
    'width',
    'height',
    'headers',
    'scope',
    'abbr',
    'axis',
    'nowrap',
    'char',
    'charoff',
    'bgcolor',
  ],
  th: [
    'colspan',
    'rowspan',
    'width',
    'height',
    'headers',
    'scope',
    'abbr',
    'axis',
    'nowrap',
    'char',
    'charoff',
    'bgcolor',
  ],
  tr: ['bgcolor', 'char', 'charoff'],
  thead: ['char', 'charoff'],
  tbody: ['char', 'charoff'],
  tfoot: ['char', 'charoff'],
  col: ['width', 'span', 'char', 'charoff'],
  colgroup: ['width', 'span', 'char', 'charoff'],
  blockquote: ['cite'],
  q: ['cite'],
  del: ['cite', 'datetime'],
  ins: ['cite', 'datetime'],
  ol: ['type', 'start', 'compact'],
  ul: ['type', 'compact'],
  li: ['type', 'value'],
  dl: ['compact'],
  hr: ['size', 'width', 'noshade'],
  br: ['clear'],
  pre: ['width'],
  font: ['size', 'color', 'face'],
  label: ['for'],
};

export function isAttribute(element: string, name: string): boolean {
  return everywhere.has(name) || byElement[element]?.includes(name) === true;
}
