/** The stage of a transcript: a freshly booted node, its pods, and the page. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, type Pod, rebootNode, startPod, stopPod } from './lab.ts';
import { openTranscript, type Transcript } from './transcript.ts';

/** A node without a document. */
export type Stage = {
  readonly page: Transcript;
  /** Resolves to the pod once it runs; its ADD is recorded. */
  readonly addPod: (name: string) => Promise<Pod>;
  /** Resolves when the pod is gone; its DEL is recorded. */
  readonly removePod: (pod: Pod) => Promise<void>;
  /** Resolves when the shell condition holds on the node. Rejects after a minute. */
  readonly until: (what: string, condition: string) => Promise<void>;
};

/** Returns a stage on the first node of the lab; state of an earlier page is removed. */
export function setStage(lab: Lab, folder: string, title: string): Stage {
  const [where] = lab.nodes;
  rebootNode(lab, where);
  const { root } = where.node;
  for (const left of [join(root, 'var'), join(root, 'run'), folder])
    rmSync(left, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const page = openTranscript(title, where.node, folder);
  return {
    page,
    addPod: async (name) => {
      const pod = await startPod(where, name);
      const { address, gateway } = pod.result.ips?.[0] ?? { address: 'no address' };
      page.note(`CNI ADD shop/${name}`, `${address} via ${gateway ?? '-'}`);
      return pod;
    },
    removePod: async (pod) => {
      await stopPod(where, pod);
      page.note(`CNI DEL shop/${pod.name}`, '');
    },
    until: async (what, condition) => {
      const end = Date.now() + 60_000;
      for (;;) {
        const done = await where.node.exec([
          'sh',
          '-c',
          condition.replaceAll('/var/lib/vnet', `${root}/var/lib/vnet`),
        ]);
        if (done.code === 0) return;
        if (Date.now() > end || !existsSync(root)) throw new Error(`not within a minute: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
}
