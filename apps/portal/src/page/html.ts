/** HTML by tagged template: what is put in is escaped unless it is HTML already. */

class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export type { Html };

type Content = Html | string | number | false | undefined | readonly Content[];

function textOf(content: Content): string {
  if (content === false || content === undefined) return '';
  if (content instanceof Html) return content.text;
  if (typeof content === 'object') return content.map(textOf).join('');
  return String(content).replace(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`);
}

/**
 * Text and attribute values are escaped; lists are joined; `false` and `undefined` leave nothing. The indentation of the
 * template is not sent; what is put in keeps its own.
 */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  const [first = '', ...rest] = parts.map((part) => part.replace(/\n\s*/g, '\n'));
  return new Html(first + contents.map((content, index) => textOf(content) + (rest[index] ?? '')).join(''));
}
