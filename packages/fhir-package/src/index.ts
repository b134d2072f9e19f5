export { builtInPackages, builtInVersion, readManifest, type PackageManifest } from './manifest.ts';
export { candidateIds } from './candidate-ids.ts';
export { PackageFault, type PackageFaultKind } from './package-fault.ts';
export { isIntact, type StatedIntegrity } from './integrity.ts';
export { packageOf, type FhirPackage, type PackageFile, type PackageResource } from './package.ts';
export { readTarball, type TarballLimits } from './read-tarball.ts';
export { chooseVersion, fits, publishedPackage, type Published, type PublishedVersion } from './registry-answer.ts';
export { parseSpecifier, specifierText, type Specifier } from './specifier.ts';
