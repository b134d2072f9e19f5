/** The form of an export, and its kick-off request. https://hl7.org/fhir/uv/bulkdata/STU2/export.html */
import { markup, type Html } from '@dhp/web-kit';
import { csrfField } from '../applications/pages.ts';
import type { Application } from '../applications/shapes.ts';
import { linesOf } from '../applications/answers.ts';
import type { Page } from '../page/layout.ts';
import { bulkMessages } from '../texts/bulk.ts';
import type { Call } from './fhir.ts';
import { permittedTypes } from './scopes.ts';

const levels = ['system', 'patient', 'group'] as const;

export interface TypedExport {
  readonly level: string;
  readonly group: string;
  /** Ticked ones. */
  readonly types: readonly string[];
  readonly otherTypes: string;
  /** As a field of the type `datetime-local` has it, in the time of Tashkent. */
  readonly since: string;
  readonly until: string;
  readonly filters: string;
  readonly elements: string;
  readonly patients: string;
}

/** The usual types of exports, if an application may read all. */
const usual = [
  ...['Patient', 'Encounter', 'Condition', 'Observation', 'DiagnosticReport', 'Immunization', 'Procedure'],
  ...['MedicationRequest', 'AllergyIntolerance', 'Organization', 'Practitioner', 'Location'],
];

export function typedExport(form: URLSearchParams): TypedExport {
  const of = (name: string): string => (form.get(name) ?? '').trim();
  return {
    ...{ level: of('level') || 'system', group: of('group'), types: form.getAll('type'), otherTypes: of('types') },
    ...{ since: of('since'), until: of('until'), filters: of('filters') },
    ...{ elements: of('elements'), patients: of('patients') },
  };
}

/** The request of a form: by GET, or by POST if it names patients. The server reports invalid values. */
export function kickOff(typed: TypedExport): Call {
  const place =
    typed.level === 'group' ? `/Group/${encodeURIComponent(typed.group)}` : typed.level === 'patient' ? '/Patient' : '';
  const types = [...typed.types, ...typed.otherTypes.split(/[\s,]+/)].filter((one) => one !== '');
  const given: [string, string][] = [
    ...(types.length > 0 ? [['_type', types.join(',')] as [string, string]] : []),
    ...(typed.since === '' ? [] : [['_since', instantOf(typed.since)] as [string, string]]),
    ...(typed.until === '' ? [] : [['_until', instantOf(typed.until)] as [string, string]]),
    ...(typed.elements === '' ? [] : [['_elements', typed.elements.split(/[\s,]+/).join(',')] as [string, string]]),
    ...linesIn(typed.filters).map((one): [string, string] => ['_typeFilter', one]),
  ];
  const headers = { prefer: 'respond-async' };
  const path = `${place}/$export`;
  if (typed.patients === '') {
    const query = new URLSearchParams(given).toString();
    return { method: 'GET', path: query === '' ? path : `${path}?${query}`, headers };
  }
  const parameter = [
    ...given.map(([name, value]) => ({
      name,
      ...(/^_(?:since|until)$/.test(name) ? { valueInstant: value } : { valueString: value }),
    })),
    ...linesOf(typed.patients.replaceAll(',', ' ')).map((one) => ({
      ...{ name: 'patient', valueReference: { reference: one.includes('/') ? one : `Patient/${one}` } },
    })),
  ];
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  return { method: 'POST', path, headers: { ...headers, 'content-type': 'application/fhir+json' }, body };
}

const linesIn = (text: string): string[] =>
  text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Any other text is passed unchanged: the server reports the error. */
function instantOf(local: string): string {
  const [, minutes, seconds = ':00'] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?/.exec(local) ?? [];
  return minutes === undefined ? local : `${minutes}${seconds}+05:00`;
}

export const nothingTyped = typedExport(new URLSearchParams());

export function exportForm(page: Page, application: Application, typed: TypedExport): Html {
  const text = bulkMessages[page.language].form;
  const more = [typed.filters, typed.elements, typed.patients, typed.until].some((one) => one !== '');
  return markup`<form class="form" method="post" action="${page.root}applications/${application.client_id}/exports">
    ${csrfField(page)}
    <fieldset>
      <legend>${text.level}</legend>
      <div class="choices">${levels.map((level) => levelChoice(page, level, typed))}</div>
    </fieldset>
    <label class="of-group"
      >${text.group}
      <input type="text" name="group" value="${typed.group}" maxlength="64" autocapitalize="none" spellcheck="false" aria-describedby="group-hint" />
      <span class="hint" id="group-hint">${text.groupHint}</span></label
    >
    ${typeChoices(page, application, typed)}
    ${moment('since', { label: text.since, hint: text.sinceHint, value: typed.since })}
    <details${more && markup` open`}>
      <summary>${text.more}</summary>
      <div class="form">
        ${moment('until', { label: text.until, hint: text.untilHint, value: typed.until })}
        ${lines('filters', { label: text.filters, hint: text.filtersHint, value: typed.filters })}
        <label
          >${text.elements}
          <input type="text" name="elements" value="${typed.elements}" autocapitalize="none" spellcheck="false" aria-describedby="elements-hint" />
          <span class="hint" id="elements-hint">${text.elementsHint}</span></label
        >
        ${lines('patients', { label: text.patients, hint: text.patientsHint, value: typed.patients })}
      </div>
    </details>
    <button class="button">${text.start}</button>
  </form>`;
}

function levelChoice(page: Page, level: (typeof levels)[number], typed: TypedExport): Html {
  const { title, about } = bulkMessages[page.language].form.levels[level];
  return markup`<label class="choice"
    ><input type="radio" name="level" value="${level}"${level === typed.level && markup` checked`} />
    <span><strong>${title}</strong> <span class="hint">${about}</span></span></label
  >`;
}

function typeChoices(page: Page, application: Application, typed: TypedExport): Html {
  const text = bulkMessages[page.language].form;
  const may = permittedTypes(application);
  const shown = may === 'all' ? usual : may;
  const boxes = shown.map(
    (type) =>
      markup`<label><input type="checkbox" name="type" value="${type}"${typed.types.includes(type) && markup` checked`} /> <span translate="no">${type}</span></label>`,
  );
  return markup`<fieldset>
      <legend>${text.types}</legend>
      <p class="hint" id="types-hint">${text.typesHint}</p>
      <div class="ticks">${boxes}</div>
    </fieldset>
    ${
      may === 'all' &&
      markup`<label
        >${text.otherTypes}
        <input type="text" name="types" value="${typed.otherTypes}" autocapitalize="none" spellcheck="false" aria-describedby="other-hint" />
        <span class="hint" id="other-hint">${text.otherTypesHint}</span></label
      >`
    }`;
}

interface Field {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
}

const moment = (name: string, { label, hint, value }: Field): Html =>
  markup`<label
    >${label}
    <input type="datetime-local" name="${name}" value="${value}" step="1" aria-describedby="${name}-hint" />
    <span class="hint" id="${name}-hint">${hint}</span></label
  >`;

const lines = (name: string, { label, hint, value }: Field): Html =>
  markup`<label
    >${label}
    <textarea name="${name}" rows="3" autocapitalize="none" spellcheck="false" aria-describedby="${name}-hint">${value}</textarea>
    <span class="hint" id="${name}-hint">${hint}</span></label
  >`;
