/** The page of the tutorial: the first steps on a node of the lab. */
import type { Stage } from './transcript-stage.ts';

const DOCUMENT = '/var/lib/vnet/vnet.yaml';

/** Number 11: from the first pod to the release of the uplink. */
export async function firstSteps({ page, addPod, removePod }: Stage): Promise<void> {
  page.say(
    'A runtime starts the first pods. The first ADD asks the host endpoint for the addresses of the node,',
  );
  page.say('writes the document, and takes the uplink over.');
  const web = await addPod('web');
  const api = await addPod('api');
  await page.run('vnet get endpoints');
  page.say(
    'The document has the whole network of the node. People edit its first part, CNI writes the last one.',
  );
  await page.run(`sed -n '/^networks:/,/^    bridge:/p' ${DOCUMENT} | head -12`);
  page.say('Another program breaks something. The difference is drift: the document did not change.');
  await page.run('ip neigh del 10.240.0.36 dev azure0');
  await page.run('ip route del default dev azure0');
  await page.run('vnet reconcile --dry-run');
  page.say('One round repairs it, with exactly the steps of the preview.');
  await page.run('vnet reconcile');
  page.say('A change of the document is pending until a round applies it.');
  await page.run(`sed -i 's/^      name: azure0$/&\\n      hairpin: false/' ${DOCUMENT}`);
  await page.run('vnet reconcile --dry-run');
  await page.run('vnet reconcile');
  await page.run('vnet history -n 3');
  page.say('At the end, the uplink is as before.');
  await removePod(web);
  await removePod(api);
  await page.run('vnet release');
  await page.run("ip -4 -o addr show dev eth0 | awk '{print $2, $4}'");
}
