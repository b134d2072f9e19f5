/** The portal. It gets connections of its port only while the playground accepts none; otherwise the playground forwards its requests. */
import { rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import Fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyServerOptions } from 'fastify';
import { portalPlugin, type PortalOptions } from '@dhp/portal';
import { portalClientId } from '@dhp/sign-in/portal-client';
import { demoPatientId, demoPractitionerId } from '@dhp/synthetic-population/demo';
import { withAccessLog } from '../access-log.ts';
import type { Addresses } from '../addresses.ts';
import type { Context } from '../context.ts';
import { starting, type Endpoint } from '../endpoint.ts';
import { logging } from '../logging.ts';
import { canSignInAt, type PortalKeys } from '../portal-client.ts';
import type { Assignment } from '../processes/messages.ts';
import { callers, tellCaller, trustsHandedOn } from './caller-address.ts';
import { isPortals } from './portal-proxy.ts';
import type { Assigned } from './assigned.ts';
import { createClosers, endpointOf, running, servedBy, type Closers, type RunningServer } from './running.ts';

export async function openPortalServer(
  context: Assigned,
  { addresses, hasDemoPeople, portalKeys, portalSocket }: Assignment,
): Promise<RunningServer> {
  const closers = createClosers();
  const endpoint = endpointOf(context);
  // Only of the socket, since only there has the playground stated the caller's address.
  const behind = endpointOf(context);
  const both: Endpoint = {
    ...endpoint,
    async close(drain) {
      await Promise.all([endpoint.close(drain), behind.close(drain)]);
    },
  };
  try {
    context.metrics?.watchRoutes();
    const app = Fastify(framework(context)) as unknown as FastifyInstance;
    closers.add(() => app.close());
    context.log.watch(app.log);
    await app.register(
      portalPlugin({
        ...options(context, addresses, hasDemoPeople === true),
        ...signInOf(addresses, portalKeys),
      }),
    );
    const handler: RequestListener = (request, response) => app.routing(request, response);
    const served = await servedBy(app, withAccessLog(context.log, { name: 'portal', handler }));
    // If the playground runs on this node, its requests reach the portal directly only while the playground is unavailable.
    const isOurs = portalSocket === undefined ? () => true : isPortals(addresses.urls);
    const trust = callers(context.settings.DHP_TRUST_PROXY);
    endpoint.attach({
      ...served,
      handler: (request, response) => {
        if (!isOurs(request)) starting.handler(request, response);
        else if (tellCaller(request, trust)) served.handler(request, response);
        else response.destroy();
      },
    });
    if (portalSocket !== undefined) {
      behind.attach(served);
      await listen(portalSocket, behind, closers);
    }
    return running(both, closers);
  } catch (error) {
    await both.close(0);
    await closers.run();
    throw error;
  }
}

/** No route has a schema of the framework. Without the compilers of these a server loads in 60 ms of CPU less. */
const withoutSchemas = (): never => {
  throw new TypeError('A route has a schema: the framework has no compiler for it');
};

function framework({ log }: Pick<Assigned, 'log'>): FastifyServerOptions {
  return {
    logger: logging(log.level, 'portal'),
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: 30_000,
    schemaController: { compilersFactory: { buildValidator: withoutSchemas, buildSerializer: withoutSchemas } },
    trustProxy: trustsHandedOn,
    frameworkErrors: (error, _request, reply: FastifyReply) =>
      void reply
        .code(error.statusCode ?? 400)
        .type('text/plain; charset=utf-8')
        .send(`${error.message}\n`),
  };
}

function options(
  { settings }: Context,
  { urls, local, ssoInternal }: Addresses,
  hasDemoPeople: boolean,
): PortalOptions {
  const at = (port: number | undefined, path: string, publicUrl: string): string =>
    port === undefined ? `${publicUrl}/readyz` : `http://127.0.0.1:${String(port)}${path}/readyz`;
  const playgroundPath = new URL(urls.playground).pathname.replace(/\/$/, '');
  return {
    urls,
    probe: [
      { name: 'sso', url: `${ssoInternal}/readyz` },
      { name: 'playground', url: at(local.playground, playgroundPath, urls.playground) },
      ...(urls.production === undefined
        ? []
        : [{ name: 'production' as const, url: at(local.production, '', urls.production) }]),
    ],
    historyUrl: `${ssoInternal}/status/history`,
    defaultLanguage: settings.DHP_DEFAULT_LANGUAGE ?? 'uz',
    rates: { fhir: settings.DHP_FHIR_CLIENT_RATE ?? 60_000, sso: settings.DHP_SSO_CLIENT_RATE ?? 3_000 },
    ...(hasDemoPeople && { demo: { patientId: demoPatientId, practitionerId: demoPractitionerId } }),
  };
}

/** The portal as a client of the SSO, if codes can be sent to its address. */
function signInOf(
  { urls, local, ssoInternal }: Addresses,
  keys: PortalKeys | undefined,
): Pick<PortalOptions, 'signIn'> {
  if (keys === undefined || !canSignInAt(urls.portal)) return {};
  const { clientSecret, sessions, relay } = keys;
  const [key, relayKey] = [Buffer.from(sessions, 'base64'), Buffer.from(relay, 'base64')];
  const path = new URL(urls.playground).pathname.replace(/\/$/, '');
  const fhirInternal =
    local.playground === undefined ? urls.playground : `http://127.0.0.1:${String(local.playground)}${path}`;
  const productionInternal =
    local.production === undefined ? urls.production : `http://127.0.0.1:${String(local.production)}`;
  const internal = { ssoInternal, fhirInternal, productionInternal };
  return { signIn: { clientId: portalClientId, clientSecret, key, relayKey, ...internal } };
}

/** Removes a socket that another process has left under this name; it cannot belong to a live one, as the name contains our port. */
function listen(path: string, endpoint: Endpoint, closers: Closers): Promise<void> {
  if (process.platform !== 'win32') rmSync(path, { force: true });
  const server = createServer({ allowHalfOpen: true }, endpoint.accept);
  closers.add(() => server.close());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}
