/** Resources to begin with: each is one of R5, and of a national profile where the server has that. */
import type { Declared } from './completion.ts';
import templates from './templates.json' with { type: 'json' };

export type TemplateName =
  | 'allergy'
  | 'blood-pressure'
  | 'condition'
  | 'encounter'
  | 'immunization'
  | 'laboratory-order'
  | 'laboratory-result'
  | 'patient'
  | 'prescription'
  | 'report';

export interface Template {
  readonly id: TemplateName;
  readonly resource: { readonly resourceType: string; readonly [member: string]: unknown };
  /** The national profile that it claims; undefined if it is one of R5 alone. */
  readonly profile: string | undefined;
}

/**
 * Returns the templates for a server: those of national profiles claim them where the server has them.
 * @param declared undefined while it is not known what the server has
 */
export function templatesFor(declared: Declared | undefined): Template[] {
  return templates.flatMap(({ id, profile, resource }) => {
    const type = declared?.types.get(resource.resourceType);
    // A server that has no such type takes none.
    if (declared !== undefined && type === undefined) return [];
    const claimed = profile !== undefined && type?.profiles.includes(profile) === true ? profile : undefined;
    return [{ id: id as TemplateName, profile: claimed, resource }];
  });
}

/** The text of a template as it is edited, with the profile that it claims behind its type. */
export function textOfTemplate({ resource, profile }: Template): string {
  const { resourceType, ...members } = resource;
  const meta = profile !== undefined && { meta: { profile: [profile] } };
  return JSON.stringify({ resourceType, ...meta, ...members }, undefined, 2);
}
