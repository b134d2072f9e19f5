/** From Markdown to the body of a page, by marked (docs/decisions/0073-documents-on-the-portal.md). */
import core from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import csharp from 'highlight.js/lib/languages/csharp';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import php from 'highlight.js/lib/languages/php';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import { Marked, Parser, Renderer, type Token, type Tokens } from 'marked';
import { toCyrillic } from '@dhp/messages';
import type { Language } from '@dhp/negotiation';
import { markup, trustedHtml, type Html } from '@dhp/web-kit';
import { copyButton } from '../page/copy.ts';
import type { DocumentsMessages } from '../texts/documents.ts';
import type { PortalMessages } from '../texts/portal.ts';
import { addressOf, pictureAddress } from './links.ts';
import { sizeOf } from './pictures.ts';
import { plainText, slugs } from './plain-text.ts';

// By highlight.js, with the languages of the documents alone.
const known = { sh: bash, csharp, go, ini, java, js: javascript, json, php, sql, ts: typescript };
for (const [name, language] of Object.entries(known)) core.registerLanguage(name, language);

/** @param language named after the fence of a block; code in an unknown language is not highlighted */
function highlighted(code: string, language: string): Html {
  return core.getLanguage(language) ? trustedHtml(core.highlight(code, { language }).value) : markup`${code}`;
}

export interface Heading {
  readonly id: string;
  readonly title: string;
  readonly depth: number;
}

export interface Section extends Heading {
  /** Plain, up to the next heading. */
  readonly text: string;
}

/** A parsed document. */
export interface Source {
  readonly title: string;
  /** The first is that of the document itself. */
  readonly sections: readonly Section[];
  readonly tokens: readonly Token[];
}

export interface Surroundings {
  /** The file, from the root of the repository. */
  readonly path: string;
  readonly text: { readonly documents: DocumentsMessages; readonly portal: PortalMessages };
  /** Ids of the headings in order. */
  readonly ids: readonly string[];
  /** The id of a heading of another document by the name that it has in the repository. */
  readonly idIn: (document: string, heading: string) => string;
  /** The code with the addresses of this installation. */
  readonly atHome: (code: string) => string;
  /** A picture by its path from `docs`. */
  readonly picture: (path: string) => Buffer | undefined;
}

const reader = new Marked({ gfm: true });

/** @param language of the text; Uzbek is written in Latin script, and converted to Cyrillic on request */
export function readMarkdown(markdown: string, language: Language = 'en'): Source {
  const tokens = reader.lexer(markdown);
  const name = slugs();
  // Links within the document refer to headings by their original text.
  const ids = tokens.filter(isHeading).map(({ tokens: inner }) => name(plainText(inner)));
  if (language === 'uz-Cyrl') void reader.walkTokens(tokens, intoCyrillic);
  const sections: { id: string; title: string; depth: number; text: string }[] = [];
  for (const token of tokens) {
    if (isHeading(token)) {
      const id = ids[sections.length] ?? '';
      sections.push({ id, title: plainText(token.tokens), depth: token.depth, text: '' });
    } else if (sections.length > 0) sections.at(-1)!.text += plainText([token]);
  }
  return { title: sections[0]?.title ?? '', sections, tokens };
}

const isHeading = (token: Token): token is Tokens.Heading => token.type === 'heading';

function intoCyrillic(token: Token): void {
  const isPlain = token.type === 'text' && (token as Tokens.Text).tokens === undefined;
  if (isPlain) (token as Tokens.Text).text = toCyrillic((token as Tokens.Text).text);
}

/** Renders everything except the title. */
export function renderMarkdown({ tokens, sections }: Source, surroundings: Surroundings): Html {
  const first = tokens.findIndex(isHeading);
  const own = new Map(sections.map(({ id }, n) => [id, surroundings.ids[n] ?? id]));
  const renderer = new PageRenderer(surroundings, own);
  return trustedHtml(Parser.parse([...tokens.slice(first + 1)], { renderer }));
}

