import { describe, expect, it } from 'vitest';
import type { KernelAccess } from '../../../reconciler/app/kernel/access.ts';
import { noticeLongWork } from '../../../reconciler/app/kernel/long-work.ts';
import { resolvePaths } from '../../../reconciler/app/paths.ts';
import type { Scope } from '../../../reconciler/model/ports/kernel.ts';
import { createSys } from '#sys';
import { bootedKernel, netnsOf } from '../../support/node.ts';

const scopeOf = (pods: number): Scope => ({
  whole: true,
  devices: [],
  sysctls: [],
  entries: [],
  pods: Array.from({ length: pods }, () => ({ netns: netnsOf(0), ifName: 'eth0' })),
});

describe('work on a kernel', () => {
  const kernel = bootedKernel([0]);
  const access: KernelAccess = { open: () => kernel, openReader: () => kernel };
  const place = [createSys(), resolvePaths({}, {})] as const;

  it('is long from a change on, or where many pods are read', async () => {
    const told: string[] = [];
    let at = '';
    const kernels = noticeLongWork(access, () => void told.push(at));
    const opened = await kernels.open(...place, 'round');
    const reader = kernels.openReader(...place);
    at = 'few pods';
    expect(opened.observe(scopeOf(250))).toEqual(kernel.observe(scopeOf(250)));
    reader.observe(scopeOf(250));
    expect(told).toEqual([]);
    at = 'many pods';
    opened.observe(scopeOf(1000));
    reader.observe(scopeOf(1000));
    at = 'a change';
    opened.apply([]);
    expect(told).toEqual(['many pods', 'many pods', 'a change']);
  });
});
