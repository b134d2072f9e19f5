/** The operators' first page: current activity and open tasks at a glance. */
import type { KeyInfo } from '@dhp/signing-keys';
import type { HourOfSignIns, WaitingClient } from '../store/operator-overview.ts';
import { markup, type Html } from '@dhp/web-kit';
import { locales, time } from '@dhp/sso-kit';
import { chainState, type ChainShown } from './chain-state.ts';
import { card, operatePath, operatorPage, zoneName, type OperatorPageOptions } from './frame.ts';
import { identityPath } from './identity-pages.ts';
import { identityMessages } from '../texts/identity.ts';
import { operatorMessages } from '../texts/operator.ts';

export interface Overview {
  hours: readonly HourOfSignIns[];
  waitingClients: readonly WaitingClient[];
  locked: readonly { accountId: string; name: string; username: string; until: Date }[];
  /** How many cases, and how many people with something unconfirmed. */
  identity: { cases: number; unconfirmed: number };
  keys: readonly KeyInfo[];
  chain: ChainShown;
}

export function overviewPage(v: Overview, o: OperatorPageOptions): string {
  const text = operatorMessages[o.language];
  const content = markup`<h2>${text.tabs.overview}</h2>
<div class="cards">${signIns(v.hours, o)}
${card(text.waitingClients, waiting(v, o), 'less')}
${card(text.locked, locked(v, o), 'half')}
${card(identityMessages[o.language].waits, identity(v, o), 'half')}
${card(text.keys, keys(v, o), 'half')}
${card(text.chain, chainState(v.chain, o), 'half')}</div>
<div class="pages"><p>${text.times({ zone: zoneName(o) })}</p></div>`;
  return operatorPage('overview', o, { title: text.tabs.overview, content });
}

function signIns(hours: readonly HourOfSignIns[], o: OperatorPageOptions): Html {
  const text = operatorMessages[o.language];
  const number = new Intl.NumberFormat(locales[o.language]);
  const total = (of: 'succeeded' | 'refused'): number => hours.reduce((sum, hour) => sum + hour[of], 0);
  const [good, bad] = [total('succeeded'), total('refused')];
  const clock = new Intl.DateTimeFormat(locales[o.language], {
    timeZone: o.timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  });
  const rows = hours.map(
    ({ hour, succeeded, refused }) =>
      markup`<tr><td>${clock.format(hour)}</td><td>${number.format(succeeded)}</td><td>${number.format(refused)}</td></tr>`,
  );
  const marked = hours.filter((_, at) => at % 6 === 0);
  const top = topOf(Math.max(...hours.map(({ succeeded, refused }) => succeeded + refused)));
  const content = markup`<p class="figures"><span class="figure">${number.format(good)} <small class="key-good">${text.succeeded}</small></span>
<span class="figure">${number.format(bad)} <small class="key-bad">${text.refusals}</small></span></p>
<div class="chart"><div class="scale" aria-hidden="true"><span>${number.format(top)}</span><span>${number.format(top / 2)}</span><span>0</span></div>
${columns(hours, top, text.signIns, text.signInsChart({ succeeded: good, refused: bad }))}
<div class="hours" aria-hidden="true">${marked.map(({ hour }) => markup`<span>${clock.format(hour)}</span>`)}</div></div>
<details><summary>${text.numbers}</summary><table><caption class="skip">${text.signIns}</caption>
<thead><tr><th scope="col">${text.hour}</th><th scope="col">${text.succeeded}</th><th scope="col">${text.refusals}</th></tr></thead>
<tbody>${rows}</tbody></table></details>`;
  return card(text.signIns, content, 'most');
}

/**
 * The top of the axis: an even number of one significant digit, or 12, 14, 16, 18 of its order of magnitude; the smallest that is not below
 * `most`.
 */
function topOf(most: number): number {
  const size = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, most))));
  const steps = [1, 1.2, 1.4, 1.6, 1.8, 2, 3, 4, 5, 6, 8, 10].map((step) => step * size);
  const fits = steps.find((step) => step >= most && Number.isInteger(step / 2));
  return Math.max(2, fits ?? size * 10);
}

