/** The page at which a health worker chooses the patient that an application is to work with. */
import type { SignIn } from '@dhp/protocol';
import type { Language } from '@dhp/negotiation';
import type { Found, PatientSummary } from '@dhp/accounts/records';
import { clientHead, linkTo, page, type PageOptions } from '@dhp/sso-pages';
import { markup, type Html } from '@dhp/web-kit';
import { patientMessages } from '../texts/patient.ts';
import { signInMessages } from '../texts/sign-in.ts';

export interface PatientSearch {
  text: string;
  birthDate: string;
  outcome: Found | 'too-little' | 'not-permitted' | 'unreachable';
}

export function patientPage(signIn: SignIn, o: PageOptions & { search?: PatientSearch }): string {
  const { language, csrf, search } = o;
  const text = patientMessages[language];
  const action = `?ui_locales=${language}`;
  const failure = search === undefined ? undefined : failureText(search.outcome, language);
  const invalid = failure === undefined ? markup`` : markup` aria-invalid="true" aria-describedby="wrong"`;
  const own = signIn.person?.patient;
  // After a search the list has the focus, so that an arrow key moves directly to the answers.
  const focus = search === undefined || failure !== undefined ? markup` autofocus` : markup``;
  const main = markup`${clientHead(signIn.client, signInMessages[language].signInFor)}
<h1>${text.title}</h1>
<p class="quiet">${text.about({ client: signIn.client.name })}</p>
${failure === undefined ? markup`` : markup`<p class="alarm" role="alert" id="wrong">${failure}</p>`}
<form method="post" action="${action}" role="search">
<input type="hidden" name="csrf" value="${csrf}">
<label for="q">${text.search}</label>
<input id="q" name="q" value="${search?.text ?? ''}" maxlength="200" autocomplete="off" spellcheck="false" aria-describedby="how"${invalid}${focus}>
<p class="hint" id="how">${text.hint}</p>
<label for="birthdate">${text.birthDate}</label>
<input id="birthdate" name="birthdate" type="date" value="${search?.birthDate ?? ''}" min="1900-01-01" max="2100-12-31" autocomplete="off">
<button name="step" value="search">${text.find}</button>
</form>
${typeof search?.outcome === 'object' ? results(search.outcome, o, action) : markup``}
${own === undefined ? markup`` : form(csrf, action, markup`<input type="hidden" name="patient" value="${own}"><button class="other" name="step" value="choose">${text.own}</button>`)}
${form(csrf, action, markup`<button class="plain" name="step" value="refuse">${signInMessages[language].cancel}</button>`)}`;
  return page({ language, title: text.title, main, languageLink: linkTo });
}

/** Page for a RelatedPerson that names another patient than before: access is refused, and the page says whom to ask. */
export function relationChangedPage({ client }: Pick<SignIn, 'client'>, { language, csrf }: PageOptions): string {
  const text = patientMessages[language];
  const main = markup`${clientHead(client, signInMessages[language].signInFor)}
<h1>${text.relationChanged}</h1>
<p>${text.relationChangedWhy}</p>
<p>${text.relationChangedCure}</p>
${form(csrf, `?ui_locales=${language}`, markup`<button name="step" value="refuse">${text.back({ client: client.name })}</button>`)}`;
  return page({ language, title: text.relationChanged, main, languageLink: linkTo });
}

/** Shows the patient in context above the question of consent. */
export function chosenPatient(patient: PatientSummary, { language }: PageOptions): Html {
  const text = patientMessages[language];
  return markup`<div class="chosen"><div><small>${text.chosen}</small>${words(patient, language)}</div>
<button class="plain" name="step" value="choose-again">${text.another}</button></div>`;
}

function results({ patients, more }: Found, { language, csrf }: PageOptions, action: string): Html {
  const text = patientMessages[language];
  if (patients.length === 0) {
    return markup`<h2 id="found" tabindex="-1" autofocus>${text.none}</h2><p class="quiet">${text.noneCure}</p>`;
  }
  const rows = patients.map(
    (patient) =>
      markup`<li><button class="pick" name="patient" value="${patient.id}"><span>${words(patient, language)}</span></button></li>`,
  );
  return markup`<h2 id="found" tabindex="-1" autofocus>${text.found({ count: patients.length })}</h2>
${more ? markup`<p class="quiet">${text.more}</p>` : markup``}
${form(csrf, action, markup`<input type="hidden" name="step" value="choose"><ul aria-labelledby="found">${rows}</ul>`)}`;
}

function form(csrf: string, action: string, content: Html): Html {
  return markup`<form method="post" action="${action}"><input type="hidden" name="csrf" value="${csrf}">${content}</form>`;
}

function words({ name, birthDate, gender, pinflEnd, place }: PatientSummary, language: Language): Html {
  const text = patientMessages[language];
  const genders: Readonly<Record<string, string>> = text.gender;
  const facts = [
    birthDate === undefined ? undefined : `${text.born} ${dateText(birthDate)}`,
    gender === undefined ? undefined : genders[gender],
    pinflEnd === undefined ? undefined : `${text.pinfl} …${pinflEnd}`,
  ].filter((fact) => fact !== undefined);
  const where = place === undefined ? markup`` : markup`<small>${place}</small>`;
  return markup`<strong>${name}</strong><small>${facts.join(', ')}</small>${where}`;
}

/** In the format of this country: 14.05.1990. */
function dateText(date: string): string {
  return date.split('-').reverse().join('.');
}

function failureText(outcome: PatientSearch['outcome'], language: Language): string | undefined {
  const text = patientMessages[language];
  if (outcome === 'too-little') return text.tooLittle;
  if (outcome === 'not-permitted') return text.notPermitted;
  return outcome === 'unreachable' ? text.unreachable : undefined;
}
