/** The kernel of this machine, in the network namespace of the calling thread. */
import { createCallKernel } from '../../kernel/apply/call-kernel.ts';
import type { Nft } from '../../kernel/apply/context.ts';
import type { Lifetime } from '../../kernel/sockets.ts';
import type { Kernel } from '../../model/ports/kernel.ts';
import type { Environment, Sys } from '../../model/ports/sys.ts';
import { Bug } from '../../model/result.ts';

/** Returns the kernel of this machine; `environment` is that of the tools it runs. */
export function openLinuxKernel(sys: Sys, lifetime: Lifetime, environment: Environment): Kernel {
  return createCallKernel(sys, createLazyNft(environment), lifetime);
}

/** Loaded by prepare() only: loading the nft runner takes longer than an ADD. */
function createLazyNft(environment: Environment): Nft {
  let loaded: Nft | undefined;
  return {
    load: async () => {
      loaded ??= (await import('../../kernel/apply/nft-command.ts')).createNft(environment);
    },
    run: (script) => {
      if (loaded === undefined) throw new Bug('prepare() comes before a table is made');
      return loaded.run(script);
    },
  };
}
