/** The software bill of materials: the npm packages in the program, as SPDX 2.3. */
import fs from 'node:fs';
import { join } from 'node:path';

/** An npm package in the program. Shape: `sha512` in hex. */
export type BundledPackage = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly sha512: string;
};

type Locked = {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly integrity?: string;
};

/** The runtime, an optional dependency: the executable is compiled with it. */
const RUNTIME = /^@oven\/bun-linux-/;

/** Only for Node.js: not in the executables. */
const NOT_BUNDLED = /^(@koromix\/|koffi$|@colors\/)/;

/** Returns the packages, sorted, as locked by package-lock.json. */
export function bundledPackages(root: string): readonly BundledPackage[] {
  const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
    fs.readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  return Object.entries(lock.packages)
    .flatMap(([path, { version, license, dev, optional, integrity }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const isBundled = (optional !== true || RUNTIME.test(name)) && !NOT_BUNDLED.test(name);
      if (path === '' || dev === true || !isBundled) return [];
      const sha512 = Buffer.from((integrity ?? '').replace('sha512-', ''), 'base64').toString('hex');
      return [{ name, version, license: license ?? 'NOASSERTION', sha512 }];
    })
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** The files of a release. Shape: `sha256` by name. */
type ReleasedFiles = ReadonlyMap<string, string>;

/** A package of Debian in the image. */
export type DebianPackage = { readonly name: string; readonly version: string; readonly arch: string };

/** The items of a bill besides the npm packages. Units: seconds since the epoch. */
type Bill = {
  readonly version: string;
  readonly epoch: number;
  readonly files: ReleasedFiles;
  readonly debian?: readonly DebianPackage[];
};

/** Returns the document. Source: spdx.github.io/spdx-spec/v2.3. */
export function renderSbom(root: string, { version, epoch, files, debian = [] }: Bill): string {
  const main = 'SPDXRef-Package-vnet';
  const packages = bundledPackages(root).map((one) => ({ id: idOf(one), ...one }));
  const released = [...files].map(([name, sha256]) => ({ id: `SPDXRef-File-${plain(name)}`, name, sha256 }));
  const digest = released.map(({ sha256 }) => sha256.slice(0, 8)).join('');
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `vnet-${version}`,
    documentNamespace: `https://spdx.org/spdxdocs/vnet-${version}-${digest}`,
    creationInfo: {
      created: new Date(epoch * 1000).toISOString().replace('.000', ''),
      creators: ['Tool: npm run package'],
    },
    packages: [
      {
        SPDXID: main,
        name: 'vnet',
        versionInfo: version,
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: false,
        licenseConcluded: 'Apache-2.0',
        licenseDeclared: 'Apache-2.0',
        copyrightText: 'NOASSERTION',
      },
      ...packages.map((one) => spdxPackage(one)),
      ...debian.map((one) => spdxDebian(one)),
    ],
    files: released.map(({ id, name, sha256 }) => ({
      SPDXID: id,
      fileName: `./${name}`,
      checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }],
      licenseConcluded: 'NOASSERTION',
      copyrightText: 'NOASSERTION',
    })),
    relationships: [
      relation('SPDXRef-DOCUMENT', 'DESCRIBES', main),
      ...packages.map(({ id }) => relation(main, 'CONTAINS', id)),
      ...debian.flatMap((one) => released.map(({ id }) => relation(id, 'CONTAINS', debianId(one)))),
      ...released.map(({ id }) => relation(id, 'GENERATED_FROM', main)),
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function spdxPackage({
  id,
  name,
  version,
  license,
  sha512,
}: BundledPackage & { readonly id: string }): object {
  return {
    SPDXID: id,
    name,
    versionInfo: version,
    downloadLocation: `https://registry.npmjs.org/${name}`,
    filesAnalyzed: false,
    checksums: [{ algorithm: 'SHA512', checksumValue: sha512 }],
    licenseConcluded: license,
    licenseDeclared: license,
    copyrightText: 'NOASSERTION',
    externalRefs: [
      {
        referenceCategory: 'PACKAGE-MANAGER',
        referenceType: 'purl',
        referenceLocator: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      },
    ],
  };
}

function spdxDebian({ name, version, arch }: DebianPackage): object {
  const locator = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${arch}`;
  return {
    SPDXID: debianId({ name, version, arch }),
    name,
    versionInfo: version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: locator },
    ],
  };
}

const debianId = ({ name, arch }: DebianPackage): string => `SPDXRef-Debian-${plain(`${name}-${arch}`)}`;

function relation(from: string, type: string, to: string): object {
  return { spdxElementId: from, relationshipType: type, relatedSpdxElement: to };
}

function idOf({ name, version }: BundledPackage): string {
  return `SPDXRef-Package-${plain(`${name}-${version}`)}`;
}

function plain(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9.-]+/g, '-').replace(/^-/, '');
}
