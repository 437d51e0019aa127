/** The pages about changing a live node: editors, vnet edit, apply with rollback, one change of each kind. */
import type { Stage } from './transcript-stage.ts';

const DOCUMENT = '/var/lib/vnet/vnet.yaml';

/** Number 1: a save by any editor is applied, merged or refused; pods start in each case. */
export async function editAnywhere({ page, addPod }: Stage): Promise<void> {
  await addPod('web');
  await addPod('api');
  page.say('## The next command or call applies a save');
  await page.run(`sed -i 's/^      name: azure0$/&\\n      mtu: 1400 # room for the overlay/' ${DOCUMENT}`);
  await page.run('vnet reconcile');
  await page.run('vnet history -n 1');
  page.say('## A save that started from an older generation is merged');
  await page.run(`cp ${DOCUMENT} open-in-an-editor.yaml`);
  page.say('A pod starts while the editor is open.');
  await addPod('cache');
  await page.run(
    `sed -i 's/mtu: 1400/mtu: 1450/' open-in-an-editor.yaml && cp open-in-an-editor.yaml ${DOCUMENT}`,
  );
  await page.run('vnet reconcile');
  await page.run('vnet history -n 2');
  await page.run('vnet get endpoints');
  await page.run(`grep -n -A2 'bridge:$' ${DOCUMENT}`);
  page.say('## Two edits of the same line: the first stays in force, nothing is lost');
  await page.run(`cp ${DOCUMENT} open-in-an-editor.yaml`);
  await page.run(`sed 's/mtu: 1450/mtu: 1300/' ${DOCUMENT} > new.yaml && vnet apply -f new.yaml -m 'first'`);
  await page.run(
    `sed -i 's/mtu: 1450/mtu: 1350/' open-in-an-editor.yaml && cp open-in-an-editor.yaml ${DOCUMENT}`,
  );
  await page.run('vnet reconcile');
  await page.run('vnet status');
  page.say('Pods keep starting:');
  await addPod('mail');
  await page.run('ls /var/lib/vnet');
  page.say(
    '`vnet edit --resolve` opens the saved text with the conflicts on top; here the editor writes 1350.',
  );
  await page.run(
    "EDITOR=\"sed -i 's/mtu: 1300/mtu: 1350/'\" vnet edit --resolve --yes -m 'second after all'",
  );
  await page.run('vnet history -n 1');
  page.say('## An invalid save');
  await page.run(`sed -i 's/mtu: 1350/mtuu: 1350/' ${DOCUMENT}`);
  await addPod('search');
  await page.run('vnet status');
  await page.run('vnet edit --discard');
  await page.run('vnet reconcile');
}

/** Number 2: vnet edit. */
export async function edit({ page, addPod }: Stage): Promise<void> {
  await addPod('web');
  page.say('Any command can be the editor. The plan is shown before the edit is applied.');
  await page.run(
    `EDITOR="sed -i 's/^      name: azure0/&\\\\n      mtu: 1400/'" vnet edit --yes -m 'room for the overlay'`,
  );
  await page.run('vnet history -n 1');
  page.say('Errors are shown with their place. On a terminal the editor opens again; here the text is kept.');
  await page.run(`EDITOR="sed -i 's/mtu: 1400/mtuu: 9000/'" vnet edit --yes`);
  await page.run('grep -n mtuu vnet-edit-*/vnet.yaml');
  page.say('No change: nothing is written.');
  await page.run('EDITOR=true vnet edit --yes');
}

/** Number 3: plan, apply, confirm, revert. */
export async function apply({ page, addPod, until }: Stage): Promise<void> {
  await addPod('web');
  await addPod('api');
  await page.run(`sed 's/^      name: azure0$/&\\n      mtu: 1400/' ${DOCUMENT} > new.yaml`);
  await page.run('vnet plan -f new.yaml --out new.plan');
  await page.run("vnet apply -f new.plan --confirm-within 10m -m 'room for the overlay'");
  await page.run('vnet status');
  await page.run("ip -o link show azure0 | grep -o 'mtu [0-9]*'");
  await page.run('vnet revert');
  page.say('## A saved plan is valid for one generation and kernel state');
  await page.run('vnet apply -f new.plan');
  page.say('## Confirmed');
  await page.run('vnet apply -f new.yaml --confirm-within 10m');
  await page.run('vnet confirm');
  page.say('## Unconfirmed: the shell is killed, and the change rolls back at its deadline');
  await page.run(`sed 's/mtu: 1400/mtu: 1300/' ${DOCUMENT} > other.yaml`);
  await page.run("sh -c 'vnet apply -f other.yaml --confirm-within 3s; kill -9 $$'");
  await until('tentative.json is gone', `! test -e ${DOCUMENT.replace('vnet.yaml', 'tentative.json')}`);
  await page.run('vnet history -n 2');
  page.say('## A change that fails verification is rolled back');
  await page.run(
    `sed 's/^    pools:$/    routes: [{ to: 10.9.0.0\\/16, via: 192.0.2.1 }]\\n&/' ${DOCUMENT} > bad.yaml`,
  );
  await page.run('vnet apply -f bad.yaml');
  await page.run('vnet reconcile --dry-run');
  page.say('## Refused if the document has changed');
  await page.run('vnet apply -f new.yaml --if-generation 1');
}

/** Number 4: each change in place, and the refused ones. */
export async function liveChanges({ page, addPod }: Stage): Promise<void> {
  await addPod('web');
  await addPod('api');
  const change = async (what: string, script: string, ...options: readonly string[]): Promise<void> => {
    page.say(`## ${what}`);
    await page.run(`sed ${script} ${DOCUMENT} > new.yaml`);
    await page.run(['vnet apply -f new.yaml', ...options].join(' '));
  };
  await change('The MTU', `'s/^      name: azure0$/&\\n      mtu: 1400/'`);
  await change(
    'Hairpin and anti-spoofing',
    `'s/^      mtu: 1400$/&\\n      hairpin: false\\n      antiSpoofing: false/'`,
  );
  await change(
    'A route, a neighbour',
    `'s/^    pools:$/    routes: [{ to: 10.9.0.0\\/16, via: 10.240.0.1 }]\\n    arp: { neighbours: [{ address: 10.240.0.9, mac: 12:34:56:78:9a:bc }] }\\n&/'`,
  );
  await change('The name of the bridge', `'s/^      name: azure0$/      name: br0/'`);
  await page.run('ip -br link show br0 | cut -c1-4');
  await change(
    'The MAC of the bridge interrupts flows: refused, with the pods it hits',
    `'s/^      name: br0$/&\\n      mac: 02:00:00:00:00:99/'`,
  );
  await change(
    'A pool that no longer has the address of a pod',
    `'s/10.240.0.36-10.240.0.65/10.240.0.37-10.240.0.65/'`,
  );
  await page.run('vnet apply -f new.yaml --withdraw');
  await page.run('vnet get endpoints');
}
