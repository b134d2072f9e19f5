/** A whole installation for the portal's tests: real HTTP everywhere, with services whose behaviour can be set. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { portalPlugin, type PortalOptions } from '../src/index.ts';

/**
 * The answer of a service to a readiness check; `silent` never answers, `gone` cuts the connection, `replaced`: another program answers.
 */
export type Mood = 'ready' | 'degraded' | 'starting' | 'replaced' | 'redirecting' | 'silent' | 'gone';

export interface FakeService {
  readonly url: string;
  mood: Mood;
  /** Number of readiness checks. */
  asked: number;
  close(): Promise<void>;
}

export const demo = { patientId: 'demo-patient', practitionerId: 'demo-practitioner' } as const;
export const credentials = { id: 'test-client', secret: 'test-secret-3aX' } as const;
const accessToken = 'aaa.bbb.ccc';

/** A service on its own port: `/readyz` by mood, everything else by `answer`. */
export async function fakeService(answer?: RequestListener): Promise<FakeService> {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/readyz')) {
      service.asked += 1;
      if (service.mood === 'gone') request.socket.destroy();
      else if (service.mood === 'redirecting') response.writeHead(302, { location: '/elsewhere' }).end();
      else if (service.mood === 'replaced') response.writeHead(200).end('<h1>It works!</h1>');
      else if (service.mood !== 'silent') {
        const isStarting = service.mood === 'starting';
        response
          .writeHead(isStarting ? 503 : 200)
          .end(JSON.stringify({ status: isStarting ? 'not ready' : service.mood }));
      }
    } else if (answer) answer(request, response);
    else response.writeHead(404).end();
  });
  const service = {
    url: `http://127.0.0.1:${await listen(server)}`,
    mood: 'ready' as Mood,
    asked: 0,
    close: async (): Promise<void> => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return service;
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export interface Installation {
  readonly url: string;
  readonly sso: FakeService;
  readonly playground: FakeService;
  readonly app: FastifyInstance;
  close(): Promise<void>;
}

/**
 * The portal on a listener that it shares with a FHIR plugin, and an SSO and a playground that answer the examples' requests.
 * @param change makes the test's options from the usual ones
 */
export async function install(
  change: (usual: PortalOptions) => PortalOptions = (usual) => usual,
): Promise<Installation> {
  const sso = await fakeService(tokenEndpoint);
  const playground = await fakeService(fhirServer);
  const app = Fastify();
  // Like the FHIR server: its own prefix, and its own answer to unknown paths.
  await app.register(
    async (fhir) => {
      fhir.get('/metadata', async () => ({ resourceType: 'CapabilityStatement' }));
      fhir.post('/Patient', async (_request, reply) => reply.code(201).send({ resourceType: 'Patient' }));
      fhir.setNotFoundHandler(async (_request, reply) => reply.code(404).send({ resourceType: 'OperationOutcome' }));
    },
    { prefix: '/fhir' },
  );
  await app.register(
    portalPlugin(
      change({
        urls: { sso: sso.url, playground: `${playground.url}/fhir`, portal: 'http://localhost:8080' },
        probe: [
          { name: 'sso', url: `${sso.url}/readyz` },
          { name: 'playground', url: `${playground.url}/fhir/readyz` },
        ],
        defaultLanguage: 'uz',
        demo,
      }),
    ),
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    sso,
    playground,
    app,
    close: async () => {
      app.server.closeAllConnections();
      await Promise.all([app.close(), sso.close(), playground.close()]);
    },
  };
}

/** Issues a token to its only client. */
function tokenEndpoint(request: IncomingMessage, response: ServerResponse): void {
  void bodyOf(request).then((body) => {
    const form = new URLSearchParams(body);
    const known =
      request.method === 'POST' &&
      request.url === '/oauth/token' &&
      form.get('grant_type') === 'client_credentials' &&
      form.get('client_id') === credentials.id &&
      form.get('client_secret') === credentials.secret;
    answer(response, known ? 200 : 401, known ? { access_token: accessToken } : { error: 'invalid_client' });
  });
}

/** Reads the demo patient, finds nobody by name, and creates others, for requests with the token. */
function fhirServer(request: IncomingMessage, response: ServerResponse): void {
  void bodyOf(request).then((body) => {
    const { method = '', url = '', headers } = request;
    if (headers.authorization !== `Bearer ${accessToken}`) answer(response, 401, { resourceType: 'OperationOutcome' });
    else if (`${method} ${url}` === `GET /fhir/Patient/${demo.patientId}`)
      answer(response, 200, { resourceType: 'Patient', id: demo.patientId });
    else if (`${method} ${url}` === 'GET /fhir/Patient?name=Karimova')
      answer(response, 200, { resourceType: 'Bundle', type: 'searchset', total: 0 });
    else if (`${method} ${url}` === 'POST /fhir/Patient' && headers['content-type'] === 'application/fhir+json') {
      response.setHeader('location', `http://${headers.host ?? ''}/fhir/Patient/new/_history/1`);
      answer(response, 201, JSON.parse(body) as object);
    } else answer(response, 404, { resourceType: 'OperationOutcome' });
  });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  return body;
}
