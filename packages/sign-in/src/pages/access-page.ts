/** The page of the account that shows who accessed the person's record. */
import type { Look } from '@dhp/accounts/records';
import { time } from '@dhp/sso-kit';
import { markup, type Html } from '@dhp/web-kit';
import type { WatchState } from '@dhp/accounts/recipients';
import { accountMessages, type AccountMessages } from '../texts/account.ts';
import { recipientMessages } from '../texts/recipient.ts';
import { accountPage, act, pathOf, type AccountPageOptions } from './account-pages.ts';
import { editPath } from './own-pages.ts';
import { resourceName } from './resource-names.ts';

/** A request, with the names of the person and the application that made it. */
export interface NamedLook extends Omit<Look, 'account' | 'client'> {
  /** Undefined if the request was not made by a person; '' if the person's account is not known here. */
  readonly person: string | undefined;
  readonly isOwn: boolean;
  readonly organizations: readonly string[];
  /** Undefined if the application is not known here. */
  readonly application: string | undefined;
}

export interface RecordLooks {
  readonly environment: string;
  /** Sentences about emergencies in which the record was opened. */
  readonly notices: readonly string[];
  /** Undefined if they cannot be fetched. */
  readonly looks: readonly NamedLook[] | undefined;
  /** The address of the next page, if there is one. */
  readonly older: string | undefined;
}

/** Whether the person is notified by e-mail when a record is opened; undefined if notices are not available. */
export interface Watched {
  readonly email: string | undefined;
  readonly stateOf: (environment: string) => WatchState;
}

interface AccessPageOptions extends AccountPageOptions {
  readonly isFirst: boolean;
  readonly watched: Watched | undefined;
}

/** @param records one for each record of the person as a patient */
export function accessPage(records: readonly RecordLooks[], o: AccessPageOptions): string {
  const text = accountMessages[o.language].access;
  const parts = records.map((one) => recordPart(one, records.length > 1, o));
  const body = parts.length === 0 ? markup`<p class="quiet">${text.noRecord}</p>` : markup`${parts}`;
  const newest = o.isFirst
    ? markup``
    : markup`<div class="actions"><a class="button other" href="${pathOf('access')}">${text.newest}</a></div>`;
  return accountPage('access', markup`<p class="quiet">${text.hint}</p>${body}${newest}`, o);
}

function recordPart({ environment, notices, looks, older }: RecordLooks, isNamed: boolean, o: AccessPageOptions): Html {
  const text = accountMessages[o.language].access;
  const named = isNamed ? markup`<h2>${environment}</h2>` : markup``;
  const watch = o.isFirst && o.watched !== undefined ? watchPart(environment, o.watched, o) : markup``;
  const heading = markup`${named}${watch}${notices.map((notice) => markup`<p class="notice">${notice}</p>`)}`;
  if (looks === undefined) return markup`${heading}<p class="quiet">${text.unavailable}</p>`;
  if (looks.length === 0) return markup`${heading}<p class="quiet">${text.none}</p>`;
  const next =
    older === undefined
      ? markup``
      : markup`<div class="actions"><a class="button other" href="${older}">${text.older}</a></div>`;
  return markup`${heading}<ul class="rows">${looks.map((look) => row(look, o))}</ul>${next}`;
}

/** The notices of a record are turned on and off. */
function watchPart(environment: string, { email, stateOf }: Watched, o: AccountPageOptions): Html {
  const text = recipientMessages[o.language].watch;
  if (email === undefined)
    return markup`<details><summary>${text.title}</summary><p class="quiet">${text.noAddress}</p>
<div class="actions"><a class="button other" href="${editPath}">${text.addAddress}</a></div></details>`;
  const state = stateOf(environment);
  const said = {
    off: text.hint({ email }),
    asked: text.asked({ email }),
    on: text.isOn({ email }),
    limited: text.limited,
  };
  const isOn = state === 'asked' || state === 'on';
  const button = isOn
    ? act(o, 'unwatch-access', text.off, { environment })
    : act(o, 'watch-access', text.on, { environment });
  return markup`<details${state === 'off' ? markup`` : markup` open`}><summary>${text.title}</summary>
<p class="quiet" role="status">${said[state]}</p><div class="actions">${button}</div></details>`;
}

function row(look: NamedLook, o: AccountPageOptions): Html {
  const text = accountMessages[o.language].access;
  const { application = text.application, organizations } = look;
  const isPerson = look.person !== undefined;
  const who = look.isOwn ? text.yourself : isPerson ? look.person || text.person : application;
  const where = organizations.length === 0 ? markup`` : markup`<small>${organizations.join(', ')}</small>`;
  const right = look.byPatient
    ? text.asPatient
    : look.wasEmergency
      ? text.emergency
      : isPerson
        ? text.worker
        : text.ownRight;
  const why = isPerson ? [right, text.through({ application })] : [right];
  const refused = look.wasRefused ? markup` <span class="chip">${text.refused}</span>` : markup``;
  return markup`<li><div>${who}${refused}${where}<small>${time(look.time, o)} · ${done(look, text, o)}</small><small>${why.join(', ')}</small></div></li>`;
}

/** For a refused request, the requested act: nothing was done. */
function done(
  { action, type, wasRefused }: NamedLook,
  { actions, asked }: AccountMessages['access'],
  o: AccountPageOptions,
): string {
  const code = Object.hasOwn(actions, action) ? (action as keyof typeof actions) : 'E';
  const word = wasRefused ? asked[code] : actions[code];
  return type === undefined ? word : `${word}: ${resourceName(type, o.language)}`;
}
