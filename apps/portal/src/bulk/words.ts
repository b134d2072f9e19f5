/** Sizes, counts, faults and states in words, for the pages of data. */
import { textLanguageOf, type Language } from '@dhp/negotiation';
import { markup, type Html } from '@dhp/web-kit';
import { errorAbout } from '../errors/error-catalogue.ts';
import { inlineText } from '../errors/pages.ts';
import type { OutcomeIssue } from '../explorer/outcome.ts';
import type { Page } from '../page/layout.ts';
import { bulkMessages } from '../texts/bulk.ts';
import type { NotAnswered } from './fhir.ts';

const localeOf = (language: Language): string => (language === 'en' ? 'en-GB' : language);

export const counted = (language: Language, count: number): string =>
  new Intl.NumberFormat(localeOf(language)).format(count);

const sizes = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Bytes in their largest unit, of 1,000 of the next smaller one. */
export function sized(language: Language, bytes: number): string {
  let [value, at] = [bytes, 0];
  while (value >= 1000 && at < sizes.length - 1) [value, at] = [value / 1000, at + 1];
  const digits = at === 0 || value >= 100 ? 0 : 1;
  return new Intl.NumberFormat(localeOf(language), {
    ...{ style: 'unit', unit: sizes[at]!, unitDisplay: 'short' },
    maximumFractionDigits: digits,
  }).format(value);
}

/** A day and a time, in the time of Tashkent. */
export function momentOf({ language }: Page, time: Date): Html {
  const shown = new Intl.DateTimeFormat(localeOf(language), {
    ...{ day: '2-digit', month: '2-digit', year: 'numeric', hour: '2-digit', minute: '2-digit' },
    timeZone: 'Asia/Tashkent',
  }).format(time);
  return markup`<time datetime="${time.toISOString()}">${shown}</time>`;
}

/**
 * Faults, with advice for each; for several faults of one kind, the advice is shown with the last one.
 * @param placed returns content before a fault, such as a link to its place
 */
export function faultList(
  page: Page,
  issues: readonly OutcomeIssue[],
  placed: (issue: OutcomeIssue) => Html | undefined = () => undefined,
): Html {
  const text = bulkMessages[page.language];
  const items = issues.map((issue, n) => {
    const { text: sentence, diagnostics, code, expression } = issue;
    const isLast = issues[n + 1]?.code !== code;
    const about = code === undefined || !isLast ? undefined : errorAbout(code);
    const remedy = about?.remedy?.[textLanguageOf(page.language)];
    return markup`<li>
      <p>${placed(issue)}${sentence} ${expression !== undefined && markup`<code translate="no">${expression}</code>`}</p>
      ${diagnostics !== undefined && markup`<p class="quiet" lang="en">${diagnostics}</p>`}
      ${remedy !== undefined && markup`<p class="quiet"><strong>${text.cure}:</strong> ${inlineText(remedy, page.language)} <a href="${page.root}errors/${about!.code}">${about!.code}</a></p>`}
    </li>`;
  });
  return markup`<ul class="faults">${items}</ul>`;
}

/** Why there is nothing to show, or nothing was begun. */
export function notAnswered(page: Page, why: NotAnswered): Html {
  const text = bulkMessages[page.language];
  if (why.not === 'away') return markup`<p class="alarm" role="alert">${text.away}</p>`;
  if (why.not === 'token')
    return markup`<p class="alarm" role="alert"><span${page.language !== 'en' && markup` lang="en"`}>${why.text}</span></p>`;
  const { status, issues } = why;
  return markup`<div class="alarm" role="alert">
    <p><strong>${text.refused({ status: String(status) })}</strong></p>
    ${issues.length > 0 && faultList(page, issues)}
  </div>`;
}
