/** The words of Markdown without its markup, and the ids of headings that are made of them. */
import type { Token, Tokens } from 'marked';

/** Of block and inline tokens. HTML and comments have no text. */
export function plainText(tokens: readonly Token[]): string {
  return tokens.map(textOf).join('');
}

function textOf(token: Token): string {
  switch (token.type) {
    case 'html':
    case 'space':
      return ' ';
    case 'list':
      return (token as Tokens.List).items.map(({ tokens }) => `${plainText(tokens)} `).join('');
    case 'table': {
      const { header, rows } = token as Tokens.Table;
      return [header, ...rows].map((row) => row.map(({ tokens }) => `${plainText(tokens)} `).join('')).join('');
    }
    default: {
      const inner = (token as Tokens.Generic).tokens;
      const text = inner === undefined ? ((token as { text?: string }).text ?? '') : plainText(inner);
      return isBlock(token) ? `${text} ` : text;
    }
  }
}

const isBlock = ({ type }: Token): boolean => ['paragraph', 'heading', 'code', 'blockquote'].includes(type);

/** Names headings in their order, as GitHub does, so that a link works in the repository and here; a repeated name gets a number. */
export function slugs(): (heading: string) => string {
  const given = new Map<string, number>();
  return (heading) => {
    const name = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const count = given.get(name) ?? 0;
    given.set(name, count + 1);
    return count === 0 ? name : `${name}-${String(count)}`;
  };
}