/** A column for each hour, with refused sign-ins stacked on successful ones. */
function columns(hours: readonly HourOfSignIns[], top: number, title: string, description: string): Html {
  const [width, height] = [240, 100];
  const step = width / hours.length;
  const tall = (count: number): number => Math.round((count / top) * height * 100) / 100;
  const bars = hours.map(({ succeeded, refused }, at) => {
    const x = String(at * step + step * 0.14);
    const wide = String(step * 0.72);
    const [good, bad] = [tall(succeeded), tall(refused)];
    const bar = (look: string, y: number, size: number): Html =>
      size === 0
        ? markup``
        : markup`<rect class="${look}" x="${x}" y="${String(y)}" width="${wide}" height="${String(size)}"/>`;
    return markup`${bar('good', height - good, good)}${bar('bad', height - good - bad, bad)}`;
  });
  const rules = [0.5, 50, 99.5].map(
    (y) => markup`<path class="rule" vector-effect="non-scaling-stroke" d="M0 ${String(y)}H${String(width)}"/>`,
  );
  return markup`<svg viewBox="0 0 ${String(width)} ${String(height)}" preserveAspectRatio="none" role="img" aria-labelledby="chart-title chart-text"><title id="chart-title">${title}</title><desc id="chart-text">${description}</desc>${rules}${bars}</svg>`;
}

function waiting({ waitingClients }: Overview, o: OperatorPageOptions): Html {
  const text = operatorMessages[o.language];
  if (waitingClients.length === 0) return markup`<p class="quiet">${text.noWaitingClients}</p>`;
  const rows = waitingClients
    .slice(0, 5)
    .map(
      ({ client_id: id, name, created_at: created }) =>
        markup`<li><div><a href="${operatePath}/clients/${encodeURIComponent(id)}">${name}</a><small>${time(created, o)}</small></div></li>`,
    );
  const count = waitingClients.length > 99 ? '99+' : String(waitingClients.length);
  return markup`<p class="figure"><a href="${operatePath}/clients?environment=production&amp;status=registered">${count}</a></p><ul class="rows">${rows}</ul>`;
}

function locked({ locked: people }: Overview, o: OperatorPageOptions): Html {
  const text = operatorMessages[o.language];
  if (people.length === 0) return markup`<p class="quiet">${text.lockedNone}</p>`;
  const rows = people
    .slice(0, 8)
    .map(
      ({ accountId, name, username, until }) =>
        markup`<li><div><a href="${operatePath}/users/${accountId}">${name}</a><small>${username} · ${text.lockedUntil} ${time(until, o)}</small></div></li>`,
    );
  return markup`<p class="figure">${String(people.length)}</p><ul class="rows">${rows}</ul>`;
}

function identity({ identity: { cases, unconfirmed } }: Overview, o: OperatorPageOptions): Html {
  const words = identityMessages[o.language];
  if (cases + unconfirmed === 0) return markup`<p class="quiet">${words.waitsNone}</p>`;
  const rows = [[words.cases, cases] as const, [words.unconfirmed, unconfirmed] as const].map(
    ([what, count]) => markup`<li><div>${what}</div><span>${String(count)}</span></li>`,
  );
  return markup`<p class="figure"><a href="${identityPath}">${String(cases + unconfirmed)}</a></p><ul class="rows">${rows}</ul>`;
}

const day = 86_400_000;

function keys({ keys: all }: Overview, o: OperatorPageOptions): Html {
  const text = operatorMessages[o.language];
  const rows = all.map(({ alg, kid, signsFrom }) => {
    const isAhead = signsFrom > o.now;
    const age = Math.floor((o.now.getTime() - signsFrom.getTime()) / day);
    const state = isAhead ? markup`${text.keyFrom} ${time(signsFrom, o)}` : markup`${text.keyAge({ days: age })}`;
    return markup`<li><div><strong>${alg}</strong> <code>${kid.slice(0, 8)}…</code><small>${state}</small></div></li>`;
  });
  return markup`<ul class="rows">${rows}</ul>`;
}
