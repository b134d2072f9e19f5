/**
 * The elements and attributes that a narrative may have: the formatting elements of HTML 4.0 chapters 7-11 (except 9.4) and 15, anchors,
 * images, style attributes. https://hl7.org/fhir/R5/narrative.html#xhtml
 */

/** Attributes that are allowed on any element. Those of tables have no meaning elsewhere and do no harm. */
const everywhere = new Set(
  (
    'title style class id idref lang xml:lang dir accesskey tabindex xml:space xmlns align valign ' +
    'span width char charoff abbr axis headers scope rowspan colspan'
  ).split(' '),
);

const ofCells = ['height', 'nowrap', 'bgcolor'];
const byElement = {
  a: ['href', 'name', 'rel', 'rev', 'type', 'charset', 'hreflang', 'shape', 'coords'],
  img: ['src', 'alt', 'border', 'height', 'longdesc', 'usemap', 'ismap'],
  area: ['href', 'shape', 'coords', 'alt', 'nohref'],
  map: ['name'],
  table: ['border', 'cellspacing', 'cellpadding', 'summary', 'frame', 'rules', 'bgcolor'],
  td: ofCells,
  th: ofCells,
  tr: ['bgcolor'],
  blockquote: ['cite'],
  q: ['cite'],
  ol: ['type', 'start', 'compact'],
  ul: ['type', 'compact'],
  li: ['type', 'value'],
  dl: ['compact'],
  hr: ['size', 'noshade'],
  br: ['clear'],
  font: ['size', 'color', 'face'],
  label: ['for'],
};

/** The additional attributes of some elements. */
const ownAttributes: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(byElement));

const allowed: ReadonlySet<string> = new Set(
  (
    'p br div h1 h2 h3 h4 h5 h6 a span b em i strong small big tt dfn q var abbr acronym cite blockquote hr address bdo kbd ' +
    'sub sup samp ul ol li dl dt dd pre table caption colgroup col thead tr tfoot tbody th td code img map area ' +
    'strike s u font center'
  ).split(' '),
);

/** An element name with the facts that are needed at each of its tags. */
export interface ElementKind {
  readonly index: number;
  readonly tag: string;
  /** Whether the element is allowed in a narrative. */
  readonly isAllowed: boolean;
  /** By index of an attribute: 1 if the element may have it. */
  readonly attributes: Uint8Array;
}

/** An attribute that at least one element may have. */
export interface AttributeKind {
  readonly index: number;
  readonly tag: string;
}

const attributeKinds: ReadonlyMap<string, AttributeKind> = new Map(
  [...new Set([...everywhere, ...[...ownAttributes.values()].flat()])].map((tag, index) => [tag, { index, tag }]),
);

const bitsOf = (names: Iterable<string>): Uint8Array => {
  const bits = new Uint8Array(attributeKinds.size);
  for (const name of names) bits[attributeKinds.get(name)!.index] = 1;
  return bits;
};

const kinds: ReadonlyMap<string, ElementKind> = new Map(
  [...new Set([...allowed, ...ownAttributes.keys()])].map((tag, index) => [
    tag,
    {
      ...{ index, tag, isAllowed: allowed.has(tag) },
      attributes: bitsOf([...everywhere, ...(ownAttributes.get(tag) ?? [])]),
    },
  ]),
);

/** Represents all elements outside of the vocabulary. */
export const stranger: ElementKind = { index: kinds.size, tag: '', isAllowed: false, attributes: bitsOf(everywhere) };

export const elementKinds: readonly ElementKind[] = [...kinds.values(), stranger];

/** Largest hash of a name. At this size no two known names collide. */
const mostNumbers = 0x7ff;

/** Adds a character to the hash of a name while it is read. */
export const numberedBy = (number: number, character: number): number => (number * 5 + character) & mostNumbers;

/** Returns a table of elements or attributes by the hash of their names. @throws Error if two names collide */
function byNumber<Kind extends { readonly tag: string }>(all: Iterable<Kind>): readonly (Kind | undefined)[] {
  const found = Array.from<Kind | undefined>({ length: mostNumbers + 1 });
  for (const kind of all) {
    let number = 0;
    for (const character of kind.tag) number = numberedBy(number, character.charCodeAt(0));
    const other = found[number];
    if (other !== undefined) throw new Error(`${kind.tag} and ${other.tag} have one number`);
    found[number] = kind;
  }
  return found;
}

const numberedElements = byNumber(kinds.values());
const numberedAttributes = byNumber(attributeKinds.values());

/**
 * Returns the element whose name is at this place of a text and has this hash; undefined if it is not in the vocabulary. Copying and
 * looking up the name of each tag would take longer than all other work on a tag.
 */
export function kindAt(text: string, start: number, end: number, number: number): ElementKind | undefined {
  const kind = numberedElements[number];
  return kind?.tag.length === end - start && text.startsWith(kind.tag, start) ? kind : undefined;
}

/** As `kindAt`, for attribute names. */
export function attributeAt(text: string, start: number, end: number, number: number): AttributeKind | undefined {
  const kind = numberedAttributes[number];
  return kind?.tag.length === end - start && text.startsWith(kind.tag, start) ? kind : undefined;
}

/** The character entities of HTML 4 (https://www.w3.org/TR/html4/sgml/entities.html), and `apos` of XML. */
export const entities: ReadonlySet<string> = new Set(
  (
    'AElig Aacute Acirc Agrave Alpha Aring Atilde Auml Beta Ccedil Chi Dagger Delta ETH Eacute Ecirc Egrave Epsilon ' +
    'Eta Euml Gamma Iacute Icirc Igrave Iota Iuml Kappa Lambda Mu Ntilde Nu OElig Oacute Ocirc Ograve Omega Omicron ' +
    'Oslash Otilde Ouml Phi Pi Prime Psi Rho Scaron Sigma THORN Tau Theta Uacute Ucirc Ugrave Upsilon Uuml Xi Yacute ' +
    'Yuml Zeta aacute acirc acute aelig agrave alefsym alpha amp and ang aring asymp atilde auml bdquo beta brvbar ' +
    'bull cap ccedil cedil cent chi circ clubs cong copy crarr cup curren dArr dagger darr deg delta diams divide ' +
    'eacute ecirc egrave empty emsp ensp epsilon equiv eta eth euml euro exist fnof forall frac12 frac14 frac34 frasl ' +
    'gamma ge gt hArr harr hearts hellip iacute icirc iexcl igrave image infin int iota iquest isin iuml kappa lArr ' +
    'lambda lang laquo larr lceil ldquo le lfloor lowast loz lrm lsaquo lsquo lt macr mdash micro middot minus mu ' +
    'nabla nbsp ndash ne ni not notin nsub ntilde nu oacute ocirc oelig ograve oline omega omicron oplus or ordf ordm ' +
    'oslash otilde otimes ouml para part permil perp phi pi piv plusmn pound prime prod prop psi quot rArr radic rang ' +
    'raquo rarr rceil rdquo real reg rfloor rho rlm rsaquo rsquo sbquo scaron sdot sect shy sigma sigmaf sim spades ' +
    'sub sube sum sup sup1 sup2 sup3 supe szlig tau there4 theta thetasym thinsp thorn tilde times trade uArr uacute ' +
    'uarr ucirc ugrave uml upsih upsilon uuml weierp xi yacute yen yuml zeta zwj zwnj apos'
  ).split(' '),
);
