/** The page for an address where nothing is. */
import { portalMessages } from '../texts/portal.ts';
import { markup } from '@dhp/web-kit';
import { layout, type Page } from './layout.ts';

export function notFoundPage(page: Page): string {
  const text = portalMessages[page.language].notFound;
  return layout(
    page,
    `${text.title} (DHP)`,
    markup`<h1>${text.title}</h1>
      <p class="lead">${text.text}</p>`,
    markup`<p class="home"><a href="${page.root}">${text.home}</a></p>`,
  );
}
