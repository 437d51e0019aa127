/**
 * All orders in which the steps of two calls for one attachment can happen, with a kill before, within or after each step. A step is a
 * transaction of the document, or the kernel's work for an endpoint: the round lock keeps the latter apart wherever one removes.
 */
import { describe, expect, it } from 'vitest';
import { type Perform, performAlone } from '../../plugin/run-work.ts';
import type { Effect } from '../../plugin/work.ts';
import { runRound } from '../../reconciler/loop/round/round.ts';
import { parseMark } from '../../reconciler/model/names.ts';
import { scopeOfNode } from '../../reconciler/model/scope.ts';
import { isLong } from '../support/long.ts';
import { idOf } from '../support/node.ts';
import { AZURE_CONF, type Caller, createCaller, type Reply } from './caller.ts';

type Verb = 'ADD' | 'DEL' | 'GC';

/** The next event: the call of this index makes its next step, or is killed before it or after this many batches of it. */
type Choice = { readonly call: number; readonly killedAfter?: number };

const OTHER = { containerID: idOf(1).split('/')[1], ifname: 'eth0' };
const GC_CONF = { ...AZURE_CONF, cniVersion: '1.1.0', 'cni.dev/valid-attachments': [OTHER] };

/** Thrown in the kernel's work of a killed call. */
class Killed extends Error {}

/** A call that stops in front of each of its steps. */
class Stepper {
  #step: { readonly effect: Effect; readonly done: () => void } | undefined;
  #isArrived: () => void = () => undefined;
  reply: Reply | undefined;
  isKilled = false;

  static async start(node: Caller, verb: Verb): Promise<Stepper> {
    const stepper = new Stepper();
    const perform = (effect: Effect): Promise<void> =>
      effect.kind === 'run'
        ? effect.work()
        : new Promise((done) => {
            stepper.#step = { effect, done };
            stepper.#isArrived();
          });
    await stepper.#until(() => {
      void stepper.#call(node, verb, perform);
    });
    return stepper;
  }

  async #call(node: Caller, verb: Verb, perform: Perform): Promise<void> {
    this.reply = await node.call(verb, { ...(verb === 'GC' ? { conf: GC_CONF } : {}), perform });
    this.#isArrived();
  }

  get isOver(): boolean {
    return this.isKilled || this.reply !== undefined;
  }

  /** True in front of work of the kernel, which a kill can end half-way. */
  get isConverging(): boolean {
    return this.#step?.effect.kind === 'converge';
  }

  async step(): Promise<void> {
    const step = this.#step;
    if (step === undefined) throw new Error('no step');
    await performAlone(step.effect);
    await this.#until(step.done);
  }

  async killAfter(node: Caller, batches: number): Promise<void> {
    this.isKilled = true;
    const step = this.#step;
    if (batches === 0 || step === undefined) return;
    const { apply } = node.kernel;
    let count = 0;
    Object.assign(node.session.kernel, {
      apply: (changes: Parameters<typeof apply>[0]) => {
        if (count === batches) throw new Killed();
        count += 1;
        return apply.call(node.kernel, changes);
      },
    });
    try {
      await performAlone(step.effect);
    } catch (thrown) {
      if (!(thrown instanceof Killed)) throw thrown;
    } finally {
      Object.assign(node.session.kernel, { apply });
    }
  }

  #until(act: () => void): Promise<void> {
    return new Promise((arrived) => {
      this.#isArrived = arrived;
      act();
    });
  }
}

type Scene = { readonly attached: boolean; readonly calls: readonly Verb[] };

async function prepared({ attached }: Scene): Promise<Caller> {
  const node = createCaller();
  await node.call('ADD', { pod: 1 });
  if (attached) await node.call('ADD', { pod: 0 });
  // GC spares the attachments of the last ten seconds.
  node.at.now = new Date('2026-11-21T12:00:30.000Z');
  return node;
}

type Order = readonly Choice[];

