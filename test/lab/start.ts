/**
 * `npm start`: the main functions of vnet in a lab of network namespaces, step by step, in each mode.
 * Everything runs in private namespaces, which are removed at the end. `-- --mode NAME` shows one mode only,
 * `-- --keep` keeps its lab.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execNow, renderOutcome } from '../support/exec.ts';
import { endWithParent, findSandbox, reenter } from '../support/sandbox.ts';
import { ensureTools } from '../support/tools.ts';
import { breakAndRepair, introduce, pingAround, startFirstPods } from './chapters.ts';
import { describeNetwork, rebootFirstNode, releaseNodes } from './endings.ts';
import { DUAL_NICS } from './fabric.ts';
import { healByItself } from './healing.ts';
import { buildLab, type Lab, removeLab } from './lab.ts';
import { BRIDGE_MODE, LAB_MODES, type LabMode } from './modes.ts';
import { paint } from './paint.ts';
import { isolatePods } from './policy-scene.ts';
import { tellSimulated } from './simulated.ts';
import { type Story, tellStory } from './story.ts';

const INSIDE = 'VNET_LAB_SANDBOX';
const FOLDER = '/run/vnet-lab';
const project = join(import.meta.dirname, '../..');
const keep = process.argv.includes('--keep');

/** Returns the modes to show. Errors: throws for an unknown one. */
function chosenModes(): readonly LabMode[] {
  const at = process.argv.indexOf('--mode');
  if (at < 0) return keep ? [BRIDGE_MODE] : LAB_MODES;
  const chosen = LAB_MODES.filter(({ name }) => name === process.argv[at + 1]);
  if (chosen.length > 0) return chosen;
  throw new Error(`--mode must be one of: ${LAB_MODES.map(({ name }) => name).join(', ')}`);
}

/** Prepares everything and runs the lab in a sandbox; resolves to the exit code. */
async function startOutside(): Promise<number> {
  const missing = ensureTools(console.log);
  if (missing !== undefined) console.log(missing);
  const sandbox = missing === undefined ? findSandbox() : { kind: 'none' as const, reason: missing };
  const simulated = sandbox.kind === 'none' ? ['--', '--simulated'] : [];
  const build = ['npm', 'run', '--silent', 'build', ...simulated];
  // The npm package has its executables.
  const isCheckout = existsSync(join(project, 'scripts/build.ts'));
  const built = isCheckout ? execNow(build, { cwd: project, timeoutMs: 300_000 }) : undefined;
  if (built !== undefined && built.code !== 0) {
    console.log(`the executables could not be built: ${renderOutcome(built)}`);
    return 1;
  }
  if (sandbox.kind !== 'none') return reenter(sandbox.argv, { [INSIDE]: sandbox.kind });
  console.log(paint.bad(`No real kernel for this lab: ${sandbox.reason}.`));
  console.log('It runs on the simulated kernel instead: the same executables and document, but no packets.');
  return (await tellSimulated(tellStory(console.log))) ? 0 : 1;
}

/** Plays the steps in each mode; resolves to true if every check passes. */
async function tell(story: Story): Promise<boolean> {
  const labs: Lab[] = [];
  for (const mode of chosenModes()) {
    story.begin(mode.name);
    const folder = join(FOLDER, mode.name);
    mkdirSync(folder, { recursive: true });
    const lab = await buildLab(folder, mode, { nics: DUAL_NICS });
    await tellMode(lab, story);
    if (keep) labs.push(lab);
    else await removeLab(lab);
  }
  const good = story.summarise();
  for (const lab of labs) await leaveUp(lab);
  return good;
}

async function tellMode(lab: Lab, story: Story): Promise<void> {
  const before = new Map(lab.nodes.map(({ node }) => [node.name, describeNetwork(node.netns)]));
  let [healthy, broken] = [0, 0];
  const foreign = (): number =>
    lab.nodes.reduce((sum, { node }) => sum + lab.fabric.foreignFrames(node.nic), 0);
  await introduce(lab, story);
  await startFirstPods(lab, story);
  story.title('All pods and nodes reach each other');
  await pingAround(lab, story, 'at first');
  healthy = foreign();
  await breakAndRepair(lab, story);
  broken = foreign() - healthy;
  await pingAround(lab, story, 'repaired');
  await isolatePods(lab, story);
  const calm = foreign();
  await healByItself(lab, story);
  broken += foreign() - calm;
  await rebootFirstNode(lab, story);
  await pingAround(lab, story, 'after the reboot');
  if (!keep) await releaseNodes(lab, story, before);
  story.title('Fabric counters');
  story.say(`While the rules were gone, ${broken} frames left with a pod's MAC and were dropped.`);
  story.check('frames dropped for a foreign source MAC otherwise', 0, foreign() - broken);
}

/** Keeps the lab, kept alive by the host endpoint's process, and prints how to inspect it. */
async function leaveUp(lab: Lab): Promise<void> {
  await lab.wireserver.order({ stay: true });
  lab.wireserver.release();
  const { pid } = lab.wireserver;
  const roots = new Map(lab.nodes.map(({ node }) => [node.name, node.root]));
  const user = process.env[INSIDE] === 'user' ? '--user --preserve-credentials ' : '';
  const enter = (name: string): string =>
    `nsenter -t ${pid} ${user}--mount nsenter --net=/run/netns/${name} env VNET_ROOT=${roots.get(name)} VNET_NODE=${name} PATH="${join(project, 'dist/bin')}:$PATH" bash`;
  console.log(`\n${paint.title('The lab stays up.')} Inspect it with:`);
  for (const { node, pods } of lab.nodes) {
    console.log(`  ${paint.command(enter(node.name))}`);
    console.log(
      paint.quiet(`    then: vnet status; vnet reconcile --dry-run; cat $VNET_ROOT/var/lib/vnet/vnet.yaml`),
    );
    for (const pod of pods.values())
      console.log(
        paint.quiet(`    pod ${pod.name} (${pod.address}): nsenter --net=${pod.netns.path} ip address`),
      );
  }
  console.log(
    `  ${paint.command(`nsenter -t ${pid} ${user}--mount nsenter --net=/run/netns/fabric nft list ruleset`)}`,
  );
  console.log(`Remove it with:\n  ${paint.command(`kill ${pid}`)}`);
}

/** Runs the lab in the sandbox; resolves to the exit code. */
async function startInside(): Promise<number> {
  endWithParent(() => process.exit(130));
  try {
    return (await tell(tellStory(console.log))) ? 0 : 1;
  } catch (error) {
    console.log(paint.bad(`\nThe lab stopped: ${error instanceof Error ? error.message : String(error)}`));
    return 1;
  }
}

process.exit(process.env[INSIDE] === undefined ? await startOutside() : await startInside());
