import type { Coding } from '@dhp/fhir-model';
import { parseTag, closenesses, languageSummary, type Languages } from '@dhp/negotiation';
import { isForDisplay, isIn, preferredName, type Name } from '../language/names.ts';
import { choiceList, message, type MessageId, type Sentence, type Wording } from '../outcome/messages.ts';
import type { Settings } from '../parameters/settings.ts';
import { standardsStatusOf } from '../concepts/concept-properties.ts';
import { below } from './coded.ts';
import type { Found, Trial } from './trial.ts';

/** Reports a display that is not one of the concept's names in the requested languages. */
export function checkDisplay(
  settings: Settings,
  coding: Coding,
  { names, header }: Found,
  path: string,
  trial: Trial,
): void {
  const { display, system = '', code = '' } = coding;
  if (display === undefined || names.length === 0) return;
  const languages = settings.languages;
  const inLanguage = names.filter((name) => isIn(name, languages, 'language'));
  const matching = inLanguage.filter(({ value }) => isSame(value, display));
  if (matching.length > 0) {
    if (!matching.some(({ isCurrent }) => isCurrent)) reportOld(trial, coding, names, matching[0]!, path);
    return;
  }
  const report = (severity: 'error' | 'warning' | 'information', id: MessageId, text: Sentence): void => {
    trial.addMessage(text);
    trial.report(severity, 'invalid', { kind: 'invalid-display', id, text, expression: below(path, 'display') });
  };
  const severity = settings.is('lenient-display-validation') ? 'warning' : 'error';
  const summary = languageSummary(languages);
  const displays = countIn(names.filter(isForDisplay), languages);
  const count = displays > 0 ? displays : countIn(names, languages);
  if (count > 0) {
    const spaces = inLanguage.some(({ value }) => isSame(collapse(value), collapse(display)));
    const id = spaces
      ? 'Display_Name_WS_for__should_be_one_of__instead_of'
      : 'Display_Name_for__should_be_one_of__instead_of';
    const choices = count === 1 ? '' : message('ONE_OF_CHOICES', String(count));
    const text = message(id, choices, system, code, list(names, languages, displays > 0), display, summary);
    report(displays > 0 ? severity : 'warning', id, text);
    return;
  }
  const own = preferredName(names, undefined)?.value;
  if (own === undefined)
    report('warning', 'NO_VALID_DISPLAY_AT_ALL', message('NO_VALID_DISPLAY_AT_ALL', display, system, code));
  else if (names.some((name) => isDefault(name, header?.language) && isSame(name.value, display))) {
    const id = 'NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_OK';
    report('information', id, message(id, display, system, code, summary));
  } else {
    const id = 'NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_ERR';
    report(severity, id, message(id, display, system, code, summary, own));
  }
}

/** A name that was right once. */
function reportOld(trial: Trial, { display, code }: Coding, names: readonly Name[], old: Name, path: string): void {
  const current = names.filter((name) => name.isCurrent && isForDisplay(name)).map(({ value }) => `"${value}"`);
  const id = 'INACTIVE_DISPLAY_FOUND';
  // A withdrawn name is reported as a deprecated display, because readers still understand it.
  const status = standardsStatusOf(old.extensions) === 'withdrawn' ? 'deprecated' : 'inactive';
  const text = message(id, display, code, [...new Set(current)].join(','), status);
  trial.report('warning', 'invalid', { kind: 'display-comment', id, text, expression: below(path, 'display') });
}

/** Case does not matter in a display. */
const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const collapse = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Returns the number of names in the languages, by the closest kind of match that has any. */
function countIn(names: readonly Name[], languages: Languages | undefined): number {
  for (const closeness of closenesses) {
    const count = names.filter((name) => isIn(name, languages, closeness)).length;
    if (count > 0) return count;
  }
  return 0;
}

function isDefault({ language }: Name, own: string | undefined): boolean {
  return language === undefined || language.language === (parseTag(own ?? 'en')?.language ?? 'en');
}

/** `'Code1' (en) or 'Anzeige1' (de)` */
function list(names: readonly Name[], languages: Languages | undefined, displaysOnly: boolean): Wording {
  const candidates = names.filter((name) => !displaysOnly || isForDisplay(name));
  const fitting = candidates.filter((name) => isIn(name, languages, 'language'));
  const shown = (fitting.length > 0 ? fitting : candidates).map(({ value, language }) =>
    language === undefined ? `'${value}'` : `'${value}' (${language.tag})`,
  );
  return choiceList(shown);
}
