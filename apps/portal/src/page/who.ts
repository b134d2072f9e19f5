/** The part of the start page with links by the visitor's role: for a signed-in person, their own roles come first. */
import { markup, type Html } from '@dhp/web-kit';
import type { PortalOptions } from '../options.ts';
import { portalMessages } from '../texts/portal.ts';
import type { Page } from './layout.ts';

const roles = ['patient', 'developer', 'operator'] as const;
type Role = (typeof roles)[number];

/** The signed-in person, as the SSO reports. */
export interface Standing {
  /** Whether records of the person are known. */
  readonly has_records: boolean;
  readonly is_operator: boolean;
  readonly organizations: readonly { readonly applications: readonly { readonly state: string }[] }[];
}

/** @param standing undefined if nobody is signed in, or the SSO has not answered */
export function who(page: Page, options: PortalOptions, standing: Standing | undefined): Html {
  const text = portalMessages[page.language].who;
  const own = standing === undefined ? roles : roles.filter((role) => isOf(standing, role));
  const others = roles.filter((role) => !own.includes(role));
  const cards = (some: readonly Role[]): Html =>
    markup`<ul class="cards ways">
      ${some.map((role) => card(page, options, { role, standing }))}
    </ul>`;
  const name = page.visitor?.name;
  return markup`<section class="who" aria-labelledby="who">
    <h2 id="who">${standing === undefined || name === undefined ? text.heading : text.hello({ name })}</h2>
    ${own.length > 0 && cards(own)}
    ${
      others.length > 0 &&
      markup`<details${own.length === 0 && markup` open`}>
        <summary>${text.others}</summary>
        ${cards(others)}
      </details>`
    }
  </section>`;
}

/** A person with neither records nor operators' pages is a developer. */
function isOf({ has_records: hasRecords, is_operator: isOperator, organizations }: Standing, role: Role): boolean {
  if (role === 'patient') return hasRecords;
  if (role === 'operator') return isOperator;
  return organizations.length > 0 || (!hasRecords && !isOperator);
}

interface Shown {
  readonly role: Role;
  readonly standing: Standing | undefined;
}

function card(page: Page, options: PortalOptions, { role, standing }: Shown): Html {
  const { title, about, read } = portalMessages[page.language].who[role];
  const { go, at, note } = wayOf(page, options, { role, standing });
  const documents = { patient: 'sign-in', developer: 'getting-started', operator: 'administration' } as const;
  return markup`<li class="card" data-role="${role}">
    <h3>${title}</h3>
    <p class="about">${about}</p>
    ${note !== undefined && markup`<p class="about">${note}</p>`}
    <p class="go"><a href="${at}">${go}</a> <a href="${page.root}documents/${documents[role]}">${read}</a></p>
  </li>`;
}

/** The first link of a card. If nobody can sign in at the portal, developers register by the command line, which the steps show. */
function wayOf(
  { language, root }: Page,
  { urls, signIn }: PortalOptions,
  { role, standing }: Shown,
): { go: string; at: string; note?: string | undefined } {
  const { patient, developer, operator } = portalMessages[language].who;
  if (role === 'patient') return { go: patient.go, at: `${urls.sso}/account` };
  if (role === 'operator') return { go: operator.go, at: `${urls.sso}/operate` };
  const working = (standing?.organizations ?? []).flatMap(({ applications }) =>
    applications.filter(({ state }) => state !== 'revoked'),
  );
  const at = signIn === undefined ? '#steps' : `${root}applications`;
  if (working.length === 0) return { go: developer.go, at };
  return { go: developer.own, at, note: developer.count({ count: working.length }) };
}
