/**
 * The process of a server under record: starts the FHIR server of the source tree that it is given, with the tree's own test
 * environment (`apps/fhir/test/environment.ts`: `startServer(options, databaseUrl)`, `.url`, `.sso.token(claims)`, `.close()`), so
 * that the recorder of today can ask the servers of another commit. It imports nothing of its own tree.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface HostRequest {
  /** The root of the source tree. */
  readonly root: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** The port through which the database is reached. */
  readonly databasePort: number;
  /** The claims of the tokens that are needed, by name. */
  readonly tokens: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface HostReply {
  readonly url: string;
  readonly issuer: string;
  readonly tokens: Readonly<Record<string, string>>;
}

interface Started {
  readonly url: string;
  readonly sso: { readonly issuer: string; token(claims: object): Promise<string> };
  close(): Promise<void>;
}

interface Module {
  startServer: (options: object, databaseUrl: (url: string) => string) => Promise<Started>;
}

process.once('message', (request: HostRequest) => void serve(request));
// The recorder has ended: nobody asks any more.
process.once('disconnect', () => process.exit());

async function serve({ root, options, databasePort, tokens }: HostRequest): Promise<void> {
  const file = pathToFileURL(join(root, 'apps/fhir/test/environment.ts')).href;
  const { startServer } = (await import(file)) as Module;
  const server = await startServer(options, (url) => {
    const led = new URL(url);
    led.host = `127.0.0.1:${String(databasePort)}`;
    led.searchParams.delete('host'); // the directory of a Unix socket
    return led.href;
  });
  const exp = Math.floor(Date.now() / 1000) + 24 * 3600;
  const made: Record<string, string> = {};
  for (const [name, claims] of Object.entries(tokens)) made[name] = await server.sso.token({ exp, ...claims });
  process.once('message', () => void server.close().then(() => process.exit()));
  process.send!({ url: server.url, issuer: server.sso.issuer, tokens: made } satisfies HostReply);
}
