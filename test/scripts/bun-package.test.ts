import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensureTarball, findTarball, parseProcessor, PROCESSORS } from '../../scripts/bun-package.ts';

/** Writes a file into the folder that is its last argument, under npm's name of the package's tarball. */
const OTHER_NPM = `#!/bin/sh
for folder; do :; done
echo other >"$folder/$(echo "$2.tgz" | sed 's/^@//; s/[@/]/-/g')"
`;

describe("the package of Bun's program", () => {
  let folder: string;
  let cache: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vnet-package-'));
    cache = join(folder, 'cache');
    // npm uses no network and has an empty cache.
    vi.stubEnv('npm_config_offline', 'true');
    vi.stubEnv('npm_config_cache', join(folder, 'npm'));
    vi.spyOn(console, 'log').mockReturnValue();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  const fetch = (processor: (typeof PROCESSORS)[number]): string => {
    try {
      return ensureTarball(processor, cache);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

  it('is known for two processors', () => {
    expect(PROCESSORS.map(parseProcessor)).toEqual(['x64', 'arm64']);
    expect(['ia32', 'aarch64', ''].map(parseProcessor)).toEqual([undefined, undefined, undefined]);
  });

  it.each(PROCESSORS)(
    'is named when npm can not fetch it (%s), with where to put it by hand',
    (processor) => {
      const message = fetch(processor);
      expect(message).toMatch(
        /^@oven\/bun-linux-\w+@[\d.]+ could not be fetched: npm pack .* ended with 1\n/,
      );
      expect(message).toContain('ENOTCACHED');
      expect(message).toMatch(/\nRun it again where npm reaches its registry, or put .* by hand: .*\.tgz$/);
      expect(readdirSync(cache)).toEqual([]);
      const path = message.slice(message.lastIndexOf(cache));
      writeFileSync(path, 'another one');
      expect(findTarball(processor, cache)).toBe(undefined);
      expect(fetch(processor)).toContain('could not be fetched');
    },
  );

  it('is not taken from npm when package-lock.json names another', () => {
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/npm'), OTHER_NPM, { mode: 0o755 });
    vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env['PATH']}`);
    expect(fetch('arm64')).toMatch(/@oven\S+ .*integrity.*package-lock/);
    expect(readdirSync(cache)).toEqual([]);
    expect(existsSync(join(folder, 'npm'))).toBe(false);
  });
});
