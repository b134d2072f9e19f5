/** The question before every act, with its consequences and the reason that it requires; and the page after it. */
import { reasonLength } from '../acts/reason.ts';
import { render } from '@dhp/messages';
import { markup, type Html } from '@dhp/web-kit';
import { failureWords } from './failure-texts.ts';
import { operatorPage, type OperatorPageOptions, type OperatorTab } from './frame.ts';
import { type ActTexts } from './texts.ts';
import { operatorMessages } from '../texts/operator.ts';

export interface Question {
  tab: OperatorTab;
  act: ActTexts;
  /** Name of the subject of the act. */
  name: string;
  /** Facts that help to see that it is the right one. */
  about: Html;
  /** Address to which the form is sent. */
  action: string;
  /** Address for an operator who cancels the act. */
  back: string;
  isDangerous: boolean;
  /** Further fields of the form. */
  fields?: Html;
  /** There is one for a file among them. */
  hasFile?: boolean;
  /** If the question is shown again: the typed values, and the failure. */
  again?: Again | undefined;
}

interface Again {
  form: URLSearchParams;
  isReasonMissing: boolean;
  isOfEarlierSignIn?: boolean;
  /** Failure of the act; its message is in English. */
  failure?: { kind: string; message: string };
}

export function questionPage(q: Question, o: OperatorPageOptions): string {
  const text = operatorMessages[o.language];
  const title = render(q.act.question, { name: q.name });
  const isMissing = q.again?.isReasonMissing === true;
  const failure =
    q.again?.failure === undefined
      ? earlierSignIn(q.again?.isOfEarlierSignIn, o)
      : markup`<div class="alarm" role="alert"><p>${failureWords(q.again.failure.kind, o.language)}</p><p class="small" lang="en">${q.again.failure.message}</p></div>`;
  const wrong = isMissing ? markup`<p class="alarm" role="alert" id="wrong">${text.reasonMissing}</p>` : failure;
  const described = isMissing ? 'wrong reason-hint' : 'reason-hint';
  const focus = q.fields === undefined || isMissing ? markup` autofocus` : markup``;
  const { least, most } = reasonLength;
  const content = markup`<div class="question"><h2>${title}</h2>
${q.about}
<h3 class="label">${text.follows}</h3><ul class="bullets">${Object.values(q.act.follows).map((one) => markup`<li>${one}</li>`)}</ul>
${wrong}
<form method="post" action="${q.action}${q.action.includes('?') ? '&' : '?'}ui_locales=${o.language}"${q.hasFile === true ? markup` enctype="multipart/form-data"` : markup``}><input type="hidden" name="csrf" value="${o.csrf}">
${q.fields ?? markup``}
<label for="reason">${text.reason}</label><p class="hint" id="reason-hint">${text.reasonHint}</p>
<textarea id="reason" name="reason" required minlength="${String(least)}" maxlength="${String(most)}"${focus} aria-describedby="${described}">${q.again?.form.get('reason') ?? ''}</textarea>
<div class="pair"><button${q.isDangerous ? markup` class="danger"` : markup``}>${q.act.label}</button><a class="button other" href="${q.back}">${text.cancel}</a></div></form></div>`;
  return operatorPage(q.tab, o, { title, content });
}

/** Notice above a form that was sent from a page of an earlier sign-in. */
export function earlierSignIn(isOne: boolean | undefined, o: OperatorPageOptions): Html {
  if (isOne !== true) return markup``;
  return markup`<p class="alarm" role="alert">${operatorMessages[o.language].signedInMeanwhile}</p>`;
}

/** A new password, link or client secret: shown once. */
export function secretPage(
  s: { tab: OperatorTab; done: string; label: string; secret: string; back: string; about?: Html },
  o: OperatorPageOptions,
): string {
  const text = operatorMessages[o.language];
  const content = markup`<div class="question"><p class="notice" role="status">${s.done}</p>
${s.about ?? markup``}<h2>${s.label}</h2><p class="secret"><code>${s.secret}</code></p><p class="quiet">${text.onceOnly}</p>
<p><a class="button" href="${s.back}">${text.back}</a></p></div>`;
  return operatorPage(s.tab, o, { title: s.done, content });
}

/** A field of one line. */
export function line(name: string, label: string, value: string, o: { needed?: boolean; max: number }): Html {
  const needed = o.needed === true ? markup` required` : markup``;
  return markup`<label for="${name}">${label}</label><input id="${name}" name="${name}" value="${value}" maxlength="${String(o.max)}" autocapitalize="none" spellcheck="false"${needed}>`;
}

/** A field of many lines. */
export function area(name: string, label: string, value: string, hint: string): Html {
  const rows = String(Math.min(12, Math.max(2, value.split('\n').length + 1)));
  return markup`<label for="${name}">${label}</label><p class="hint" id="${name}-hint">${hint}</p>
<textarea class="code-area" id="${name}" name="${name}" rows="${rows}" autocapitalize="none" spellcheck="false" aria-describedby="${name}-hint">${value}</textarea>`;
}

/** A field whose value is `yes` or absent. */
export function check(name: string, label: string, isChecked: boolean): Html {
  const checked = isChecked ? markup` checked` : markup``;
  return markup`<label class="check"><input type="checkbox" name="${name}" value="yes"${checked}> ${label}</label>`;
}

/** Field in which any number of options can be chosen. */
export function checks(
  name: string,
  label: string,
  options: readonly (readonly [value: string, words: string])[],
  chosen: readonly string[],
  hint?: string,
): Html {
  const shown = options.map(([value, words]) => {
    const checked = chosen.includes(value) ? markup` checked` : markup``;
    return markup`<label class="check"><input type="checkbox" name="${name}" value="${value}"${checked}> ${words}</label>`;
  });
  const said = hint === undefined ? markup`` : markup`<p class="hint">${hint}</p>`;
  return markup`<fieldset class="checks"><legend>${label}</legend>${said}${shown}</fieldset>`;
}
