/** Runs the live page of an agent. */
import { keepPage } from '../../../cluster/page/keep-page.ts';
import { PageFeed } from '../../../cluster/page/feed.ts';
import { servePage } from '../../../cluster/page/serve-page.ts';
import type { OwnNodeView } from '../../../cluster/page/view.ts';
import { readMembers } from '../../../document/members-file.ts';
import { LIVE_PAGE_POLICY, renderLivePage } from '../../../graph/live-page.ts';
import { renderFailure, thrownMessage } from '../../../model/result.ts';
import type { LocalAddress } from '../../../os/local-http/address.ts';
import type { VerbContext } from '../../verb.ts';
import { openNodeView } from '../look/open-node-view.ts';
import type { OpenCluster } from './open-cluster.ts';
import { ownNodeView } from './own-node.ts';

/** The page. Shape: `name` is the node's in Kubernetes. */
export type PagePlace = OpenCluster & {
  readonly address: LocalAddress;
  readonly name: string;
  readonly log: (text: string) => void;
};

/** Serves the page until the signal is aborted. A page that cannot be served is reported; the agent continues. */
export async function runPage(context: VerbContext, place: PagePlace, signal: AbortSignal): Promise<void> {
  const { address, name, log, transport, clock } = place;
  const feed = new PageFeed();
  const close = await servePage(address, feed, { html: renderLivePage(), policy: LIVE_PAGE_POLICY }).catch(
    (error: unknown) => {
      log(`the page is not served: ${thrownMessage(error)}`);
      return undefined;
    },
  );
  if (close === undefined) return;
  const own = async (): Promise<OwnNodeView> => readOwnNode(context, name);
  await keepPage({ transport, clock, log, own }, feed, signal);
  await close();
}

async function readOwnNode(context: VerbContext, name: string): Promise<OwnNodeView> {
  const { sys, paths } = context;
  const opened = await openNodeView(context);
  if (!opened.ok) {
    const problem = renderFailure(opened.error);
    return { name, generation: 0, networks: [], policy: '', pods: [], plan: '', problem };
  }
  try {
    const members = () => readMembers({ sys, directory: paths.stateDirectory });
    return ownNodeView({ name, node: opened.value, members });
  } finally {
    opened.value.close();
  }
}
