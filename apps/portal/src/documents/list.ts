/** Documents of the repository that are pages of the portal. Each document for all readers of an installation has a row here. */

export const readers = ['integrator', 'operator', 'person'] as const;
export type Reader = (typeof readers)[number];

/** Addresses of the documents, `/documents/NAME`, in reading order, with their files from the root of the repository. */
const filesOf = {
  integrator: {
    'getting-started': 'docs/getting-started.md',
    portal: 'docs/portal.md',
    'api-access': 'docs/api-access.md',
    'rest-api': 'docs/rest-api.md',
    jobs: 'docs/jobs.md',
    'bulk-export': 'docs/bulk-export.md',
    subscriptions: 'docs/subscriptions.md',
    notifications: 'docs/notifications.md',
    search: 'docs/search.md',
    'names-across-scripts': 'docs/names-across-scripts.md',
    validation: 'docs/validation.md',
    terminology: 'docs/terminology.md',
    tokens: 'docs/tokens.md',
    clients: 'docs/clients.md',
    'laboratory-results': 'docs/recipes/laboratory-results.md',
    referral: 'docs/recipes/referral.md',
    prescription: 'docs/recipes/prescription.md',
    immunization: 'docs/recipes/immunization.md',
    changelog: 'docs/changelog.md',
  },
  operator: {
    install: 'docs/operations/install.md',
    configuration: 'docs/configuration.md',
    administration: 'docs/administration.md',
    'database-roles': 'docs/database-roles.md',
    pooler: 'docs/pooler.md',
    packages: 'docs/packages.md',
    access: 'docs/access.md',
    reliability: 'docs/reliability.md',
    metrics: 'docs/operations/metrics.md',
    doctor: 'docs/operations/doctor.md',
    backup: 'docs/operations/backup.md',
    retention: 'docs/operations/retention.md',
    runbooks: 'docs/operations/runbooks.md',
    distributed: 'docs/operations/distributed.md',
    'security-policy': 'SECURITY.md',
    'threat-model': 'docs/security/threat-model.md',
    cryptography: 'docs/security/cryptography.md',
    asvs: 'docs/security/asvs.md',
  },
  person: {
    'sign-in': 'docs/sign-in.md',
  },
} as const;

type Files = typeof filesOf;
export type DocumentName = { [R in Reader]: keyof Files[R] }[Reader];

export interface DocumentAbout {
  readonly name: DocumentName;
  readonly reader: Reader;
  /** From the root of the repository. */
  readonly path: string;
}

export const documents: readonly DocumentAbout[] = readers.flatMap((reader) =>
  Object.entries(filesOf[reader]).map(([name, path]) => ({ name: name as DocumentName, reader, path })),
);

/** Pages of the portal that replace a document, from its root. */
export const elsewhere: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'README.md': 'documents/getting-started',
    'docs/README.md': 'documents',
    'docs/errors.md': 'errors',
  }),
);
