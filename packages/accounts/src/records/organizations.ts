/**
 * Names of organisations, fetched from the FHIR servers over HTTP: people know their clinic by its name rather than by the id of its
 * record. If a name does not arrive in time, only the id is shown.
 */
import { LRUCache } from 'lru-cache';
import type { Language } from '@dhp/negotiation';
import type { EnvironmentName } from '@dhp/sso-kit';
import { recordsToken, type RecordsOptions } from './records-token.ts';

/** An organisation in the records of an environment: Organization/<organization>. */
export interface OrganizationAt {
  environment: EnvironmentName;
  organization: string;
}

/** With its name, if it has one. */
export interface NamedOrganization extends OrganizationAt {
  readonly name?: string;
}

export interface Organizations {
  /** The same organisations in the same order, the first fifty with their names; never rejects. */
  named<At extends OrganizationAt>(
    these: readonly At[],
    language: Language,
  ): Promise<(At & Pick<NamedOrganization, 'name'>)[]>;
}

interface Names {
  readonly until: number;
  readonly names: Promise<FhirNames | undefined>;
}

interface FhirNames {
  readonly name?: string;
  readonly _name?: {
    extension?: { url: string; extension?: { url: string; valueCode?: string; valueString?: string }[] }[];
  };
}

const timeout = 1_000;
const remembered = 5 * 60_000;
const rememberedFailure = 30_000;
const most = 1_000;
/**
 * Most names fetched for one page; other organisations are shown by id, so that an administrator of a whole region does not request
 * hundreds of records at once.
 */
const mostOfPage = 50;
const translation = 'http://hl7.org/fhir/StructureDefinition/translation';

export function fhirOrganizations(o: RecordsOptions): Organizations {
  const known = new LRUCache<string, Names>({ max: most });

  async function ask({ environment, organization }: OrganizationAt): Promise<FhirNames | undefined> {
    const base = o.environments[environment];
    if (base === undefined) return undefined;
    const token = await recordsToken(o, { audience: base, scope: 'system/Organization.r' });
    const path = `Organization/${encodeURIComponent(organization)}?_elements=name`;
    const response = await fetch(`${o.fhirUrls?.[environment] ?? base}/${path}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/fhir+json' },
      redirect: 'error',
      signal: AbortSignal.timeout(o.namesTimeout ?? timeout),
    });
    const body: unknown = await response.json();
    return response.status === 200 ? (body as FhirNames) : undefined;
  }

  function namesOf(at: OrganizationAt): Promise<FhirNames | undefined> {
    const key = `${at.environment}/${at.organization}`;
    const now = o.clock().getTime();
    const found = known.get(key);
    if (found !== undefined && found.until > now) return found.names;
    const names = ask(at).catch(() => {
      known.set(key, { until: now + rememberedFailure, names });
      return undefined;
    });
    known.set(key, { until: now + remembered, names });
    return names;
  }

  return {
    named: (these, language) =>
      Promise.all(
        these.map(async (at, place) => {
          if (place >= mostOfPage) return at;
          const name = nameIn(await namesOf(at), language);
          return name === undefined ? at : { ...at, name };
        }),
      ),
  };
}

/** The name from the translation extension in the language, otherwise the plain name. https://hl7.org/fhir/R5/languages.html#ext */
function nameIn(names: FhirNames | undefined, language: Language): string | undefined {
  for (const { url, extension = [] } of names?._name?.extension ?? []) {
    if (url !== translation) continue;
    const lang = extension.find((part) => part.url === 'lang')?.valueCode;
    const content = extension.find((part) => part.url === 'content')?.valueString;
    if (content !== undefined && lang?.split('-')[0]?.toLowerCase() === language) return content;
  }
  return names?.name;
}
