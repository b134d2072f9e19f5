/** The page for choosing a launch: which application, who launches it, as which person, and whose record. */
import { markup, type Html } from '@dhp/web-kit';
import { alarm, csrfField, whole, type Refusal } from '../applications/pages.ts';
import type { Application } from '../applications/shapes.ts';
import type { Choice } from '../explorer/shown.ts';
import type { Page } from '../page/layout.ts';
import { launcherMessages } from '../texts/launcher.ts';
import type { TestPerson } from './shapes.ts';

/** The applications at which people sign in, one of which can be launched. */
export function launchablePage(page: Page, choices: readonly Choice[]): string {
  const text = launcherMessages[page.language];
  const list = choices.map(
    ({ id, name }) =>
      markup`<li><a class="choice" href="${page.root}explorer/launch?client=${id}"><strong>${name}</strong></a></li>`,
  );
  const none = markup`<p class="notice">${text.none} <a href="${page.root}applications">${text.register}</a></p>`;
  const main = markup`<p class="quiet">${text.about}</p>
    ${choices.length === 0 ? none : markup`<h2>${text.choose}</h2><ul class="choices">${list}</ul>`}
    <p><a href="${page.root}explorer">${text.back}</a></p>`;
  return whole(page, text.title, main);
}

export interface Launcher {
  readonly application: Application;
  readonly people: readonly TestPerson[];
  /** Whether its scopes contain `launch`, without which other software cannot launch it. */
  readonly isForHealthWorkers: boolean;
}

export function launcherPage(page: Page, launcher: Launcher, refusal?: Refusal): string {
  const text = launcherMessages[page.language];
  const { application, people, isForHealthWorkers } = launcher;
  const { client_id: id, client_name: name } = application;
  const forms =
    people.length > 0 && markup`${isForHealthWorkers && ehrForm(page, launcher)} ${standaloneForm(page, launcher)}`;
  const main = markup`${alarm(refusal, page)}
    <p class="quiet">${text.about}</p>
    ${people.length === 0 && markup`<p class="notice">${text.noPeople}</p>`}
    ${application.has_keys && markup`<p class="notice">${text.keys}</p>`}
    ${forms}
    ${!isForHealthWorkers && markup`<p class="quiet">${text.noLaunchScope}</p>`}
    <p><a href="${page.root}applications/${id}">${name}</a></p>`;
  return whole({ ...page, styles: [page.assets.explorer] }, text.titleOf({ name }), main);
}

/** Other software launches it: for a patient, as a health worker. */
function ehrForm(page: Page, { application, people }: Launcher): Html {
  const text = launcherMessages[page.language];
  const { initiate_login_uri: at, client_id: id } = application;
  const workers = people.filter(({ is }) => is === 'health-worker');
  const own =
    at === null
      ? markup`<p class="hint">${text.ehr.noAddress} <a href="${page.root}applications/${id}/change">${text.ehr.addAddress}</a></p>`
      : markup`<button class="button other" name="act" value="link" formnovalidate>${text.ehr.link}</button>`;
  const fields = markup`${personField(page, 'person', text.doctor, workers)} ${patientField(page, people)}
    <label class="choice"
      ><input type="checkbox" name="encounter" value="yes" checked /><span>${text.encounter}</span></label
    >`;
  return markup`<section aria-labelledby="ehr">
    <h2 id="ehr">${text.ehr.title}</h2>
    <p class="quiet">${text.ehr.about}</p>
    ${launchForm(page, application, { kind: 'ehr', fields, more: own })}
  </section>`;
}

/** The application launches itself. */
function standaloneForm(page: Page, { application, people }: Launcher): Html {
  const text = launcherMessages[page.language];
  const asksForPatient = application.scope.split(' ').includes('launch/patient');
  const fields = markup`${personField(page, 'person', text.who, people)}
    ${asksForPatient && markup`<p class="hint">${text.standalone.patientHint}</p>${patientField(page, people)}`}`;
  return markup`<section aria-labelledby="standalone">
    <h2 id="standalone">${text.standalone.title}</h2>
    <p class="quiet">${text.standalone.about}</p>
    ${launchForm(page, application, { kind: 'standalone', fields })}
  </section>`;
}

function launchForm(
  page: Page,
  application: Application,
  { kind, fields, more }: { kind: 'ehr' | 'standalone'; fields: Html; more?: Html },
): Html {
  const text = launcherMessages[page.language];
  const { redirect_uris: redirects, client_id: id, public: isPublic, has_keys: hasKeys } = application;
  const addresses = redirects.map((uri) => markup`<option>${uri}</option>`);
  return markup`<form class="form" method="post" action="${page.root}explorer/launch">
    ${csrfField(page)}
    <input type="hidden" name="client" value="${id}" />
    <input type="hidden" name="kind" value="${kind}" />
    ${fields}
    ${redirects.length > 1 && markup`<label>${text.redirect} <select name="redirect_uri">${addresses}</select></label>`}
    ${!isPublic && !hasKeys && secretField(page, kind)}
    <button class="button" name="act" value="play">${text.play}</button>
    ${more}
  </form>`;
}

/** Browsers must not offer to store it: it is not a person's password. */
function secretField(page: Page, kind: string): Html {
  const text = launcherMessages[page.language];
  return markup`<label
    >client_secret
    <p class="hint" id="secret-hint-${kind}">${text.secretHint}</p>
    <input
      type="password"
      name="client_secret"
      required
      maxlength="400"
      autocomplete="off"
      aria-describedby="secret-hint-${kind}"
  /></label>`;
}

function personField(page: Page, name: string, label: string, people: readonly TestPerson[]): Html {
  const text = launcherMessages[page.language];
  const groups = (['health-worker', 'patient'] as const).map((group) => {
    const options = people
      .filter(({ is }) => is === group)
      .map((one) => markup`<option value="${one.as}">${one.name}</option>`);
    return options.length > 0 && markup`<optgroup label="${text.groups[group]}">${options}</optgroup>`;
  });
  return markup`<label>${label} <select name="${name}">${groups}</select></label>`;
}

function patientField(page: Page, people: readonly TestPerson[]): Html {
  const patients = people.filter(({ is }) => is === 'patient');
  return personField(page, 'patient', launcherMessages[page.language].patient, patients);
}
