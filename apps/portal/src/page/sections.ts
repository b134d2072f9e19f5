/** The sections of the portal, in the order of the navigation. A new part of the portal is a row here. */

export type SectionName = 'start' | 'applications' | 'explorer' | 'documents';

export interface Section {
  readonly name: SectionName;
  /** Path below the portal's root, without a slash before it. */
  readonly path: string;
  /** Present only if people can sign in. */
  readonly needsSignIn?: boolean;
}

export const sections: readonly Section[] = [
  { name: 'start', path: '' },
  { name: 'applications', path: 'applications', needsSignIn: true },
  { name: 'explorer', path: 'explorer', needsSignIn: true },
  { name: 'documents', path: 'documents' },
];
