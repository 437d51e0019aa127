/**
 * Gathers the state of a node without a document: all links, all namespaces, the runtimes' cached results.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findVethPeers } from '../../../kernel/veth-peers.ts';
import { requestedLimits } from '../../../loop/import/limits.ts';
import { type KnownAttachment, type LiveProposal, proposeLive } from '../../../loop/import/live-proposal.ts';
import type { Node } from '../../../loop/node/session.ts';
import { ok, type Result } from '../../../model/result.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import { scopeOf } from '../../../model/scope.ts';
import { listFolder } from '../doctor/files.ts';
import type { VethPeer } from '../../../model/ports/veth-peer.ts';
import { omitUndefined } from '../../../model/objects.ts';

/** The runtimes' caches of ADD results. Source: libcni; containerd, CRI-O and podman use the first two. */
const RESULT_FOLDERS = ['/var/lib/cni/results', '/var/lib/cni/cache/results'];

/** Returns a document for the observed state, and its gaps. Writes nothing. */
export function readLiveDocument(sys: Sys, node: Node, network: string | undefined): Result<LiveProposal> {
  const observation = node.kernel.observe(scopeOf({ whole: true }));
  if (!observation.ok) return observation;
  const ends = findHostPeers(sys);
  if (!ends.ok) return ends;
  return ok(
    proposeLive({
      observation: observation.value,
      ends: ends.value,
      known: readAttachments(''),
      network,
      node: node.nodeName,
      bootId: node.bootId,
      now: node.now(),
    }),
  );
}

/** Returns the far ends of the host's veths in all namespaces. */
export function findHostPeers(sys: Sys): Result<readonly VethPeer[]> {
  return findVethPeers(sys, [...namedNamespaces(), ...processNamespaces()]);
}

/** Returns the runtimes' records of attachments below the root. */
export function readAttachments(root: string): readonly KnownAttachment[] {
  return RESULT_FOLDERS.flatMap((folder) => readKnown(root + folder));
}

function namedNamespaces(): readonly string[] {
  return listFolder('/run/netns').map((name) => `/run/netns/${name}`);
}

/** Unnamed namespaces are found through their processes. */
function processNamespaces(): readonly string[] {
  return listFolder('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `/proc/${pid}/ns/net`);
}

function readKnown(folder: string): readonly KnownAttachment[] {
  return listFolder(folder).flatMap((name) => {
    try {
      const kept: {
        readonly networkName: string;
        readonly containerId: string;
        readonly ifName: string;
        readonly netns: string;
        readonly cniArgs?: readonly (readonly [string, string])[];
        readonly capabilityArgs?: unknown;
      } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      const args = new Map(kept.cniArgs);
      const [namespace, pod] = [args.get('K8S_POD_NAMESPACE'), args.get('K8S_POD_NAME')];
      const { networkName: network, containerId, ifName, netns } = kept;
      const isNamed = namespace !== undefined && pod !== undefined;
      const bandwidth = requestedLimits(kept.capabilityArgs);
      const more = { pod: isNamed ? `${namespace}/${pod}` : undefined, bandwidth };
      return [{ network, containerId, ifName, netns, ...omitUndefined(more) }];
    } catch {
      // Not a libcni file, or partly written: no information.
      return [];
    }
  });
}
