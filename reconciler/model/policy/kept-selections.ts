/** The profiles of this node's pods in a form that files have. Pure. */
import type { ByPlace } from './compiler/changes.ts';
import type { SelectedPods } from './compiler/compile.ts';
import type { Grant } from './compiler/grants.ts';
import type { PortSet } from './compiler/port-set.ts';
import { partOfProfile, type PolicyProfile, type ProfilePart, SHUT_PROFILE } from './compiler/profiles.ts';
import type { RememberedProfiles } from './compiler/selections.ts';
import type { PolicyPod } from './members.ts';
import type { Direction } from './rules.ts';

/** Shape: `ports` are those of the grants, which are by their place in the list. */
type KeptGrants = { readonly grants: readonly number[]; readonly ports: readonly PortSet[] };

type KeptProfile = Pick<PolicyProfile, 'key' | 'name' | 'isolates'> & {
  readonly own: Readonly<Record<Direction, KeptGrants>>;
  readonly parts: ByPlace<ProfilePart>;
};

/** The profiles. Shape: `pods` has the place of each pod's profile, by all of the pod that policies see. */
export type KeptSelections = {
  readonly grants: Readonly<Record<Direction, readonly Grant[]>>;
  readonly profiles: readonly KeptProfile[];
  readonly pods: Readonly<Record<string, number>>;
};

/** Returns the profiles in this form; undefined if a grant has prefixes, which are no JSON. */
export function keepSelections({ policed, grants }: SelectedPods): KeptSelections | undefined {
  const all = [...grants.ingress, ...grants.egress];
  if (all.some(({ group }) => group.ranges !== undefined)) return undefined;
  const ids = { ingress: placesOf(grants.ingress), egress: placesOf(grants.egress) };
  const profiles = [...new Set(policed.map(({ profile }) => profile))].filter(
    (profile) => profile !== SHUT_PROFILE,
  );
  const places = new Map(profiles.map((profile, at) => [profile, at]));
  const ofPods = policed.flatMap(({ pod, profile }) => {
    const at = places.get(profile);
    return at === undefined ? [] : [[keyOfPod(pod), at] as const];
  });
  const kept = profiles.map((profile) => keepProfile(profile, ids));
  return { grants, profiles: kept, pods: Object.fromEntries(ofPods) };
}

function placesOf(grants: readonly Grant[]): ReadonlyMap<string, number> {
  return new Map(grants.map(({ id }, at) => [id, at]));
}

function keepProfile(
  profile: PolicyProfile,
  ids: Readonly<Record<Direction, ReadonlyMap<string, number>>>,
): KeptProfile {
  const { key, name, isolates } = profile;
  const part = (direction: Direction, family: 4 | 6) => partOfProfile(profile, { direction, family });
  const own = (direction: Direction): KeptGrants => {
    const ports = [...profile.own[direction].ports];
    return {
      grants: ports.map(([id]) => ids[direction].get(id) ?? 0),
      ports: ports.map(([, set]) => set),
    };
  };
  return {
    key,
    name,
    isolates,
    own: { ingress: own('ingress'), egress: own('egress') },
    parts: {
      ingress: { 4: part('ingress', 4), 6: part('ingress', 6) },
      egress: { 4: part('egress', 4), 6: part('egress', 6) },
    },
  };
}

/** Returns the profiles as they were. */
export function rememberedProfiles({ grants, profiles, pods }: KeptSelections): RememberedProfiles {
  const all = profiles.map((profile): PolicyProfile => {
    const { own, parts, ...rest } = profile;
    const ownOf = (direction: Direction): PolicyProfile['own'][Direction] => {
      const { grants: at, ports } = own[direction];
      const found = at.map((place) => grants[direction][place]).filter((grant) => grant !== undefined);
      return {
        grants: new Map(found.map((grant) => [grant.id, grant])),
        ports: new Map(
          found.flatMap(({ id }, index) => (ports[index] === undefined ? [] : [[id, ports[index]]])),
        ),
        blocks: [],
      };
    };
    return {
      ...rest,
      policies: [],
      own: { ingress: ownOf('ingress'), egress: ownOf('egress') },
      keys: { ingress: new WeakMap(), egress: new WeakMap() },
      parts: { ingress: { ...parts.ingress }, egress: { ...parts.egress } },
    };
  });
  return {
    byKey: new Map(all.map((profile) => [profile.key, profile])),
    ofPod: (pod) => {
      const key = keyOfPod(pod);
      return Object.hasOwn(pods, key) ? all[pods[key] ?? -1] : undefined;
    },
  };
}

function keyOfPod({ namespace, name, labels, ports }: PolicyPod): string {
  return JSON.stringify([namespace, name, labels ?? null, ports ?? null]);
}
