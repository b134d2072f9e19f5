/** The first rows of a view, or its error at its place. */
import { markup, type Html } from '@dhp/web-kit';
import type { NotAnswered } from '../bulk/fhir.ts';
import { faultList, notAnswered } from '../bulk/words.ts';
import { placeWords, sentBody } from '../explorer/answer.ts';
import type { OutcomeIssue } from '../explorer/outcome.ts';
import type { Page } from '../page/layout.ts';
import { viewsMessages } from '../texts/views.ts';
import { previewed } from './ask.ts';
import { columnsOf, type ShownColumn } from './columns.ts';
import { placeIn, type Place } from './places.ts';
import type { Row } from './tally.ts';

export type Preview =
  | { readonly rows: readonly Row[]; readonly definition: unknown }
  /** Said of the view by the server. */
  | { readonly faults: NotAnswered; readonly definition: unknown }
  /** It is no JSON. */
  | { readonly broken: string; readonly place: Place | undefined };

/** Characters of a value that are shown. */
const longestShown = 120;

/** @param source the definition as it was typed */
export function previewSection(page: Page, source: string, preview: Preview): Html {
  const text = viewsMessages[page.language].preview;
  if ('broken' in preview) return brokenSection(page, source, preview);
  const columns = columnsOf(preview.definition);
  return markup`<h2 id="preview-title">${text.title}</h2>
    ${'faults' in preview ? faultSection(page, source, preview.faults) : rowTable(page, preview.rows, columns)}
    ${columns.length > 0 && columnTable(page, columns)}`;
}

function rowTable(page: Page, rows: readonly Row[], columns: readonly ShownColumn[]): Html {
  const text = viewsMessages[page.language].preview;
  if (rows.length === 0) return markup`<p role="status">${text.none}</p>`;
  const said = rows.length < previewed ? text.all({ count: rows.length }) : text.first({ count: rows.length });
  return markup`<p class="quiet" role="status">${said}</p>
    <div class="wide" role="region" aria-labelledby="preview-title" tabindex="0">
      <table class="rows">
        <thead>
          <tr>
            ${columns.map(({ name, type }) => markup`<th scope="col"><code translate="no">${name}</code> <span class="type" translate="no">${type}</span></th>`)}
          </tr>
        </thead>
        <tbody translate="no">
          ${rows.map((row) => markup`<tr>${columns.map(({ name }) => cellOf(row[name]))}</tr>`)}
        </tbody>
      </table>
    </div>`;
}

function cellOf(value: unknown): Html {
  if (value === undefined || value === null) return markup`<td class="null">∅</td>`;
  const all = typeof value === 'string' ? value : JSON.stringify(value);
  const shown = all.length > longestShown ? `${all.slice(0, longestShown)}…` : all;
  return markup`<td${typeof value === 'number' && markup` class="number"`}>${shown}</td>`;
}

/** Each fault with its place in the text, which is shown around it. */
function faultSection(page: Page, source: string, faults: NotAnswered): Html {
  if (faults.not !== 'refused') return notAnswered(page, faults);
  const issues = faults.issues.map((issue) => {
    const place = placeOf(source, issue);
    // At a place, the specific diagnostics replace the general text.
    return place.line === undefined
      ? issue
      : { ...issue, ...place, text: issue.diagnostics ?? issue.text, diagnostics: undefined };
  });
  const placed = issues.filter(({ line }) => line !== undefined);
  return markup`${notAnswered(page, { ...faults, issues: issues.filter(({ line }) => line === undefined) })}
    ${
      placed.length > 0 &&
      markup`${faultList(page, placed, ({ line, column }) => markup`<a href="#line-${String(line)}">${placeWords(page.language, line!, column)}</a> `)}
      <div class="marked-source">${sentBody(page, source, placed)}</div>`
    }`;
}

function placeOf(source: string, { expression }: OutcomeIssue): Partial<Place> {
  return expression?.startsWith('ViewDefinition') === true ? placeIn(source, expression) : {};
}

function brokenSection(page: Page, source: string, { broken, place }: Extract<Preview, { broken: unknown }>): Html {
  const text = viewsMessages[page.language].preview;
  const issue: OutcomeIssue = {
    ...{ severity: 'error', text: broken, code: undefined, expression: undefined },
    ...{ line: place?.line, column: place?.column },
  };
  return markup`<h2 id="preview-title">${text.title}</h2>
    <div class="alarm" role="alert">
      <p><strong>${text.noJson}</strong> ${place !== undefined && markup`<a href="#line-${String(place.line)}">${placeWords(page.language, place.line, place.column)}</a>`}</p>
      <p lang="en">${broken}</p>
    </div>
    ${place !== undefined && markup`<div class="marked-source">${sentBody(page, source, [issue])}</div>`}`;
}

/** The columns of a view, with their types. */
function columnTable({ language }: Page, columns: readonly ShownColumn[]): Html {
  const text = viewsMessages[language].columns;
  const row = ({ name, type, path, description }: ShownColumn): Html =>
    markup`<tr>
      <th scope="row"><code translate="no">${name}</code></th>
      <td><code translate="no">${type}</code></td>
      <td lang="en">${description} <code translate="no" class="path">${path}</code></td>
    </tr>`;
  return markup`<details>
    <summary>${text.title({ count: columns.length })}</summary>
    <div class="wide" role="region" aria-label="${text.label}" tabindex="0">
      <table class="files">
        <thead>
          <tr>
            <th scope="col">${text.name}</th>
            <th scope="col">${text.type}</th>
            <th scope="col">${text.path}</th>
          </tr>
        </thead>
        <tbody>
          ${columns.map(row)}
        </tbody>
      </table>
    </div>
  </details>`;
}
