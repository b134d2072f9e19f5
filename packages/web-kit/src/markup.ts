/** HTML as a tagged template: values are escaped unless they are HTML already. */

class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** Text that may be inserted anywhere in HTML. Only `markup` and `trustedHtml` make it. */
export type { Html };

type Content = Html | string | number | false | undefined | readonly Content[];

/**
 * Text and values of attributes are escaped, lists are joined, `false` and `undefined` produce nothing. Indentation of the template by two
 * or more spaces is not sent; that of inserted values is.
 */
export function markup(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  const [first = '', ...rest] = parts.map((part) => part.replace(/\n\s{2,}/g, '\n'));
  return new Html(first + contents.map((content, index) => textOf(content) + (rest[index] ?? '')).join(''));
}

/** A constant text of ours that is HTML. Never for a text from elsewhere. */
export function trustedHtml(text: string): Html {
  return new Html(text);
}

function textOf(content: Content): string {
  if (content === false || content === undefined) return '';
  if (content instanceof Html) return content.text;
  if (typeof content === 'object') return content.map(textOf).join('');
  return String(content).replace(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`);
}
