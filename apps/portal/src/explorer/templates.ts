/** Resource templates: each is valid R5, and conforms to a national profile if the server has it. */
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
 * Returns the templates for a server: they claim national profiles that the server has.
 * @param declared undefined while the server's CapabilityStatement is unknown
 */
export function templatesFor(declared: Declared | undefined): Template[] {
  return templates.flatMap(({ id, profile, resource }) => {
    const type = declared?.types.get(resource.resourceType);
    // A server without this type gets no template of it.
    if (declared !== undefined && type === undefined) return [];
    const claimed = profile !== undefined && type?.profiles.includes(profile) === true ? profile : undefined;
    return [{ id: id as TemplateName, profile: claimed, resource }];
  });
}

/** The text of a template for the editor, with the claimed profile after its type. */
export function textOfTemplate({ resource, profile }: Template): string {
  const { resourceType, ...members } = resource;
  const meta = profile !== undefined && { meta: { profile: [profile] } };
  return JSON.stringify({ resourceType, ...meta, ...members }, undefined, 2);
}
