/** Declaration of a setting, and the error that refuses a value. */
import { spokenLanguage } from '../locale.ts';
import { settingMessages, type SettingMessages } from '../texts/setting.ts';

/** A value that cannot be used. Its message is the sentence that a person reads when the start stops. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}

/** One setting, as documented and as read. */
export interface Setting<T> {
  readonly description: string;
  /** Text of the default in the documentation. */
  readonly defaultText: string;
  /** Description of the accepted values, for the documentation. */
  readonly form: string;
  /** Converts the text to a value; throws a ConfigurationError whose message completes "NAME=value …". */
  readonly parse: (text: string) => T;
}

/** A row of a table of settings. */
export function setting<T>(
  form: string,
  defaultText: string,
  description: string,
  parse: (text: string) => T,
): Setting<T> {
  return { form, defaultText, description, parse };
}

/** Returns the ends of sentences that explain an invalid value, in the language of the locale. */
export function wants(): SettingMessages['wants'] {
  return settingMessages[spokenLanguage()].wants;
}

/** Refuses a value, with the rest of a sentence that begins with `NAME=value`. @throws ConfigurationError always */
export function reject(sentence: string): never {
  throw new ConfigurationError(sentence);
}
