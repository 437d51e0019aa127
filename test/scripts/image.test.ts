/** The lowest layer of the image: the request to mmdebstrap, and the list of its files. The layer itself needs Debian's mirror. */
import { describe, expect, it } from 'vitest';
import { mmdebstrapArguments, parsePackages } from '../../scripts/packages/base-layer.ts';

describe('the packages of a layer', () => {
  it('are read from the status of dpkg, and from one file for each package', () => {
    const one =
      'Package: dash\nStatus: install ok installed\nArchitecture: arm64\nVersion: 0.5.12-2\nDescription: x\n y\n';
    const two = 'Package: base-files\nVersion: 12.4+deb12u5\nArchitecture: arm64\n';
    const expected = [
      { name: 'base-files', version: '12.4+deb12u5', arch: 'arm64' },
      { name: 'dash', version: '0.5.12-2', arch: 'arm64' },
    ];
    expect(parsePackages(`${one}\n${two}`)).toEqual(expected);
    expect(parsePackages(`${one}${two}`)).toEqual(expected);
    expect(parsePackages('')).toEqual([]);
  });

  it('of another processor are unpacked only', () => {
    const other = process.arch === 'x64' ? 'arm64' : 'x64';
    expect(mmdebstrapArguments(other, 'base.tar', 'hook.sh')).toContain('--variant=extract');
    const own = process.arch === 'x64' ? 'x64' : 'arm64';
    expect(mmdebstrapArguments(own, 'base.tar', 'hook.sh')).toContain('--variant=essential');
  });
});
