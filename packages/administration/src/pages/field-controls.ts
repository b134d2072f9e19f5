/** The controls of declared fields in the forms of the operators' pages, by kind, and reading their values from the form. */
import { markup, type Html } from '@dhp/web-kit';
import type { FieldKind } from '@dhp/sso-kit/fields';
import type { clientMessages } from '../texts/client.ts';
import { area, check, line } from './question-page.ts';

/** A sign-in method that a client may use: the id of an identity system or of a method of this server. */
export type Way = readonly [id: string, words: string];

/** Words that controls of all declarations share. */
export type ControlWords = Pick<(typeof clientMessages)['en'], 'lines' | 'noPicture'>;

export interface Asking {
  /** The submitted form, if the question is shown again. */
  readonly form: URLSearchParams | undefined;
  readonly ways: readonly Way[];
}

interface Shown<Words extends ControlWords> extends Asking {
  readonly json: string;
  readonly label: string;
  readonly hint: string | undefined;
  readonly isNeeded: boolean;
  /** The current value in its JSON form; undefined if there is none. */
  readonly now: unknown;
  readonly words: Words;
}

export interface Control<Words extends ControlWords = ControlWords> {
  readonly show: (shown: Shown<Words>) => Html;
  /**
   * @returns the value in its JSON form, an empty text for no value; undefined: the form does not have the field. Null removes a picture
   */
  readonly read: (form: URLSearchParams, json: string) => unknown;
}

const linesIn = (form: URLSearchParams, json: string): string[] | undefined =>
  form
    .get(json)
    ?.split(/\s+/)
    .filter((one) => one !== '');
const typedIn = (form: URLSearchParams, json: string): string | undefined => form.get(json)?.trim();
const isChecked = (form: URLSearchParams, json: string): boolean => form.get(json) === 'yes';
const typed = ({ form, json }: Shown<ControlWords>, now: string): string => form?.get(json) ?? now;
const listed = (now: unknown): string => (Array.isArray(now) ? now.join('\n') : '');
const text = (now: unknown): string => (typeof now === 'string' ? now : '');

const ofOneLine = (max: number): Control => ({
  show: (shown) =>
    markup`${line(shown.json, shown.label, typed(shown, text(shown.now)), { needed: shown.isNeeded, max })}${hinted(shown)}`,
  read: typedIn,
});
const ofLines: Control = {
  show: (shown) => area(shown.json, shown.label, typed(shown, listed(shown.now)), shown.hint ?? shown.words.lines),
  read: linesIn,
};

export const controls: Record<FieldKind, Control> = {
  text: ofOneLine(200),
  address: ofOneLine(2000),
  email: ofOneLine(255),
  list: ofLines,
  emails: ofLines,
  words: {
    show: (shown) => ofLines.show({ ...shown, now: text(shown.now).split(' ') }),
    read: (form, json) => linesIn(form, json)?.join(' '),
  },
  flag: {
    show: (shown) =>
      markup`${check(shown.json, shown.label, shown.form === undefined ? shown.now === true : isChecked(shown.form, shown.json))}${hinted(shown)}`,
    read: isChecked,
  },
  keys: {
    show: (shown) =>
      area(
        shown.json,
        shown.label,
        typed(shown, shown.now === undefined ? '' : JSON.stringify(shown.now, undefined, 1)),
        shown.hint ?? '',
      ),
    read: (form, json) => keysIn(typedIn(form, json)),
  },
  // A file must be chosen again after a refusal, as browsers do not keep it.
  picture: {
    show: ({ json, label, hint, now, form, words }) =>
      markup`<label for="${json}">${label}</label><p class="hint" id="${json}-hint">${hint ?? ''}</p>
<input id="${json}" name="${json}" type="file" accept="image/png,image/jpeg,image/webp" aria-describedby="${json}-hint">${now === undefined ? markup`` : check(`no_${json}`, words.noPicture, form !== undefined && isChecked(form, `no_${json}`))}`,
    read: (form, json) => (isChecked(form, `no_${json}`) ? null : typedIn(form, json) || undefined),
  },
};

function hinted({ hint }: Pick<Shown<ControlWords>, 'hint'>): Html {
  return hint === undefined ? markup`` : markup`<p class="hint">${hint}</p>`;
}

/** @returns the parsed JSON, or the typed text if it is not JSON: the act reports the error */
function keysIn(typedKeys: string | undefined): unknown {
  if (typedKeys === undefined || typedKeys === '') return typedKeys;
  try {
    return JSON.parse(typedKeys);
  } catch {
    return typedKeys;
  }
}
