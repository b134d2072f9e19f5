/** All routes of the server, with the steps of every request before them. */
import { hkdfSync } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { revocationFeedKey } from '@dhp/signing-keys/server-keys';
import { addCorrelation, believeRelayedAddresses } from '@dhp/sso-kit/request';
import { compressPages } from '@dhp/web-kit';
import { temporarySeconds } from '@dhp/accounts/sign-in';
import { supportedGrants } from '@dhp/clients/fields';
import { defaultSession, enginePaths } from '@dhp/protocol';
import { addAdministration, operatorStyle } from '@dhp/administration/server';
import { addDeveloperApi, logRequests } from '@dhp/applications';
import {
  addAuthorizationEndpoint,
  addClientLogos,
  addCorsOfRefusals,
  addEngineEndpoints,
  addHealth,
  addIntrospection,
  addLaunch,
  addLimits,
  addMetadata,
  addRegistration,
  addRevocationFeed,
  addRevocation,
  addQuestionsOfServers,
  revocationPath,
  addTokenEndpoint,
  tokenPath,
  addUserInfo,
} from '@dhp/protocol/endpoints';
import { addErrorHandlers, refuseUnreadableQueries, addSecurityHeaders } from '@dhp/sso-pages/answers';
import { addFavicon, style, tiles } from '@dhp/sso-pages';
import { addStartPage } from './http/start-page.ts';
import { migrations } from './migrations.ts';
import type { SsoParts } from './parts.ts';
import { calendarOf } from './service-history/days.ts';
import { addServiceHistory } from './service-history/endpoint.ts';
import { addPeople, type Sending } from './people.ts';
import { passkeyScript } from '@dhp/sign-in/pages';

/** @returns messages to people, whose outbox the caller closes */
export function addRoutes(app: FastifyInstance, parts: SsoParts): Sending {
  const { options, engine, audit } = parts;
  addEdge(app, parts);
  addTokenEndpoint(app, { engine, issuer: options.issuer });
  addAuthorizationEndpoint(app, engine, audit.beginUnitOfWork);
  addEngineEndpoints(app, engine);
  const messages = addPeople(app, parts);
  addPrograms(app, parts, messages);
  addInformation(app, parts);
  return messages;
}

/** Steps of every request, and answers to requests that match no route. */
function addEdge(app: FastifyInstance, { options, cors, limits, gates, requestLog }: SsoParts): void {
  const { issuer, defaultLanguage, relayKey } = options;
  if (relayKey !== undefined) believeRelayedAddresses(app, relayKey);
  addCorrelation(app);
  if (requestLog !== undefined) logRequests(app, requestLog.note);
  addSecurityHeaders(app, issuer);
  compressPages(app, commonTexts);
  addCorsOfRefusals(app, cors, new Set([tokenPath, enginePaths.par, enginePaths.deviceAuthorization, revocationPath]));
  addLimits(app, { limits, gates, defaultLanguage });
  refuseUnreadableQueries(app, defaultLanguage);
  addErrorHandlers(app, defaultLanguage);
}

/** Endpoints for programs beside those of the engine: tokens, the administration, registration, launches. */
function addPrograms(
  app: FastifyInstance,
  parts: SsoParts,
  { tell, invite, recipients }: ReturnType<typeof addPeople>,
): void {
  const {
    options,
    engine,
    keys,
    find,
    clientKeys,
    limits,
    cors,
    outbound,
    clock,
    record,
    patients,
    accessAdministration,
  } = parts;
  const { sql, issuer, environments, encryptionKey, resourceTypes } = options;
  const tokens = { issuer, environments, keys, sql, clock };
  addUserInfo(app, { ...tokens, engine });
  addIntrospection(app, { ...tokens, engine, find, clientKeys, limits, record });
  addAdministration(app, {
    ...tokens,
    ...{ engine, encryptionKey, resourceTypes, outbound, tell, invite, record, accessAdministration },
    temporaryPasswordSeconds: options.temporaryPasswordSeconds ?? temporarySeconds,
    breachedPasswords: options.breachedPasswords,
  });
  addDeveloperApi(app, {
    ...{ issuer, keys, sql, clock, engine, record, resourceTypes, limits: options.developers },
    credentials: options.credentials,
    session: options.session ?? defaultSession,
    isProductionServed: environments.production !== undefined,
    ...{ requestLog: parts.requestLog?.store, accessAdministration, environments },
    testPeople: options.testOneId?.citizens,
  });
  addClientLogos(app, sql);
  addRegistration(app, {
    ...{ issuer, sql, clock, resourceTypes, outbound, limits, record },
    key: Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso registration access tokens', 32)),
  });
  addLaunch(app, { issuer, environments, find, clientKeys, sql, clock, record, limits });
  const revocation = { ...tokens, find, clientKeys, record, limits, cors };
  addRevocation(app, revocation);
  const feedKey = revocationFeedKey(encryptionKey);
  addRevocationFeed(app, { ...revocation, feedKey });
  const types = resourceTypes && new Set(resourceTypes);
  addQuestionsOfServers(app, { ...revocation, patients, resourceTypes: types, feedKey, recipients });
}

/** Addresses with information about the server. */
function addInformation(app: FastifyInstance, { options, keys, clock }: SsoParts): void {
  const { sql, issuer, defaultLanguage, timeZone = 'Asia/Tashkent' } = options;
  addMetadata(app, { issuer, grants: supportedGrants, keys });
  addHealth(app, { sql, keys, migrations });
  addServiceHistory(app, { sql, clock, dayOf: calendarOf(timeZone) });
  addFavicon(app);
  addStartPage(app, { issuer, defaultLanguage });
}

/** The texts that many pages have, in the order in which pages have them. */
const commonTexts: readonly string[] = [style, operatorStyle, String(tiles), passkeyScript];
