/** The administration's representation of access policies and emergencies, made from the answers of the environments. */
import type { ExplainedAt, GlassAt, StateAt, Tried, VersionsAt } from '../access/access-answers.ts';

export function shownState({ generation, version, text, consents, ...told }: StateAt): Record<string, unknown> {
  return {
    ...{ generation, version, policies: text, consents_without_policies: consents },
    ...{ consents_of_nobody: told.consentsOfNobody ?? [], factors: told.factors },
  };
}

export function shownVersions({ versions, activations }: VersionsAt): Record<string, unknown> {
  return {
    versions: versions.map(({ version, made, madeBy, reason }) => ({
      ...{ version, made_at: made, made_by: madeBy, reason },
    })),
    activations: activations.map(({ version, made, madeBy, reason }) => ({
      ...{ version: version ?? null, made_at: made, made_by: madeBy, reason },
    })),
  };
}

export function shownTry({ version, changes, losses }: Tried): Record<string, unknown> {
  return {
    ...{ version, changes },
    losses: losses.map(({ who, of: what, types, rules, isNothing, only, without, hidden, readOnly, labels }) => ({
      who: {
        ...{ authority: who.authority, clients: who.clients, number_of_clients: who.numberOfClients, roles: who.roles },
        ...(who.people !== undefined && { people: who.people }),
      },
      ...{ what, types, rules },
      ...(isNothing === true && { nothing: true }),
      ...(only !== undefined && { only }),
      ...(without !== undefined && { without }),
      ...(hidden !== undefined && { hidden }),
      ...(readOnly !== undefined && { read_only: readOnly }),
      ...(labels !== undefined && { labels }),
    })),
  };
}

export function shownExplanation({ readOnly, ...told }: ExplainedAt): Record<string, unknown> {
  return { ...told, read_only: readOnly };
}

export function shownGlass({ glass, hasMore }: GlassAt): Record<string, unknown> {
  return {
    glass: glass.map(({ reviewedBy, verdict, note, person, ...entry }) => ({
      ...entry,
      ...(person !== null && { person }),
      ...(verdict !== null && { verdict, note, reviewed_by: reviewedBy }),
    })),
    has_more: hasMore,
  };
}
