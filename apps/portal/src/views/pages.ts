/** The pages of views: the library, and one view with its chart, its first rows, its columns and its definition. */
import type { NationalView } from '@dhp/sql-on-fhir/library';
import { nationalViews } from '@dhp/sql-on-fhir/library';
import { markup, type Html } from '@dhp/web-kit';
import { csrfField } from '../applications/pages.ts';
import type { Application } from '../applications/shapes.ts';
import { notHere } from '../bulk/export-pages.ts';
import { isShown, type NotAnswered } from '../bulk/fhir.ts';
import { dataPage } from '../bulk/frame.ts';
import { mayRead } from '../bulk/scopes.ts';
import type { Page } from '../page/layout.ts';
import { bulkMessages } from '../texts/bulk.ts';
import { viewsMessages } from '../texts/views.ts';
import { tableFormats } from './ask.ts';
import { chartSection } from './chart.ts';
import { previewSection, type Preview } from './preview.ts';
import type { Counted } from './tally.ts';

/** Title and sentence of a view of the library. */
function viewWords({ language }: Page, { id, definition }: NationalView): { title: string; about: string } {
  const all: Readonly<Record<string, { title: string; about: string }>> = viewsMessages[language].library;
  return all[id] ?? { title: definition.title, about: definition.description };
}

export function libraryPage(page: Page, application: Application): string {
  const text = viewsMessages[page.language];
  const place = `${page.root}applications/${application.client_id}/views`;
  const subjects = Map.groupBy(nationalViews, ({ subject }) => subject);
  const main = markup`<p>${text.about} <a href="${page.root}documents/bulk-export">${text.how}</a></p>
    ${
      isShown(application)
        ? markup`<p class="actions"><a class="button" href="${place}/own">${text.own.open}</a></p>
            ${[...subjects].map(
              ([subject, views]) =>
                markup`<section aria-labelledby="s-${subject}">
                  <h2 id="s-${subject}">${text.subjects[subject]}</h2>
                  <ul class="list views">${views.map((view) => entry(page, place, application, view))}</ul>
                </section>`,
            )}`
        : notHere(page, application)
    }`;
  return dataPage(page, { application, part: 'views', title: bulkMessages[page.language].parts.views, main });
}

function entry(page: Page, place: string, application: Application, view: NationalView): Html {
  const { title, about } = viewWords(page, view);
  const { resource } = view.definition;
  const text = viewsMessages[page.language];
  return markup`<li class="card">
    <div>
      <h3><a href="${place}/${view.id}">${title}</a></h3>
      <p class="quiet">${about}</p>
    </div>
    ${!mayRead(application, resource) && markup`<span class="chip waits">${text.notRead}</span>`}
    <span class="chip" translate="no">${resource}</span>
  </li>`;
}

export interface ShownView {
  readonly application: Application;
  /** Undefined for a view that the visitor writes. */
  readonly view: NationalView | undefined;
  /** The definition as it is in the editor. */
  readonly text: string;
  /** Undefined if the definition is not that of the library. */
  readonly counted?: Counted | NotAnswered | 'cut' | undefined;
  readonly preview: Preview;
}

export function viewPage(page: Page, shown: ShownView): string {
  const text = viewsMessages[page.language];
  const { application, view, counted, preview } = shown;
  const list = `${page.root}applications/${application.client_id}/views`;
  const place = `${list}/${view?.id ?? 'own'}`;
  const words = view && viewWords(page, view);
  const main = markup`<p>${words?.about ?? text.own.about}</p>
    ${view !== undefined && counted !== undefined && chart(page, place, { view, counted, title: words!.title })}
    <form method="post" action="${place}" class="view" data-preview>
      ${csrfField(page)}
      <div id="preview">${previewSection(page, shown.text, preview)}</div>
      ${downloads(page)}
      <details${(view === undefined || 'faults' in preview || 'broken' in preview) && markup` open`}>
        <summary>${text.editor.title}</summary>
        <p class="hint" id="definition-hint">${text.editor.hint}</p>
        <label class="unseen" for="definition">${text.editor.label}</label>
        <textarea id="definition" name="definition" rows="24" spellcheck="false" autocapitalize="none" translate="no" aria-describedby="definition-hint">${shown.text}</textarea>
        <p class="actions"><button class="button" name="act" value="preview">${text.editor.preview}</button></p>
      </details>
    </form>
    <p><a href="${list}">${text.all}</a></p>`;
  return dataPage(page, { application, part: 'views', title: words?.title ?? text.own.title, main });
}

function chart(
  page: Page,
  place: string,
  { view, counted, title }: { view: NationalView; counted: NonNullable<ShownView['counted']>; title: string },
): Html {
  const text = viewsMessages[page.language].chart;
  if (counted === 'cut') return markup`<p class="alarm" role="alert">${text.cut}</p>`;
  // The preview shows the error.
  if ('not' in counted) return markup``;
  return chartSection(page, { tally: view.tally, counted, title, csv: `${place}/chart.csv` });
}

function downloads({ language }: Page): Html {
  const text = viewsMessages[language].downloads;
  const button = (format: string): Html =>
    markup`<button class="button other" name="act" value="${format}" translate="no">${format.toUpperCase()}</button>`;
  return markup`<fieldset class="downloads">
    <legend>${text.title}</legend>
    <p class="actions">${tableFormats.map(button)} <button class="button other" name="act" value="export">${text.export}</button></p>
    <p class="hint">${text.hint}</p>
  </fieldset>`;
}