/** The plain HTML of each section, without its heading and without anything that needs the portal: for readers of a feed. */
export function plainSections(source: Source, path: string, absolute: (address: string) => string): readonly string[] {
  const parts: Token[][] = [];
  for (const token of source.tokens) {
    if (isHeading(token)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  const renderer = new Renderer();
  renderer.link = ({ href, tokens }) => {
    const content = trustedHtml(renderer.parser.parseInline(tokens));
    const address = addressOf(href, path);
    return address === undefined ? content.text : markup`<a href="${absolute(address)}">${content}</a>`.text;
  };
  renderer.html = () => '';
  return parts.map((tokens) => Parser.parse(tokens, { renderer }));
}

/** The HTML elements that documents may use. */
const allowedTag = /^<\/?(?:picture|sub|sup|br|kbd)\s*\/?>$/;

class PageRenderer extends Renderer {
  readonly #around: Surroundings;
  readonly #own: ReadonlyMap<string, string>;
  /** Id of the next heading: the first is that of the title, which is rendered elsewhere. */
  #heading = 1;
  #blocks = 0;
  #tables = 0;

  /** @param own page ids of the headings by their names in the repository; translated headings have other names */
  constructor(around: Surroundings, own: ReadonlyMap<string, string>) {
    super();
    this.#around = around;
    this.#own = own;
  }

  /** A heading links to itself, so that its address can be copied. */
  override heading({ tokens, depth }: Tokens.Heading): string {
    const id = this.#around.ids[this.#heading++] ?? '';
    const content = trustedHtml(this.parser.parseInline(tokens.flatMap(withoutLink)));
    const link = markup`<a class="anchor" href="#${id}">${content}</a>`;
    return trustedHtml(`<h${String(depth)} id="${markup`${id}`.text}">${link.text}</h${String(depth)}>\n`).text;
  }

  override code({ text, lang = '' }: Tokens.Code): string {
    const { atHome, text: said } = this.#around;
    const number = (this.#blocks += 1);
    const id = `code-${String(number)}`;
    return markup`<div class="code">
      <pre><code id="${id}" translate="no">${highlighted(atHome(text), lang)}</code></pre>
      ${copyButton(id, said.portal, said.documents.example({ number }))}
    </div>`.text;
  }

  override codespan({ text }: Tokens.Codespan): string {
    return markup`<code translate="no">${text.includes('<') ? this.#around.atHome(text) : text}</code>`.text;
  }

  /** A table wider than the page scrolls within it, by keyboard too. */
  override table(token: Tokens.Table): string {
    const number = (this.#tables += 1);
    const name = this.#around.text.documents.table({ number });
    const table = trustedHtml(super.table(token));
    return markup`<div class="table" role="group" aria-label="${name}" tabindex="0">${table}</div>`.text;
  }

  /** For a link to a file that the portal does not show, only the text remains. */
  override link({ href, tokens }: Tokens.Link): string {
    const content = trustedHtml(this.parser.parseInline(tokens));
    const address = addressOf(href, this.#around.path);
    if (address === undefined) return content.text;
    return markup`<a href="${this.#withId(address)}">${content}</a>`.text;
  }

  /** Headings have other names in a translation than in the English text, whose ids are used. */
  #withId(address: string): string {
    const [page = '', heading] = address.split('#', 2);
    if (heading === undefined || /^https?:/.test(address)) return address;
    const name = decodeURIComponent(heading);
    return `${page}#${page === '' ? (this.#own.get(name) ?? heading) : this.#around.idIn(page, name)}`;
  }

  override image({ href, text }: Tokens.Image): string {
    return this.#picture(href, text).text;
  }

  /** Pictures and simple tags are kept; comments are for authors. All other HTML is shown as text. */
  override html({ text: raw }: Tokens.HTML | Tokens.Tag): string {
    const text = raw.trim();
    if (text.startsWith('<!--')) return '';
    if (allowedTag.test(text)) return text;
    const source = /^<source media="([^"]*)" srcset="([^"]*)">$/.exec(text);
    if (source) {
      const address = pictureAddress(source[2]!, this.#around.path);
      return markup`<source media="${source[1]}" srcset="${address}" />`.text;
    }
    const image = /^<img src="([^"]*)"(?: width="(\d+)")? alt="([^"]*)">$/.exec(text);
    return image ? this.#picture(image[1]!, image[3]!, Number(image[2])).text : markup`${raw}`.text;
  }

  #picture(source: string, alternative: string, shown?: number): Html {
    const address = pictureAddress(source, this.#around.path);
    const bytes = this.#around.picture(address.replace(/^pictures\//, ''));
    const size = bytes && sizeOf(bytes);
    const width = shown ?? size?.width;
    const height = size && width && Math.round((size.height * width) / size.width);
    const measures = height !== undefined && markup` width="${width}" height="${height}"`;
    return markup`<img src="${address}" alt="${alternative}" loading="lazy"${measures} />`;
  }
}

/** Links cannot be nested. */
function withoutLink(token: Token): Token[] {
  return token.type === 'link' ? (token as Tokens.Link).tokens : [token];
}
