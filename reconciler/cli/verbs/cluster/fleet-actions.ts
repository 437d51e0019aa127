/** The actions of `vnet fleet`. */
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { type Format, printValue } from '../../../app/print.ts';
import type { ApiClient } from '../../../cluster/api/client.ts';
import type { ApiObject } from '../../../cluster/api/objects.ts';
import type { Resource } from '../../../cluster/api/resources.ts';
import type { ApiFailure } from '../../../cluster/api/transport.ts';
import {
  NETWORK_REVISIONS,
  NETWORK_ROLLOUTS,
  NODE_NETWORKS,
  toNodeNetwork,
  toRevision,
  toRollout,
} from '../../../cluster/custom-resources.ts';
import type { Problem } from '../../../document/store/store.ts';
import { err, failure, type Failure, ok, type Result } from '../../../model/result.ts';
import { type List, renderList } from '../../terminal/list.ts';
import type { VerbContext } from '../../verb.ts';
import { historyList, nodeList, revisionDifferences, rolloutLines } from './fleet-report.ts';
import { openCluster } from './open-cluster.ts';

/** The action and its objects. */
export type FleetChoice = {
  readonly action: 'nodes' | 'status' | 'history' | 'diff' | 'pause' | 'resume';
  readonly name: string | undefined;
  readonly other: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly format: Format;
};

/** The manager of the fields that this verb sets. */
const FLEET_MANAGER = 'vnet-fleet';

/** Objects in a page of a list. */
const PAGE_SIZE = '500';

/** Resolves to 0, 2 for revisions that differ, 66 for an object that does not exist. Errors: no cluster, or no answer. */
export async function fleet(context: VerbContext, choice: FleetChoice): Promise<Result<ExitCode, Problem>> {
  const cluster = openCluster(context, choice.kubeconfig);
  if (!cluster.ok) return cluster;
  const { client, transport } = cluster.value;
  try {
    return await perform(client, context, choice);
  } finally {
    transport.close();
  }
}

async function perform(
  client: ApiClient,
  { output }: VerbContext,
  { action, name, other, format }: FleetChoice,
): Promise<Result<ExitCode, Problem>> {
  switch (action) {
    case 'pause':
    case 'resume': {
      const paused = action === 'pause';
      const done = await client.patch(
        NETWORK_ROLLOUTS,
        { name: name ?? '' },
        { spec: { paused } },
        FLEET_MANAGER,
      );
      if (!done.ok) return done;
      output.print(`${paused ? 'Paused' : 'Resumed'} rollout ${name}.`);
      return ok(EXIT.done);
    }
    case 'diff':
      return diff(client, { output }, { names: [name ?? '', other ?? ''], format });
    case 'nodes': {
      const objects = await listAll(client, NODE_NETWORKS);
      return objects.ok
        ? show(nodeList(objects.value.map(toNodeNetwork)), { output }, { name, format })
        : objects;
    }
    case 'history': {
      const objects = await listAll(client, NETWORK_ROLLOUTS);
      if (!objects.ok) return objects;
      const rollouts = objects.value.flatMap((object) => toRollout(object) ?? []);
      return show(historyList(rollouts), { output }, { name, format });
    }
    case 'status':
      return status(client, { output }, { name, format });
    default:
      return action satisfies never;
  }
}

type Shown = { readonly name: string | undefined; readonly format: Format };

function show(
  list: List,
  { output }: Pick<VerbContext, 'output'>,
  { name, format }: Shown,
): Result<ExitCode, Problem> {
  const rows = list.rows.filter(({ names }) => name === undefined || names.includes(name));
  if (rows.length === 0 && name !== undefined) return err(unknown(name));
  if (format === 'text') output.print(renderList({ ...list, rows }));
  else
    printValue(
      rows.map(({ value }) => value),
      format,
      output,
    );
  return ok(EXIT.done);
}

async function status(
  client: ApiClient,
  { output }: Pick<VerbContext, 'output'>,
  { name, format }: Shown,
): Promise<Result<ExitCode, Problem>> {
  const [rollouts, nodes] = await Promise.all([
    listAll(client, NETWORK_ROLLOUTS),
    listAll(client, NODE_NETWORKS),
  ]);
  if (!rollouts.ok) return rollouts;
  if (!nodes.ok) return nodes;
  const chosen = rollouts.value
    .flatMap((object) => toRollout(object) ?? [])
    .filter(({ metadata }) => name === undefined || metadata.name === name);
  if (chosen.length === 0 && name !== undefined) return err(unknown(name));
  if (format === 'text') {
    const members = nodes.value.map(toNodeNetwork);
    output.print(chosen.flatMap((rollout) => rolloutLines(rollout, members)).join('\n') || 'No rollouts.');
  } else printValue(chosen, format, output);
  return ok(EXIT.done);
}

async function diff(
  client: ApiClient,
  { output }: Pick<VerbContext, 'output'>,
  { names, format }: { readonly names: readonly [string, string]; readonly format: Format },
): Promise<Result<ExitCode, Problem>> {
  const read = async (name: string) => {
    const object = await client.get(NETWORK_REVISIONS, { name });
    if (!object.ok) return object;
    const revision = toRevision(object.value);
    return revision === undefined ? err(unknown(name)) : ok(revision.spec.document);
  };
  const [left, right] = await Promise.all([read(names[0]), read(names[1])]);
  if (!left.ok) return left;
  if (!right.ok) return right;
  const differences = revisionDifferences(left.value, right.value);
  if (format === 'text') {
    for (const { path, before, after } of differences)
      output.print(`${path}: ${text(before)} → ${text(after)}`);
    if (differences.length === 0) output.print('no differences');
  } else printValue(differences, format, output);
  return ok(differences.length === 0 ? EXIT.done : EXIT.differences);
}

function text(value: unknown): string {
  return value === undefined ? '-' : JSON.stringify(value);
}

async function listAll(
  client: ApiClient,
  resource: Resource,
): Promise<Result<readonly ApiObject[], ApiFailure>> {
  const items: ApiObject[] = [];
  let next: string | undefined;
  do {
    const query = { limit: PAGE_SIZE, ...(next === undefined ? {} : { continue: next }) };
    const page = await client.list(resource, query);
    if (!page.ok) return page;
    items.push(...page.value.items);
    next = page.value.continue;
  } while (next !== undefined);
  return ok(items);
}

function unknown(name: string): Failure {
  return failure('not-found', 'read the cluster', `${name} does not exist`, {
    hint: 'List the names with vnet fleet nodes, vnet fleet history or kubectl get networkrevisions.',
  });
}
