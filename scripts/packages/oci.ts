/** An OCI image: a layout directory as one tar archive. Source: the OCI image specification 1.1. */
import { gunzipSync } from 'node:zlib';
import { type Entry, sha256, tarOf, textEntry } from './tree.ts';

/** An image. Shape: `layers` are gzip-compressed tar archives, the lowest first. Units: seconds since the epoch. */
export type OciImage = {
  readonly arch: 'amd64' | 'arm64';
  readonly name: string;
  readonly version: string;
  readonly epoch: number;
  readonly layers: readonly Buffer[];
};

const TYPES = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  index: 'application/vnd.oci.image.index.v1+json',
} as const;

/** Returns the archive: `podman load` and `skopeo copy oci-archive:` read it. */
export function ociArchive({ arch, name, version, epoch, layers }: OciImage): Buffer {
  const created = new Date(epoch * 1000).toISOString();
  const labels = {
    'org.opencontainers.image.title': name,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': 'Apache-2.0',
  };
  const config = JSON.stringify({
    created,
    architecture: arch,
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Entrypoint: ['/opt/vnet/bin/vnet'],
      Labels: labels,
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha256(gunzipSync(layer))}`) },
    history: layers.map(() => ({ created, created_by: 'npm run image' })),
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config: describe(TYPES.config, Buffer.from(config)),
    layers: layers.map((layer) => describe(TYPES.layer, layer)),
    annotations: labels,
  });
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: TYPES.index,
    manifests: [
      {
        ...describe(TYPES.manifest, Buffer.from(manifest)),
        platform: { architecture: arch, os: 'linux' },
        annotations: { 'org.opencontainers.image.ref.name': `${name}:${version}` },
      },
    ],
  });
  const blobs = [Buffer.from(config), Buffer.from(manifest), ...layers].map(
    (bytes): Entry => ({ kind: 'file', path: `blobs/sha256/${sha256(bytes)}`, bytes, mode: 0o644 }),
  );
  const entries = [
    textEntry('oci-layout', '{"imageLayoutVersion":"1.0.0"}'),
    textEntry('index.json', index),
    ...blobs,
  ];
  return tarOf(entries, epoch);
}

function describe(mediaType: string, bytes: Buffer): object {
  return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length };
}
