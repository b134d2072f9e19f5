/** When credentials of an application expire: beside its facts, and above them those that expire soon or have expired. */
import { markup, type Html } from '@dhp/web-kit';
import type { Page } from '../page/layout.ts';
import { applicationsMessages } from '../texts/applications.ts';
import { fact } from './fact.ts';
import type { Application, End } from './shapes.ts';

/** A day as the language writes it. */
export function dayOf(time: string, { language }: Page): string {
  const locale = language === 'en' ? 'en-GB' : language;
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'Asia/Tashkent' }).format(new Date(time));
}

/** Name of a credential among the texts. */
function nameOf({ credential }: End): 'secret' | 'older' | 'key' {
  if (credential === 'older-secret') return 'older';
  return credential === 'key' ? 'key' : 'secret';
}

export function endFact({ ends }: Application, page: Page): Html[] {
  if (ends.length === 0) return [];
  const text = applicationsMessages[page.language].ends;
  const items = ends.map(
    (end) => markup`<li>${text[nameOf(end)]({ kid: end.kid ?? '', day: dayOf(end.ends_at, page) })}</li>`,
  );
  return [fact(text.label, markup`<ul>${items}</ul>`)];
}

/** Notices of credentials that must be replaced soon, or should have been. */
export function endNotices({ ends, state }: Application, page: Page): Html[] {
  if (state === 'revoked') return [];
  const text = applicationsMessages[page.language].ends;
  return ends
    .filter((end) => end.state === 'ends-soon' || end.state === 'ended')
    .map((end) => {
      const [name, values] = [nameOf(end), { kid: end.kid ?? '', day: dayOf(end.ends_at, page) }];
      const sentence = end.state === 'ended' ? text.over[name](values) : text.soon[name](values);
      return markup`<p class="alarm" role="status">${sentence}</p>`;
    });
}
