/** What limits a developer and an application: below the list, and among the facts of an application. */
import { markup, type Html } from '@dhp/web-kit';
import type { PortalOptions } from '../options.ts';
import type { Page } from '../page/layout.ts';
import { applicationsMessages } from '../texts/applications.ts';
import { fact } from './fact.ts';
import type { Limits } from './shapes.ts';

/** How many organisations and applications there may be, and are. */
export function limitsOf(page: Page, limits: Limits): Html {
  const { organizations, applications, applications_of_organization: ofOrganization } = limits;
  const text = applicationsMessages[page.language].limits;
  return markup`<p class="quiet">
    ${text.organizations(organizations)} ${text.applications(applications)} ${text.ofOrganization({ most: ofOrganization })}
  </p>`;
}

/** Requests that a node answers of one application in a minute, beyond which it says 429. */
export function ratesFact({ language }: Page, rates: PortalOptions['rates']): Html[] {
  if (rates === undefined) return [];
  const text = applicationsMessages[language];
  const number = new Intl.NumberFormat(language === 'en' ? 'en-GB' : language);
  const shown = (rate: number): string => (rate === 0 ? text.limits.none : number.format(rate));
  const words = text.limits.rates({ fhir: shown(rates.fhir), sso: shown(rates.sso) });
  return [fact(text.facts.rates, words)];
}
