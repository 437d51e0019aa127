import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';
import { validateDocument } from '../../../reconciler/document/check/validate.ts';
import type { SimulatedKernel } from '../../../reconciler/kernel/simulated/simulated.ts';
import { liveDocument } from '../../../reconciler/loop/import/live-document.ts';
import { planNode } from '../../../reconciler/loop/node/plan-node.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import { scopeOfNode } from '../../../reconciler/model/scope.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { must } from '../../support/must.ts';
import { bootedKernel, documentOf, endpointOf, idOf, NETWORK } from '../../support/node.ts';

function converged(document: VnetDocument, pods: readonly number[]): SimulatedKernel {
  const kernel = bootedKernel(pods);
  const round = runRound(createMemorySession(kernel, document), { limit: 'node-outage' });
  expect(round.ok && round.value?.remaining).toEqual([]);
  return kernel;
}

function live(kernel: SimulatedKernel, document: VnetDocument): VnetDocument {
  return liveDocument(document, must(kernel.observe(scopeOfNode(document))));
}

const networks = fc.record({
  mtu: fc.option(fc.integer({ min: 1280, max: 1500 }), { nil: undefined }),
  hairpin: fc.option(fc.boolean(), { nil: undefined }),
  antiSpoofing: fc.option(fc.boolean(), { nil: undefined }),
  arpPods: fc.boolean(),
  hasRoute: fc.boolean(),
  hasNeighbour: fc.boolean(),
});

describe('liveDocument', () => {
  it('of a kernel that equals the document: valid, and applying it again changes nothing', () => {
    fc.assert(
      fc.property(networks, fc.uniqueArray(fc.nat(9), { maxLength: 4 }), (choice, pods) => {
        const { mtu, hairpin, antiSpoofing, arpPods, hasRoute, hasNeighbour } = choice;
        const document = documentOf(pods, {
          ...NETWORK,
          bridge: {
            name: 'azure0',
            ...(mtu === undefined ? {} : { mtu }),
            ...(hairpin === undefined ? {} : { hairpin }),
            ...(antiSpoofing === undefined ? {} : { antiSpoofing }),
          },
          arp: {
            pods: arpPods,
            ...(hasNeighbour ? { neighbours: [{ address: '10.240.0.1', mac: '12:34:56:78:9a:bc' }] } : {}),
          },
          ...(hasRoute ? { routes: [{ to: '10.9.0.0/16', via: '10.240.0.1' }] } : {}),
        });
        const kernel = converged(document, pods);
        const seen = live(kernel, document);
        expect(validateDocument(seen)).toMatchObject({ ok: true });
        expect(must(planNode(kernel, seen)).plan.steps).toEqual([]);
        expect(live(kernel, seen)).toEqual(seen);
      }),
      { numRuns: 40 },
    );
  });

  it.each(['azure.yaml', 'static.yaml', 'reservations.yaml', 'two-networks.yaml', 'addresses-only.yaml'])(
    'of the example %s without a kernel it is the example',
    (name) => {
      const path = join(import.meta.dirname, '../../../examples/documents', name);
      const read = readDocument(readFileSync(path, 'utf8'), path);
      if (!read.ok) throw new Error(`${path} is not valid`);
      const document = read.value;
      const nothing = { state: new Map(), namespaces: new Map() };
      expect(liveDocument(document, nothing).networks).toEqual(document.networks);
    },
  );

  it("shows the kernel's values where another program changed them", () => {
    const document = documentOf([0, 1]);
    const kernel = converged(document, [0, 1]);
    const state = must(kernel.observe(scopeOfNode(document))).state;
    const bridge = state.get('link azure0');
    const veth = state.get(`link ${endpointOf(1).hostVeth ?? ''}`);
    if (bridge?.kind !== 'link' || veth === undefined) throw new Error('not converged');
    must(
      kernel.tamper({
        verb: 'update',
        have: bridge,
        want: { ...bridge, mtuBytes: 1400 },
        fields: ['mtuBytes'],
      }),
    );
    must(kernel.tamper({ verb: 'delete', have: veth }));
    const seen = live(kernel, document);
    expect(seen.networks['azure']).toMatchObject({ bridge: { mtu: 1400 }, uplink: { mtu: 1500 } });
    expect(Object.keys(seen.endpoints ?? {})).toEqual([idOf(0)]);
    expect(validateDocument(seen)).toMatchObject({ ok: true });
  });

  it('states values common to all ports, and leaves unwritten defaults unwritten', () => {
    const document = documentOf([0, 1]);
    const kernel = converged(document, [0, 1]);
    expect(live(kernel, document).networks['azure']).toMatchObject({ bridge: { name: 'azure0' } });
    expect(JSON.stringify(live(kernel, document))).not.toMatch(/hairpin|antiSpoofing|released/);
    const { state } = must(kernel.observe(scopeOfNode(document)));
    for (const have of state.values()) {
      if (have.kind === 'link' && have.port !== undefined && have.name.startsWith('azv')) {
        const want = { ...have, port: { hairpin: false } };
        must(kernel.tamper({ verb: 'update', have, want, fields: ['port'] }));
      }
      if (have.kind === 'nft-element' && have.set === 'ports') must(kernel.tamper({ verb: 'delete', have }));
    }
    expect(live(kernel, document).networks['azure']).toMatchObject({
      bridge: { hairpin: false, antiSpoofing: false },
    });
  });

  it('declares an uplink outside its bridge as released', () => {
    const network = { ...NETWORK, uplink: { ...NETWORK.uplink, released: true } };
    const document = documentOf([], network);
    const kernel = converged(document, []);
    const wanting = documentOf([]);
    expect(live(kernel, wanting).networks['azure']).toMatchObject({ uplink: { released: true } });
    expect(must(planNode(kernel, live(kernel, wanting))).plan.steps).toEqual([]);
  });
});
