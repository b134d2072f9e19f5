/** Two nodes of the platform over one database, whose clocks differ. */
import { randomBytes } from 'node:crypto';
import { glob } from 'node:fs/promises';
import { connect, databaseUrl } from '@dhp/postgres';
import { openHome, type Home } from '../../platform.ts';
import { freePort } from '../../processes.ts';

export interface Node {
  readonly sso: string;
  readonly fhir: string;
  /** All that it has said so far. */
  readonly said: () => string;
}

/** The library that moves the clock of a process. https://github.com/wolfcw/libfaketime */
export async function fakeClock(): Promise<string | undefined> {
  for await (const file of glob('/usr/lib/{,*/}faketime/libfaketime.so.1')) return file;
  return undefined;
}

/** Why there is no such library here; undefined if there is one. */
export const noFakeClock = async (): Promise<string | undefined> =>
  (await fakeClock()) === undefined ? 'libfaketime is not installed (apt-get install libfaketime)' : undefined;

/**
 * Two nodes over one database, of which the second has a clock of its own.
 * @param clock settings of libfaketime for it
 * @param homes those that are to be closed, also after a failure
 */
export async function startNodes(
  { server, database, clock }: { server: string; database: string; clock: Readonly<Record<string, string>> },
  homes: Home[],
): Promise<Node[]> {
  const admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  await admin.end();
  const ports = await Promise.all([0, 1].map(async () => ({ sso: await freePort(), web: await freePort() })));
  const [own] = ports;
  const shared = {
    DATABASE_URL: databaseUrl(server, database),
    DHP_SECRET_KEY: randomBytes(32).toString('base64'),
    DHP_SSO_URL: `http://localhost:${String(own!.sso)}`,
    DHP_PLAYGROUND_URL: `http://localhost:${String(own!.web)}/fhir`,
    DHP_PORTAL_URL: `http://localhost:${String(own!.web)}`,
  };
  const faked = { LD_PRELOAD: (await fakeClock()) ?? '', FAKETIME_DONT_FAKE_MONOTONIC: '1', ...clock };
  const nodes: Node[] = [];
  for (const [n, { sso, web }] of ports.entries()) {
    const environment = { ...shared, DHP_SSO_PORT: String(sso), DHP_PORT: String(web), ...(n === 1 && faked) };
    const home = await openHome({ environment });
    homes.push(home);
    const platform = await home.start();
    nodes.push({
      sso: `http://localhost:${String(sso)}`,
      fhir: `http://localhost:${String(web)}/fhir`,
      said: () => platform.said(),
    });
  }
  return nodes;
}
