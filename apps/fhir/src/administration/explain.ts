/** The simulator: whether somebody may read a resource, and why, by the policies in force, a version of them, or a draft. */
import { isId, resourceTypes } from '@dhp/fhir-model';
import { parseScope } from '@dhp/smart-scopes';
import { explainedBy } from '../access/explain-access.ts';
import type { Budget } from '@dhp/budget';
import { storedSet } from './stored-set.ts';
import { purposes } from '../access/stated-purpose.ts';
import type { Call, Services } from '../contract/interaction.ts';
import { type Asked, optionalText, positionsIn, textIn, textsIn } from './asked.ts';
import { Problem } from './problem.ts';

/** The record of the request names the patients of the resource, since the explanation concerns them. */
export async function explainTo(services: Services, asked: Asked, { recording, budget }: Call): Promise<unknown> {
  const { unguarded, timeZone, baseUrl, clock } = services;
  const { explained, version } = await explainedBy(
    unguarded,
    { timeZone, baseUrl, clock },
    {
      ...resourceIn(textIn(asked, 'resource')),
      grant: grantIn(services, asked),
      permission: asked['interaction'] === 'search' ? 's' : 'r',
      purpose: purposeIn(asked),
      policies: await policiesIn(services, asked, budget),
      paying: { budget, costs: services.costs },
    },
  );
  if (version !== undefined && !version.deleted) recording?.shows?.(version);
  const { policies, limits, labels, factors, permitted } = explained;
  return {
    stored: version === undefined ? 'never' : version.deleted ? 'deleted' : 'yes',
    permitted: permitted === true && version?.deleted === false,
    factors,
    rules: policies?.rules ?? [],
    hidden: limits?.hidden ?? [],
    readOnly: limits?.readOnly ?? [],
    labels: labels ?? [],
  };
}

/** `Observation/7`, or `Observation/7/_history/2`. */
function resourceIn(given: string): { readonly type: string; readonly id: string; readonly versionId?: number } {
  const [, type = '', id = '', version] = /^(\w+)\/([^/]+)(?:\/_history\/(\d{1,9}))?$/.exec(given) ?? [];
  const known = resourceTypes.find((one) => one === type);
  if (known === undefined || !isId(id))
    throw new Problem(
      400,
      'invalid-value',
      'Name a resource as Observation/7, or a version as Observation/7/_history/2.',
    );
  return { type: known, id, ...(version !== undefined && { versionId: Number(version) }) };
}

function purposeIn(asked: Asked): string | undefined {
  const given = optionalText(asked, 'purpose');
  const known = purposes.find((one) => one === given);
  if (given !== undefined && known === undefined)
    throw new Problem(400, 'invalid-value', `purpose is one of ${purposes.join(', ')}.`);
  return known;
}

async function policiesIn(
  { unguarded }: Services,
  asked: Asked,
  budget: Budget,
): Promise<ReturnType<typeof storedSet> | undefined> {
  const { version } = asked;
  if (version === undefined || version === null) {
    const { text } = await unguarded.accessAdministration.inForce();
    return text === undefined ? undefined : storedSet(text, budget);
  }
  const isNumber = Number.isInteger(version) && (version as number) > 0 && (version as number) < 2 ** 31;
  const text = isNumber ? await unguarded.accessAdministration.text(version as number) : undefined;
  if (text === undefined) throw new Problem(404, 'unknown-version', 'There is no such version.');
  return storedSet(text, budget);
}

function grantIn({ trustsHealthWorkers }: Services, asked: Asked): Parameters<typeof explainedBy>[2]['grant'] {
  const roleScopes = asked['roleScopes'] === undefined ? undefined : textsIn(asked, 'roleScopes');
  return {
    clientId: textIn(asked, 'client'),
    subject: textIn(asked, 'subject'),
    scope: textsIn(asked, 'scopes').join(' '),
    patient: optionalText(asked, 'patient'),
    fhirUser: optionalText(asked, 'person'),
    policies: roleScopes?.flatMap((text) => parseScope(text) ?? []).filter(({ context }) => context === 'user'),
    positions: positionsIn(asked),
    patientByRoles: false,
    trustsHealthWorkers,
  };
}
