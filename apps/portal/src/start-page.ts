/** The portal’s first page (what the platform is, its state, how to begin), and the pages for unknown addresses and failures. */
import type { PortalOptions } from './options.ts';
import { historySection } from './history/section.ts';
import type { History } from './history/read.ts';
import type { PlatformStatus } from './status.ts';
import { portalMessages } from './texts/portal.ts';
import { shellMessages } from './texts/shell.ts';
import { markup } from '@dhp/web-kit';
import { layout, type Page } from './page/layout.ts';
import { services, statesOf, summary } from './page/services.ts';
import { steps } from './page/steps.ts';
import { who, type Standing } from './page/who.ts';

export interface Known {
  /** Answers of the services; undefined if not known yet. */
  readonly status: PlatformStatus | undefined;
  /** Their history; undefined if not known. */
  readonly history: History | undefined;
  /** Of the signed-in person; undefined if nobody is signed in, or it is not known yet. */
  readonly standing?: Standing | undefined;
}

export function startPage(page: Page, options: PortalOptions, { status, history, standing }: Known): string {
  const text = portalMessages[page.language];
  const states = statesOf(status);
  return layout(
    page,
    `${text.title} (DHP)`,
    markup`<h1>${text.title}</h1>
      <p class="lead">${text.lead}</p>
      ${summary(options, text, states)}`,
    markup`${who(page, options, standing)} ${services(options, text, states)} ${steps(options, text)}
    ${history && historySection(options, page.language, history)}`,
  );
}

/** The page for an unknown address. */
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

/** Reasons why signing in, or an act, did not work out. */
export type Trouble = 'not-signed-in' | 'away';

/** The page that says so. */
export function troublePage(page: Page, trouble: Trouble): string {
  const text = shellMessages[page.language];
  const { title, cure } = text.trouble[trouble];
  return layout(
    { ...page, hasForms: true },
    `${title} (DHP)`,
    markup`<h1>${title}</h1>`,
    markup`<p role="alert">${cure}</p>
      <p><a class="button" href="${page.root}sign-in">${text.trouble.again}</a></p>`,
  );
}
