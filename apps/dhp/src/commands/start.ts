/** `dhp start`: serves until it is stopped. */
import type { Command } from '../cli.ts';
import { openContext } from '../context.ts';
import { outliveReaders } from '../logging.ts';
import { progressOn } from '../progress.ts';
import { spokenLanguage } from '../locale.ts';
import { operationMessages } from '../texts/operation.ts';
import { parseRoles } from '../settings/roles.ts';
import { settingWarnings } from '../settings/warnings.ts';

const allRoles = parseRoles('sso,fhir,portal');

/** Milliseconds: a signal to a process group reaches this process twice, from the sender and passed on by npm. */
const sameSignal = 1_000;

/** Resolves at the first SIGINT or SIGTERM. A later one ends the process at once, for people in a hurry. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const stop = (): void => {
      first ??= performance.now();
      if (performance.now() - first > sameSignal) process.exit(130);
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  });
}

export const startCommand: Command = {
  name: 'start',
  summary: 'Serve the SSO, the FHIR endpoints and the portal',
  options: {
    role: { type: 'string', list: ',', value: 'ROLES', help: 'what to serve, of sso, fhir, portal; default all' },
    json: { type: 'boolean', help: 'print the addresses as one JSON object when ready' },
  },
  run: async (values) => {
    const started = performance.now() - process.uptime() * 1000;
    const stopped = stopSignal();
    outliveReaders();
    const context = openContext(progressOn(process.stderr), { create: true });
    const roles =
      typeof values['role'] === 'string' ? parseRoles(values['role']) : (context.settings.DHP_ROLE ?? allRoles);

    const said = operationMessages[spokenLanguage()];
    for (const sentence of settingWarnings(context.settings)) context.progress.say(said.warning({ sentence }));

    const { startPlatform } = await import('../platform.ts');
    const platform = await startPlatform(context, roles);
    const seconds = (performance.now() - started) / 1000;
    if (values['json']) {
      const { urls, demo } = platform;
      const client = demo && { client_id: demo.clientId, client_secret: demo.secret };
      process.stdout.write(`${JSON.stringify({ ready: true, seconds, urls, ...client })}\n`);
    } else {
      const { welcome } = await import('../welcome.ts');
      process.stdout.write(welcome(platform, seconds));
    }
    try {
      await Promise.race([stopped, platform.lost]);
      context.progress.say(said.start.stopping);
    } finally {
      await platform.close();
    }
    return 0;
  },
};
