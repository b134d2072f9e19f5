/**
 * One platform for the test files of a process that work at one as visitors and change no setting of it: to start one takes as long as some of
 * them do. Each has people of its own.
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
 * Opens it, or gives the one that is open. Call it in a hook before the tests of a file, which calls `letGo` after them.
 * @param people user names, each with the words of `dhp user create` that follow it; no other file may have the same name
 */
export async function sharedPlatform(people: Readonly<Record<string, readonly string[]>>): Promise<SharedPlatform> {
  const shared = await keep('platform of visitors', open);
  for (const [username, words] of Object.entries(people))
    await makePerson(shared.place, shared.platform.urls.sso, { username, password }, words);
  return shared;
}

async function open(): Promise<SharedPlatform & { close: () => Promise<void> }> {
  // Four patients, of whom one file has the record, and another launches applications.
  const environment = { DHP_SEED_PATIENTS: '4' };
  const place = await openHome({ begins: 'migrated', programs: 'kept', environment });
  return { place, platform: await place.start(), close: () => place.close() };
}
