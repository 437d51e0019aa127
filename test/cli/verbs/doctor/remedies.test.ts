/** Executes the commands that doctor prints. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHECKS } from '../../../../reconciler/cli/verbs/doctor/run-doctor.ts';
import type { Facts } from '../../../../reconciler/cli/verbs/doctor/facts.ts';
import { execNow } from '../../../support/exec.ts';
import { HEALTHY } from './healthy.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vnet-remedies-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const remedyOf = (id: string, facts: Partial<Facts>): string =>
  CHECKS.find((check) => check.id === id)?.judge({ ...HEALTHY, ...facts }).remedy ?? '';

function type(line: string): void {
  const done = execNow(['bash', '-ec', `sysctl() { :; }\n${line}`], { cwd: root });
  expect([line, done.code, done.stderr]).toEqual([line, 0, '']);
}

const NAMES = ['azure-vnet', 'azure-vnet-ipam', 'vnet'];
const SUBSETS = [1, 2, 3, 4, 5, 6, 7].map((bits) => NAMES.filter((_, at) => (bits >> at) % 2 === 1));

describe('the remedy for binaries', () => {
  it.each(SUBSETS.map((absent) => [absent.join(', '), absent] as const))(
    'brings back %s, the plugins as the shim and vnet as the program',
    (_, absent) => {
      const folder = join(root, 'opt/cni/bin');
      for (const path of ['dist/bin', 'opt/cni/bin', 'usr/local/bin'])
        mkdirSync(join(root, path), { recursive: true });
      for (const name of ['vnet', 'azure-vnet']) writeFileSync(join(root, 'dist/bin', name), name);
      symlinkSync(join(folder, 'vnet'), join(root, 'usr/local/bin/vnet'));
      for (const name of NAMES.filter((one) => !absent.includes(one)))
        writeFileSync(join(folder, name), name === 'vnet' ? 'vnet' : 'azure-vnet');
      const binaries = NAMES.map((name) => ({
        path: join(folder, name),
        isThere: !absent.includes(name),
        isExecutable: true,
        version: '0.1.0',
      }));
      type(remedyOf('binaries', { cni: { ...HEALTHY.cni, binaries } }));
      expect(NAMES.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual([
        'azure-vnet',
        'azure-vnet',
        'vnet',
      ]);
    },
  );
});

describe('the remedies for sysctls', () => {
  it('do not undo each other, in any order', () => {
    const sysctls = new Map([
      ['net/ipv4/ip_forward', '0'],
      ['net/ipv4/conf/azure0/rp_filter', '1'],
      ['net/ipv4/conf/all/arp_ignore', '8'],
    ]);
    const folder = join(root, 'sysctl.d');
    mkdirSync(folder);
    const remedies = ['ip-forward', 'rp-filter', 'arp-ignore'].map((id) =>
      remedyOf(id, { sysctls }).replaceAll('/etc/sysctl.d', folder),
    );
    for (const remedy of [...remedies, ...remedies.toReversed()]) type(remedy);
    const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(kept.join('').trim().split('\n').toSorted()).toEqual([
      'net.ipv4.conf.all.arp_ignore=0',
      'net.ipv4.conf.azure0.rp_filter=2',
      'net.ipv4.ip_forward=1',
    ]);
  });
});
