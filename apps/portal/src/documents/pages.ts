/** The list of documents with their search, and the page of each. */
import type { Language } from '@dhp/negotiation';
import { markup, type Html } from '@dhp/web-kit';
import { readingStyle } from '../errors/pages.ts';
import { layout, type Page } from '../page/layout.ts';
import { documentsMessages, type DocumentsMessages } from '../texts/documents.ts';
import type { Volume } from './library.ts';
import { documents, readers, type Reader } from './list.ts';
import type { Heading } from './markdown.ts';
import type { Hit } from './search.ts';

/** @param stylesheet address of the style of reading pages, from the portal's root */
export function documentListPage(page: Page, stylesheet: string): string {
  const text = documentsMessages[page.language];
  return layout(
    page,
    `${text.title} (DHP)`,
    markup`<h1>${text.title}</h1>
      <p class="lead">${text.lead}</p>`,
    markup`${readingStyle(page, stylesheet)}
      <div class="reading">${searchForm(page)} ${readers.map((reader) => shelf(page, text, reader))}</div>`,
  );
}

function shelf({ root }: Page, text: DocumentsMessages, reader: Reader): Html {
  return markup`<h2>${text.readers[reader]}</h2>
    <dl class="codes">
      ${documents
        .filter((about) => about.reader === reader)
        .map(
          ({ name }) =>
            markup`<div>
              <dt><a href="${root}documents/${name}">${text.about[name].title}</a></dt>
              <dd>${text.about[name].answers}</dd>
            </div>`,
        )}
    </dl>`;
}

/** The documents that were found for a query. */
export function documentSearchPage(
  page: Page,
  stylesheet: string,
  found: { query: string; hits: readonly Hit[] },
): string {
  const text = documentsMessages[page.language];
  const { query, hits } = found;
  const title = text.search.title({ query });
  return layout(
    page,
    `${title} (DHP)`,
    markup`<h1>${title}</h1>
      <p class="lead" role="status">${text.search.count({ count: hits.length })}</p>`,
    markup`${readingStyle(page, stylesheet)}
      <div class="reading">
        ${searchForm(page, query)}
        <ol class="hits">
          ${hits.map((hit) => hitItem(page, hit))}
        </ol>
        <p><a href="${page.root}documents">${text.all}</a></p>
      </div>`,
  );
}

function hitItem({ root }: Page, { address, titles, excerpt }: Hit): Html {
  return markup`<li>
    <a href="${root}${address}">${titles.join(' › ')}</a>
    <p>${excerpt.map(({ text, isFound }) => (isFound ? markup`<mark>${text}</mark>` : text))}</p>
  </li>`;
}

function searchForm({ root, language }: Page, query = ''): Html {
  const text = documentsMessages[language].search;
  return markup`<form class="search" role="search" action="${root}documents">
    <label for="q">${text.label}</label>
    <div>
      <input id="q" name="q" type="search" value="${query}" maxlength="120" required autocomplete="off" />
      <button>${text.action}</button>
    </div>
  </form>`;
}

/** The page of a document. */
export function documentPage(page: Page, stylesheet: string, { volume, body }: { volume: Volume; body: Html }): string {
  const text = documentsMessages[page.language];
  const headings = volume.source.sections.map((section, n) => ({ ...section, id: volume.ids[n] ?? section.id }));
  const language = volume.language === page.language ? undefined : volume.language;
  const lang = language !== undefined && markup` lang="${language}"`;
  return layout(
    page,
    `${volume.source.title} (DHP)`,
    markup`<h1${lang}>${volume.source.title}</h1>`,
    markup`${readingStyle(page, stylesheet)}
      <div class="reading document">
        ${contents(text, headings, lang)}
        <article>
          ${note(text, volume, page.language)} ${volume.about.name === 'changelog' && feedLink(page)}
          <div${lang}>${body}</div>
        </article>
        <div class="further">
          ${searchForm(page)}
          <p><a href="${page.root}documents">${text.all}</a></p>
        </div>
      </div>`,
  );
}

function feedLink({ root, language }: Page): Html {
  const text = documentsMessages[language].feed;
  return markup`<p><a type="application/atom+xml" href="${root}changelog.atom">${text}</a></p>`;
}

/** A note if the document is in another language, or its translation is outdated. */
function note(text: DocumentsMessages, { language, isOlder }: Volume, wanted: Language): Html | undefined {
  const sentence = isOlder ? text.older : language === wanted ? undefined : text.notTranslated;
  return sentence === undefined ? undefined : markup`<p class="note" role="note">${sentence}</p>`;
}

function contents(text: DocumentsMessages, headings: readonly Heading[], lang: Html | false): Html | undefined {
  const parts = headings.slice(1).filter(({ depth }) => depth === 2);
  if (parts.length < 2) return undefined;
  return markup`<nav class="contents" aria-labelledby="contents">
    <p id="contents">${text.contents}</p>
    <ul${lang}>
      ${parts.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)}
    </ul>
  </nav>`;
}
