/** Puts the platform's own cases to a server over HTTP, in their order. */
import { isDeepStrictEqual } from 'node:util';
import type { TestServer } from '../../environment.ts';
import { ownCases } from './cases.ts';
import { resources } from './resources.ts';

export interface OwnOutcome {
  readonly name: string;
  /** Difference from the expectation; undefined when there is none. */
  readonly fault: string | undefined;
}

export async function runOwnCases(server: TestServer): Promise<OwnOutcome[]> {
  for (const resource of resources) {
    const stored = await server.write('PUT', `/${resource.resourceType}/${resource.id}`, resource);
    if (stored.status !== 201) throw new Error(`${resource.id} was refused: ${stored.text}`);
  }
  const outcomes: OwnOutcome[] = [];
  for (const { name, path, parameter, status = 200, read, expected } of ownCases) {
    const reply =
      parameter === undefined
        ? await server.request('GET', `/${path}`)
        : await server.write('POST', `/${path}`, { resourceType: 'Parameters', parameter });
    const found = reply.status === status ? read(reply) : `status ${reply.status}: ${reply.text.slice(0, 300)}`;
    const isRight = reply.status === status && isDeepStrictEqual(found, expected);
    outcomes.push({ name, fault: isRight ? undefined : `${JSON.stringify(found)}, not ${JSON.stringify(expected)}` });
  }
  for (const { resourceType, id } of resources) await server.request('DELETE', `/${resourceType}/${id}`);
  return outcomes;
}
