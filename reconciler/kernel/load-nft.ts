/** Loads nft.ts when a table must be made: its library takes longer to load than a whole ADD takes. */
import type { Nft } from './workshop.ts';

/** Returns what createKernel needs to make tables. */
export async function loadNft(): Promise<Nft> {
  const { createNft } = await import('./nft.ts');
  return createNft();
}
