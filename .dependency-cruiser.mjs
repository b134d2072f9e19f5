import { readFileSync } from 'node:fs';
import { arrows, pure } from './architecture/arrows.mjs';

const workspaces = Object.keys(arrows);

/** One rule a workspace: its source may reach itself and the workspaces that the table names, nothing else in the house. */
const arrowRules = workspaces.map((from) => ({
  name: `arrows: ${from}`,
  comment: `${from} may import only ${arrows[from].join(', ') || 'itself'} (architecture/arrows.mjs)`,
  severity: 'error',
  from: { path: `^${from}/src/` },
  to: { path: '^(apps|packages)/', pathNot: [from, ...arrows[from]].map((allowed) => `^${allowed}/`) },
}));

/** The files that the package of a workspace exports, as a regular expression. */
function doorsOf(workspace) {
  const { exports = {} } = JSON.parse(readFileSync(new URL(`${workspace}/package.json`, import.meta.url), 'utf8'));
  const files = Object.values(exports).map((file) => file.replace('./', '').replaceAll('.', '\\.'));
  return `^${workspace}/(?:${files.join('|')})$`;
}

const doorRules = workspaces.map((to) => ({
  name: `one door: ${to}`,
  comment: `neighbours enter ${to} by its exports, never by a path inside it`,
  severity: 'error',
  from: { path: '^(apps|packages)/', pathNot: `^${to}/` },
  to: { path: `^${to}/`, pathNot: doorsOf(to) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...arrowRules,
    ...doorRules,
    {
      name: 'no cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'known workspaces',
      comment: 'every workspace stands in architecture/arrows.mjs',
      severity: 'error',
      from: { path: '^(apps|packages)/', pathNot: workspaces.map((known) => `^${known}/`) },
      to: {},
    },
    {
      name: 'pure packages',
      comment: 'rules of FHIR and OAuth know nothing of sockets, files or SQL',
      severity: 'error',
      from: { path: pure.map((name) => `^${name}/src/`) },
      to: {
        path: '^(node:)?(fs|net|http|https|http2|tls|child_process|worker_threads)|^node_modules/(postgres|fastify)/',
      },
    },
    {
      name: 'engine behind one seam',
      comment: 'only packages/protocol/src/engine imports oidc-provider',
      severity: 'error',
      from: { pathNot: '^packages/protocol/src/engine/' },
      to: { path: '^node_modules/oidc-provider/' },
    },
    {
      name: 'the driver stays behind packages/postgres',
      severity: 'error',
      from: { path: '^(apps|packages)/', pathNot: '^packages/postgres/' },
      to: { path: '^node_modules/postgres/' },
    },
    {
      name: 'no test code in the product',
      severity: 'error',
      from: { path: '^(apps|packages)/[^/]+/src/', pathNot: '/src/testing\\.ts$' },
      to: { path: '(/test/|/src/testing\\.ts$)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|generated)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
