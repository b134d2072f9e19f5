/** The controls of declared fields in the forms of the operators' pages, by kind, and the value that comes back. */
import { markup, type Html } from '@dhp/web-kit';
import type { FieldKind } from '@dhp/sso-kit/fields';
import type { clientMessages } from '../texts/client.ts';
import { area, check, line } from './question-page.ts';

/** A way to sign in that a client may take: an id of an identity system, or one of the server's own. */
export type Way = readonly [id: string, words: string];

/** Words that controls of all declarations share. */
export type ControlWords = Pick<(typeof clientMessages)['en'], 'lines' | 'noPicture'>;

export interface Asking {
  /** The form as it was sent, when it is asked again. */
  readonly form: URLSearchParams | undefined;
  readonly ways: readonly Way[];
}

interface Shown<Words extends ControlWords> extends Asking {
  readonly json: string;
  readonly label: string;
  readonly hint: string | undefined;
  readonly isNeeded: boolean;
  /** As JSON has it; undefined: there is none. */
  readonly now: unknown;
  readonly words: Words;
}

export interface Control<Words extends ControlWords = ControlWords> {
  readonly show: (shown: Shown<Words>) => Html;
  /** @returns the value as JSON has it, an empty text for none; undefined: it was not asked for. Null takes a picture away */
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
  // A file: what is chosen again after a refusal, as browsers keep none.
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

/** @returns what is typed itself where it is no JSON: what is wrong with it is said elsewhere */
function keysIn(typedKeys: string | undefined): unknown {
  if (typedKeys === undefined || typedKeys === '') return typedKeys;
  try {
    return JSON.parse(typedKeys);
  } catch {
    return typedKeys;
  }
}
