/** The resident loop's knowledge of the node between scans: the last full scan, and later checks of single endpoints. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { deriveOwners } from '../../model/endpoints.ts';
import { brouteElementsOf } from '../../model/policy/desired.ts';
import type { NamespaceFact, Observation } from '../../model/ports/kernel.ts';
import { layer, type Lookup } from '../../model/layered.ts';
import {
  forEachIn,
  type NetnsPath,
  type NetObject,
  type ObjectKey,
  type State,
  toState,
} from '../../model/state.ts';
import type { EndpointChange } from '../report/endpoint-changes.ts';
import type { Revision } from './expectation.ts';
import type { PreviousScan } from './partial-scan.ts';
import type { PlannedNode } from '../node/plan-node.ts';

/** An endpoint written since the scan. Shape: `observation` is absent until it was checked. */
type Revised = { readonly wanted: State; readonly observation?: Observation };

const NONE: State = new Map();
const NO_FACTS: ReadonlyMap<NetnsPath, NamespaceFact> = new Map();

/** Stores the observation and the desired state. */
export class ScanCache {
  #planned: PlannedNode | undefined;
  readonly #revised = new Map<string, Revised>();
  readonly #changes = new Map<ObjectKey, NetObject | undefined>();

  /** Returns the last full scan. */
  get planned(): PlannedNode | undefined {
    return this.#planned;
  }

  /** Stores a full scan. */
  store(planned: PlannedNode): void {
    this.#planned = planned;
    this.#revised.clear();
    this.#changes.clear();
  }

  /** Records that the kernel has the policies with these members. */
  noteMembers(members: Observation['members']): void {
    if (this.#planned === undefined) return;
    this.#planned = { ...this.#planned, observation: { ...this.#planned.observation, members } };
  }

  /** Returns the desired state; undefined before the first scan. */
  get desired(): Lookup<ObjectKey, NetObject> | undefined {
    return this.#planned && layer(this.#planned.desired.state, this.#changes);
  }

  /**
   * Records the present entries of endpoints in the document; returns the changes. Earlier observations of their pods
   * are dropped.
   */
  revise(
    { seen, document }: { readonly seen: VnetDocument; readonly document: VnetDocument },
    changes: ReadonlyMap<string, EndpointChange>,
  ): Revision {
    const [gone, come]: [NetObject[], NetObject[]] = [[], []];
    for (const [id, { after }] of changes) {
      forEachIn(this.#wantedOf(seen, id), (object) => void gone.push(object));
      const wanted = after === undefined ? NONE : this.#derive(document, id);
      forEachIn(wanted, (object) => void come.push(object));
      this.#revised.set(id, { wanted });
    }
    return this.#revision(toState(gone), toState(come));
  }

  /** Records the observation of one endpoint with its desired state; returns the changes. */
  note(document: VnetDocument, id: string, observation: Observation): Revision {
    const wanted = this.#derive(document, id, observation);
    const gone = this.#wantedOf(document, id);
    this.#revised.set(id, { wanted, observation });
    return this.#revision(gone, wanted);
  }

  #revision(gone: State, come: State): Revision {
    forEachIn(gone, (_, key) => void this.#changes.set(key, undefined));
    forEachIn(come, (object, key) => void this.#changes.set(key, object));
    return { gone, come };
  }

  /** Members are those of the last full scan: others cause a round. */
  #derive(document: VnetDocument, id: string, seen?: Observation): State {
    const { state } = deriveOwners(document, [id], seen?.namespaces ?? NO_FACTS, seen?.state);
    const lifts = brouteElementsOf(document, id, this.#planned?.observation.members);
    return lifts.length === 0 ? state : new Map([...state, ...toState(lifts)]);
  }

  #wantedOf(document: VnetDocument, id: string): State {
    const known = this.#revised.get(id);
    if (known !== undefined) return known.wanted;
    return this.#derive(document, id, this.#planned?.observation);
  }

  /** Returns the combined observations; undefined before the first scan. */
  get previous(): PreviousScan | undefined {
    const planned = this.#planned;
    if (planned === undefined) return undefined;
    const { observation } = planned;
    const namespaces = new Map(observation.namespaces);
    const later = new Map<NetnsPath, Observation>();
    const owners: [ObjectKey, string][] = [];
    for (const [id, { wanted, observation: looked }] of this.#revised) {
      forEachIn(wanted, (object, key) => {
        owners.push([key, id]);
        if (looked === undefined) namespaces.delete(object.netns);
      });
      for (const [path, fact] of looked?.namespaces ?? []) {
        namespaces.set(path, fact);
        if (looked !== undefined) later.set(path, looked);
      }
    }
    const desired = layer(planned.desired.state, this.#changes);
    return { whole: observation, later, namespaces, desired, owners: layer(planned.desired.owners, owners) };
  }
}
