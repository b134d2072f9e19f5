/** @dhp/fhir-store/packages: the register of installed packages, for installation. */
export { listPackages, openPackageRegister, type PackageRegister } from './packages/package-register.ts';
export type { InstalledPackage, PackageMember, PackageName } from './installed-package.ts';
