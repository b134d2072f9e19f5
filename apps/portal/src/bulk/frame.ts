/** The frame of the data pages of an application: their tabs, and the link back. */
import { markup, type Html } from '@dhp/web-kit';
import { whole } from '../applications/pages.ts';
import type { Application } from '../applications/shapes.ts';
import type { Page } from '../page/layout.ts';
import { bulkMessages } from '../texts/bulk.ts';

/** In the order of the tabs, with their paths below the application. */
const parts = ['views', 'exports', 'imports'] as const;

interface DataPage {
  readonly application: Application;
  readonly part: (typeof parts)[number];
  readonly title: string;
  readonly main: Html;
}

export function dataPage(page: Page, { application, part, title, main }: DataPage): string {
  const text = bulkMessages[page.language];
  const { client_id: id, client_name: name } = application;
  const tab = (one: (typeof parts)[number]): Html =>
    markup`<li><a href="${page.root}applications/${id}/${one}"${one === part && markup` aria-current="true"`}>${text.parts[one]}</a></li>`;
  const content = markup`<p class="quiet">
      ${text.of({ name })} <a href="${page.root}applications/${id}">${text.back}</a>
    </p>
    <nav class="parts" aria-label="${text.parts.label}">
      <ul>
        ${parts.map(tab)}
      </ul>
    </nav>
    ${main}`;
  const { requests, explorer, bulk, bulkScript } = page.assets;
  return whole({ ...page, styles: [requests, explorer, bulk], scripts: [bulkScript] }, title, content);
}
