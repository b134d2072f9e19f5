/** The pages of imports: all of an application, and one with its progress, its counts and the rejected lines. */
import { markup, type Html } from '@dhp/web-kit';
import type { Application } from '../applications/shapes.ts';
import { notHere } from '../bulk/export-pages.ts';
import type { NotAnswered } from '../bulk/fhir.ts';
import { dataPage } from '../bulk/frame.ts';
import type { Job } from '../bulk/jobs.ts';
import { jobPage } from '../bulk/job-page.ts';
import { jobList } from '../bulk/standing.ts';
import { counted, faultList, notAnswered } from '../bulk/words.ts';
import type { Page } from '../page/layout.ts';
import { bulkMessages } from '../texts/bulk.ts';
import { importsMessages } from '../texts/imports.ts';
import { importForm, nothingTyped, type TypedImport } from './form.ts';
import type { ImportedInput, ImportResult, RejectedLine } from './result.ts';

export interface ShownImports {
  readonly application: Application;
  /** Undefined if the pages show nothing of the application. */
  readonly jobs: readonly Job[] | NotAnswered | undefined;
  readonly typed?: TypedImport;
  readonly refusal?: NotAnswered | 'nothing' | 'too-large';
  readonly notice?: string | undefined;
}

export function importsPage(page: Page, shown: ShownImports): string {
  const text = importsMessages[page.language];
  const { application, jobs, typed = nothingTyped, refusal, notice } = shown;
  const main = markup`${notice !== undefined && markup`<p class="notice" role="status">${notice}</p>`}
    <p>${text.about} <a href="${page.root}documents/bulk-export">${text.how}</a></p>
    ${
      jobs === undefined
        ? notHere(page, application)
        : markup`${listed(page, application, jobs)}
            <section aria-labelledby="new">
              <h2 id="new">${text.new}</h2>
              ${refusal !== undefined && refused(page, refusal)} ${importForm(page, application, typed)}
            </section>`
    }`;
  return dataPage(page, { application, part: 'imports', title: bulkMessages[page.language].parts.imports, main });
}

function refused(page: Page, refusal: NotAnswered | 'nothing' | 'too-large'): Html {
  const text = importsMessages[page.language];
  if (refusal === 'nothing') return markup`<p class="alarm" role="alert">${text.nothing}</p>`;
  if (refusal === 'too-large') return markup`<p class="alarm" role="alert">${text.tooLarge}</p>`;
  return notAnswered(page, refusal);
}

function listed(page: Page, application: Application, jobs: readonly Job[] | NotAnswered): Html {
  const text = importsMessages[page.language];
  if ('not' in jobs) return notAnswered(page, jobs);
  const some = jobs.filter(({ kind }) => kind === 'import');
  if (some.length === 0) return markup`<p class="quiet">${text.none}</p>`;
  return jobList(page, `${page.root}applications/${application.client_id}/imports`, some);
}

export interface ShownImport {
  readonly application: Application;
  readonly job: Job;
  /** Of an ended job. */
  readonly result: { readonly told: ImportResult; readonly rejects: readonly RejectedLine[] } | NotAnswered | undefined;
}

export function importPage(page: Page, { application, job, result }: ShownImport): string {
  const text = importsMessages[page.language];
  const list = `${page.root}applications/${application.client_id}/imports`;
  const shown =
    result === undefined
      ? undefined
      : 'not' in result
        ? notAnswered(page, result)
        : resultOf(page, `${list}/${job.id}`, result);
  const main = jobPage(page, {
    job,
    list,
    all: text.all,
    result: shown,
    hint: text.hint,
    remove: text.remove,
    removeHint: text.removeHint,
  });
  return dataPage(page, { application, part: 'imports', title: text.one, main });
}

const countNames = ['created', 'updated', 'unchanged', 'rejected'] as const;

function resultOf(
  page: Page,
  place: string,
  { told, rejects }: Exclude<NonNullable<ShownImport['result']>, NotAnswered>,
): Html {
  const text = importsMessages[page.language];
  const head = countNames.map((name) => markup`<th scope="col" class="number">${text.counts[name]}</th>`);
  return markup`<h2>${text.result}</h2>
    <table class="files taken counts">
      <thead>
        <tr>
          <th scope="col">${text.counts.source}</th>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${told.inputs.map((input) => inputRow(page, input))}
      </tbody>
    </table>
    ${told.inputs.map(({ failure }) => failure.length > 0 && markup`<div class="alarm" role="alert">${faultList(page, failure)}</div>`)}
    ${told.rejects > 0 && rejectList(page, place, told, rejects)}`;
}

function inputRow(page: Page, input: ImportedInput): Html {
  const text = importsMessages[page.language];
  const cell = (name: (typeof countNames)[number]): Html =>
    markup`<td class="number" data-label="${text.counts[name]}">${counted(page.language, input[name])}</td>`;
  return markup`<tr>
    <th scope="row">
      ${input.source === '' ? text.counts.sent : markup`<code translate="no">${input.source}</code>`}
      ${input.isRepeated && markup`<span class="chip">${text.repeated}</span>`}
    </th>
    ${countNames.map(cell)}
  </tr>`;
}

function rejectList(
  page: Page,
  place: string,
  { rejects: count, notKept }: ImportResult,
  lines: readonly RejectedLine[],
): Html {
  const text = importsMessages[page.language].rejects;
  return markup`<h2>${text.title}</h2>
    <p>${text.about({ count })} ${notKept > 0 && text.notKept({ count: counted(page.language, notKept) })}</p>
    <p class="actions"><a class="button other" href="${place}/files/rejects.ndjson" download="rejects.ndjson">${text.file}</a></p>
    <ol class="rejects">
      ${lines.map(
        ({ line, source, issues }) =>
          markup`<li><p><strong>${text.line({ line: String(line) })}</strong> ${source !== '' && markup`<code translate="no">${source}</code>`}</p>${faultList(page, issues)}</li>`,
      )}
    </ol>
    ${lines.length < count && markup`<p class="quiet">${text.more({ count: lines.length })}</p>`}`;
}
