/** Details of one person, a card for each part. */
import type { Account } from '@dhp/accounts';
import type { FactorState } from '@dhp/accounts/sign-in';
import { type EnvironmentName, deviceOf, time } from '@dhp/sso-kit';
import type { AuditRow } from '@dhp/audit/find';
import type { SessionRow } from '@dhp/grants';
import type { ApplicationRow } from '@dhp/grants/applications';
import { markup, type Html } from '@dhp/web-kit';
import { card, facts, operatePath, timeWithZone, type OperatorPageOptions } from './frame.ts';
import { idOf, nameOf } from './organization-words.ts';
import { personFacts } from './person-controls.ts';
import { accountMessages } from '@dhp/sign-in/pages';
import { bondMessages } from '../texts/bond.ts';
import { bondActMessages } from '../texts/bond-act.ts';
import { operatorMessages } from '../texts/operator.ts';

export interface RoleShown {
  environment: EnvironmentName;
  role: string;
  organization: string;
}

export interface PersonShown {
  account: Account;
  isAdministrator: boolean;
  lockedUntil: Date | undefined;
  hasPassword: boolean;
  factors: FactorState;
  /** Each with the name of its organisation, if it has a name. */
  roles: readonly (RoleShown & { name?: string })[];
  links: readonly { upstream: string; linked_at: Date }[];
  sessions: readonly SessionRow[];
  applications: readonly ApplicationRow[];
  recent: readonly AuditRow[];
}

export function personCards(p: PersonShown, o: OperatorPageOptions): Html {
  const text = operatorMessages[o.language];
  const cards: readonly (readonly [string, Html])[] = [
    [text.account, about(p, o)],
    [text.roles, roles(p, o)],
    [text.sessions, sessions(p, o)],
    [text.applications, applications(p, o)],
  ];
  return markup`${cards.map(([title, content]) => card(title, content))}`;
}

/** Cards of the person's sign-in methods and links. */
export function wayCards(p: PersonShown, o: OperatorPageOptions): Html {
  return markup`${card(operatorMessages[o.language].ways, ways(p, o))}${card(bondMessages[o.language].links, links(p, o))}`;
}

const pathOf = ({ accountId }: Account): string => `${operatePath}/users/${accountId}`;

function rows(items: readonly Html[], none: string): Html {
  return items.length === 0 ? markup`<p class="quiet">${none}</p>` : markup`<ul class="rows">${items}</ul>`;
}

function about({ account }: PersonShown, o: OperatorPageOptions): Html {
  const [text, words] = [operatorMessages[o.language], bondMessages[o.language]];
  const types = accountMessages[o.language].types;
  const records = account.identities.map(
    ({ environment, type, fhir_id: id, represents }) =>
      markup`<span class="line">${types[type]} <small class="quiet">${environment}: ${type}/${id}${represents === undefined ? '' : `, ${words.represents} Patient/${represents}`}</small></span>`,
  );
  const why =
    account.disabledReason === undefined
      ? markup``
      : markup`<br><span class="quiet">${text.because}: ${account.disabledReason}</span>`;
  return markup`${facts([
    [text.username, account.username],
    ...personFacts(account, o),
    ['sub', markup`<code>${account.accountId}</code>`],
    [text.opened, timeWithZone(account.created, o)],
    account.disabled === undefined
      ? undefined
      : [text.disabledSince, markup`${timeWithZone(account.disabled, o)}${why}`],
    [text.records, records.length === 0 ? text.noRecords : markup`${records}`],
  ])}${isOneself(account, o) ? markup`` : markup`<div class="actions"><a class="button other" href="${pathOf(account)}/change">${bondActMessages[o.language].change.label}</a></div>`}`;
}

/** Operators cannot change their own account, so its buttons are not shown. */
function isOneself({ accountId }: Account, o: OperatorPageOptions): boolean {
  return accountId === o.operator.accountId;
}

function roles({ account, roles: held }: PersonShown, o: OperatorPageOptions): Html {
  const acts = bondActMessages[o.language];
  const own = isOneself(account, o);
  const items = held.map((one) => {
    const { environment, role, organization } = one;
    const query = new URLSearchParams({ environment, role, organization }).toString();
    return markup`<li><div>${role}<small>${environment}: ${nameOf(one)}${idOf(one)}</small></div>${own ? markup`` : markup`<a class="button other" href="${pathOf(account)}/take-role?${query}">${acts['take-role'].label}</a>`}</li>`;
  });
  return markup`${rows(items, operatorMessages[o.language].noRoles)}${own ? markup`` : markup`<div class="actions"><a class="button other" href="${pathOf(account)}/give-role">${acts['give-role'].label}</a></div>`}`;
}

function ways({ hasPassword, factors }: PersonShown, o: OperatorPageOptions): Html {
  const text = operatorMessages[o.language];
  const said = (is: boolean): string => (is ? text.yes : text.no);
  return facts([
    [text.password, said(hasPassword)],
    [text.codes, said(factors.totp)],
    factors.totp ? [text.recoveryLeft, String(factors.recoveryCodesLeft)] : undefined,
    [text.passkeys, String(factors.passkeys.length)],
  ]);
}

function links({ account, links: all }: PersonShown, o: OperatorPageOptions): Html {
  const words = bondMessages[o.language];
  const items = all.map(({ upstream, linked_at: linked }) => {
    const query = new URLSearchParams({ upstream }).toString();
    return markup`<li><div>${upstream}<small>${words.linked} ${time(linked, o)}</small></div>${isOneself(account, o) ? markup`` : markup`<a class="button other" href="${pathOf(account)}/unlink?${query}">${bondActMessages[o.language].unlink.label}</a>`}</li>`;
  });
  return rows(items, words.noLinks);
}

function sessions({ sessions: all }: PersonShown, o: OperatorPageOptions): Html {
  const account = accountMessages[o.language];
  const items = all.map(
    ({ session_uid: uid, began_at: began, last_used_at: used, address, user_agent: agent }) =>
      markup`<li><div><a href="${operatePath}/sessions/${encodeURIComponent(uid)}">${deviceOf(agent)}</a><small>${address ?? ''} · ${account.began} ${time(began, o)} · ${account.used} ${time(used, o)}</small></div></li>`,
  );
  return rows(items, operatorMessages[o.language].noSessions);
}

function applications({ applications: all }: PersonShown, o: OperatorPageOptions): Html {
  const items = all.map(
    ({ client_id: id, name, given_at: given }) =>
      markup`<li><div><a href="${operatePath}/clients/${encodeURIComponent(id)}">${name}</a><small>${accountMessages[o.language].allowed} ${time(given, o)}</small></div></li>`,
  );
  return rows(items, operatorMessages[o.language].noApplications);
}
