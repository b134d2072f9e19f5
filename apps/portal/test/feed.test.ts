/** The news as an Atom feed: checked against RFC 4287, and parsed by the XML parser of a browser if there is one. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, withoutBrowser } from '../../../tests/browser.ts';
import { atomFeed, datedHeading } from '../src/documents/feed.ts';
import { openLibrary } from '../src/documents/library.ts';
import { install, type Installation } from './installation.ts';

let installation: Installation;
before(async () => {
  installation = await install((usual) => ({
    ...usual,
    urls: { ...usual.urls, portal: 'https://portal.example.uz/a&b' },
  }));
});
after(() => installation.close());

/** The feed as a browser reads it. */
interface Read {
  readonly root: string;
  readonly namespace: string;
  readonly feed: Record<string, string>;
  readonly links: Record<string, string>;
  readonly entries: {
    id: string;
    title: string;
    updated: string;
    link: string;
    type: string;
    content: string;
    text: string;
  }[];
}

/** Runs in the browser. */
const reading = `(async () => {
  const xml = new DOMParser().parseFromString(await (await fetch('/changelog.atom')).text(), 'application/xml');
  if (xml.querySelector('parsererror')) throw new Error(xml.documentElement.textContent);
  const child = (of, name) => [...of.children].filter((one) => one.localName === name);
  const text = (of, name) => child(of, name).map((one) => one.textContent).join('|');
  const root = xml.documentElement;
  return {
    root: root.localName,
    namespace: root.namespaceURI,
    feed: { id: text(root, 'id'), title: text(root, 'title'), updated: text(root, 'updated'), author: text(root, 'author').trim() },
    links: Object.fromEntries(child(root, 'link').map((one) => [one.getAttribute('rel'), one.getAttribute('href')])),
    entries: child(root, 'entry').map((one) => {
      const content = child(one, 'content')[0];
      const html = new DOMParser().parseFromString(content.textContent, 'text/html');
      return {
        id: text(one, 'id'), title: text(one, 'title'), updated: text(one, 'updated'),
        link: child(one, 'link')[0].getAttribute('href'), type: content.getAttribute('type'),
        content: content.textContent, text: html.body.textContent,
      };
    }),
  };
})()`;

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:00$/;

describe('what is new', () => {
  it('is a feed that a reader understands', { skip: withoutBrowser }, async () => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${installation.url}/healthz`);
      const { root, namespace, feed, links, entries } = await page.evaluate<Read>(reading);
      deepEqual([root, namespace], ['feed', 'http://www.w3.org/2005/Atom']);
      const address = 'https://portal.example.uz/a&b/documents/changelog';
      deepEqual(feed, { id: address, title: 'DHP: What is new', updated: entries[0]!.updated, author: 'DHP' });
      deepEqual(links, { self: 'https://portal.example.uz/a&b/changelog.atom', alternate: address });
      ok(entries.length >= 10, String(entries.length));
      equal(new Set(entries.map(({ id }) => id)).size, entries.length);
      const sorted = entries
        .map(({ updated }) => updated)
        .sort()
        .reverse();
      deepEqual(
        entries.map(({ updated }) => updated),
        sorted,
      );
      for (const entry of entries) {
        match(entry.updated, moment);
        ok(Date.parse(entry.updated) > 0);
        ok(entry.id.startsWith(`${address}#`) && entry.link === entry.id, entry.id);
        equal(entry.type, 'html');
        ok(entry.title !== '' && entry.text.trim().length > 60, entry.title);
        for (const [, href] of entry.content.matchAll(/href="([^"]*)"/g)) match(href!, /^https?:\/\//);
      }
    } finally {
      await browser.close();
    }
  });

  it('has its type, may be kept for an hour, and lies beside a page that names it', async () => {
    const response = await fetch(`${installation.url}/changelog.atom`);
    equal(response.status, 200);
    equal(response.headers.get('content-type'), 'application/atom+xml; charset=utf-8');
    equal(response.headers.get('cache-control'), 'public, max-age=3600');
    const again = await fetch(`${installation.url}/changelog.atom`, {
      headers: { 'if-none-match': response.headers.get('etag')! },
    });
    equal(again.status, 304);
    const page = await (await fetch(`${installation.url}/documents/changelog?lang=en`)).text();
    match(page, /<a type="application\/atom\+xml" href="\.\.\/changelog\.atom">/);
  });

  it('has a day in each heading, the newest first', () => {
    const { source } = openLibrary()!.find('changelog', 'en')!;
    const days = source.sections.slice(1).map(({ title }) => datedHeading(title)?.day);
    equal(days.includes(undefined), false);
    deepEqual(days, [...days].sort().reverse());
    for (const wrong of ['A page', '2026-13-01: x', '2026-11-29 x', '26-11-29: x', '2026-11-29: '])
      equal(datedHeading(wrong), undefined, wrong);
  });

  it('is XML whatever stands in a title or a text', () => {
    const entries = [{ id: 'a"b', title: '<b> & ]]>', day: '2026-01-02', content: '<p>&amp; "x"</p>' }];
    const xml = atomFeed({ portal: 'https://x.example', title: '"<', language: 'en', entries });
    equal(/<(?:b|p)>|&(?!#\d+;)/.test(xml), false, xml);
  });
});
