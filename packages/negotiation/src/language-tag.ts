/** A parsed language tag (BCP 47); the parts that are compared have the case for comparing. */
export interface LanguageTag {
  readonly tag: string;
  readonly language: string;
  readonly script: string;
  readonly region: string;
  /** Variants, extensions and private use. */
  readonly rest: string;
}

/** The parts of a tag as written; missing parts are absent. */
export interface TagParts {
  readonly language: string;
  readonly extLang?: string;
  readonly script?: string;
  readonly region?: string;
  readonly variant?: string;
  readonly extension?: string;
  readonly privateUse?: string;
}

/** RFC 5646, section 2.1. */
const form = new RegExp(
  [
    '^(?<language>[a-z]{2,8})(?:-(?<extLang>[a-z]{3}(?:-[a-z]{3}){0,2}))?(?:-(?<script>[a-z]{4}))?',
    '(?:-(?<region>[a-z]{2}|\\d{3}))?(?:-(?<variant>(?:[a-z\\d]{5,8}|\\d[a-z\\d]{3})(?:-(?:[a-z\\d]{5,8}|\\d[a-z\\d]{3}))*))?',
    '(?:-(?<extension>[a-wyz\\d](?:-[a-z\\d]{2,8})+(?:-[a-wyz\\d](?:-[a-z\\d]{2,8})+)*))?',
    '(?:-x-(?<privateUse>[a-z\\d]{1,8}(?:-[a-z\\d]{1,8})*))?$',
  ].join(''),
  'i',
);

/**
 * The parts of a tag; undefined if the text is not a tag.
 * @example
 * tagParts('de-CH-1996')?.variant; // '1996'
 */
export function tagParts(tag: string): TagParts | undefined {
  return form.exec(tag)?.groups as TagParts | undefined;
}

/** The script implied by a tag without one, for languages with several scripts: the usual one of the country. */
const usualScript: ReadonlyMap<string, string> = new Map(Object.entries<string>({ uz: 'latn', kaa: 'latn' }));

/**
 * Splits a language tag into its parts; undefined for any other text.
 * @example
 * parseTag('uz-UZ')?.script; // 'latn'
 */
export function parseTag(tag: string): LanguageTag | undefined {
  const parts = tagParts(tag.toLowerCase());
  if (parts === undefined) return undefined;
  // Extended languages add nothing to the primary language.
  const { language, script = usualScript.get(language) ?? '', region = '', variant, extension, privateUse } = parts;
  const rest = [variant, extension, privateUse && `x-${privateUse}`].filter((part) => part !== undefined);
  return { tag, language, script, region, rest: rest.join('-') };
}
