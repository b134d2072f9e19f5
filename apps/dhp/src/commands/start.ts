/** `dhp start`: serves until it is told to stop. */
import type { Command } from '../cli.ts';
import { openContext, type Context } from '../context.ts';
import type { DemoClient } from '../demo-client.ts';
import type { Platform } from '../platform.ts';
import { progressOn } from '../progress.ts';
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

/** A laptop gets a client to try out; an operator's database, and an installation with production, get none that nobody asked for. */
async function demoClient({ embedded, clients }: Platform, context: Context): Promise<DemoClient | undefined> {
  if (!embedded || clients === undefined) return undefined;
  const { closeDemoClient, openDemoClient } = await import('../demo-client.ts');
  const { settings, data, progress } = context;
  if (settings.DHP_PRODUCTION !== true) return openDemoClient(clients, settings.DHP_SECRET_KEY ?? data.secretKey());
  if (await closeDemoClient(clients))
    progress.say(
      'The client demo is disabled, since production is served. To use it all the same: dhp client enable demo',
    );
  return undefined;
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
    const context = openContext(progressOn(process.stderr), { create: true });
    const roles =
      typeof values['role'] === 'string' ? parseRoles(values['role']) : (context.settings.DHP_ROLE ?? allRoles);

    for (const warning of settingWarnings(context.settings)) context.progress.say(`Warning: ${warning}`);

    const { startPlatform } = await import('../platform.ts');
    const platform = await startPlatform(context, roles);
    const demo = await demoClient(platform, context);
    const seconds = (performance.now() - started) / 1000;
    if (values['json']) {
      const client = demo && { client_id: demo.clientId, client_secret: demo.secret };
      process.stdout.write(`${JSON.stringify({ ready: true, seconds, urls: platform.addresses.urls, ...client })}\n`);
    } else {
      const { welcome } = await import('../welcome.ts');
      process.stdout.write(welcome(platform, demo, seconds));
    }
    try {
      await Promise.race([stopped, platform.lost]);
      context.progress.say('Stopping: requests in flight are finished first.');
    } finally {
      await platform.close();
    }
    return 0;
  },
};
