/**
 * The list of verbs. Help, manual pages, completion and the parser are generated from it; each file is loaded
 * on demand.
 */
import { type ListedVerb, listed } from './verb.ts';

/** Loads a verb. */
type Load = () => Promise<ListedVerb>;

/** All verbs by name, in the order of the help's groups. */
export const CLI_VERBS: Readonly<Record<string, Load>> = {
  status: async () => listed((await import('./verbs/look/status.ts')).statusVerb),
  get: async () => listed((await import('./verbs/look/get.ts')).getVerb),
  explain: async () => listed((await import('./verbs/explain/explain.ts')).explainVerb),
  schema: async () => listed((await import('./verbs/schema/schema.ts')).schemaVerb),
  graph: async () => listed((await import('./verbs/move/graph.ts')).graphVerb),
  policy: async () => listed((await import('./verbs/policy/policy.ts')).policyVerb),
  events: async () => listed((await import('./verbs/loop/events.ts')).eventsVerb),
  validate: async () => listed((await import('./verbs/look/validate.ts')).validateVerb),
  cni: async () => listed((await import('./verbs/cni/cni.ts')).cniVerb),
  plan: async () => listed((await import('./verbs/change/plan.ts')).planVerb),
  drift: async () => listed((await import('./verbs/look/drift.ts')).driftVerb),
  apply: async () => listed((await import('./verbs/change/apply.ts')).applyVerb),
  confirm: async () => listed((await import('./verbs/window/confirm.ts')).confirmVerb),
  revert: async () => listed((await import('./verbs/window/revert.ts')).revertVerb),
  address: async () => listed((await import('./verbs/change/address.ts')).addressVerb),
  edit: async () => listed((await import('./verbs/history/edit.ts')).editVerb),
  reconcile: async () => listed((await import('./verbs/change/reconcile.ts')).reconcileVerb),
  watch: async () => listed((await import('./verbs/loop/watch.ts')).watchVerb),
  pause: async () => listed((await import('./verbs/loop/pause.ts')).pauseVerb),
  resume: async () => listed((await import('./verbs/loop/resume.ts')).resumeVerb),
  wait: async () => listed((await import('./verbs/loop/wait.ts')).waitVerb),
  history: async () => listed((await import('./verbs/history/history.ts')).historyVerb),
  show: async () => listed((await import('./verbs/history/show.ts')).showVerb),
  diff: async () => listed((await import('./verbs/history/diff.ts')).diffVerb),
  blame: async () => listed((await import('./verbs/history/blame.ts')).blameVerb),
  migrate: async () => listed((await import('./verbs/history/migrate.ts')).migrateVerb),
  rollback: async () => listed((await import('./verbs/history/rollback.ts')).rollbackVerb),
  export: async () => listed((await import('./verbs/move/export.ts')).exportVerb),
  import: async () => listed((await import('./verbs/move/import.ts')).importVerb),
  release: async () => listed((await import('./verbs/change/release.ts')).releaseVerb),
  fleet: async () => listed((await import('./verbs/cluster/fleet.ts')).fleetVerb),
  agent: async () => listed((await import('./verbs/cluster/agent.ts')).agentVerb),
  controller: async () => listed((await import('./verbs/cluster/controller.ts')).controllerVerb),
  install: async () => listed((await import('./verbs/install/install.ts')).installVerb),
  upgrade: async () => listed((await import('./verbs/install/upgrade.ts')).upgradeVerb),
  uninstall: async () => listed((await import('./verbs/install/uninstall.ts')).uninstallVerb),
  doctor: async () => listed((await import('./verbs/doctor/doctor.ts')).doctorVerb),
  completion: async () => listed((await import('./verbs/help/completion.ts')).completionVerb),
  man: async () => listed((await import('./verbs/help/man.ts')).manVerb),
};

/** Resolves to these verbs, by name. */
export async function loadVerbs(names: readonly string[]): Promise<ReadonlyMap<string, ListedVerb>> {
  const loaded = names.map(async (name) => [name, await CLI_VERBS[name]?.()] as const);
  const verbs = await Promise.all(loaded);
  return new Map(verbs.flatMap(([name, verb]) => (verb === undefined ? [] : [[name, verb] as const])));
}
