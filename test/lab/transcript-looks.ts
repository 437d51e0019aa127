/** The pages about looking: drift, history, get and explain, the picture, help and completion. */
import type { Stage } from './transcript-stage.ts';

const DOCUMENT = '/var/lib/vnet/vnet.yaml';

/** Number 5: drift, pending changes, and accepted drift. */
export async function drift({ page, addPod }: Stage): Promise<void> {
  await addPod('web');
  await addPod('api');
  await page.run('vnet reconcile');
  page.say('The kernel drifts, and the document changes:');
  await page.run('ip neigh del 10.240.0.36 dev azure0');
  await page.run('ip link set azure0 mtu 1450');
  await page.run(
    `sed -i 's/^    pools:$/    routes: [{ to: 10.9.0.0\\/16, via: 10.240.0.1 }]\\n&/' ${DOCUMENT}`,
  );
  await page.run('vnet drift');
  await page.run('vnet plan');
  page.say('One drift is accepted for a week, the other repaired.');
  await page.run("vnet drift --accept 'link azure0' --for 7d -m 'a test of MTU'");
  await page.run('vnet reconcile');
  await page.run('vnet drift');
  await page.run("vnet drift --forget 'link azure0'");
  await page.run('vnet reconcile');
}

/** Number 6: generations, their authors, and the return to one. */
export async function history({ page, addPod }: Stage): Promise<void> {
  await addPod('web');
  await page.run(`sed 's/^      name: azure0$/&\\n      mtu: 1400/' ${DOCUMENT} > new.yaml`);
  await page.run("vnet apply -f new.yaml -m 'room for the overlay' > /dev/null");
  await addPod('api');
  await page.run("EDITOR=\"sed -i 's/mtu: 1400/mtu: 1350/'\" vnet edit --yes -m 'still more' > /dev/null");
  await page.run('vnet history');
  await page.run("vnet show 2 | sed -n '/^    bridge:/,/^    pools:/p'");
  await page.run('vnet diff 1 4');
  await page.run('vnet diff 2 2');
  await page.run('vnet blame networks.azure.bridge');
  page.say('Back to the hand-edited part of generation 1: a new generation with the present pods.');
  await page.run("vnet rollback 1 -m 'the overlay is gone'");
  await page.run('vnet reconcile');
  await page.run('vnet history -n 2');
  await page.run('vnet get endpoints');
}

/** Number 7: get, explain, status, schema, doctor. */
export async function look({ page, addPod, removePod }: Stage): Promise<void> {
  const web = await addPod('web');
  await addPod('api');
  await page.run('vnet reconcile');
  await page.run('vnet get endpoints -o wide');
  await page.run('vnet get networks');
  await page.run('vnet get pool');
  await page.run('vnet get routes --both');
  page.say('A pod, named by its address; one of its neighbours is missing.');
  await page.run('ip neigh del 10.240.0.37 dev azure0');
  await page.run('vnet explain 10.240.0.37');
  await page.run('vnet status');
  await page.run('vnet reconcile');
  page.say('A removed pod.');
  await removePod(web);
  await page.run('vnet explain shop/web');
  await page.run('vnet schema bridge.mtu');
  await page.run('vnet schema networks.azure.pools.ipv4');
  await page.run('vnet doctor', { varies: true });
}

/** Number 8: the picture. */
export async function graph({ page, addPod }: Stage): Promise<void> {
  await addPod('web');
  await addPod('api');
  await page.run('vnet reconcile');
  await page.run('ip neigh del 10.240.0.37 dev azure0');
  await page.run('vnet graph --out node.svg && vnet graph --out node.html && vnet graph --out node.dot');
  await page.run('wc -c node.svg node.html node.dot', { varies: true });
  await page.run('vnet graph -o mermaid');
}

/** Number 10: help, manual, completion, colours, exit codes. */
export async function help({ page, addPod }: Stage): Promise<void> {
  await addPod('web');
  await page.run('vnet');
  await page.run('vnet drift --help');
  await page.run('vnet drfit');
  page.say('## The manual');
  await page.run('vnet man --out man');
  await page.run('vnet man drift | head -12');
  page.say('## Completion');
  const tab = async (line: string): Promise<void> => {
    const words = `COMP_LINE="${line}" COMP_POINT=\${#COMP_LINE} COMP_WORDS=($COMP_LINE "") COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))`;
    const script = `source <(vnet completion bash); ${words}; _vnet; printf "%s\\n" "\${COMPREPLY[@]}"`;
    await page.run(`bash -c '${script}'`, { shown: `${line}<TAB>` });
  };
  await tab('vnet apply --max-disruption ');
  await tab('vnet explain ');
  await page.run('vnet __complete show ""');
  page.say('## Colours only on a terminal');
  await page.run('ip neigh del 10.240.0.36 dev azure0');
  await page.run("script -qec 'vnet drift' /dev/null | grep -c \"$(printf '\\033')\"", { varies: true });
  await page.run("NO_COLOR=1 script -qec 'vnet drift' /dev/null | grep -c \"$(printf '\\033')\"; true");
  page.say('## Exit codes');
  await page.run('vnet drift > /dev/null');
  await page.run('vnet show 99');
  await page.run('vnet apply -f new.yaml');
}
