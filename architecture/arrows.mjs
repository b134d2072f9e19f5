/**
 * The house as one table: which workspace may import which. `npm run check` enforces it (dependency-cruiser), the drawing
 * in docs/architecture.md is tested against it. Arrows point one way; a package that is not named here may not exist.
 */
export const arrows = {
  // pure: they know neither sockets nor SQL
  'packages/budget': [],
  'packages/fhir-model': [],
  'packages/smart-scopes': [],
  'packages/rate-limit': [],
  'packages/name-scripts': [],
  'packages/negotiation': [],
  'packages/ucum': [],
  'packages/synthetic-population': ['packages/fhir-model'],
  'packages/fhirpath': ['packages/budget', 'packages/fhir-model'],
  'packages/fhir-search': ['packages/budget', 'packages/fhir-model', 'packages/fhirpath', 'packages/name-scripts'],
  'packages/fhir-validation': ['packages/budget', 'packages/fhir-model', 'packages/fhirpath'],
  'packages/fhir-terminology': ['packages/budget', 'packages/fhir-model', 'packages/negotiation', 'packages/ucum'],
  'packages/fhir-xml': ['packages/budget', 'packages/fhir-model'],
  'packages/fhir-patch': ['packages/budget', 'packages/fhir-model'],
  'packages/fhir-package': ['packages/fhir-model'],
  'packages/terminology-release': ['packages/fhir-model'],
  'packages/search-index': [
    'packages/budget',
    'packages/fhir-model',
    'packages/fhir-search',
    'packages/fhirpath',
    'packages/name-scripts',
    'packages/ucum',
  ],
  // it knows the web framework
  'packages/web-kit': ['packages/negotiation'],
  // they know the database
  'packages/postgres': [],
  'packages/fhir-store': [
    'packages/budget',
    'packages/fhir-model',
    'packages/fhir-search',
    'packages/fhir-terminology',
    'packages/postgres',
    'packages/search-index',
  ],
  // servers; sso and fhir never meet but in HTTP and in smart-scopes
  'apps/fhir': [
    'packages/budget',
    'packages/fhir-model',
    'packages/fhir-patch',
    'packages/fhir-search',
    'packages/fhir-store',
    'packages/fhir-terminology',
    'packages/fhir-validation',
    'packages/fhir-xml',
    'packages/rate-limit',
    'packages/search-index',
    'packages/smart-scopes',
    'packages/ucum',
  ],
  'apps/sso': [
    'packages/name-scripts',
    'packages/postgres',
    'packages/rate-limit',
    'packages/smart-scopes',
    'packages/web-kit',
  ],
  'apps/portal': ['packages/negotiation', 'packages/web-kit'],
  // the composition root sees everything
  'apps/dhp': [
    'apps/fhir',
    'apps/portal',
    'apps/sso',
    'packages/budget',
    'packages/fhir-model',
    'packages/fhir-package',
    'packages/fhir-store',
    'packages/fhir-terminology',
    'packages/fhir-validation',
    'packages/fhir-xml',
    'packages/postgres',
    'packages/rate-limit',
    'packages/synthetic-population',
    'packages/terminology-release',
    'packages/ucum',
  ],
};

/** Packages that may use neither Node's network or file modules nor a database driver at run time. */
export const pure = [
  'packages/budget',
  'packages/fhirpath',
  'packages/fhir-search',
  'packages/search-index',
  'packages/fhir-validation',
  'packages/fhir-terminology',
  'packages/fhir-xml',
  'packages/fhir-patch',
  'packages/fhir-package',
  'packages/terminology-release',
  'packages/smart-scopes',
  'packages/rate-limit',
  'packages/name-scripts',
  'packages/negotiation',
  'packages/ucum',
  'packages/synthetic-population',
];
