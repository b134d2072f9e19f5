/** The form of an import: lines of a file, or files at addresses. docs/bulk-export.md */
import { markup, type Html } from '@dhp/web-kit';
import { csrfField } from '../applications/pages.ts';
import type { Application } from '../applications/shapes.ts';
import { mostUploaded, type UploadForm } from '../applications/uploads.ts';
import type { Call } from '../bulk/fhir.ts';
import type { Page } from '../page/layout.ts';
import { importsMessages } from '../texts/imports.ts';

const modes = ['upsert', 'create'] as const;

export interface TypedImport {
  readonly mode: string;
  /** An address in each line, perhaps behind a type. */
  readonly addresses: string;
}

export const nothingTyped: TypedImport = { mode: 'upsert', addresses: '' };

export const typedImport = (form: URLSearchParams): TypedImport => ({
  mode: form.get('mode') ?? 'upsert',
  addresses: (form.get('addresses') ?? '').trim(),
});

/** The request of a form: a file takes precedence over addresses. Undefined if it has neither. */
export function importCall(form: UploadForm | URLSearchParams): Call | undefined {
  const { mode, addresses } = typedImport(form);
  const prefer = { prefer: 'respond-async' };
  const file = 'files' in form ? form.files.get('file') : undefined;
  if (file !== undefined && file.length > 0) {
    const headers = { ...prefer, 'content-type': 'application/fhir+ndjson' };
    return { method: 'POST', path: `/$import?${new URLSearchParams({ mode }).toString()}`, headers, body: file };
  }
  if (addresses === '') return undefined;
  const input = addresses.split(/[\r\n]+/).flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const url = words.at(-1) ?? '';
    if (url === '') return [];
    return [{ ...(words.length > 1 && { type: words[0] }), url }];
  });
  const body = JSON.stringify({ inputFormat: 'application/fhir+ndjson', mode, input });
  return { method: 'POST', path: '/$import', headers: { ...prefer, 'content-type': 'application/json' }, body };
}

export function importForm(page: Page, application: Application, typed: TypedImport): Html {
  const text = importsMessages[page.language].form;
  const choice = (mode: (typeof modes)[number]): Html => {
    const { title, about } = text.modes[mode];
    return markup`<label class="choice"
      ><input type="radio" name="mode" value="${mode}"${mode === typed.mode && markup` checked`} />
      <span><strong>${title}</strong> <span class="hint">${about}</span></span></label
    >`;
  };
  return markup`<form class="form" method="post" enctype="multipart/form-data" action="${page.root}applications/${application.client_id}/imports">
    ${csrfField(page)}
    <label
      >${text.file}
      <input type="file" name="file" data-most="${String(mostUploaded - 16 * 1024)}" data-too-large="${importsMessages[page.language].tooLarge}" accept=".ndjson,.jsonl,.gz,application/fhir+ndjson,application/gzip" aria-describedby="file-hint" />
      <span class="hint" id="file-hint">${text.fileHint}</span></label
    >
    <label
      >${text.addresses}
      <textarea name="addresses" rows="3" autocapitalize="none" spellcheck="false" aria-describedby="addresses-hint">${typed.addresses}</textarea>
      <span class="hint" id="addresses-hint">${text.addressesHint}</span></label
    >
    <fieldset>
      <legend>${text.mode}</legend>
      <div class="choices">${modes.map(choice)}</div>
    </fieldset>
    <button class="button">${text.start}</button>
  </form>`;
}
