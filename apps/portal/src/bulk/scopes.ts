/** Types of resources that an application may read and search by its scopes; policies and consents may restrict them further. */
import { parseScope } from '@dhp/smart-scopes';
import type { Application } from '../applications/shapes.ts';

/** @returns `all` if every type is permitted */
export function permittedTypes({ scope }: Pick<Application, 'scope'>): readonly string[] | 'all' {
  const types = scope.split(' ').flatMap((text) => {
    const { context, type, permissions } = parseScope(text) ?? {};
    return context === 'system' && permissions?.has('r') === true && permissions.has('s') ? [type!] : [];
  });
  return types.includes('*') ? 'all' : [...new Set(types)].sort();
}

export function mayRead(application: Pick<Application, 'scope'>, type: string): boolean {
  const types = permittedTypes(application);
  return types === 'all' || types.includes(type);
}
