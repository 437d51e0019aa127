import { describe, expect, it } from 'vitest';
import type { PluginResult } from '../../reconciler/cni/attachment.ts';
import { convertResult } from '../../reconciler/cni/convert.ts';
import { createMemoryCache } from '../../reconciler/cni/result-cache.ts';
import { makeRuntime } from '../../reconciler/cni/runtime.ts';
import { CNI_VERSIONS } from '../../plugin/protocol/versions.ts';
import { parseResult } from '../../plugin/protocol/parse-result.ts';
import { renderResult } from '../../plugin/protocol/result.ts';
import { must } from '../support/must.ts';
import { exec } from '../support/exec.ts';

const RESULT = {
  interfaces: [{ name: 'eth0', mac: '0a:00:00:00:00:01', sandbox: '/run/netns/x', mtu: 1500 }],
  ips: [{ address: '10.240.0.36/16', gateway: '10.240.0.1', interface: 0 }],
  routes: [{ dst: '0.0.0.0/0', gw: '10.240.0.1', priority: 7 }],
  dns: { nameservers: ['10.0.0.10'] },
};

function valueOf<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.value;
}

const PAIRS = CNI_VERSIONS.flatMap((from) => CNI_VERSIONS.map((to) => [from, to] as const));

describe('a kept result of another version', () => {
  it.each(PAIRS)('of %s is one of %s', (from, to) => {
    const kept = JSON.parse(JSON.stringify(valueOf(renderResult(RESULT, from)))) as PluginResult;
    const converted = convertResult(kept, to);
    const read = valueOf(parseResult(JSON.parse(JSON.stringify(converted)), to));
    expect(converted?.cniVersion).toBe(to);
    expect(read.ips.map(({ address, gateway }) => [address, gateway])).toEqual([
      ['10.240.0.36/16', '10.240.0.1'],
    ]);
    expect(read.routes.map(({ dst, gw }) => [dst, gw])).toEqual([['0.0.0.0/0', '10.240.0.1']]);
    expect(convertResult(kept, from)).toBe(kept);
  });

  it.each([undefined, '', 'banana', 7])(
    'of no version (%s) is left out of DEL, which is then done',
    async (cniVersion) => {
      const attachment = { containerId: 'c', netns: '/run/netns/none', ifName: 'eth0' };
      const cache = createMemoryCache();
      cache.put({ attachment, result: { cniVersion } as unknown as PluginResult });
      const list = { cniVersion: '1.0.0', name: 'net', plugins: [{ type: 'true' }] };
      const runtime = makeRuntime({ list, cache, path: ['/bin', '/usr/bin'], run: exec });
      must(await runtime.del(attachment));
      expect(runtime.calls().map(({ stdin }) => JSON.parse(stdin).prevResult)).toEqual([undefined]);
      expect(cache.list()).toEqual([]);
    },
  );
});
