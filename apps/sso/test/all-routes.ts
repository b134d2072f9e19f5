/** Every route of the server, for tests that send requests to all of them: new routes are included automatically. */
import { connect } from '@dhp/postgres';
import { createSso } from '@dhp/sso';
import type { TestBed } from './support.ts';

export type Route = readonly [method: string, path: string];

/** As the framework prints them: a tree of segments with the methods behind, `├── oauth/token (POST)`. */
export async function allRoutes(bed: TestBed, issuer: string): Promise<Route[]> {
  const sql = connect(bed.databaseUrl, { max: 1 });
  const { app, close } = await createSso({
    ...{ sql, issuer, environments: { playground: 'http://localhost/fhir' }, encryptionKey: bed.encryptionKey },
    ...{ defaultLanguage: 'uz', send: () => Promise.resolve(), signUp: true },
  });
  await app.ready();
  const printed = app.printRoutes({ commonPrefix: false });
  await close();
  await sql.end();
  const above: string[] = [];
  return printed.split('\n').flatMap((line) => {
    const [, indent, segment, methods] = /^(.*)── (\S+)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    if (indent === undefined) return [];
    const depth = (indent.length - 1) / 4;
    above[depth] = (above[depth - 1] ?? '') + segment!;
    return methods?.split(', ').map((method): Route => [method, above[depth]!]) ?? [];
  });
}
