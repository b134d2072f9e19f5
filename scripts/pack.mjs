// `npm run pack`: builds the packages that others may embed (`"dhp": { "publish": true }` in their package.json) as JavaScript with
// declarations and as tarballs, in dist/packages (`--out FOLDER` for another folder). Node refuses to strip types below node_modules, so
// published code must be emitted. Each package contains a README and the licence; a missing README is an error.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { readArguments } from './arguments.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const { values } = readArguments({
  command: 'npm run pack',
  help: `Makes the packages that others may embed, as JavaScript with declarations and as tarballs.

Usage: npm run pack -- [--out FOLDER] [--unchecked]

  --out FOLDER   where they are made; what is there is removed before; default dist/packages
  --unchecked    does not look for faults of types, as npm run check does
  --help         this text
`,
  options: { out: { type: 'string' }, unchecked: { type: 'boolean', default: false } },
});
const out = resolve(values.out ?? join(root, 'dist/packages'));

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** The publishable packages, each after its dependencies. */
function publishable() {
  const packages = new Map();
  for (const folder of readdirSync(join(root, 'packages')).sort()) {
    const source = join(root, 'packages', folder);
    if (!existsSync(join(source, 'package.json'))) continue;
    const manifest = readJson(join(source, 'package.json'));
    if (manifest.dhp?.publish === true)
      packages.set(manifest.name, { folder, source, target: join(out, folder), manifest });
  }
  const ordered = new Set();
  const visit = (one) => {
    for (const name of Object.keys(one.manifest.dependencies ?? {})) if (packages.has(name)) visit(packages.get(name));
    ordered.add(one);
  };
  for (const one of packages.values()) visit(one);
  return [...ordered];
}

/** Parsed declarations of the language, of Node and of siblings, which all packages share. */
const parsed = new Map();
function hostOf(options) {
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile;
  host.getSourceFile = (name, ...rest) => {
    if (!parsed.has(name)) parsed.set(name, parse(name, ...rest));
    return parsed.get(name);
  };
  return host;
}

/** The doors of a package, each with its module without the ending: `./parameters`, `./src/parameters`. */
function doorsOf({ exports }) {
  return Object.entries(exports).map(([door, file]) => [door, file.replace(/\.ts$/, '')]);
}

/** Emits JavaScript and declarations of one package; its siblings are seen as consumers will see them. */
function emit({ source, target, manifest }, siblings) {
  const paths = Object.fromEntries(
    siblings.flatMap((s) =>
      doorsOf(s.manifest).map(([door, file]) => [
        `${s.manifest.name}${door.slice(1)}`,
        [join(s.target, `${file}.d.ts`)],
      ]),
    ),
  );
  const config = readJson(join(root, 'tsconfig.json'));
  const { options, errors } = ts.convertCompilerOptionsFromJson(
    {
      ...config.compilerOptions,
      noEmit: false,
      allowImportingTsExtensions: undefined,
      rewriteRelativeImportExtensions: true,
      declaration: true,
      noCheck: values.unchecked,
      rootDir: source,
      outDir: target,
      paths,
    },
    root,
  );
  const program = ts.createProgram(
    doorsOf(manifest).map(([, file]) => join(source, `${file}.ts`)),
    options,
    hostOf(options),
  );
  const { diagnostics } = program.emit();
  const faults = [...errors, ...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (faults.length > 0) {
    const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => '\n' };
    throw new Error(ts.formatDiagnostics(faults, host));
  }
}

/** The files below a folder, as paths relative to it, sorted. */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** The packages that the emitted files import, or require when they are first needed. */
function importsOf(target) {
  const found = new Set();
  for (const file of filesOf(target).filter((name) => /\.(js|d\.ts)$/.test(name))) {
    for (const { fileName } of ts.preProcessFile(readFileSync(join(target, file), 'utf8'), true, true).importedFiles) {
      if (fileName.startsWith('.') || fileName.startsWith('node:') || builtinModules.includes(fileName)) continue;
      found.add(fileName.split('/', fileName.startsWith('@') ? 2 : 1).join('/'));
    }
  }
  return [...found].sort();
}

/** Returns the package.json for publication: with the version of everything imported, and without build settings. */
function publishedManifest({ manifest, target }) {
  const { name, version, description, license, keywords } = manifest;
  const dependencies = Object.fromEntries(
    importsOf(target).map((imported) => {
      const wanted = manifest.dependencies?.[imported];
      if (wanted === undefined) throw new Error(`${name} imports ${imported}, which its package.json does not name`);
      return [imported, wanted];
    }),
  );
  return {
    name,
    version,
    description,
    license,
    ...(keywords && { keywords }),
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20' },
    exports: {
      ...Object.fromEntries(
        doorsOf(manifest).map(([door, file]) => [door, { types: `${file}.d.ts`, default: `${file}.js` }]),
      ),
      './package.json': './package.json',
    },
    dependencies,
  };
}

/** The derived tables that a package reads at run time, so that its users need not generate them. */
function copyGenerated({ source, target }) {
  if (!existsSync(join(source, 'generated'))) return;
  for (const name of readdirSync(join(source, 'generated')).filter((file) => /\.(?:json|bin)$/.test(file))) {
    cpSync(join(source, 'generated', name), join(target, 'generated', name));
  }
}

/** Returns npm's report about each tarball. */
function packTarballs(packages) {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const folders = packages.map(({ folder }) => `./${folder}`);
  const args = ['pack', ...folders, '--json', '--ignore-scripts', '--pack-destination', out];
  const report = execFileSync(npm, args, { cwd: out, encoding: 'utf8', shell: process.platform === 'win32' });
  // npm prints a list; newer versions print an object by package name.
  return Object.values(JSON.parse(report));
}

const generator = join(root, 'packages/fhir-model/build/generate.ts');
execFileSync(process.execPath, [generator, '--if-stale'], { stdio: 'inherit' });

const packages = publishable();
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const one of packages) {
  emit(one, packages);
  copyGenerated(one);
  writeFileSync(join(one.target, 'package.json'), `${JSON.stringify(publishedManifest(one), null, 2)}\n`);
  cpSync(join(root, 'LICENSE'), join(one.target, 'LICENSE'));
  cpSync(join(one.source, 'README.md'), join(one.target, 'README.md'));
}
for (const { filename, size } of packTarballs(packages))
  console.log(`${join(out, filename)} (${Math.ceil(size / 1024)} kB)`);
