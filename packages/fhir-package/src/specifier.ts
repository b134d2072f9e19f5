import { PackageFault } from './package-fault.ts';

/** A package as people name it: `name`, `name@version` or, as FHIR tools write it, `name#version`. */
export interface Specifier {
  readonly name: string;
  /** Undefined: the latest. May end in `.x`, which any number fits. */
  readonly version: string | undefined;
}

/** FHIR's package names are npm's without scope: lower case, in parts that dots join. */
const nameForm = /^[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9_-]+)*$/i;
const versionForm = /^[A-Za-z0-9][A-Za-z0-9.+_-]*$/;
const longest = 128;

/** @throws PackageFault `bad-name` */
export function parseSpecifier(text: string): Specifier {
  const [, name = '', version] = /^([^@#]*)(?:[@#](.*))?$/s.exec(text) ?? [];
  if (!nameForm.test(name) || name.length > longest) {
    throw new PackageFault('bad-name', `"${text}" is not the name of a package, such as hl7.fhir.uv.ips@2.0.0.`);
  }
  if (version !== undefined && (!versionForm.test(version) || version.length > longest)) {
    throw new PackageFault('bad-name', `"${version}" is not a version of a package, such as 2.0.0.`);
  }
  return { name, version };
}

export function specifierText({ name, version }: Specifier): string {
  return version === undefined ? name : `${name}@${version}`;
}
