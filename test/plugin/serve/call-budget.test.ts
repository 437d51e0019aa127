/** The system calls of a served ADD and DEL in each mode: what one mode does more than another shows here, however fast the machine is. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { modeSite } from '../../../bench/mode-sites.ts';
import { MEASURED_MODES, type ModeFamily } from '../../../bench/tasks.ts';
import { answerCall, type Resident } from '../../../plugin/main.ts';
import { createResident } from '../../../plugin/serve/resident.ts';
import { FLAGS, type Sys } from '../../../reconciler/model/ports/sys.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { NICS } from '../../lab/fabric.ts';
import { makeModeNodes, type ModeNode } from '../../node/mode-nodes.ts';
import { endServer } from '../../support/end-server.ts';
import type { Netns } from '../../support/netns.ts';
import { hasLiveNodes } from '../live-node.ts';

const VERBS = ['ADD', 'DEL'] as const;
type Verb = (typeof VERBS)[number];

/** The first calls of a process open sockets and read the document. */
const WARMUPS = 2;

/** Most system calls of each verb, in any mode and family: bridge takes 115 and 136 in IPv4. */
const MOST: Readonly<Record<Verb, number>> = { ADD: 125, DEL: 150 };

/** Returns the system calls, counted by name. */
function counted(sys: Sys): { readonly sys: Sys; readonly take: () => ReadonlyMap<string, number> } {
  let counts = new Map<string, number>();
  const counting = new Proxy(sys, {
    get: (target, name) => {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== 'function') return call;
      return (...args: readonly unknown[]): unknown => {
        counts.set(String(name), (counts.get(String(name)) ?? 0) + 1);
        return Reflect.apply(call, target, args);
      };
    },
  });
  const take = (): ReadonlyMap<string, number> => {
    const taken = counts;
    counts = new Map();
    return taken;
  };
  return { sys: counting, take };
}

/** Runs `work` with the thread in the namespace. */
async function inside<T>({ path }: Netns, work: () => Promise<T>): Promise<T> {
  const sys = createSys();
  const [home, there] = ['/proc/thread-self/ns/net', path].map((file) =>
    sys.open(file, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0),
  );
  if (home === undefined || there === undefined || sys.setns(there, FLAGS.CLONE_NEWNET) < 0)
    throw new Error(`cannot enter ${path}`);
  try {
    return await work();
  } finally {
    if (sys.setns(home, FLAGS.CLONE_NEWNET) < 0) process.abort();
    sys.close(home);
    sys.close(there);
  }
}

function makeNode(one: ModeFamily): {
  readonly node: ModeNode;
  readonly conf: object;
  readonly remove: () => void;
} {
  const { site } = modeSite({ index: 3, firstPod: 32 }, one, 4);
  const conf = site.conf ?? {};
  const made = makeModeNodes(conf, [site.nic, NICS[1]]);
  return { node: made.nodes[0], conf, remove: made.remove };
}

/** Resolves to the system calls of the last of several ADDs and DELs. */
async function callsOf(one: ModeFamily): Promise<Readonly<Record<Verb, ReadonlyMap<string, number>>>> {
  const { node, conf, remove } = makeNode(one);
  try {
    const pod = node.addPod();
    expect(node.call('DEL', pod)).toMatchObject({ code: 0 });
    endServer(node.root);
    const { sys, take } = counted(createSys());
    return await inside(node.netns(), async () => {
      const resident = createResident(sys, {});
      const found: Record<Verb, ReadonlyMap<string, number>> = { ADD: new Map(), DEL: new Map() };
      for (let round = 0; round <= WARMUPS; round += 1)
        for (const verb of VERBS) {
          take();
          await callOnce({ sys, resident }, { node, pod, conf }, { verb, container: `c${round}` });
          found[verb] = take();
        }
      resident.kernel.close();
      return found;
    });
  } finally {
    remove();
  }
}

async function callOnce(
  { sys, resident }: { readonly sys: Sys; readonly resident: Resident },
  { node, pod, conf }: { readonly node: ModeNode; readonly pod: Netns; readonly conf: object },
  { verb, container }: { readonly verb: Verb; readonly container: string },
): Promise<void> {
  const stdin = JSON.stringify({ cniVersion: '1.0.0', name: 'azure', type: 'azure-vnet', ...conf });
  const env = {
    VNET_ROOT: node.root,
    VNET_NODE: node.nic.node,
    CNI_COMMAND: verb,
    CNI_CONTAINERID: container,
    CNI_NETNS: pod.path,
    CNI_IFNAME: 'eth0',
    CNI_PATH: '/opt/cni/bin',
  };
  const call = { role: 'azure-vnet', argv: [], env, readStdin: () => ok(stdin) } as const;
  const answer = await answerCall(sys, call, { resident });
  expect([verb, answer.exitCode, answer.stderr]).toEqual([verb, 0, '']);
  await turn();
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, count) => all + count, 0);
}

describe.skipIf(!hasLiveNodes)('a served call', () => {
  it.each(MEASURED_MODES)('makes few system calls in mode $mode, IPv$family', async (one) => {
    const calls = await callsOf(one);
    for (const verb of VERBS) {
      const shown = JSON.stringify(Object.fromEntries(calls[verb]));
      console.log(`${one.mode} IPv${one.family} ${verb}: ${sum(calls[verb])} ${shown}`);
      expect(sum(calls[verb])).toBeLessThanOrEqual(MOST[verb]);
    }
  });
});
