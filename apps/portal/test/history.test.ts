/** The history of the services on the start page: a bar for each day, also in words, and a page that does not wait for it. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { historyReader, type DayMinutes } from '../src/history/read.ts';
import { fakeService, install, type FakeService, type Installation } from './installation.ts';

const open: { close(): Promise<void> }[] = [];
after(async () => {
  for (const one of open.reverse()) await one.close();
});

const since = '2026-08-31';
const dayAfter = (n: number): string => new Date(Date.parse(since) + n * 86_400_000).toISOString().slice(0, 10);
const minutes: readonly DayMinutes[] = [
  { day: dayAfter(86), service: 'sso', up: 1_440, partly: 0, down: 0 },
  { day: dayAfter(87), service: 'sso', up: 1_434, partly: 2, down: 4 },
  { day: dayAfter(88), service: 'sso', up: 1_360, partly: 0, down: 80 },
  { day: dayAfter(89), service: 'sso', up: 700, partly: 0, down: 0 },
  { day: dayAfter(89), service: 'playground', up: 700, partly: 0, down: 0 },
];

interface Told {
  body: unknown;
  asked: number;
  waits: boolean;
}

async function sso(told: Told): Promise<FakeService> {
  const service = await fakeService((_request, response) => {
    told.asked += 1;
    if (told.waits) return;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(told.body));
  });
  open.push(service);
  return service;
}

async function portalWith(told: Told): Promise<Installation> {
  const { url } = await sso(told);
  const installation = await install((usual) => ({ ...usual, historyUrl: `${url}/status/history` }));
  open.push(installation);
  return installation;
}

/** The page once it has the history: during the first query to the single sign-on, it waits briefly and is sent without the history. */
async function pageWith(installation: Installation, language: string): Promise<string> {
  for (const until = Date.now() + 30_000; Date.now() < until;) {
    const html = await pageOf(installation, language);
    if (html.includes('class="history"')) return html;
  }
  throw new Error('there is no history');
}

async function pageOf({ url }: Installation, language: string): Promise<string> {
  const response = await fetch(`${url}/?lang=${language}`);
  equal(response.status, 200);
  return (await response.text()).replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

const whole = (): Told => ({ body: { days: 90, since, minutes }, asked: 0, waits: false });

describe('the history of the services', () => {
  it('has a bar for each day and says the same in words, in each language', async () => {
    const installation = await portalWith(whole());
    for (const [language, share, day] of [
      ['en', 'Available 98.32 % of the time (4 days measured)', '27 November'],
      ['ru', 'Доступность 98.32 % (измерено 4 дня)', '27 ноября'],
      ['uz', 'Vaqtning 98.32 foizida ishlagan (4 kun oʻlchangan)', '27-noyabr'],
    ] as const) {
      const html = await pageWith(installation, language);
      const section = html.slice(html.indexOf('<section class="history"'));
      const [card] = section.split('</li>\n', 1);
      const first = section.slice(section.indexOf('<svg'), section.indexOf('</svg>'));
      const days = [...first.matchAll(/data-day="(\w+)"/g)].map(([, state]) => state);
      equal(days.length, 90);
      deepEqual(days.slice(-5), ['none', 'up', 'partly', 'down', 'up']);
      ok(first.includes(`aria-label="${share}"`), first.slice(0, 200));
      ok(section.includes(`<p class="about">${share}</p>`), card);
      ok(section.includes(day) || section.includes('November 27'), language);
      match(section, /80/);
    }
  });

  it('says of a service that was never measured that it was not', async () => {
    const html = await pageWith(await portalWith({ ...whole(), body: { days: 90, since, minutes: [] } }), 'en');
    equal(html.split('Not measured yet').length - 1, 6);
  });

  it('is left out where the single sign-on does not tell it, and holds up no page', async () => {
    for (const body of [
      {},
      null,
      [],
      'x',
      { days: 1e9, since, minutes },
      { days: 90, since: 'never', minutes },
      { days: 90, since, minutes: {} },
    ]) {
      const html = await pageOf(await portalWith({ ...whole(), body }), 'en');
      equal(html.includes('class="history"'), false, JSON.stringify(body));
    }
    const silent = await portalWith({ ...whole(), waits: true });
    const begun = performance.now();
    equal((await pageOf(silent, 'en')).includes('class="history"'), false);
    ok(performance.now() - begun < 2_000);
  });

  it('disregards counts that are none, whatever they hold', async () => {
    const odd = [
      { day: '"><script>', service: 'sso', up: 1, partly: 0, down: 0 },
      { day: dayAfter(1), service: 'sso', up: '<b>', partly: 0, down: 0 },
      { day: dayAfter(1) },
    ];
    const html = await pageWith(await portalWith({ ...whole(), body: { days: 90, since, minutes: odd } }), 'en');
    equal(/<script(?! src)|<b>/.test(html), false);
    match(html, /Not measured yet/);
  });

  it('is asked once for many pages, and kept while the single sign-on is away', async () => {
    const told = whole();
    const installation = await portalWith(told);
    await Promise.all(Array.from({ length: 20 }, () => pageOf(installation, 'en')));
    equal(told.asked, 1);
    const service = await sso(told);
    const read = historyReader(`${service.url}/status/history`);
    ok((await read()) !== undefined);
    told.body = {};
    ok((await read()) !== undefined);
  });
});
