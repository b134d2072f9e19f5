/** Masks a request whose values may be patient data: its form is kept, but none of its values. */

/** Replaces masked text. */
const mask = '…';

/** This many digits may be a number of a person: a PINFL has 14, a telephone 9 behind the country. */
const longNumber = /\d{7,}/g;

/**
 * Returns the query with the names of its parameters and without their values. Unknown words in names may be misplaced values, and are
 * masked, too.
 * @param query without its question mark
 * @param words of which names of parameters consist, between `:` and `.`
 * @example
 * maskedQuery('name:exact=Karimova&_count=10', new Set(['name', 'exact', '_count'])); // 'name:exact=…&_count=…'
 */
export function maskedQuery(query: string, words: ReadonlySet<string>): string {
  return query
    .split('&')
    .map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? mask : `${maskedName(decoded(part.slice(0, at)), words)}=${mask}`;
    })
    .join('&');
}

/** A name of a parameter, such as `subject:Patient.name:exact`, with unknown words masked. */
export function maskedName(name: string, words: ReadonlySet<string>): string {
  return name
    .slice(0, 200)
    .split(/([.:])/)
    .map((part) => (/^[.:]$/.test(part) || words.has(part) ? part : mask))
    .join('');
}

/**
 * Returns the path with types, operations and machine-generated ids; all other parts are masked, since an id may be a person's name or
 * number, even after a sign.
 * @param known types and operations of a server, and other parts of its paths
 * @example
 * maskedPath('/Patient/30101860123456/_history', new Set(['Patient'])); // '/Patient/…/_history'
 */
export function maskedPath(path: string, known: ReadonlySet<string>): string {
  return path
    .split('/')
    .map((part) => {
      if (part === '' || part === '*' || known.has(part)) return part;
      return isIdOfMachine(part) ? part : mask;
    })
    .join('/');
}

/** An id that somebody has chosen may be a person's name or number; a UUID identifies nobody, nor does a version number. */
const isIdOfMachine = (part: string): boolean =>
  /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(part) || /^\d{1,6}$/.test(part);

/** Opening quotes and the quotes that may close them. */
const quoted = /"[^"]*"?|“[^”]*”?|„[^“”]*[“”]?|«[^»]*»?|`[^`]*`?|‘[^’]*’?|(?<![\p{L}\d])'[^']*'?/gu;

/**
 * Returns the text with quoted parts masked, in any language of the platform, and without long numbers.
 * @example
 * maskedText('The value "Karimova" of PINFL 30101860123456 is wrong.'); // 'The value "…" of PINFL … is wrong.'
 */
export function maskedText(text: string): string {
  return text
    .replaceAll(quoted, (found) => {
      const [open = ''] = found;
      const close = /["”“»`’']$/.test(found) && found.length > 1 ? found.at(-1)! : open;
      return `${open}${mask}${close}`;
    })
    .replaceAll(longNumber, mask);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
