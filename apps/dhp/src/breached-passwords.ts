/** The list of passwords known from breaches, if the settings name one. */
import { BreachedPasswordsError, openBreachedPasswords, type BreachedPasswords } from '@dhp/accounts/sign-in';
import { spokenLanguage } from './locale.ts';
import { settingMessages } from './texts/setting.ts';
import { ConfigurationError } from './settings/setting.ts';
import type { SettingValues } from './settings.ts';

/**
 * As an option for code that sets passwords.
 * @throws ConfigurationError if the list cannot be used
 */
export async function breachedPasswordsOf(settings: SettingValues): Promise<{ breachedPasswords?: BreachedPasswords }> {
  const path = settings.DHP_BREACHED_PASSWORDS;
  if (path === undefined) return {};
  try {
    return { breachedPasswords: await openBreachedPasswords(path) };
  } catch (error) {
    if (!(error instanceof BreachedPasswordsError)) throw error;
    const { breachedPasswords } = settingMessages[spokenLanguage()];
    throw new ConfigurationError(breachedPasswords({ path, reason: error.message }));
  }
}
