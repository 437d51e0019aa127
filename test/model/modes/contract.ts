/** Contract of modes that attach pods, on the simulated kernel: each mode's test calls it with a network. */
import { describe, expect, it } from 'vitest';
import { convergeEndpoint } from '../../support/converge-endpoint.ts';
import { planEndpointsOn } from '../../../reconciler/loop/node/plan-endpoints.ts';
import { planNode } from '../../../reconciler/loop/node/plan-node.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import { hostPrefixOf } from '../../../reconciler/model/addresses/address.ts';
import { gatewayFields, poolsOf } from '../../../reconciler/model/addresses/families.ts';
import { derive } from '../../../reconciler/model/derive.ts';
import { deriveEndpoint } from '../../../reconciler/model/endpoints.ts';
import { coreOf } from '../../../reconciler/model/modes/cores.ts';
import { modeOf } from '../../../reconciler/model/modes/registry.ts';
import { ANY_LINK } from '../../../reconciler/model/names.ts';
import { ownershipOf } from '../../../reconciler/model/ownership.ts';
import { scopeOfNode } from '../../../reconciler/model/scope.ts';
import { HOST, keyOf, type NetObject, normaliseObject } from '../../../reconciler/model/state.ts';
import type { Endpoint, Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { must } from '../../support/must.ts';
import { bootedKernel, documentOf, endpointOf, idOf, netnsOf } from '../../support/node.ts';

const PODS = [0, 1];

/** The limits of the second pod. */
const BANDWIDTH = { ingress: { rate: 1e8, burst: 1e6 }, egress: { rate: 1e7, burst: 0xffff_ffff } };

/** Tests that networks of this mode attach pods, repair themselves, and leave nothing behind. */
export function describeAttaching(network: Network): void {
  describe(`a network of mode ${network.mode}`, () => {
    const plain = withAddresses(documentOf(PODS, network), network);
    const limited = { ...(plain.endpoints?.[idOf(1)] ?? endpointOf(1)), bandwidth: BANDWIDTH };
    const document = { ...plain, endpoints: { ...plain.endpoints, [idOf(1)]: limited } };

    it('is created with the first pod, and then equals the document', async () => {
      const session = await attached(document);
      expect(differences(session, document)).toEqual([]);
      for (const pod of PODS) {
        const { plan, isReady } = must(planEndpointsOn(session.kernel, document, [idOf(pod)]));
        expect([plan.steps.map(({ key }) => key), isReady(idOf(pod))]).toEqual([[], true]);
      }
    });

    it('is not ready beforehand, if the mode has objects', () => {
      const { isReady } = must(planEndpointsOn(bootedKernel(PODS), document, [idOf(0)]));
      expect(isReady(idOf(0))).toBe(modeOf(network).network('azure', network).length === 0);
    });

    it('gets back any object deleted on the node', async () => {
      const objects = [...derive(document, new Map()).state.values()].filter(isDeletable);
      expect(objects.length).toBeGreaterThan(2);
      for (const have of objects) {
        const session = await attached(document);
        must(session.kernel.tamper({ verb: 'delete', have }));
        expect([keyOf(have), differences(session, document).length > 0]).toEqual([keyOf(have), true]);
        expect(runRound(session, { limit: 'node-outage' }).ok).toBe(true);
        expect([keyOf(have), differences(session, document)]).toEqual([keyOf(have), []]);
      }
    });

    it('loses all objects of a leaving pod, and none of another', async () => {
      const leaving = {
        ...(document.endpoints?.[idOf(0)] ?? endpointOf(0)),
        leaving: '2026-11-21T12:00:00.000Z',
      };
      const after: VnetDocument = { ...document, endpoints: { ...document.endpoints, [idOf(0)]: leaving } };
      const session = await attached(document);
      const { steps } = must(planNode(session.kernel, after)).plan;
      expect(steps.filter(({ disruption }) => disruption !== 'hitless')).toEqual([]);
      must(await convergeEndpoint(session, after, idOf(0)));
      const { state } = must(session.kernel.observe(scopeOfNode(document)));
      const own = deriveEndpoint(idOf(0), leaving, network).filter(({ netns }) => netns === HOST);
      expect(own.filter((object) => state.has(keyOf(normaliseObject(object))))).toEqual([]);
      expect(differences(session, after)).toEqual([]);
    });

    it('has every key of an endpoint, for any interface', () => {
      const keysOf = (own?: { readonly mac: string }): readonly string[] =>
        deriveEndpoint(idOf(0), document.endpoints?.[idOf(0)] ?? endpointOf(0), network, own).map((object) =>
          keyOf(normaliseObject(object)),
        );
      const all = keysOf(ANY_LINK);
      expect(keysOf().filter((key) => !all.includes(key))).toEqual([]);
      expect(keysOf({ mac: '0a:00:00:00:00:ff' }).filter((key) => !all.includes(key))).toEqual([]);
    });

    it('loses the limits of a pod that the document no longer has', async () => {
      const session = await attached(document);
      const { steps } = must(planNode(session.kernel, plain)).plan;
      expect(steps.map(({ change, disruption }) => `${change.verb} ${disruption}`)).toEqual(
        Array.from({ length: 4 }, () => 'delete hitless'),
      );
      for (const result of session.kernel.apply(steps.map(({ change }) => change))) must(result);
      expect(differences(session, plain)).toEqual([]);
    });

    it('owns the objects it lists, observes the links it names, and lists the pod last in a result', () => {
      const core = coreOf(network);
      const owns = ownershipOf(document);
      expect(core.listed(network).filter((object) => !owns(normaliseObject(object)))).toEqual([]);
      const named = Object.values(core.links(network)).map(({ name }) => name);
      expect(named.filter((name) => !core.scope(network).devices.includes(name))).toEqual([]);
      const last = core.attach?.interfaces(idOf(0), endpointOf(0), network).at(-1);
      expect(last).toMatchObject({ name: 'eth0', mac: endpointOf(0).mac, netns: netnsOf(0) });
    });
  });
}

/** Returns the document with the endpoints that an ADD writes: an address of each pool, and the gateway by its mode. */
function withAddresses(document: VnetDocument, network: Network): VnetDocument {
  const { attach } = coreOf(network);
  const endpoints = PODS.map((pod): readonly [string, Endpoint] => {
    const given = poolsOf(network).map(({ family, pool: { subnet, gateway } }) => {
      const address = family === 4 ? `10.240.0.${36 + pod}` : `fd00:240::${100 + pod}`;
      const own = `${address}/${subnet.split('/')[1] ?? ''}`;
      const lone = attach?.loneGateway?.(gateway);
      return lone === undefined ? { address: own, gateway } : { address: hostPrefixOf(own), gateway: lone };
    });
    const [first = '', ...more] = given.map(({ address }) => address);
    const fields = gatewayFields(given.map(({ gateway }) => gateway));
    return [idOf(pod), endpointOf(pod, { addresses: [first, ...more], ...fields })];
  });
  return { ...document, endpoints: Object.fromEntries(endpoints) };
}

/** A NIC cannot be deleted, and a sysctl always has a value. */
function isDeletable({ kind, netns, ...rest }: NetObject): boolean {
  return netns === HOST && kind !== 'sysctl' && !('type' in rest && rest.type === 'device');
}

async function attached(document: VnetDocument): Promise<MemorySession> {
  const session = createMemorySession(bootedKernel(PODS), document);
  for (const pod of PODS) must(await convergeEndpoint(session, document, idOf(pod)));
  return session;
}

function differences({ kernel }: MemorySession, document: VnetDocument): readonly string[] {
  return must(planNode(kernel, document)).plan.steps.map(({ key, reason }) => `${key}: ${reason}`);
}
