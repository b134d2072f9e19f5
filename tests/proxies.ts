/** nginx and Caddy with the configurations of deploy/, on free ports of this machine, with a certificate made for the test. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as sendHttps } from 'node:https';
import { request as sendHttp } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './processes.ts';

const deploy = fileURLToPath(new URL('../deploy/', import.meta.url));
const folders = ['/usr/sbin', '/usr/bin', '/usr/local/bin'];
const programOf = (name: string): string | undefined =>
  folders.map((folder) => join(folder, name)).find((path) => existsSync(path));

export const proxyNames = ['nginx', 'caddy'] as const;
export type ProxyName = (typeof proxyNames)[number];

/** Reason why a proxy cannot be tried; false if it can. */
export function without(name: ProxyName): string | false {
  if (programOf(name) === undefined) return `${name} is not installed (Debian: apt install ${name})`;
  return programOf('openssl') === undefined ? 'openssl is not installed, which makes the certificate' : false;
}

/** The ports behind the proxy, by the ports in its configuration. */
export type Behind = Readonly<Record<'9000' | '8080' | '8090', number>>;

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Proxy {
  /** Asks a name of the configuration, by TLS. */
  ask(url: string, options?: Asked): Promise<Reply>;
  /** Asks the port without TLS. */
  askPlain(host: string, path: string): Promise<Reply>;
  /** The TLS port, for tests of TLS versions. */
  readonly port: number;
  readonly certificate: string;
  close(): Promise<void>;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export async function startProxy(name: ProxyName, behind: Behind): Promise<Proxy> {
  const folder = await mkdtemp(join(process.env['DHP_TEST_FOLDER'] ?? tmpdir(), `dhp-${name}-`));
  const [port, plain] = [await freePort(), await freePort()];
  const certificate = makeCertificate(folder);
  const words = await (name === 'nginx' ? forNginx : forCaddy)({ folder, port, plain, behind });
  const child = spawn(programOf(name)!, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { HOME: folder, PATH: '/usr/bin' },
  });
  let said = '';
  for (const output of [child.stdout, child.stderr])
    output.setEncoding('utf8').on('data', (text: string) => (said += text));
  try {
    await listens(port, child, () => said);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const agent = new Agent({ ca: certificate });
  return {
    port,
    certificate,
    ask(url, { method = 'GET', headers = {}, body } = {}) {
      const { hostname, pathname, search } = new URL(url);
      const at = { host: '127.0.0.1', port, servername: hostname, agent, method, path: pathname + search };
      return replyTo(sendHttps({ ...at, headers: { host: hostname, ...headers } }), body);
    },
    askPlain: (host, path) => replyTo(sendHttp({ host: '127.0.0.1', port: plain, path, headers: { host } })),
    async close() {
      agent.destroy();
      // By SIGKILL the master of nginx would leave its workers behind.
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly plain: number;
  readonly behind: Behind;
}

/** The configuration with the ports of this test; each must be in it. */
function atPorts(text: string, behind: Behind): string {
  return Object.entries(behind).reduce(
    (all, [usual, port]) => replaced(all, `127.0.0.1:${usual}`, `127.0.0.1:${String(port)}`),
    text,
  );
}

function replaced(text: string, what: string, by: string): string {
  if (!text.includes(what)) throw new Error(`the configuration has no ${what}`);
  return text.replaceAll(what, by);
}

async function forNginx({ folder, port, plain, behind }: Place): Promise<string[]> {
  const given = atPorts(readFileSync(join(deploy, 'nginx/dhp.conf'), 'utf8'), behind);
  const own = [
    ['listen 80 default_server', `listen 127.0.0.1:${String(plain)} default_server`],
    ['listen 443 ssl', `listen 127.0.0.1:${String(port)} ssl`],
    ['/etc/ssl/dhp/fullchain.pem', join(folder, 'certificate.pem')],
    ['/etc/ssl/dhp/privkey.pem', join(folder, 'key.pem')],
  ].reduce((text, [what, by]) => replaced(text, what!, by!), given);
  await writeFile(join(folder, 'dhp.conf'), own);
  const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await mkdir(join(folder, 'temp'));
  const places = kept.map((what) => `${what}_temp_path ${join(folder, 'temp', what)};`).join(' ');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const main = `${user} daemon off; master_process on; worker_processes 1; pid ${join(folder, 'pid')}; error_log stderr;
    events { worker_connections 256; } http { access_log off; ${places} include ${join(folder, 'dhp.conf')}; }`;
  await writeFile(join(folder, 'nginx.conf'), main);
  return ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')];
}

/** Caddy would ask for certificates of these names; here it gets one. HTTP/3 would need the same port of UDP. */
async function forCaddy({ folder, port, plain, behind }: Place): Promise<string[]> {
  const given = atPorts(readFileSync(join(deploy, 'caddy/Caddyfile'), 'utf8'), behind);
  const tls = `tls ${join(folder, 'certificate.pem')} ${join(folder, 'key.pem')}`;
  const own = replaced(given, 'import dhp', `bind 127.0.0.1\n\t${tls}\n\timport dhp`);
  const options = `{\n\thttp_port ${String(plain)}\n\thttps_port ${String(port)}\n\tadmin off\n\tservers {\n\t\tprotocols h1 h2\n\t}\n}\n`;
  await writeFile(join(folder, 'Caddyfile'), options + own);
  return ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'];
}

/** @returns the certificate, which is self-signed */
function makeCertificate(folder: string): string {
  const names = ['sso', 'playground', 'fhir'].map((name) => `DNS:${name}.example.uz`).join(',');
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')];
  execFileSync(programOf('openssl')!, [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=example.uz', '-addext', `subjectAltName=${names}`, ...files],
  ]);
  return readFileSync(join(folder, 'certificate.pem'), 'utf8');
}

async function listens(port: number, child: ChildProcess, said: () => string): Promise<void> {
  const until = performance.now() + 20_000;
  for (;;) {
    if (child.exitCode !== null || performance.now() > until) throw new Error(`the proxy does not listen: ${said()}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await delay(50);
  }
}

function replyTo(request: ReturnType<typeof sendHttps>, body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.once('error', reject);
    request.end(body);
  });
}
