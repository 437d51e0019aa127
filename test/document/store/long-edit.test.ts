import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dispatch } from '../../../plugin/dispatch.ts';
import { createHistory } from '../../../reconciler/document/history/history.ts';
import { createStore, type Store } from '../../../reconciler/document/store/store.ts';
import { createSys } from '../../../reconciler/os/sys/koffi.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { AZURE_CONF, createCaller } from '../../plugin/caller.ts';
import { BOOT, containerOf, idOf, NETWORK, netnsOf } from '../../support/node.ts';
import { wholeLibrary } from '../support/whole-library.ts';

const PODS = Array.from({ length: 40 }, (_, index) => index);

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vnet-long-edit-'));
  mkdirSync(join(directory, 'state'));
  writeFileSync(documentPath(), document());
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const documentPath = (): string => join(directory, 'state/vnet.yaml');

/** An administrator's document before the pods, with all sorts of comments. */
function document(): string {
  const pool = '{ source: static, subnet: 10.240.0.0/16, gateway: 10.240.0.1, addresses: [10.240.1.0/24] }';
  return [
    '# the node in rack 7',
    'apiVersion: vnet.azure/v2',
    'kind: NodeNetwork',
    'metadata: # machines write the generation',
    '  node: "node-1"',
    '  generation: 0',
    `  bootId: ${BOOT}`,
    'networks:',
    '  azure:',
    '    mode: bridge',
    `    uplink: ${JSON.stringify(NETWORK.uplink)}`,
    '    bridge:',
    '      name: azure0',
    '      mtu: 1500 # as the fabric has it',
    `    pools: { ipv4: ${pool} }`,
    'endpoints: {}',
    '',
  ].join('\n');
}

type Node = {
  readonly store: Store;
  readonly call: (verb: string, pod: number) => Promise<number>;
  /** The output on stderr. */
  readonly notes: string[];
};

/** A node whose document is on a real disk. */
function makeNode(): Node {
  const paths = { document: documentPath(), runDirectory: join(directory, 'run') };
  const store = createStore(createSys(), paths, 'node-1', { library: wholeLibrary });
  const { host } = createCaller({ pods: PODS });
  const session = { ...host.session, store };
  const notes: string[] = [];
  const open = { ...host, session, note: (line: string) => void notes.push(line), close: () => undefined };
  const call = async (verb: string, pod: number): Promise<number> => {
    const answer = await dispatch({
      role: 'azure-vnet',
      version: async () => 'test',
      argv: [],
      env: {
        CNI_COMMAND: verb,
        CNI_CONTAINERID: containerOf(pod),
        CNI_IFNAME: 'eth0',
        CNI_PATH: '/opt/cni/bin',
        CNI_NETNS: netnsOf(pod),
        CNI_ARGS: `K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-${pod}`,
      },
      readStdin: () => ok(JSON.stringify({ ...AZURE_CONF, cniVersion: '1.1.0' })),
      open: () => Promise.resolve(ok(open)),
    });
    if (answer.exitCode !== 0) throw new Error(answer.stdout);
    return answer.exitCode;
  };
  return { store, call, notes };
}

/** 40 pods start, and every second one stops. */
async function churn({ call }: Node): Promise<readonly string[]> {
  for (const pod of PODS) {
    await call('ADD', pod);
    if (pod % 2 === 1) await call('DEL', pod - 1);
  }
  return PODS.filter((pod) => pod % 2 === 1).map(idOf);
}

function edited(text: string): string {
  return text
    .replace('mtu: 1500 # as the fabric has it', 'mtu: 1400 # room for the overlay')
    .replace('# the node in rack 7', '# the node in rack 8');
}

describe('an administrator who holds an edit open while 40 pods come and go', () => {
  it('saves without a conflict: both the edit and every pod are there', async () => {
    const node = makeNode();
    const held = readFileSync(documentPath(), 'utf8');
    const left = await churn(node);
    const saved = join(directory, 'state/.vnet.yaml.swp');
    writeFileSync(saved, edited(held));
    renameSync(saved, documentPath());
    await node.call('DEL', 39);
    const read = node.store.read();
    const snapshot = read.ok ? read.value : undefined;
    expect(snapshot?.refused).toBe(undefined);
    expect(Object.keys(snapshot?.document.endpoints ?? {}).toSorted()).toEqual(left.slice(0, -1).toSorted());
    const text = readFileSync(documentPath(), 'utf8');
    expect(text.split('\n').slice(0, 15)).toEqual(
      edited(held)
        .replace('generation: 0', `generation: ${snapshot?.document.metadata.generation}`)
        .split('\n')
        .slice(0, 15),
    );
    expect(snapshot?.text).toBe(text);
  });

  it('leaves a history in which every generation is there, with who made it', async () => {
    const node = makeNode();
    const held = readFileSync(documentPath(), 'utf8');
    await churn(node);
    writeFileSync(`${documentPath()}.new`, edited(held));
    renameSync(`${documentPath()}.new`, documentPath());
    await node.call('DEL', 39);
    const records = createHistory(createSys(), documentPath(), wholeLibrary).records();
    const list = records.ok ? records.value : [];
    expect(list.map(({ generation }) => generation)).toEqual(list.map((_, index) => index));
    const verbs = list.map(({ author }) => author.who.split(' ')[1]);
    expect(verbs.filter((verb) => verb === 'ADD')).toHaveLength(40);
    expect(list.find(({ author }) => author.who === 'hand edit')?.changes).toEqual([
      { path: 'networks.azure.bridge.mtu', before: 1500, after: 1400 },
    ]);
  });

  it('whose save is broken stops no pod, and finds it beside the document', async () => {
    const node = makeNode();
    await churn(node);
    writeFileSync(documentPath(), edited(document()).replace('mode: bridge', 'mode: [bridge'));
    expect(await node.call('DEL', 1)).toBe(0);
    expect(await node.call('ADD', 0)).toBe(0);
    expect(await node.call('CHECK', 0)).toBe(0);
    expect(node.notes).toEqual([]);
    expect(await node.call('STATUS', 0)).toBe(0);
    expect(node.notes[0]).toMatch(/^vnet: edit refused: \S+\/vnet\.yaml\.refused:11:\d+: /);
    expect(readFileSync(`${documentPath()}.refused`, 'utf8')).toContain('# room for the overlay');
    const read = node.store.read();
    expect(read.ok && read.value?.refused?.issues[0]).toMatchObject({ line: 11 });
  });
});
