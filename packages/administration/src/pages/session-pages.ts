/** The sessions: a list by person, network or client, and the page of one session. */
import type { ListedSession } from '../store/operator-sessions.ts';
import { markup, type Html } from '@dhp/web-kit';
import { deviceOf, time } from '@dhp/sso-kit';
import { pathOfClient } from './client-pages.ts';
import {
  card,
  chip,
  facts,
  list,
  objectPage,
  operatePath,
  operatorPage,
  tile,
  timeWithZone,
  type OperatorPageOptions,
  type Paged,
} from './frame.ts';
import { line, questionPage, type Question } from './question-page.ts';
import { pathOfUser } from './user-pages.ts';
import { clientActMessages } from '../texts/client-act.ts';
import { operatorMessages } from '../texts/operator.ts';
import { sessionMessages } from '../texts/session.ts';
import { sessionActMessages } from '../texts/session-act.ts';

export interface SessionsAskedFor {
  username: string;
  address: string;
  client: string;
}

const sessionsPath = `${operatePath}/sessions`;
const pathOfSession = (uid: string): string => `${sessionsPath}/${encodeURIComponent(uid)}`;

/** @param of the person or client whose sessions are listed, if one was given: all of these can be ended together */
export function sessionsPage(
  rows: readonly ListedSession[],
  asked: SessionsAskedFor,
  of: { accountId?: string | undefined; clientId?: string | undefined; wrong?: 'wrongAddress' | 'nobody' | undefined },
  paged: Paged,
  o: OperatorPageOptions,
): string {
  const [text, words] = [operatorMessages[o.language], sessionMessages[o.language]];
  const wrong = of.wrong === undefined ? markup`` : markup`<p class="alarm" role="alert">${words[of.wrong]}</p>`;
  const content = markup`<h2>${text.tabs.sessions}</h2>
<form class="finder" method="get" action="${sessionsPath}" role="search"><input type="hidden" name="ui_locales" value="${o.language}">
<div>${line('username', words.person, asked.username, { max: 200 })}</div><div>${line('address', words.address, asked.address, { max: 60 })}</div>
<div class="long">${line('client', words.client, asked.client, { max: 128 })}</div><button>${text.find}</button></form>
<p class="hint">${words.addressHint}</p>${wrong}${together(of, o)}
${list(
  rows.map((row) => entry(row, o)),
  paged,
  o,
  text.tabs.sessions,
)}`;
  return operatorPage('sessions', o, { title: text.tabs.sessions, content });
}

/** The buttons that end all listed sessions. */
function together(of: { accountId?: string | undefined; clientId?: string | undefined }, o: OperatorPageOptions): Html {
  const text = operatorMessages[o.language];
  const ways = [
    ...(of.accountId === undefined
      ? []
      : [[`${pathOfUser(of.accountId)}/sign-out`, text.personActs['sign-out'].label] as const]),
    ...(of.clientId === undefined
      ? []
      : [[`${pathOfClient(of.clientId)}/sign-out`, clientActMessages[o.language]['sign-out'].label] as const]),
  ];
  if (ways.length === 0) return markup``;
  return markup`<div class="actions">${ways.map(([href, label]) => markup`<a class="button danger" href="${href}">${label}</a>`)}</div>`;
}

function entry(row: ListedSession, o: OperatorPageOptions): Html {
  const words = sessionMessages[o.language];
  const clients = row.clients.slice(0, 3).map(({ name }) => chip(name, 'plain-chip'));
  const used = clients.length > 0 ? markup`${clients}` : markup`<small>${words.noClients}</small>`;
  return markup`<a class="entry session-entry" href="${pathOfSession(row.session_uid)}"><span class="who">${tile(row.name)}<span><strong>${row.name}</strong><small>${row.username}</small></span></span>
<span>${deviceOf(row.user_agent)}<small class="below">${row.address ?? ''}</small></span><span>${used}</span><small>${words.used}<br>${time(row.last_used_at, o)}</small></a>`;
}

export function sessionPage(row: ListedSession, o: OperatorPageOptions): string {
  const words = sessionMessages[o.language];
  const path = pathOfSession(row.session_uid);
  const doings = markup`<div class="doings"><a class="button danger" href="${path}/end">${sessionActMessages[o.language].end.label}</a>
<a class="button other" href="${pathOfUser(row.account_id)}">${row.name}</a></div>`;
  const clients =
    row.clients.length === 0
      ? markup`<p class="quiet">${words.noClients}</p>`
      : markup`<ul class="rows">${row.clients.map(({ client_id: id, name }) => markup`<li><div><a href="${pathOfClient(id)}">${name}</a><small><code>${id}</code></small></div></li>`)}</ul>`;
  return objectPage('sessions', o, {
    ...{ title: `${words.session}: ${row.name}`, name: row.name, picture: tile(row.name), id: row.username },
    ...{ chips: chip(deviceOf(row.user_agent), 'plain-chip'), doings },
    known: markup`${card(words.session, about(row, o))}${card(words.clients, clients)}`,
  });
}

function about(row: ListedSession, o: OperatorPageOptions): Html {
  const words = sessionMessages[o.language];
  return facts([
    [words.who, markup`<a href="${pathOfUser(row.account_id)}">${row.name}</a>`],
    [words.device, deviceOf(row.user_agent)],
    [words.from, markup`<code>${row.address ?? '?'}</code>`],
    [words.began, timeWithZone(row.began_at, o)],
    [words.used, timeWithZone(row.last_used_at, o)],
    [words.agent, markup`<small class="quiet">${row.user_agent ?? '?'}</small>`],
  ]);
}

export function sessionQuestion(row: ListedSession, o: OperatorPageOptions, again: Question['again']): string {
  const words = sessionMessages[o.language];
  const path = pathOfSession(row.session_uid);
  const act = sessionActMessages[o.language].end;
  const facing = facts([
    [words.device, deviceOf(row.user_agent)],
    [words.from, row.address ?? '?'],
    [words.began, timeWithZone(row.began_at, o)],
    [words.used, timeWithZone(row.last_used_at, o)],
  ]);
  const question = { tab: 'sessions', act, name: row.name, about: facing, back: path, isDangerous: true } as const;
  return questionPage({ ...question, action: `${path}/end`, again }, o);
}
