/** The words of the register of installed packages. */
export interface PackageName {
  readonly name: string;
  readonly version: string;
}

export interface NewPackage extends PackageName {
  readonly title: string | undefined;
  readonly canonical: string | undefined;
  readonly dependencies: Readonly<Record<string, string>>;
  /** Source from which it was read. */
  readonly origin: string;
  /** The name of the installer. */
  readonly by: string;
}

export interface InstalledPackage extends NewPackage {
  readonly installed: Date;
  /** False when an installation is under way or was interrupted; installing it again completes it. */
  readonly complete: boolean;
  readonly resources: number;
}

/** A resource that a package has brought. */
export interface PackageMember {
  readonly package: PackageName;
  readonly type: string;
  readonly id: string;
  readonly url: string | undefined;
  /** The business version of the resource. */
  readonly version: string | undefined;
  /** `contentHash` of the content of the package. */
  readonly hash: string;
  /** It was there before any package brought it. */
  readonly adopted: boolean;
}