/** Plays the order that begins with these choices to its end; returns the beginnings of the others, and the faults at the end. */
async function played(
  scene: Scene,
  begun: Order,
): Promise<{ readonly order: Order; readonly others: readonly Order[]; readonly wrong: readonly string[] }> {
  const node = await prepared(scene);
  const steppers: Stepper[] = [];
  for (const verb of scene.calls) steppers.push(await Stepper.start(node, verb));
  const order: Choice[] = [];
  const others: Order[] = [];
  for (;;) {
    const [first, ...more] = choicesAmong(steppers);
    const choice = begun[order.length] ?? first;
    if (choice === undefined) return { order, others, wrong: wrongIn(node, steppers) };
    if (order.length >= begun.length) for (const other of more) others.push([...order, other]);
    order.push(choice);
    const stepper = steppers[choice.call];
    if (choice.killedAfter === undefined) await stepper?.step();
    else await stepper?.killAfter(node, choice.killedAfter);
  }
}

function choicesAmong(steppers: readonly Stepper[]): readonly Choice[] {
  const isKilled = steppers.some((stepper) => stepper.isKilled);
  return steppers.flatMap((stepper, call): readonly Choice[] => {
    if (stepper.isOver) return [];
    const kills = isKilled ? [] : KILLS[stepper.isConverging ? 'within' : 'before'];
    return [{ call }, ...kills.map((killedAfter) => ({ call, killedAfter }))];
  });
}

/** Batches of changes after which a call is killed: within work of the kernel, and before another step. */
const KILLS: Readonly<Record<'within' | 'before', readonly number[]>> = isLong
  ? { within: [0, 1, 2], before: [0] }
  : { within: [1], before: [] };

/** 11: another call uses the endpoint; 100: the pod had its interface when the call began. */
const CODES: ReadonlySet<number> = new Set([11, 100]);

/** Returns the faults at the end, after one round. */
function wrongIn(node: Caller, steppers: readonly Stepper[]): readonly string[] {
  const round = runRound(node.session, { limit: 'hitless' });
  if (!round.ok || round.value === undefined) return ['no round'];
  const endpoints = node.document().endpoints ?? {};
  const seen = node.kernel.observe(scopeOfNode(node.document()));
  const links = seen.ok ? [...seen.value.state.values()] : [];
  const orphans = links.flatMap((link) => {
    const id = link.kind === 'link' ? parseMark(link.alias) : undefined;
    return id === undefined || !id.includes('/') || Object.hasOwn(endpoints, id) ? [] : [id];
  });
  const released = new Set(Object.keys(node.document().released ?? {}));
  return [
    ...orphans.map((id) => `${id} has an interface and no endpoint`),
    ...round.value.remaining.map(({ key }) => `left: ${key}`),
    ...Object.entries(endpoints).flatMap(([id, { leaving, addresses }]) => [
      ...(leaving === undefined ? [] : [`${id} is leaving`]),
      ...addresses.filter((one) => released.has(`azure/${one.split('/')[0]}`)).map((one) => `${one} is free`),
    ]),
    ...steppers.flatMap(({ reply }) =>
      reply === undefined || reply.exitCode === 0 || CODES.has(reply.json.code)
        ? []
        : [`error ${reply.json.code}`],
    ),
    ...(Object.hasOwn(endpoints, idOf(1)) ? [] : ['the other pod is gone']),
  ];
}

/** Returns the endings of all orders, and how many there are. */
async function endings(scene: Scene): Promise<{ readonly count: number; readonly wrong: readonly string[] }> {
  const wrong = new Set<string>();
  let count = 0;
  const open: Order[] = [[]];
  for (let begun = open.pop(); begun !== undefined; begun = open.pop()) {
    const { order, others, wrong: found } = await played(scene, begun);
    count += 1;
    for (const one of found) wrong.add(`${one}: ${JSON.stringify(order)}`);
    open.push(...others);
  }
  return { count, wrong: [...wrong].slice(0, 5) };
}

const SCENES: readonly Scene[] = [
  { attached: true, calls: ['ADD', 'DEL'] },
  { attached: false, calls: ['ADD', 'DEL'] },
  { attached: true, calls: ['DEL', 'DEL'] },
  { attached: false, calls: ['ADD', 'ADD'] },
  { attached: true, calls: ['ADD', 'GC'] },
  { attached: true, calls: ['DEL', 'GC'] },
];

describe('calls for one attachment at once', () => {
  it.each(SCENES)(
    '$calls, attached before: $attached: leave no interface without an endpoint',
    async (scene) => {
      const { count, wrong } = await endings(scene);
      expect(wrong).toEqual([]);
      expect(count).toBeGreaterThan(10);
    },
  );
});
