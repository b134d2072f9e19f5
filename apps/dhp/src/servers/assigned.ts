/** A context from an assignment: a server's process reads neither the environment nor a file of settings. */
import { parseSettings } from '../configuration.ts';
import type { Context } from '../context.ts';
import { openDataDirectory } from '../data-directory.ts';
import type { Assignment } from '../processes/messages.ts';
import type { Progress } from '../progress.ts';

export function sendingContext({ settings, data }: Assignment, progress: Progress): Context {
  return {
    given: settings,
    settings: parseSettings(settings),
    data: openDataDirectory(data),
    progress,
    create: false,
    warn: (sentence) => progress.say(`Warning: ${sentence}`),
  };
}
