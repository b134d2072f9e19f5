/**
 * Elements and attributes of a narrative: the formatting elements of HTML 4.0 chapters 7-11 (but for 9.4) and 15, anchors, images, style attributes.
 * https://hl7.org/fhir/R5/narrative.html#xhtml
 */

/** Attributes that any element may have; those of tables mean nothing elsewhere, and do no harm. */
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

/** The attributes of elements that have some of their own. */
const ownAttributes: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(byElement));

const allowed: ReadonlySet<string> = new Set(
  (
    'p br div h1 h2 h3 h4 h5 h6 a span b em i strong small big tt dfn q var abbr acronym cite blockquote hr address bdo kbd ' +
    'sub sup samp ul ol li dl dt dd pre table caption colgroup col thead tr tfoot tbody th td code img map area ' +
    'strike s u font center'
  ).split(' '),
);

/** An element by its name, with what is asked of it at each of its tags. */
export interface ElementKind {
  readonly index: number;
  readonly tag: string;
  /** Whether a narrative may have it. */
  readonly isAllowed: boolean;
  /** Whether it may have an attribute, by the index of that; 1 where it may. */
  readonly attributes: Uint8Array;
}

/** An attribute that some element may have, by its name. */
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

/** Stands for all elements that the vocabulary has not. */
export const stranger: ElementKind = { index: kinds.size, tag: '', isAllowed: false, attributes: bitsOf(everywhere) };

export const elementKinds: readonly ElementKind[] = [...kinds.values(), stranger];

/** Of this many numbers each of these names has one of its own. */
const mostNumbers = 0x7ff;

/** A number of a name, which is counted up while its characters are read. */
export const numberedBy = (number: number, character: number): number => (number * 5 + character) & mostNumbers;

/** Elements or attributes by the number of their name, which for these is different for each. */
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
 * The element whose name is in a text, and has this number; undefined for one that the vocabulary has not. To cut out the name of each tag
 * and look it up takes longer than all else that is done with a tag.
 */
export function kindAt(text: string, start: number, end: number, number: number): ElementKind | undefined {
  const kind = numberedElements[number];
  return kind?.tag.length === end - start && text.startsWith(kind.tag, start) ? kind : undefined;
}

/** As `kindAt`, for the name of an attribute. */
export function attributeAt(text: string, start: number, end: number, number: number): AttributeKind | undefined {
  const kind = numberedAttributes[number];
  return kind?.tag.length === end - start && text.startsWith(kind.tag, start) ? kind : undefined;
}

/** The names of characters in HTML 4 (https://www.w3.org/TR/html4/sgml/entities.html), and the one that XML has beside them. */
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
