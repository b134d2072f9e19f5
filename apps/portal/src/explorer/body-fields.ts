/** The editor of a call's body: templates, the text, and the validator's findings. */
import { markup, type Html } from '@dhp/web-kit';
import type { Page } from '../page/layout.ts';
import { editorMessages } from '../texts/editor.ts';
import { issueList, sentBody } from './answer.ts';
import type { Shown } from './shown.ts';
import type { Checked } from './check.ts';

/** The fields of the form. Without a script the buttons send it, and the returned page contains the text, or the findings. */
export function bodyFields({ language, root }: Page, { typed, templates }: Shown): Html {
  const text = editorMessages[language];
  const options = templates.map(
    ({ id, resource, profile }) =>
      markup`<option value="${id}">${text.templates[id]} (${profile?.slice(profile.lastIndexOf('/') + 1) ?? resource.resourceType})</option>`,
  );
  return markup`<div class="line templates">
      <label>${text.template} <select name="template">${options}</select></label>
      <button class="button other" name="insert" value="1" formnovalidate>${text.insert}</button>
    </div>
    <label for="body">${text.body}</label>
    <p class="hint" id="body-hint">${text.hint}</p>
    <div class="editor">
      <textarea
        id="body"
        name="body"
        class="tall"
        spellcheck="false"
        autocapitalize="none"
        autocomplete="off"
        wrap="off"
        aria-describedby="body-hint body-said"
        data-validator="${root}explorer/check"
        data-elements="${root}explorer/elements"
        data-checking="${text.checking}"
        data-stale="${text.stale}"
        data-failed="${text.failed}"
      >
${typed.body}</textarea
      >
      <ul id="elements" class="suggestions" role="listbox" aria-label="${text.elements}" hidden></ul>
    </div>
    <div class="findings" id="findings">
      <p id="body-said" role="status"></p>
      <ul class="issues"></ul>
    </div>
    <button class="button other" name="check" value="1" formnovalidate>${text.check}</button>`;
}

/** The result of a check as one sentence. */
export function saidOf({ language }: Page, { errors, isFine, issues }: Checked): string {
  const text = editorMessages[language];
  if (errors > 0) return text.errors({ count: errors });
  if (!isFine) return text.failed;
  return issues.length > 0 ? text.warnings({ count: issues.length }) : text.fine;
}

/** The findings beside the lines, if no script shows them in the text. */
export function checkedSection(page: Page, checked: Checked, body: string): Html {
  const { issues, isFine } = checked;
  return markup`<section aria-labelledby="answer" class="answer">
    <h2 id="answer" tabindex="-1">${editorMessages[page.language].check}</h2>
    <p class="${isFine ? 'notice' : 'alarm'}">${saidOf(page, checked)}</p>
    ${issues.length > 0 && issueList(page, issues)}
    ${issues.some(({ line }) => line !== undefined) && sentBody(page, body, issues)}
  </section>`;
}
