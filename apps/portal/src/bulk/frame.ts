/** The frame of the pages of data of an application: whose they are, and the way back. */
import { markup, type Html } from '@dhp/web-kit';
import { whole } from '../applications/pages.ts';
import type { Application } from '../applications/shapes.ts';
import type { Page } from '../page/layout.ts';
import { bulkMessages } from '../texts/bulk.ts';

interface DataPage {
  readonly application: Application;
  readonly title: string;
  readonly main: Html;
}

export function dataPage(page: Page, { application, title, main }: DataPage): string {
  const text = bulkMessages[page.language];
  const { client_id: id, client_name: name } = application;
  const content = markup`<p class="quiet">
      ${text.of({ name })} <a href="${page.root}applications/${id}">${text.back}</a>
    </p>
    ${main}`;
  const { requests, bulk, bulkScript } = page.assets;
  return whole({ ...page, styles: [requests, bulk], scripts: [bulkScript] }, title, content);
}
