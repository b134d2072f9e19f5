/** The servers that requests of the shapes are sent to. */
import type { World } from './shape.ts';
import { signInOperator } from './sso/people.ts';
import { openPublisher } from './sso/publisher.ts';

export interface WorldOptions extends Pick<World, 'sso' | 'client' | 'operator'> {
  /** Makes a user an administrator of the platform, which nothing over HTTP can. */
  readonly makeAdministrator: (username: string) => Promise<unknown>;
  /** Asks the FHIR server with a token for everything. */
  readonly askFhir: (
    method: string,
    path: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ) => Promise<{ readonly status: number; readonly text: string }>;
}

/** An operator's session is used for so long, in ms. */
const sessionLife = 300_000;

export function openCostWorld({ askFhir, makeAdministrator, ...given }: WorldOptions): World {
  let operator: { readonly cookies: Promise<string>; readonly since: number } | undefined;
  const world: World = {
    ...given,
    publish: openPublisher(),
    async ask({ server = 'fhir', method, path, body, headers = {} }) {
      if (server === 'fhir') return askFhir(method, path, body, headers);
      const response = await fetch(`${given.sso.url}/${path}`, {
        ...{ method, headers, redirect: 'manual' as const },
        ...(body !== undefined && { body }),
      });
      const text = await response.text();
      return { status: response.status, text: text === '' ? (response.headers.get('location') ?? '') : text };
    },
    signInOperator() {
      if (operator === undefined || performance.now() - operator.since > sessionLife)
        operator = { cookies: signInOperator(world, makeAdministrator), since: performance.now() };
      return operator.cookies;
    },
  };
  return world;
}
