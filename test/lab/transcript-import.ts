/** The page about migrating a node from Azure CNI, and about exports. */
import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type AzureNode,
  makeAzureNode,
  OTHER_NODE,
  POOL_FILE,
  SAMPLE_MAC,
  STATE_FILE,
} from '../azure/azure-node.ts';
import { GATEWAY } from './fabric.ts';
import { startPing } from './ping.ts';
import { openTranscript, type Transcript } from './transcript.ts';

/** Otherwise the kernel would choose them at random. */
const HOST_MACS = {
  azve6970db21fc: '02:00:00:00:00:01',
  azv9332fc184f3: '02:00:00:00:00:02',
  azv652eb817366: '02:00:00:00:00:03',
};

/**
 * Number 9: resolves to the page. `folder` is the working directory, `root` the node's directory; both exist.
 */
export async function importAndExport(title: string, folder: string, root: string): Promise<Transcript> {
  const node = makeAzureNode({ uplinkMac: SAMPLE_MAC, hostMacs: HOST_MACS });
  try {
    const env = { VNET_ROOT: root, VNET_NODE: 'aks' };
    for (const file of [STATE_FILE, POOL_FILE]) copyFileSync(file, join(folder, basename(file)));
    const page = openTranscript(
      title,
      {
        name: 'aks',
        root,
        exec: (argv, options = {}) => node.netns.exec(argv, { ...options, env: { ...env, ...options.env } }),
      },
      folder,
    );
    await tell(page, node);
    return page;
  } finally {
    node.remove();
  }
}

async function tell(page: Transcript, node: AzureNode): Promise<void> {
  const [first, second, third] = node.pods;
  if (first === undefined || second === undefined || third === undefined) throw new Error('too few pods');
  // The kernel sets the state of a link some time after its carrier.
  while (
    node.netns.mustExec(['ip', '-br', 'link', 'show', 'master', 'azure0']).stdout.includes('LOWERLAYERDOWN')
  )
    await pause(20);
  page.say('A node of azure-vnet v1.4.22 with three pods:');
  await page.run("ip -br link show master azure0 | sed 's/@[^ ]*//' | cut -c1-24");
  await page.run('ebtables -t nat -L | grep -c -- -j');
  await page.run('vnet import --from azure-vnet.json azure-vnet-ipam.json --dry-run');
  page.say('During the import, pings run between pods, to the gateway, and to and from another node.');
  const pings = [
    startPing(first.netns, second.record.addresses[0]?.split('/')[0] ?? ''),
    startPing(first.netns, GATEWAY),
    startPing(second.netns, OTHER_NODE),
    startPing(node.neighbour, third.record.addresses[0]?.split('/')[0] ?? ''),
  ];
  await Promise.all(pings.map((ping) => ping.answered(10)));
  await page.run('vnet import --from azure-vnet.json azure-vnet-ipam.json --yes');
  const counts = await Promise.all(pings.map((ping) => ping.stop()));
  const lost = counts.reduce((sum, count) => sum + count.lost.length, 0);
  page.note('(lost pings, of four streams with one every 10 ms)', String(lost));
  await page.run('ebtables -t nat -L | grep -c -- -j');
  await page.run('vnet reconcile --dry-run');
  await page.run('vnet get endpoints');
  page.say('## Export');
  await page.run("vnet export | grep -v '^#' | head -20");
  await page.run(`vnet export -o cni-result --endpoint ${first.record.addresses[0]?.split('/')[0] ?? ''}`);
  await page.run('vnet export -o azure-vnet | head -30', { varies: true });
  page.say("## A document proposed from the kernel's state");
  await page.run('vnet import --from-live --network other 2>/dev/null | head -24');
}
