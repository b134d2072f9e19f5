/**
 * Callers of an environment as access policies distinguish them: clients, and persons by their roles. Callers that no rule distinguishes
 * form one kind.
 */
import { openClients, type Client } from '@dhp/clients';
import { openPolicies } from '@dhp/accounts/policies';
import type { Sql } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';
import { parseScope } from '@dhp/smart-scopes';
import { selectKindsOfPersons } from '../store/access-callers.ts';

/** A kind of callers that are alike, in the terms of the environment's API; `shown` is for the reader of a comparison. */
export interface KindOfCallers {
  readonly client: string;
  readonly authority: 'system' | 'user' | 'patient';
  readonly scopes: readonly string[];
  readonly organization?: string;
  readonly person?: string;
  readonly roles?: readonly string[];
  readonly roleScopes?: readonly string[];
  readonly shown: {
    /** The first five ids of clients; empty for persons, who may use any client. */
    readonly clients: readonly string[];
    readonly numberOfClients: number;
    readonly roles: readonly string[];
    /** How many persons have these roles; undefined if it is about clients. */
    readonly people?: number;
  };
}

/** Names that occur in rules of documents, at any depth. */
interface Named {
  readonly client: ReadonlySet<string>;
  readonly organization: ReadonlySet<string>;
  readonly person: ReadonlySet<string>;
}

const mostKinds = 1_000;
const contexts = ['system', 'user', 'patient'] as const;
/** The requests of the Single Sign-On itself, which reads records of people and of organisations. */
const singleSignOn = {
  clientId: 'dhp-sso',
  scopes: ['system/Organization.r', 'system/Patient.r', 'system/RelatedPerson.r'],
};

/**
 * Returns the kinds of callers. A person without a role has only the access that the client gives, so such persons count among the clients.
 * @param texts the documents whose rules distinguish the kinds
 */
export async function kindsOfCallers(
  sql: Sql,
  environment: EnvironmentName,
  texts: readonly string[],
): Promise<KindOfCallers[]> {
  const named = namedIn(texts);
  const clients = (await openClients(sql).list()).filter((client) => client.environment === environment);
  const live = clients.filter(({ disabled }) => disabled === undefined);
  return [...ofClients([singleSignOn, ...live], named), ...(await ofPersons(sql, environment, named, live))];
}

function ofClients(
  clients: readonly Pick<Client, 'clientId' | 'scopes' | 'organization'>[],
  named: Named,
): KindOfCallers[] {
  const kinds = new Map<string, KindOfCallers>();
  for (const { clientId, scopes, organization } of clients) {
    for (const authority of contexts) {
      const own = scopes.filter((scope) => parseScope(scope)?.context === authority).sort();
      if (own.length === 0) continue;
      const acts = authority === 'system' && organization !== undefined ? `Organization/${organization}` : undefined;
      const at = acts === undefined || named.organization.has(acts) ? acts : 'Organization/*';
      const client = named.client.has(clientId) ? clientId : '*';
      const key = JSON.stringify([client, authority, own, at]);
      const known = kinds.get(key)?.shown.clients ?? [];
      kinds.set(key, {
        ...{ client, authority, scopes: own, ...(at !== undefined && { organization: at }) },
        shown: {
          clients: [...known, clientId].slice(0, 5),
          numberOfClients: (kinds.get(key)?.shown.numberOfClients ?? 0) + 1,
          roles: [],
        },
      });
    }
  }
  return [...kinds.values()];
}

/** Persons at each client that a rule names, and at any other client, where the roles alone decide the scopes. */
async function ofPersons(
  sql: Sql,
  environment: EnvironmentName,
  named: Named,
  clients: readonly Client[],
): Promise<KindOfCallers[]> {
  const policies = (await openPolicies(sql).list()).filter((policy) => policy.environment === environment);
  const scopesOf = new Map(policies.map(({ role, scopes }) => [role, scopes]));
  const ids = (of: ReadonlySet<string>, type: string): string[] =>
    [...of].flatMap((reference) => (reference.startsWith(`${type}/`) ? reference.slice(type.length + 1) : []));
  const kinds = await selectKindsOfPersons(
    sql,
    environment,
    { organizations: ids(named.organization, 'Organization'), practitioners: ids(named.person, 'Practitioner') },
    mostKinds,
  );
  const at = clients.filter(({ clientId }) => named.client.has(clientId));
  const places = [
    { clientId: '*', scopes: ['user/*.cruds'] },
    ...at.map(({ clientId, scopes }) => ({ clientId, scopes })),
  ];
  return kinds.flatMap(({ positions, practitioner, people }) => {
    const roles = positions.map((text) => text.replace(' ', ' Organization/'));
    const names = [...new Set(positions.map((text) => text.split(' ')[0]!))];
    return places.map(({ clientId, scopes }): KindOfCallers => ({
      ...{ client: clientId, authority: 'user', scopes, roles },
      ...(practitioner !== null && { person: `Practitioner/${practitioner}` }),
      // The query of a scope narrows it; the query itself does not matter here.
      roleScopes: names.flatMap((role) => scopesOf.get(role) ?? []),
      shown: { clients: clientId === '*' ? [] : [clientId], numberOfClients: clientId === '*' ? 0 : 1, roles, people },
    }));
  });
}

/**
 * Values of `client`, `organization` and `person` below a `who`. A text that is not JSON names nobody; the check of the document reports
 * it.
 */
function namedIn(texts: readonly string[]): Named {
  const named = { client: new Set<string>(), organization: new Set<string>(), person: new Set<string>() };
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'who') note(inner);
      walk(inner);
    }
  };
  const note = (who: unknown): void => {
    for (const [member, found] of Object.entries(named)) {
      const given = (who as Record<string, unknown> | null)?.[member];
      for (const one of Array.isArray(given) ? given : []) if (typeof one === 'string') found.add(one);
    }
  };
  for (const text of texts) {
    try {
      walk(JSON.parse(text));
    } catch {
      // the check of the document reports it
    }
  }
  return named;
}
