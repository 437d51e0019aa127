/** A node of azure-vnet for each test of a block, and vnet on it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { BIN, readOwn } from '../plugin/live-node.ts';
import type { Outcome } from '../support/exec.ts';
import { type AzureNode, makeAzureNode, POOL_FILE, SAMPLE_MAC, STATE_FILE } from './azure-node.ts';

/** A pod of the sample. Shape: `address` is its IPv4 address without the prefix length. */
export type AzurePod = AzureNode['pods'][number] & { readonly address: string };

/** The node of the test. Shape: `root` is VNET_ROOT, a new folder for each test. */
export type AzureStage = {
  readonly root: string;
  readonly node: AzureNode;
  /** Returns the node, which is removed after the test; its uplink has the sample's MAC unless given. */
  readonly make: (choice?: Partial<Parameters<typeof makeAzureNode>[0]>) => AzureNode;
  readonly vnet: (...args: readonly string[]) => Outcome;
  /** Returns the outcome of `vnet import` of the sample's files. */
  readonly imported: (...args: readonly string[]) => Outcome;
  /** Returns the output of a shell script on the node. */
  readonly run: (script: string) => string;
  readonly document: () => VnetDocument | undefined;
  /** Errors: throws if the sample has no such pod. */
  readonly podOf: (index: number) => AzurePod;
};

/** Returns the stage of a block. */
export function useAzureNode(): AzureStage {
  let root = '';
  let made: AzureNode | undefined;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'vnet-import-'));
  });
  afterEach(() => {
    made?.remove();
    made = undefined;
    rmSync(root, { recursive: true });
  });
  const stage: AzureStage = {
    get root() {
      return root;
    },
    get node() {
      if (made === undefined) throw new Error('the test has made no node');
      return made;
    },
    make: (choice) => (made = makeAzureNode({ uplinkMac: SAMPLE_MAC, ...choice })),
    vnet: (...args) =>
      stage.node.netns.execNow([join(BIN, 'vnet'), ...args], { env: { VNET_ROOT: root, VNET_NODE: 'aks' } }),
    imported: (...args) => stage.vnet('import', '--from', STATE_FILE, POOL_FILE, ...args),
    run: (script) => stage.node.netns.mustExec(['sh', '-ec', script]).stdout,
    document: () => readOwn(join(root, 'var/lib/vnet/vnet.yaml')),
    podOf: (index) => {
      const pod = stage.node.pods[index];
      if (pod === undefined) throw new Error(`the sample has no pod ${index}`);
      return { ...pod, address: pod.record.addresses[0]?.split('/')[0] ?? '' };
    },
  };
  return stage;
}
