/**
 * The test environment of a container runtime: the fabric with its host endpoint, a machine, and a second
 * node.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fabric, makeFabric, type Nic, NICS } from '../lab/fabric.ts';
import { conflistFor } from '../lab/lab.ts';
import type { LabMode } from '../lab/modes.ts';
import { bootNode, haltNode, type Node } from '../lab/node.ts';
import { startWireserver, type Wireserver } from '../lab/wireserver.ts';
import { BIN, REFERENCE } from '../plugin/live-node.ts';
import { uniqueName } from '../support/netns.ts';
import { readDocument } from '../../reconciler/document/yaml/read.ts';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { awaitPage, bootMachine, getPage, type Machine, removeCgroups } from './machine.ts';
import { makeRecorder, type Recorder } from './recorder.ts';

/** The machine's own address. */
export const HOST = NICS[0].primary;

/** The lab of one client. Shape: `netd` is the folder with the conflist, `cgroup` the parent of all control groups. */
export type ClientLab = {
  machine: Machine;
  readonly folder: string;
  readonly netd: string;
  readonly recorder: Recorder;
  readonly cgroup: string;
  /** Ensures that the machine has rebooted: no process, no namespace, an empty /run. */
  readonly reboot: () => Promise<void>;
  /** Resolves to the page of a web server, fetched by the other node once the server is up. */
  readonly pageFromOther: (address: string, port: number) => Promise<string>;
  /** Resolves to true if the other node finds no web server there. */
  readonly isSilentToOther: (address: string, port: number) => Promise<boolean>;
  /** The address of the first pod, with its prefix length. */
  readonly first: string;
  /** Returns the document. */
  readonly document: () => VnetDocument;
  /** Returns the addresses in use, without prefix lengths. */
  readonly addresses: () => readonly string[];
  /** Resolves to the names of our host veths. */
  readonly veths: () => Promise<readonly string[]>;
  readonly remove: () => Promise<void>;
};

/** Resolves to a freshly booted lab, with the conflist of an AKS node in the client's version and this mode. */
export async function buildClientLab(
  cniVersion: string,
  mode: LabMode,
  nics: readonly [Nic, Nic] = NICS,
): Promise<ClientLab> {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-client-'));
  const netd = join(folder, 'net.d');
  mkdirSync(netd);
  const list: object = JSON.parse(conflistFor(mode, nics[0]));
  writeFileSync(join(netd, '10-azure.conflist'), JSON.stringify({ ...list, cniVersion }));
  const fabric = makeFabric(uniqueName('fabric'));
  const wireserver = await startWireserver(fabric.netns, nics);
  const [namespace, beside] = [uniqueName('machine'), uniqueName('beside')];
  const other = bootNode({ fabric, nic: nics[1], namespace: beside, root: join(folder, 'other') });
  const root = join(folder, 'machine');
  const boot = (): Promise<Machine> => bootMachine({ fabric, nic: nics[0], namespace, folder: root });
  const real = { 'azure-vnet': join(BIN, 'azure-vnet'), portmap: join(REFERENCE ?? '', 'portmap') };
  const env = { VNET_ROOT: root, VNET_NODE: nics[0].node };
  const cgroup = uniqueName('vnet-client');
  const lab: ClientLab = {
    machine: await boot(),
    folder,
    netd,
    recorder: makeRecorder(folder, { ...real, loopback: join(REFERENCE ?? '', 'loopback') }, env),
    cgroup,
    reboot: async () => {
      await lab.machine.halt();
      lab.machine = await boot();
    },
    pageFromOther: (address, port) => awaitPage(other.exec, address, port),
    isSilentToOther: async (address, port) => (await getPage(other.exec, address, port)) === '',
    first: firstOf(mode),
    document: () => readOwn(join(root, 'var/lib/vnet/vnet.yaml')),
    addresses: () =>
      Object.values(lab.document().endpoints ?? {}).flatMap(({ addresses }) =>
        addresses.map((address) => address.replace(/\/.*/, '')),
      ),
    veths: async () => {
      const links = await lab.machine.must('ip', '-o', 'link', 'show', 'type', 'veth');
      return links.split('\n').flatMap((line) => /^\d+: (azv[0-9a-f]+)/.exec(line)?.[1] ?? []);
    },
    remove: () => removeLab({ lab, fabric, wireserver, other }),
  };
  return lab;
}

function firstOf({ movesUplink, ipam }: LabMode): string {
  if (ipam !== undefined) return '10.244.0.2/24';
  return movesUplink ? '10.240.0.36/16' : '10.240.0.36/32';
}

type Parts = {
  readonly lab: ClientLab;
  readonly fabric: Fabric;
  readonly wireserver: Wireserver;
  readonly other: Node;
};

async function removeLab({ lab, fabric, wireserver, other }: Parts): Promise<void> {
  await lab.machine.halt();
  haltNode(fabric, other);
  await wireserver.stop();
  fabric.remove();
  await removeCgroups(lab.cgroup);
  rmSync(lab.folder, { recursive: true, force: true });
}

function readOwn(path: string): VnetDocument {
  const read = readDocument(readFileSync(path, 'utf8'), path);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}
