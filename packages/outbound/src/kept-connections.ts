/** Connections that are kept for the next request to the same host. */
import { Agent, type AgentOptions } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';

export interface Connections {
  agentOf(url: URL): Agent;
  close(): void;
}

/** Milliseconds without a request: most servers end a connection after five seconds by themselves. */
const idle = 4_000;
/**
 * Connections without a request, to one host and to all of a protocol. Notifications to one host go out together, as many at a time as there are lanes in hand: with
 * fewer of them most of these would be made again for each.
 */
const [ofHost, ofAll] = [64, 256];
const options: AgentOptions = { keepAlive: true, timeout: idle, maxFreeSockets: ofHost, scheduling: 'lifo' };

/** @param secureContext of connections with TLS; default: that of Node */
export function openConnections(secureContext?: SecureContext): Connections {
  const tlsOptions = { ...options, ...(secureContext !== undefined && { secureContext }) };
  const agents = [bounded(new Agent(options)), bounded(new TlsAgent(tlsOptions))] as const;
  const [plain, tls] = agents;
  return {
    agentOf: ({ protocol }) => (protocol === 'https:' ? tls : plain),
    close() {
      for (const agent of agents) agent.destroy();
    },
  };
}

/** A server that calls many hosts keeps no connection to each of them. */
function bounded<Bounded extends Agent>(agent: Bounded): Bounded {
  const keep: (socket: Duplex) => unknown = agent.keepSocketAlive.bind(agent);
  // The declarations of Node omit the return value, which decides whether it is kept or ended.
  // https://nodejs.org/api/http.html#agentkeepsocketalivesocket
  agent.keepSocketAlive = (socket: Duplex): unknown => {
    const kept = Object.values(agent.freeSockets).reduce((sum, some) => sum + (some?.length ?? 0), 0);
    return kept < ofAll && keep(socket);
  };
  return agent;
}
