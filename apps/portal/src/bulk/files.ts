/** The files of an export, with their sizes. */
import { markup, type Html } from '@dhp/web-kit';
import type { Page } from '../page/layout.ts';
import { bulkMessages } from '../texts/bulk.ts';
import type { ExportedFile, Manifest } from './jobs.ts';
import { counted, momentOf, sized } from './words.ts';

/** @param place address of the page of the export */
export function fileTables(page: Page, place: string, { moment, output, deleted, error }: Manifest): Html {
  const text = bulkMessages[page.language].files;
  const time = Date.parse(moment);
  const about = Number.isNaN(time) ? undefined : momentOf(page, new Date(time));
  return markup`<h2>${text.title}</h2>
    ${about !== undefined && markup`<p class="quiet">${text.moment} ${about}. ${text.next} <code translate="no">_since=${moment}</code></p>`}
    ${output.length === 0 ? markup`<p role="status">${text.none}</p>` : fileTable(page, place, { caption: text.output, files: output, hasSum: true })}
    ${deleted.length > 0 && fileTable(page, place, { caption: text.deleted, files: deleted })}
    ${error.length > 0 && fileTable(page, place, { caption: text.error, files: error })}`;
}

function fileTable(
  page: Page,
  place: string,
  { caption, files, hasSum = false }: { caption: string; files: readonly ExportedFile[]; hasSum?: boolean },
): Html {
  const text = bulkMessages[page.language].files;
  const isCounted = files.some(({ count }) => count !== undefined);
  const sum = (of: 'count' | 'bytes'): number => files.reduce((all, one) => all + (one[of] ?? 0), 0);
  return markup`<table class="files taken">
    <caption>${caption}</caption>
    <thead>
      <tr>
        <th scope="col">${text.of}</th>
        ${isCounted && markup`<th scope="col" class="number">${text.count}</th><th scope="col" class="number">${text.size}</th>`}
        <th scope="col"><span class="unseen">${text.file}</span></th>
      </tr>
    </thead>
    <tbody>
      ${files.map((one) => fileRow(page, place, one, isCounted))}
    </tbody>
    ${
      hasSum &&
      isCounted &&
      files.length > 1 &&
      markup`<tfoot>
        <tr>
          <th scope="row">${text.sum}</th>
          <td class="number" data-label="${text.count}">${counted(page.language, sum('count'))}</td>
          <td class="number" data-label="${text.size}">${sized(page.language, sum('bytes'))}</td>
          <td></td>
        </tr>
      </tfoot>`
    }
  </table>`;
}

function fileRow(page: Page, place: string, { of, file, count, bytes }: ExportedFile, isCounted: boolean): Html {
  const text = bulkMessages[page.language].files;
  const name = nameFor({ of, file });
  return markup`<tr>
    <th scope="row" translate="no">${of}</th>
    ${isCounted && markup`<td class="number" data-label="${text.count}">${count !== undefined && counted(page.language, count)}</td><td class="number" data-label="${text.size}">${bytes !== undefined && sized(page.language, bytes)}</td>`}
    <td><a href="${place}/files/${file}" download="${name}" aria-label="${text.download}: ${name}">${text.download}</a></td>
  </tr>`;
}

/** Name for downloads: the content and its number. */
const nameFor = ({ of, file }: Pick<ExportedFile, 'of' | 'file'>): string =>
  `${of.replaceAll(/[^\w-]+/g, '-').slice(0, 80)}-${file}`;
