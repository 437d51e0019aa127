/** Disks that are full, out of inodes, read-only or broken, while `vnet watch` serves the calls: nothing is lost, and all goes on afterwards. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contradictions, hasLiveNodes, LIVE_CONF, type LiveNode, makeLiveNode } from '../plugin/live-node.ts';
import { execNow, mustExec } from '../support/exec.ts';
import { isSkipped, whyWithout } from '../support/skip.ts';
import type { Netns } from '../support/netns.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';

const sh = (command: string): string => mustExec(['sh', '-ec', command]).stdout;

const hasLoops = execNow(['losetup', '--find']).code === 0;
const why = whyWithout('mkfs.ext4', 'losetup') ?? (hasLoops ? undefined : 'no loop device can be had here');
const isSkippedHere = !hasLiveNodes || isSkipped('disks with faults', why);

describe.skipIf(isSkippedHere)('a node with a disk of its own for the document', () => {
  let node: LiveNode;
  let watch: LiveWatch;
  /** The image is sparse in a file system that can become full below it: then the disk reports errors. */
  let below: string;
  let disk: string;
  beforeEach(() => {
    node = makeLiveNode();
    [below, disk] = [join(node.root, 'below'), join(node.root, 'var/lib/vnet')];
    for (const folder of [below, disk]) mkdirSync(folder, { recursive: true });
    sh(`mount -t tmpfs -o size=12m tmpfs ${below}; truncate -s 8M ${below}/image
      mkfs.ext4 -q -N 40 -E lazy_itable_init=1,lazy_journal_init=1 ${below}/image; mount -o loop ${below}/image ${disk}`);
  });
  afterEach(async () => {
    await watch.end('SIGKILL');
    execNow(['umount', '-l', disk]);
    execNow(['umount', '-l', below]);
    node.remove();
  });

  const fill = (folder: string): void =>
    void execNow([
      'sh',
      '-c',
      `dd if=/dev/zero of=${folder}/filler bs=64k; dd if=/dev/zero of=${folder}/filler2 bs=1k; sync -f ${folder}`,
    ]);
  const clear = (folder: string): void => void sh(`rm -f ${folder}/filler ${folder}/filler2`);

  const FAULTS: readonly (readonly [string, { readonly begin: () => void; readonly end: () => void }])[] = [
    ['full', { begin: () => fill(disk), end: () => clear(disk) }],
    [
      'out of inodes',
      {
        begin: () => void execNow(['sh', '-c', `i=0; while : >${disk}/none-$i; do i=$((i+1)); done`]),
        end: () => void sh(`rm -f ${disk}/none-*`),
      },
    ],
    [
      'read-only',
      {
        begin: () => void sh(`mount -o remount,ro ${disk}`),
        end: () => void sh(`mount -o remount,rw ${disk}`),
      },
    ],
    [
      'broken',
      {
        begin: () => fill(below),
        end: () => {
          clear(below);
          sh(
            `umount ${disk}; e2fsck -p ${below}/image >/dev/null || [ $? -le 2 ]; mount -o loop ${below}/image ${disk}`,
          );
        },
      },
    ],
  ];

  async function answers(verb: string, pod: Netns): Promise<readonly unknown[]> {
    const conf = verb === 'STATUS' ? { ...LIVE_CONF, cniVersion: '1.1.0' } : LIVE_CONF;
    const { code, stdout } = await node.call({ verb, pod, conf });
    return [verb, code, stdout === '' ? undefined : JSON.parse(stdout).code];
  }

  it.each(FAULTS)('that is %s says so, loses nothing, and goes on', async (_which, { begin, end }) => {
    const [old, late] = [node.addPod(), node.addPod()];
    expect(await answers('ADD', old)).toEqual(['ADD', 0, undefined]);
    watch = await startWatch(node);
    const [text, veths] = [readFileSync(join(disk, 'vnet.yaml'), 'utf8'), node.veths()];
    begin();
    for (let again = 0; again < 3; again += 1) expect(await answers('ADD', late)).toEqual(['ADD', 1, 5]);
    expect(await answers('STATUS', late)).toEqual(['STATUS', 1, 50]);
    expect(await answers('DEL', old)).toEqual(['DEL', 1, 5]);
    expect([readFileSync(join(disk, 'vnet.yaml'), 'utf8'), node.veths()]).toEqual([text, veths]);
    node.netns.mustExec('ip neigh del 10.240.0.36 dev azure0'.split(' '));
    await watch.until('waited for a repair on a disk that fails', () =>
      watch.events.some(
        ({ type, key }) => type === 'Repaired' && key?.startsWith('neighbour 10.240.0.36') === true,
      ),
    );
    end();
    expect(await answers('STATUS', late)).toEqual(['STATUS', 0, undefined]);
    expect(await answers('ADD', late)).toEqual(['ADD', 0, undefined]);
    expect(await answers('DEL', old)).toEqual(['DEL', 0, undefined]);
    expect(contradictions(node)).toEqual([]);
    expect(watch.stderr()).toBe('');
    expect(node.reconcile('--dry-run', '--full').code).toBe(0);
    // A save is still noticed: the folder may be another one now.
    const saved = readFileSync(join(disk, 'vnet.yaml'), 'utf8').replace(
      /name: azure0\n/,
      'name: azure0\n      mtu: 1400\n',
    );
    sh(`cat > ${disk}/vnet.yaml <<'EOF'\n${saved}EOF`);
    await watch.until('waited for a save to be applied', () =>
      node.netns.mustExec(['ip', 'link', 'show', 'azure0']).stdout.includes('mtu 1400'),
    );
  });
});
