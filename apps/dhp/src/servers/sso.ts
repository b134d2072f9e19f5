/** The Single Sign-On server of this installation. */
import { hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import { resourceTypes } from '@dhp/fhir-model';
import { connect } from '@dhp/postgres';
import { aheadChannel } from '@dhp/protocol/ahead';
import { createSso, type SsoOptions } from '@dhp/sso';
import { openClients, type Clients } from '@dhp/clients';
import { fileSender, gatewaySender, smtpSender, type Sender } from '@dhp/accounts/messages';
import { withAccessLog } from '../access-log.ts';
import type { Addresses } from '../addresses.ts';
import { auditHeadsOf } from '../audit-heads.ts';
import { breachedPasswordsOf } from '../breached-passwords.ts';
import { ssoConnectionsOf } from '../connection-budget.ts';
import type { Context } from '../context.ts';
import { closeDemoClient, openDemoClient, type DemoClient } from '../demo-client.ts';
import { identitySystem } from '../identity-system.ts';
import { spokenLanguage } from '../locale.ts';
import { operationMessages } from '../texts/operation.ts';
import { logging } from '../logging.ts';
import { openPortalClient, relayKey } from '../portal-client.ts';
import type { Assignment } from '../processes/messages.ts';
import type { Assigned } from './assigned.ts';
import { createClosers, endpointOf, running, servedBy, type RunningServer } from './running.ts';

export async function openSsoServer(context: Assigned, assignment: Assignment): Promise<RunningServer> {
  const closers = createClosers();
  const endpoint = endpointOf(context);
  try {
    const sizes = ssoConnectionsOf(assignment.workers);
    const sql = connect(assignment.databaseUrl!, {
      ...{ applicationName: 'dhp sso', max: sizes['dhp sso'], reads: sizes['dhp sso reads'] },
      ...{ statementTimeout: 30_000, settings: { lock_timeout: 10_000 } },
    });
    closers.add(() => sql.end({ timeout: 5 }));
    context.metrics?.watchRoutes();
    const sso = await createSso({ sql, ...(await ssoOptions(context, assignment)) });
    closers.add(() => sso.close());
    context.log.watch(sso.app.log);
    const logged = { name: 'sso', handler: sso.handler, ahead: aheadChannel };
    endpoint.attach(await servedBy(sso.app, withAccessLog(context.log, logged)));
    const clients = openClients(sql, { actor: 'start', resourceTypes });
    if (assignment.worker === 0) await portalClient(clients, context, assignment);
    const isMine = assignment.mayHaveDemoClient === true && assignment.worker === 0;
    const demo = isMine ? await demoClient(clients, context) : undefined;
    return running(endpoint, closers, demo && { demo });
  } catch (error) {
    await endpoint.close(0);
    await closers.run();
    throw error;
  }
}

async function ssoOptions(
  context: Assigned,
  { addresses: { urls, ssoInternal, local }, worker }: Assignment,
): Promise<Omit<SsoOptions, 'sql'>> {
  const { settings, data } = context;
  const encryptionKey = settings.DHP_SECRET_KEY ?? data.secretKey();
  return {
    issuer: urls.sso,
    environments: {
      playground: urls.playground,
      ...(urls.production !== undefined && { production: urls.production }),
    },
    fhirUrls: localFhirUrls({ urls, local }),
    encryptionKey,
    // One process writes the file; all of them write to the chain.
    ...(worker === 0 && { auditHeads: auditHeadsOf(context), services: servicesOf({ urls, ssoInternal, local }) }),
    defaultLanguage: settings.DHP_DEFAULT_LANGUAGE ?? 'uz',
    ...(settings.DHP_SSO_CORS_ORIGINS !== undefined && { corsOrigins: settings.DHP_SSO_CORS_ORIGINS }),
    errorPages: `${new URL(urls.portal).href.replace(/\/$/, '')}/errors`,
    requirePkce: settings.DHP_PKCE === 'required',
    requireDpopNonce: settings.DHP_DPOP_NONCE === 'required',
    trustProxy: settings.DHP_TRUST_PROXY ?? false,
    relayKey: relayKey(encryptionKey),
    limits: {
      perClient: settings.DHP_SSO_CLIENT_RATE ?? 3_000,
      perAddress: settings.DHP_SSO_ADDRESS_RATE ?? 12_000,
      createQuota: context.createQuota,
    },
    concurrency: settings.DHP_CONCURRENCY ?? 256,
    timeZone: settings.DHP_TIME_ZONE ?? 'Asia/Tashkent',
    send: senderOf(context, urls.sso),
    notificationMails: {
      interval: 60 * (settings.DHP_MAIL_INTERVAL_MINUTES ?? 60),
      signInAt: new URL(urls.portal).href.replace(/\/$/, ''),
    },
    ...(await breachedPasswordsOf(settings)),
    ...identitySystem(settings, {
      issuer: urls.sso,
      internal: ssoInternal,
      testSecret: Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp test oneid', 32)),
    }),
    secondFactorFor: settings.DHP_SECOND_FACTOR ?? (settings.DHP_PRODUCTION === true ? ['administrator'] : []),
    session: {
      idle: (settings.DHP_SESSION_IDLE_HOURS ?? 8) * 3600,
      absolute: (settings.DHP_SESSION_HOURS ?? 12) * 3600,
      groups: settings.DHP_SESSION_LIMITS ?? new Map([['administrators', { idle: 3600, absolute: 12 * 3600 }]]),
      sharedWorkstations: settings.DHP_SHARED_WORKSTATIONS ?? false,
    },
    developers: {
      organizations: settings.DHP_ORGANIZATIONS_PER_DEVELOPER ?? 3,
      applicationsOfPerson: settings.DHP_APPLICATIONS_PER_DEVELOPER ?? 10,
      applicationsOfOrganization: settings.DHP_APPLICATIONS_PER_ORGANIZATION ?? 20,
    },
    credentials: {
      secretDays:
        settings.DHP_APPLICATION_SECRET_DAYS === 0 ? undefined : (settings.DHP_APPLICATION_SECRET_DAYS ?? 365),
      reminderDays: settings.DHP_CREDENTIAL_REMINDERS ?? [30, 7, 1],
      portal: new URL(urls.portal).href.replace(/\/$/, ''),
    },
    ...(settings.DHP_REQUEST_LOG !== false && { requestLog: { most: settings.DHP_REQUEST_LOG_ROWS ?? 10_000 } }),
    signUp: settings.DHP_SIGN_UP ?? settings.DHP_PRODUCTION !== true,
    temporaryPasswordSeconds: (settings.DHP_TEMPORARY_PASSWORD_HOURS ?? 72) * 3600,
    accountDeletionDays: settings.DHP_ACCOUNT_DELETION_DAYS ?? 14,
    ...keyRotation(settings.DHP_KEY_ROTATION_DAYS ?? 90),
    resourceTypes,
    ...(settings.DHP_OUTBOUND_HOSTS !== undefined && { allowedHosts: settings.DHP_OUTBOUND_HOSTS }),
    logger: logging(context.log.level, 'sso'),
  };
}

function keyRotation(days: number): Pick<SsoOptions, 'keyRotation'> {
  return days === 0 ? {} : { keyRotation: { intervalSeconds: days * 86_400 } };
}

/** FHIR servers of this node are called directly, not through a proxy that may be in front of them. */
function localFhirUrls({ urls, local }: Pick<Addresses, 'urls' | 'local'>): SsoOptions['fhirUrls'] & object {
  const at = (port: number, url: string): string =>
    `http://127.0.0.1:${String(port)}${new URL(url).pathname.replace(/\/$/, '')}`;
  return {
    ...(local.playground !== undefined && { playground: at(local.playground, urls.playground) }),
    ...(local.production !== undefined &&
      urls.production !== undefined && { production: at(local.production, urls.production) }),
  };
}

/** Each service with the address of its readiness check from this node. */
function servicesOf({ urls, ssoInternal, local }: Addresses): SsoOptions['services'] & object {
  const fhir = localFhirUrls({ urls, local });
  // The port of the playground is also the portal's, distinguished by the path; by the host if the playground has no path.
  const isHere = local.playground !== undefined && new URL(urls.playground).pathname !== '/';
  const portal = isHere ? `http://127.0.0.1:${String(local.playground)}` : urls.portal;
  const bases = {
    ...{ sso: ssoInternal, playground: fhir.playground ?? urls.playground, portal: portal.replace(/\/$/, '') },
    ...(urls.production !== undefined && { production: fhir.production ?? urls.production }),
  };
  return Object.entries(bases).map(([name, base]) => ({ name: name as keyof typeof bases, url: `${base}/readyz` }));
}

function portalClient(clients: Clients, { settings, data }: Context, { addresses }: Assignment): Promise<void> {
  return openPortalClient(clients, {
    key: settings.DHP_SECRET_KEY ?? data.secretKey(),
    portal: addresses.urls.portal,
    isStated: settings.DHP_PORTAL_URL !== undefined,
  });
}

function senderOf({ settings, data }: Context, issuer: string): Sender {
  if (settings.DHP_MAIL === undefined) return fileSender(join(data.path, 'mail.ndjson'));
  const from = settings.DHP_MAIL_FROM ?? `noreply@${new URL(issuer).hostname}`;
  return (settings.DHP_MAIL.startsWith('http') ? gatewaySender : smtpSender)(settings.DHP_MAIL, from);
}

/** A laptop gets a client for trying things out; an installation with production has only requested clients. */
async function demoClient(clients: Clients, { settings, data, progress }: Context): Promise<DemoClient | undefined> {
  if (settings.DHP_PRODUCTION !== true) return openDemoClient(clients, settings.DHP_SECRET_KEY ?? data.secretKey());
  if (await closeDemoClient(clients)) progress.say(operationMessages[spokenLanguage()].start.demoDisabled);
  return undefined;
}
