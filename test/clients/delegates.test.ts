import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PluginConf } from '../../reconciler/cni/conflist.ts';
import { must } from '../support/must.ts';
import { answers, attachmentOf, azureConf, useNodes, whyNoPlugins } from './chain.ts';
import { isSkipped } from '../support/skip.ts';

const MAINS = ['bridge', 'ptp', 'macvlan'];

describe.skipIf(isSkipped('azure-vnet-ipam of other plugins', whyNoPlugins(...MAINS)))(
  'azure-vnet-ipam',
  () => {
    const nodeAt = useNodes();
    const first = () => nodeAt(0);
    const uplink = (): string =>
      ['ip -4 addr show eth0', 'ip -4 route show dev eth0', 'ip neigh show nud permanent']
        .map((command) => first().node.netns.mustExec(command.split(' ')).stdout)
        .join('\n');

    const makeBridge = (name: unknown): string =>
      first().node.netns.mustExec([
        'ip',
        'link',
        'add',
        String(name),
        'address',
        '02:00:00:00:00:01',
        'type',
        'bridge',
      ]).stdout;
    const confs: readonly PluginConf[] = [
      { type: 'bridge', bridge: 'go0', isGateway: false },
      { type: 'ptp' },
      { type: 'macvlan', master: 'eth0' },
    ];
    it.each(confs)(
      'serves the Go plugin $type from the first call on, on a node without a document',
      async (conf) => {
        const { ipam } = azureConf(first().node.nic);
        const runtime = first().runtimeOf([{ ...conf, ipam }]);
        const before = uplink();
        // The plugin's own bridge has the MAC of its lowest port: a second pod changes it, and the plugin's CHECK of the first fails.
        if (conf['bridge'] !== undefined) makeBridge(conf['bridge']);
        const pods = [first().addPod(), first().addPod()];
        const attachments = pods.map((pod) => attachmentOf(pod));
        const results = await Promise.all(attachments.map((one) => runtime.add(one)));
        const addresses = results.map((result) => must(result).ips?.[0]?.address);
        expect(new Set(addresses)).toEqual(new Set(['10.240.0.36/16', '10.240.0.37/16']));
        for (const [index, pod] of pods.entries()) {
          expect(pod.mustExec(['ip', '-4', 'addr', 'show', 'eth0']).stdout).toContain(addresses[index]);
          expect(pod.mustExec(['ip', 'route']).stdout).toContain('default via 10.240.0.1');
        }
        for (const one of attachments) must(await runtime.check(one));
        const document = first().document();
        expect(document?.networks['azure']).toMatchObject({
          mode: 'addresses',
          pools: { ipv4: { source: 'static' } },
        });
        expect(first().vnet('reconcile').stdout).toContain('Converged');
        expect(first().vnet('status').stdout).toMatch(/azure +addresses +- +- +2 /);
        expect(first().vnet('get', 'endpoints').stdout).toMatch(/lease/);
        expect(uplink()).toBe(before);
        expect(first().node.netns.execNow(['nft', 'list', 'table', 'bridge', 'vnet']).code).not.toBe(0);
        for (const one of attachments) must(await runtime.del(one));
        must(await runtime.del({ ...attachments[0]!, netns: '' }));
        expect(first().document()?.endpoints).toEqual({});
        expect(uplink()).toBe(before);
      },
    );
  },
);

describe.skipIf(isSkipped('azure-vnet with other IPAM plugins', whyNoPlugins('host-local', 'static')))(
  'azure-vnet on a node without a document',
  () => {
    const nodeAt = useNodes();
    const first = () => nodeAt(0);

    it('takes its addresses from host-local, and gives them back', async () => {
      const dataDir = join(first().node.root, 'host-local');
      const range = { subnet: '10.240.0.0/16', rangeStart: '10.240.0.40', rangeEnd: '10.240.0.41' };
      const ipam = {
        type: 'host-local',
        dataDir,
        ranges: [[{ ...range, gateway: '10.240.0.1' }]],
        routes: [{ dst: '0.0.0.0/0' }],
      };
      const runtime = first().runtime([], { ipam });
      const pods = [first().addPod(), first().addPod()];
      const attachments = pods.map((pod) => attachmentOf(pod));
      for (const one of attachments) must(await runtime.add(one));
      const refused = await runtime.add(attachmentOf(first().addPod()));
      expect(refused.ok ? '' : refused.error.message).toContain('IPAM plugin host-local');
      expect(pods.map((pod) => answers(pod, nodeAt(1).node.nic.primary))).toEqual([true, true]);
      expect(answers(pods[0]!, '10.240.0.41')).toBe(true);
      for (const one of attachments) must(await runtime.check(one));
      expect(first().vnet('reconcile', '--dry-run').code).toBe(0);
      for (const one of attachments) must(await runtime.del(one));
      for (const one of attachments) must(await runtime.del({ ...one, netns: '' }));
      expect(first().document()?.endpoints).toEqual({});
      expect(['10.240.0.40', '10.240.0.41'].map((ip) => existsSync(join(dataDir, 'azure', ip)))).toEqual([
        false,
        false,
      ]);
    });

    it('takes its address and routes from static', async () => {
      const ipam = {
        type: 'static',
        addresses: [{ address: '10.240.0.44/16', gateway: '10.240.0.1' }],
        routes: [{ dst: '0.0.0.0/0' }, { dst: '10.9.0.0/16', gw: '10.240.0.66' }],
        dns: { nameservers: ['10.0.0.10'] },
      };
      const runtime = first().runtime([], { ipam });
      const pod = first().addPod();
      const result = must(await runtime.add(attachmentOf(pod)));
      expect(result).toMatchObject({
        ips: [{ address: '10.240.0.44/16' }],
        dns: { nameservers: ['10.0.0.10'] },
      });
      const routes = pod.mustExec(['ip', 'route']).stdout;
      expect(routes).toContain('default via 10.240.0.1');
      expect(routes).toContain('10.9.0.0/16 via 10.240.0.66');
      expect(answers(pod, nodeAt(1).node.nic.primary)).toBe(true);
      must(await runtime.check(attachmentOf(pod)));
      expect(first().vnet('reconcile', '--dry-run').code).toBe(0);
      must(await runtime.del(attachmentOf(pod)));
      expect(first().document()?.endpoints).toEqual({});
    });
  },
);
