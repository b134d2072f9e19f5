/** Statements of the server about itself, made on request and cached: capabilities, and files for tools. */
import { createHash } from 'node:crypto';
import { formatInstant } from '@dhp/fhir-model/instant';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import type { DefinitionsNow, ResourceStore } from '@dhp/fhir-store';
import { capabilityStatement } from '../capabilities.ts';
import { LastingBytes } from '../contract/lasting-bytes.ts';
import type { Services, Statement } from '../contract/interaction.ts';
import type { Route } from '../contract/route.ts';
import { declaredGuides, type DeclaredGuides } from '../declared-guides.ts';
import type { FhirOptions } from '../options.ts';
import { terminologyStatement } from '../terminology-capabilities.ts';
import { openApiTexts } from './openapi/texts.ts';
import { postmanCollection } from './postman/collection.ts';
import { postmanEnvironment } from './postman/environment.ts';

/** Bytes of cached statements about some types, in all forms. */
const keptBytes = 4 * 1024 * 1024;

/** @param types the types with an endpoint */
export function statementsOf(
  options: FhirOptions,
  routes: readonly Route[],
  types: readonly string[],
  clock: () => Date,
): Pick<Services, 'capabilities' | 'tools'> {
  const { store, timeZone } = options;
  const date = clock();
  const current = latestOf(store, (own, guides) => {
    const now = clock();
    const described = openApiTexts({ options, routes, types, own });
    const whole = capabilityStatement(options, routes, types, formatInstant(now, timeZone), own, guides);
    return {
      full: ofTypes(statementOf(whole, now), partsOf(whole), now),
      openApi: kept((asked) => statementOfText(described(asked), now)),
    };
  });
  return {
    capabilities: {
      full: (asked) => current().then(({ full }) => full(asked)),
      terminology: terminologyStatement(options, formatInstant(date, timeZone), (resource) =>
        statementOf(resource, date),
      ),
    },
    tools: {
      openApi: (asked) => current().then((now) => now.openApi(asked)),
      postmanCollection: statementOf(postmanCollection(options), date),
      postmanEnvironment: statementOf(postmanEnvironment(options), date),
    },
  };
}

/**
 * The statements about the current search parameters and guides, made again when these change. While the database is unavailable, the
 * definitions known before are used.
 */
function latestOf<Made>(
  store: Pick<ResourceStore, 'knownSearchParameters' | 'definitions'>,
  make: (own: OwnParameters, guides: DeclaredGuides | undefined) => Made,
): () => Promise<Made> {
  let made: { readonly of: string; readonly by: DefinitionsNow | undefined; readonly statements: Made } | undefined;
  return async () => {
    const definitions = await store.definitions.current().catch(() => made?.by);
    const own = store.knownSearchParameters();
    const of = `${own.generation} ${own.ready}`;
    if (made?.of !== of || made.by !== definitions) {
      made = { of, by: definitions, statements: make(own, definitions && declaredGuides(definitions)) };
    }
    return made.statements;
  };
}

/** Makes a statement with its entity tag. */
export function statementOf(resource: object, date: Date): Statement {
  return statementOfText(JSON.stringify(resource), date);
}

function statementOfText(text: string, date: Date): Statement {
  const body = Buffer.from(text);
  const etag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`;
  return { body: new LastingBytes(body), etag, date };
}

interface Parts {
  /** The text with the place of `rest.resource` left out: before and after it. */
  readonly frame: readonly [before: string, after: string];
  readonly byType: ReadonlyMap<string, string>;
}

const place = '\uf8ff';

/** Stored as texts, so that a request for some types costs in proportion to its length. */
function partsOf(whole: object): Parts {
  const { rest, ...head } = whole as { rest: [{ resource: { type: string }[] }] };
  const [server] = rest;
  const meta = { tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }] };
  const { resourceType, ...elements } = head as { resourceType?: string };
  const framed = { resourceType, meta, ...elements, rest: [{ ...server, resource: place }] };
  const [before = '', after = ''] = JSON.stringify(framed).split(`"${place}"`);
  return {
    frame: [before, after],
    byType: new Map(server.resource.map((one) => [one.type, JSON.stringify(one)])),
  };
}

function ofTypes(full: Statement, { frame: [before, after], byType }: Parts, date: Date): OfTypes {
  const some = kept((asked) =>
    statementOfText(`${before}[${asked.map((type) => byType.get(type) ?? '').join(',')}]${after}`, date),
  );
  return (asked) => (asked.length === 0 ? full : some(asked));
}

type OfTypes = (asked: readonly string[]) => Statement;

/** Caches the latest statements by the requested types; the statement about all types stays cached. */
function kept(make: OfTypes): OfTypes {
  const made = new Map<string, Statement>();
  return (asked) => {
    const name = asked.join();
    const known = made.get(name) ?? make(asked);
    made.delete(name);
    made.set(name, known);
    let bytes = 0;
    for (const [other, { body }] of [...made].reverse()) {
      bytes += other === '' ? 0 : body.size;
      if (bytes > keptBytes && other !== name) made.delete(other);
    }
    return known;
  };
}
