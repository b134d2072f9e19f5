/**
 * One platform for the test files of a process that use it as visitors and change none of its settings: starting one takes as long as some
 * of them. Each file has its own people.
 */
import { keep } from '../../../tests/kept.ts';
import { makePerson } from '../../../tests/people.ts';
import { openHome, type Home, type Platform } from '../../../tests/platform.ts';
import { password } from './visitor.ts';

export interface SharedPlatform {
  readonly place: Home;
  readonly platform: Platform;
}

/**
 * Opens the platform, or returns the open one. Call it in a hook before the tests of a file, which calls `letGo` after them.
 * @param people user names, each with further arguments of `dhp user create`; unique among all files
 */
export async function sharedPlatform(people: Readonly<Record<string, readonly string[]>>): Promise<SharedPlatform> {
  const shared = await keep('platform of visitors', open);
  for (const [username, words] of Object.entries(people))
    await makePerson(shared.place, shared.platform.urls.sso, { username, password }, words);
  return shared;
}

async function open(): Promise<SharedPlatform & { close: () => Promise<void> }> {
  // Four patients: one file uses the record of one of them, another launches applications.
  const environment = { DHP_SEED_PATIENTS: '4' };
  const place = await openHome({ begins: 'migrated', programs: 'kept', environment });
  return { place, platform: await place.start(), close: () => place.close() };
}
