/** @dhp/fhir-store/packages: the register of installed packages, for who installs them. */
export {
  listPackages,
  openPackageRegister,
  type InstalledPackage,
  type PackageMember,
  type PackageName,
  type PackageRegister,
} from './packages/package-register.ts';
