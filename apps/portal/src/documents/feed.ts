/** The news as an Atom feed (RFC 4287), from the sections of docs/changelog.md, whose headings begin with the day. */
import { markup } from '@dhp/web-kit';
import type { TextLanguage } from '@dhp/negotiation';

export interface FeedEntry {
  readonly id: string;
  readonly title: string;
  /** ISO 8601. */
  readonly day: string;
  /** HTML with absolute addresses. */
  readonly content: string;
}

/** The day and the title of a heading such as `2026-11-29: A page for each error`; undefined for any other. */
export function datedHeading(heading: string): { readonly day: string; readonly title: string } | undefined {
  const [, day, title] = /^(\d{4}-\d\d-\d\d): (.+)$/.exec(heading) ?? [];
  return day === undefined || Number.isNaN(Date.parse(day)) ? undefined : { day, title: title! };
}

/** Days are those of Tashkent, where the platform is. */
const beginOf = (day: string): string => `${day}T00:00:00+05:00`;

/**
 * The feed. Ids are addresses of the entries, which stay as long as a heading keeps its words.
 * @param o.portal without a final slash
 * @param o.title of the feed
 * @param o.entries the newest first, at least one
 */
export function atomFeed(o: {
  portal: string;
  title: string;
  language: TextLanguage;
  entries: readonly FeedEntry[];
}): string {
  const { portal, title, language, entries } = o;
  const page = `${portal}/documents/changelog`;
  const feed = markup`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${language}">
    <id>${page}</id>
    <title>${title}</title>
    <updated>${beginOf(entries[0]?.day ?? '1970-01-01')}</updated>
    <author><name>DHP</name></author>
    <link rel="self" type="application/atom+xml" href="${portal}/changelog.atom" />
    <link rel="alternate" type="text/html" href="${page}" />
    ${entries.map(
      ({ id, title: name, day, content }) =>
        markup`<entry>
          <id>${page}#${id}</id>
          <title>${name}</title>
          <updated>${beginOf(day)}</updated>
          <link rel="alternate" type="text/html" href="${page}#${id}" />
          <content type="html">${content}</content>
        </entry>`,
    )}
  </feed>`;
  return `<?xml version="1.0" encoding="utf-8"?>\n${feed.text}\n`;
}
