/** The pages of exports: all of an application, and one with its progress and its files. */
import { markup, type Html } from '@dhp/web-kit';
import type { Application } from '../applications/shapes.ts';
import type { Page } from '../page/layout.ts';
import { bulkMessages } from '../texts/bulk.ts';
import { exportForm, nothingTyped, type TypedExport } from './export-form.ts';
import { isShown, type NotAnswered } from './fhir.ts';
import { fileTables } from './files.ts';
import { dataPage } from './frame.ts';
import { isOfTables, type Job, type Manifest } from './jobs.ts';
import { jobPage } from './job-page.ts';
import { jobList } from './standing.ts';
import { notAnswered } from './words.ts';

interface ShownExports {
  readonly application: Application;
  /** Undefined if the pages show nothing of the application. */
  readonly jobs: readonly Job[] | NotAnswered | undefined;
  readonly typed?: TypedExport;
  readonly refusal?: NotAnswered;
  readonly notice?: string | undefined;
}

export function exportsPage(page: Page, shown: ShownExports): string {
  const text = bulkMessages[page.language];
  const { application, jobs, typed = nothingTyped, refusal, notice } = shown;
  const main = markup`${notice !== undefined && markup`<p class="notice" role="status">${notice}</p>`}
    <p>${text.exports.about} <a href="${page.root}documents/bulk-export">${text.how}</a></p>
    ${
      jobs === undefined
        ? notHere(page, application)
        : markup`${listed(page, application, jobs)}
          <section aria-labelledby="new">
            <h2 id="new">${text.exports.new}</h2>
            ${refusal !== undefined && notAnswered(page, refusal)} ${exportForm(page, application, typed)}
          </section>`
    }`;
  return dataPage(page, { application, part: 'exports', title: text.parts.exports, main });
}

/** For an application at which people sign in, or of production: how it can run exports itself. */
export function notHere({ language, root }: Page, application: Application): Html {
  const text = bulkMessages[language];
  const isProduction = application.environment === 'production';
  const why = isProduction ? text.production : application.state === 'works' ? text.forPrograms : text.notYet;
  return markup`<p class="notice">${why}</p>
    ${isProduction && application.kind === 'backend' && !isShown(application) && markup`<p><a href="${root}documents/bulk-export">${text.how}</a></p>`}`;
}

function listed(page: Page, application: Application, jobs: readonly Job[] | NotAnswered): Html {
  const text = bulkMessages[page.language];
  if ('not' in jobs) return notAnswered(page, jobs);
  const some = jobs.filter(({ kind }) => kind === 'export' || isOfTables(kind));
  if (some.length === 0) return markup`<p class="quiet">${text.exports.none}</p>`;
  return jobList(page, `${page.root}applications/${application.client_id}/exports`, some);
}

interface ShownExport {
  readonly application: Application;
  readonly job: Job;
  /** Of an ended job. */
  readonly result: Manifest | NotAnswered | undefined;
}

export function exportPage(page: Page, { application, job, result }: ShownExport): string {
  const text = bulkMessages[page.language];
  const list = `${page.root}applications/${application.client_id}/exports`;
  const shown = result && resultOf(page, `${list}/${job.id}`, result);
  const { cancelHint: hint, remove, removeHint } = text;
  const main = jobPage(page, { job, list, all: text.exports.all, result: shown, hint, remove, removeHint });
  const title = isOfTables(job.kind) ? text.exports.tables : text.exports.one;
  return dataPage(page, { application, part: 'exports', title, main });
}

function resultOf(page: Page, place: string, result: Manifest | NotAnswered): Html {
  return 'not' in result ? notAnswered(page, result) : fileTables(page, place, result);
}
