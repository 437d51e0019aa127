/**
 * Completes package-lock.json after `npm install`: a registry that mirrors only some platforms omits the
 * optional packages of the others from the lock, and `npm ci` then refuses it everywhere. Each is entered by
 * name, version and platform, as npm would; none of them is ever fetched on a platform that it is not for.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Entry = {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

const path = join(import.meta.dirname, '../package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, Entry> };

const SYSTEMS = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
  'aix',
];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'arm'];

/** Returns the platform fields of a lock entry, from the package's name. */
function platformOf(name: string): Readonly<Record<string, readonly string[]>> {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : [];
  const glibc = words.some((word) => word.startsWith('gnu')) ? ['glibc'] : [];
  const found = { os, cpu, libc: [...libc, ...glibc] };
  return Object.fromEntries(Object.entries(found).filter(([, values]) => values.length > 0));
}

for (const [owner, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (lock.packages[place] !== undefined) continue;
    const platform = platformOf(name);
    if (platform['os'] === undefined) throw new Error(`${owner}: can't tell the platform of ${name}`);
    const added = { version, ...platform, ...(entry.dev === true ? { dev: true } : {}), optional: true };
    lock.packages[place] = added;
  }
}

lock.packages = Object.fromEntries(
  Object.entries(lock.packages).toSorted(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)),
);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
