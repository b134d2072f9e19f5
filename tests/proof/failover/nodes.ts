/** Two nodes of the platform over one database, and a balancer in front of them that asks /readyz, as that of an operator does. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as dial, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { openHome, type Credentials, type Home, type Platform } from '../../platform.ts';
import { freePort } from '../../processes.ts';

interface Node {
  home: Home;
  platform: Platform;
  /** Base addresses of this node itself. */
  readonly sso: string;
  readonly fhir: string;
}

export interface Nodes {
  readonly all: readonly [Node, Node];
  /** Public addresses, which the balancer has. */
  readonly sso: string;
  readonly fhir: string;
  readonly client: Credentials;
  close(): Promise<void>;
}

/**
 * @param url of the database, with all its hosts
 * @param tree the folder of the source tree that the nodes begin with; default: this one
 */
export async function startNodes(
  url: string,
  environment: Readonly<Record<string, string>> = {},
  tree?: string,
): Promise<Nodes> {
  const [front, ...ports] = await Promise.all(
    [0, 1, 2].map(async () => ({ sso: await freePort(), web: await freePort() })),
  );
  const at = (port: number): string => `http://localhost:${String(port)}`;
  const shared = {
    DATABASE_URL: url,
    DHP_SECRET_KEY: randomBytes(32).toString('base64'),
    DHP_SSO_URL: at(front!.sso),
    DHP_PLAYGROUND_URL: `${at(front!.web)}/fhir`,
    DHP_AUDIT: 'on',
    DHP_FHIR_CLIENT_RATE: '0',
    DHP_SSO_CLIENT_RATE: '0',
    DHP_SSO_ADDRESS_RATE: '0',
    ...environment,
  };
  const homes: Home[] = [];
  const balancers: Balancer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(homes.map((home) => home.close()));
    await Promise.all(balancers.map((balancer) => balancer.close()));
  };
  try {
    balancers.push(
      await startBalancer(
        front!.sso,
        ports.map(({ sso }) => sso),
      ),
    );
    balancers.push(
      await startBalancer(
        front!.web,
        ports.map(({ web }) => web),
      ),
    );
    const all: Node[] = [];
    for (const { sso, web } of ports) {
      const own = { ...shared, DHP_SSO_PORT: String(sso), DHP_PORT: String(web) };
      const home = await openHome({ serves: 'sso,fhir', environment: own, tree });
      homes.push(home);
      all.push({ home, platform: await home.start(), sso: at(sso), fhir: `${at(web)}/fhir` });
    }
    const client = await homes[0]!.createClient();
    const closeAll = async (): Promise<void> => {
      // One that was upgraded has another home, in the same folder.
      await Promise.all(all.map((node) => node.home.close()));
      await close();
    };
    const addresses = { sso: at(front!.sso), fhir: `${at(front!.web)}/fhir` };
    return { all: all as [Node, Node] & Node[], ...addresses, client, close: closeAll };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Balancer {
  close(): Promise<void>;
}

/** Passes each new connection on to the next port that is ready. */
async function startBalancer(port: number, behind: readonly number[]): Promise<Balancer> {
  const ready = new Set(behind);
  const open = new Set<Socket>();
  let isOver = false;
  let turn = 0;
  const look = async (one: number): Promise<void> => {
    while (!isOver) {
      const isReady = await fetch(`http://localhost:${String(one)}/readyz`, {
        signal: AbortSignal.timeout(3_000),
      }).then(
        async (response) => (await response.arrayBuffer(), response.status === 200),
        () => false,
      );
      if (isReady) ready.add(one);
      else ready.delete(one);
      await delay(250);
    }
  };
  /** To the first of these that takes a connection, as a node may have ended since it was ready. */
  const pass = (client: Socket, ports: readonly number[]): void => {
    const [first, ...others] = ports;
    if (first === undefined) {
      client.destroy();
      return;
    }
    const to = dial(first, 'localhost');
    const next = (): void => pass(client, others);
    to.once('error', next).once('connect', () => {
      to.off('error', next);
      join(client, to);
    });
  };
  const join = (client: Socket, to: Socket): void => {
    for (const [socket, other] of [
      [client, to],
      [to, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy()).on('close', () => (open.delete(socket), other.destroy()));
      socket.pipe(other);
    }
  };
  const server: Server = createServer((client) => {
    client.on('error', () => undefined);
    const inTurn = (turn += 1) % 2 === 0 ? behind : behind.toReversed();
    pass(client, [...inTurn.filter((one) => ready.has(one)), ...inTurn.filter((one) => !ready.has(one))]);
  });
  server.listen(port, 'localhost');
  await once(server, 'listening');
  const looking = behind.map(look);
  return {
    async close() {
      isOver = true;
      server.close();
      for (const socket of open) socket.destroy();
      await Promise.all(looking);
    },
  };
}
