/**
 * The blocks marked `sh machine TITLE` in the pages about installation, upgrade, import and removal: run as written, page by page, on a node of
 * an Azure-like fabric. What systemd does is in test/node/product.test.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDebian } from '../../scripts/packages/debian.ts';
import { copyrightOf, type Release } from '../../scripts/packages/release.ts';
import { makeAzureNode, POOL_FILE, SAMPLE_MAC, STATE_FILE } from '../azure/azure-node.ts';
import { type Fabric, makeFabric, NICS } from '../lab/fabric.ts';
import { bootNode, haltNode, type Node } from '../lab/node.ts';
import { startWireserver, type Wireserver } from '../lab/wireserver.ts';
import { whyNot } from '../clients/machine.ts';
import { BIN, REFERENCE } from '../plugin/live-node.ts';
import { isLong } from '../support/long.ts';
import { uniqueName } from '../support/netns.ts';
import { isSkipped, whyWithout } from '../support/skip.ts';
import { COMMAND_PAGES, commandBlocks } from './blocks.ts';
import { type Ran, runOnMachine } from './page-machine.ts';

const skipped = isSkipped('the pages of installation', whyNot([]));
const root = join(import.meta.dirname, '../..');

/** The present build as a release, with a page of its manual. */
const RELEASE: Release = {
  root,
  version: '0.2.0',
  epoch: 1_790_000_000,
  maintainer: 'A <a@example.org>',
  bins: { x64: BIN, arm64: BIN },
  pages: new Map([['man1/vnet.1', '.TH vnet 1\n']]),
  completions: { bash: '#', zsh: '#', fish: '#' },
  changelog: 'vnet (0.2.0) unstable; urgency=medium\n',
  copyright: copyrightOf(root),
};

/** A checkout that is built, the plugins of the distribution, and the build that an upgrade comes from. */
const PREPARE = `mkdir dist && ln -s ${BIN} dist/bin
cp -r ${root}/examples .
cp ${REFERENCE ?? ''}/portmap /opt/cni/bin/
`;

/** An ADD, the pod's way to the gateway, and its DEL. */
const attach = (conflist: string): readonly string[] => [
  'ip netns add pod',
  `vnet cni add ${conflist} pod --container-id pod-1`,
  'ip netns exec pod ping -c1 -W10 10.240.0.1',
];
const detach = (conflist: string): string => `vnet cni del ${conflist} pod --container-id pod-1`;

function linesOf(title: string): readonly string[] {
  const blocks = COMMAND_PAGES.flatMap(commandBlocks).filter(
    (block) => block.runner === 'machine' && block.title === title,
  );
  expect([title, blocks.length]).not.toEqual([title, 0]);
  return blocks.flatMap(({ lines }) => lines);
}

/** Previews with steps end with 2, a refusal to remove a node with pods with 5. */
function isAsDocumented({ line, code }: Ran): boolean {
  if (line.includes('--dry-run')) return code === 0 || code === 2;
  return code === (line.includes('--drain') ? 5 : 0);
}

const wrong = (ran: readonly Ran[]): readonly Ran[] => ran.filter((one) => !isAsDocumented(one));

describe.skipIf(skipped)('the pages of installation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-pages-'));
  const [nic] = NICS;
  let fabric: Fabric;
  let wireserver: Wireserver;
  let node: Node;
  beforeAll(async () => {
    fabric = makeFabric(uniqueName('fabric'));
    wireserver = await startWireserver(fabric.netns, [nic]);
  });
  afterAll(async () => {
    await wireserver.stop();
    fabric.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const on = async (lines: readonly string[], prepare = PREPARE): Promise<readonly Ran[]> => {
    node = bootNode({ fabric, nic, namespace: uniqueName('machine'), root: folder });
    try {
      return await runOnMachine(node.netns, { prepare, lines });
    } finally {
      haltNode(fabric, node);
    }
  };
  const CONFLIST = '/etc/cni/net.d/10-azure.conflist';

  it('like AKS: the addresses come from the host endpoint; upgraded, looked at, and removed', async () => {
    const other = 'mkdir /root/vnet-0.2.0 && cp dist/bin/vnet dist/bin/azure-vnet /root/vnet-0.2.0';
    const ran = await on(
      [
        ...linesOf('AKS'),
        ...attach(CONFLIST),
        ...linesOf('upgrade'),
        'vnet get endpoints',
        ...linesOf('remove').slice(0, 1),
        detach(CONFLIST),
        ...linesOf('remove').slice(1),
        'ls /opt/cni/bin /etc/cni/net.d',
      ],
      `${PREPARE}${other}\n`,
    );
    expect(wrong(ran)).toEqual([]);
    expect(ran.find(({ line }) => line === 'vnet get endpoints')?.output).toMatch(
      /10\.240\.0\.(3[6-9]|[45]\d|6[0-5])/,
    );
    expect(ran.at(-1)?.output).not.toMatch(/vnet/);
    expect(wireserver.askedCount()).toBeGreaterThan(0);
  });

  it('of kubeadm: the addresses are those that the configuration lists', async () => {
    const ran = await on([
      ...linesOf('kubeadm'),
      ...attach(CONFLIST),
      ...linesOf('pod').map((line) => line.replace('NAME', 'pod')),
      'vnet get endpoints',
      detach(CONFLIST),
    ]);
    expect(wrong(ran)).toEqual([]);
    expect(ran.find(({ line }) => line === 'vnet get endpoints')?.output).toContain('10.240.0.36');
  });

  const noDpkg = isSkipped(
    'the block of the Debian package',
    isLong ? whyWithout('dpkg-deb', 'apt') : 'npm run test:long does it: it compresses the executables',
  );
  it.skipIf(noDpkg)('of the Debian package: apt installs it, and it installs itself', async () => {
    const name = 'vnet_0.2.0_amd64.deb';
    writeDebian(RELEASE, 'x64', join(folder, name));
    const ran = await on(
      [...linesOf('deb'), 'readlink -f $(command -v vnet)', ...attach(CONFLIST), detach(CONFLIST)],
      `${PREPARE}cp ${join(folder, name)} .\n`,
    );
    expect(wrong(ran)).toEqual([]);
  });

  const noEbtables = isSkipped('the page of the import', whyWithout('ebtables'));
  it.skipIf(noEbtables)('of Azure CNI: a node is taken over with its pods', async () => {
    const azure = makeAzureNode({ uplinkMac: SAMPLE_MAC });
    try {
      const files = `cp ${STATE_FILE} /run/azure-vnet.json; cp ${POOL_FILE} /run/azure-vnet-ipam.json\n`;
      const ran = await runOnMachine(azure.netns, {
        prepare: `${PREPARE}${files}export PATH=${BIN}:$PATH\n`,
        keepsNetns: true,
        lines: [...linesOf('import'), 'vnet status', 'vnet reconcile --dry-run'],
      });
      expect(wrong(ran)).toEqual([]);
      expect(ran.at(-1)).toMatchObject({ code: 0 });
    } finally {
      azure.remove();
    }
  });
});
