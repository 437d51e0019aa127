/** How a program reaches the kernel of its node. The entry of the program chooses one and passes it down. Types only. */
import type { LinkIndex } from '../../kernel/link-index.ts';
import type { Lifetime } from '../../kernel/sockets.ts';
import type { PacketFilters } from '../../model/filter/filter-problems.ts';
import type { DenialSources } from '../../model/ports/denials.ts';
import type { Kernel, Observer } from '../../model/ports/kernel.ts';
import type { OpenMonitor } from '../../model/ports/monitor.ts';
import type { Environment, ResidentSys, Sys } from '../../model/ports/sys.ts';
import type { NodePaths } from '../paths.ts';

/**
 * The kernel of the machine, or a simulated one.
 * Shape: without `openMonitor` it sends no notifications; without `openLinks` it has no interface indexes, without
 * `openPacketFilters` no other filters.
 */
export type KernelAccess = {
  readonly open: (sys: Sys, paths: NodePaths, lifetime: Lifetime) => Kernel | Promise<Kernel>;
  /** Returns a kernel that cannot be changed. */
  readonly openReader: (sys: Sys, paths: NodePaths) => Observer & Pick<Kernel, 'close'>;
  readonly openMonitor?: (sys: ResidentSys) => Promise<OpenMonitor>;
  /** Resolves to the kernel's log of packets that network policies denied. */
  readonly openDenials?: () => Promise<DenialSources>;
  readonly openLinks?: (sys: Sys) => Promise<LinkIndex>;
  /** Resolves to the reader of the node's other packet filters. */
  readonly openPacketFilters?: (sys: Sys) => Promise<() => PacketFilters>;
};

/** Where a node is opened. Shape: `environment` is that of the process, or of the one that asks it. */
export type NodePlace = {
  readonly sys: Sys;
  readonly paths: NodePaths;
  readonly environment: Environment;
  readonly kernels: KernelAccess;
};
