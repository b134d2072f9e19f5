/** The part of the start page that shows the history of the services: a bar for each day, and text for days with outages. */
import type { Language } from '@dhp/negotiation';
import { markup, type Html } from '@dhp/web-kit';
import type { PortalOptions, ServiceName } from '../options.ts';
import { servicesOf } from '../page/addresses.ts';
import { historyMessages, type HistoryMessages } from '../texts/history.ts';
import { portalMessages } from '../texts/portal.ts';
import type { DayMinutes, History } from './read.ts';

/** From this many minutes on a day was a bad one. */
const badMinutes = 60;
const dayLength = 86_400_000;
/** Of a bar, in the units of the drawing. */
const [width, gap, height] = [8, 2, 40];

interface Day {
  readonly date: Date;
  readonly minutes: DayMinutes | undefined;
}

export function historySection(options: PortalOptions, language: Language, history: History): Html {
  const text = historyMessages[language];
  return markup`<section class="history" aria-labelledby="history">
    <h2 id="history">${text.heading({ days: history.days })}</h2>
    <p class="about">${text.lead}</p>
    <ul class="cards">
      ${servicesOf(options).map(({ name }) => service(name, daysOf(history, name), language))}
    </ul>
  </section>`;
}

function daysOf({ since, days, minutes }: History, name: ServiceName): Day[] {
  const counted = new Map(minutes.filter(({ service }) => service === name).map((one) => [one.day, one]));
  return Array.from({ length: days }, (_, n) => {
    const date = new Date(Date.parse(since) + n * dayLength);
    return { date, minutes: counted.get(date.toISOString().slice(0, 10)) };
  });
}

function service(name: ServiceName, days: readonly Day[], language: Language): Html {
  const text = historyMessages[language];
  const said = summaryOf(days, text);
  return markup`<li class="card">
    <h3>${portalMessages[language].services.names[name]}</h3>
    <p class="about">${said}</p>
    <svg class="days" role="img" aria-label="${said}" viewBox="0 0 ${days.length * (width + gap)} ${height}" preserveAspectRatio="none">
      ${days.map(bar)}
    </svg>
    ${unwell(days, language, text)}
  </li>`;
}

/** Only minutes in which it served nothing count as down; minutes in which it served reads count as served. */
function summaryOf(days: readonly Day[], text: HistoryMessages): string {
  const counted = days.flatMap(({ minutes }) => minutes ?? []);
  const all = counted.reduce((sum, { up, partly, down }) => sum + up + partly + down, 0);
  if (all === 0) return text.none;
  const down = counted.reduce((sum, one) => sum + one.down, 0);
  // Rounded down: a service with a minute of outage must not show 100 %.
  const percent = Math.floor(((all - down) / all) * 10_000) / 100;
  return text.share({ percent: String(percent), days: counted.length });
}

/** Distinguished by length, not only by colour. */
const lengths = { none: 4, up: height, partly: 28, down: 14 } as const;

function bar({ minutes }: Day, n: number): Html {
  const state = stateOf(minutes);
  const [x, y] = [n * (width + gap), height - lengths[state]];
  return markup`<rect x="${x}" y="${y}" width="${width}" height="${lengths[state]}" data-day="${state}" />`;
}

function stateOf(minutes: DayMinutes | undefined): 'none' | 'up' | 'partly' | 'down' {
  if (minutes === undefined) return 'none';
  if (minutes.down >= badMinutes) return 'down';
  return minutes.down + minutes.partly > 0 ? 'partly' : 'up';
}

/** The days with outages, the newest first. */
function unwell(days: readonly Day[], language: Language, text: HistoryMessages): Html | undefined {
  const some = days.filter(({ minutes }) => minutes !== undefined && minutes.down + minutes.partly > 0).reverse();
  if (some.length === 0) return undefined;
  const nameOf = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', timeZone: 'UTC' });
  return markup`<details>
    <summary>${text.unwell({ count: some.length })}</summary>
    <ul>
      ${some.map(({ date, minutes }) => markup`<li>${nameOf.format(date)}: ${minutesOf(minutes!, text)}</li>`)}
    </ul>
  </details>`;
}

function minutesOf({ down, partly }: DayMinutes, text: HistoryMessages): string {
  const parts = [
    ...(down > 0 ? [text.down({ minutes: down })] : []),
    ...(partly > 0 ? [text.partly({ minutes: partly })] : []),
  ];
  return parts.join(', ');
}
