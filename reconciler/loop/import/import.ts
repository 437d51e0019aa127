/**
 * Migrates a node from another CNI plugin without interrupting its pods: writes the document; one ordinary round marks
 * the kernel's objects as ours and installs our rules; then azure-vnet's ebtables rules are deleted.
 */
import type { Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { chooseRules } from '../../azure/rules.ts';
import { checkEndpoints } from '../../document/check/endpoints.ts';
import { checkNetworks } from '../../document/check/networks.ts';
import { renderPath } from '../../document/check/finding.ts';
import type { Edit, Problem } from '../../document/store/store.ts';
import { validateDocument } from '../../document/check/validate.ts';
import { parseAddress, withoutLength } from '../../model/addresses/address.ts';
import { isInSubnet } from '../../model/addresses/families.ts';
import type { BridgeRule, BridgeRules } from '../../model/ports/bridge-rules.ts';
import type { Observer } from '../../model/ports/kernel.ts';
import { API_VERSION } from '../../model/names.ts';
import { networksWith } from '../../model/capabilities.ts';
import { err, fail, type Failure, failure, ok, type Result } from '../../model/result.ts';
import { scopeOfNode } from '../../model/scope.ts';
import { isWithin } from '../../plan/disruption.ts';
import type { Disruption, Plan } from '../../plan/step.ts';
import type { ImportOrigin, ImportProposal } from './proposal.ts';
import { withSettings } from '../takeover/capture.ts';
import { planNodeFrom } from '../node/plan-node.ts';
import { type Round, runRound } from '../round/round.ts';
import type { Session } from '../node/session.ts';

/**
 * The record of an import, on disk beside the document.
 * Shape: `digest` is that of the imported files; `endpoints` are the ids it writes, `kept` as in ImportedEndpoints;
 * `rules` are the removed rules of azure-vnet, as commands that restore them.
 */
export type ImportRecord = {
  readonly format: 'vnet.import/1';
  readonly digest: string;
  readonly time: string;
  readonly endpoints: readonly string[];
  readonly kept: readonly string[];
  readonly rules: readonly string[];
  readonly phase: 'begun' | 'written' | 'done';
};

/** Stores the record. */
export interface ImportRecords {
  /** Returns the record; undefined if nothing was imported. */
  read(): Result<ImportRecord | undefined>;
  /** Ensures that the record is on disk. */
  write(record: ImportRecord): Result<void>;
}

/** The session of an import. */
export type ImportSession = Session & { readonly bridgeRules: BridgeRules; readonly records: ImportRecords };

/** The request. Shape: `digest` of the files; `limit` is the highest disruption. */
export type ImportRequest = ImportOrigin & { readonly digest: string; readonly limit: Disruption };

/** The preview of an import. Shape: `rules` are those to be deleted. */
export type ImportPreview = {
  readonly document: VnetDocument;
  readonly proposal: ImportProposal;
  readonly plan: Plan;
  readonly rules: readonly BridgeRule[];
};

/** The result. Shape: `isResumed`: it continued an earlier import; `proposal` is absent then. */
export type ImportOutcome = {
  readonly isResumed: boolean;
  readonly proposal: ImportProposal | undefined;
  readonly round: Round | undefined;
  readonly removed: readonly BridgeRule[];
  readonly programs: readonly string[];
};

/** The session of a preview, which cannot write. */
export type ImportPreviewSession = Pick<Session, 'now' | 'nodeName' | 'bootId'> & {
  readonly kernel: Observer;
  readonly bridgeRules: Pick<BridgeRules, 'list'>;
};

/**
 * Returns the preview of an import. Writes nothing.
 * Errors: `refused` if there is nothing to adopt, or a step exceeds the limit; `invalid` if the document
 * would be invalid.
 */
export function previewImport(sight: ImportPreviewSession, request: ImportRequest): Result<ImportPreview> {
  const seen = sight.kernel.observe(request.scope);
  if (!seen.ok) return seen;
  const proposed = request.propose(seen.value, sight.now());
  const proposal = proposed.ok ? withBridgeSettings(sight.kernel, proposed.value) : proposed;
  if (!proposal.ok) return proposal;
  const document = documentOf(proposal.value, sight);
  const invalid = faultsOf(document);
  if (invalid !== undefined) return err(invalid);
  const observed = sight.kernel.observe(scopeOfNode(document));
  if (!observed.ok) return observed;
  const { plan } = planNodeFrom(document, observed.value);
  const worse = plan.steps.filter((step) => !isWithin(step.disruption, request.limit));
  if (worse.length > 0) {
    const what = worse.map(({ key, disruption }) => `${key} (${disruption})`).join(', ');
    const hint = 'Fix this first, or raise --max-disruption. Nothing was changed.';
    return fail('refused', 'import', `the import would interrupt traffic: ${what}`, { hint });
  }
  const listed = sight.bridgeRules.list();
  if (!listed.ok) return listed;
  const rules = rulesToRemove(document, listed.value.rules, proposal.value.kept);
  return ok({ document, proposal: proposal.value, plan, rules });
}

/** After a reboot, the bridge has the sysctls that it has now. */
function withBridgeSettings(kernel: Observer, proposal: ImportProposal): Result<ImportProposal> {
  const networks = new Map<string, Network>();
  for (const [name, found] of proposal.networks) {
    const network = withSettings(kernel, found, 'carrier');
    if (!network.ok) return network;
    networks.set(name, network.value);
  }
  return ok({ ...proposal, networks });
}

function documentOf(
  { networks, endpoints, released }: ImportProposal,
  { nodeName, bootId }: Pick<Session, 'nodeName' | 'bootId'>,
): VnetDocument {
  return {
    apiVersion: API_VERSION,
    kind: 'NodeNetwork',
    metadata: { node: nodeName, generation: 1, bootId },
    networks: Object.fromEntries(networks),
    endpoints: Object.fromEntries(endpoints),
    ...(released.size === 0 ? {} : { released: Object.fromEntries(released) }),
  };
}

function faultsOf(document: VnetDocument): Failure | undefined {
  const valid = validateDocument(JSON.parse(JSON.stringify(document)));
  const findings = valid.ok ? [...checkNetworks(document), ...checkEndpoints(document)] : valid.error;
  if (findings.length === 0) return undefined;
  const all = findings.map(({ place, message }) => `${renderPath(place.path)}: ${message}`).join('; ');
  const hint = 'The state files contradict each other or the schema; correct a copy of them and import that.';
  return failure('invalid', 'import', `the imported document would be invalid: ${all}`, { hint });
}

function rulesToRemove(
  document: VnetDocument,
  rules: readonly BridgeRule[],
  kept: ReadonlySet<string>,
): readonly BridgeRule[] {
  return networksWith(document, 'takeover').flatMap(({ network, mode }) => {
    const uplink = mode.takeover.uplink(network);
    return chooseRules(rules, {
      uplink: {
        name: uplink.name,
        mac: uplink.mac.toLowerCase(),
        addresses: (uplink.addresses ?? []).map(({ address }) => withoutLength(address)),
      },
      kept,
      isOfNetwork: (address) => {
        const value = parseAddress(address);
        return value !== undefined && isInSubnet(value, network);
      },
    });
  });
}

/** An import whose document and record exist. Shape: `proposal` is absent if it was begun earlier. */
export type BegunImport = { readonly record: ImportRecord; readonly proposal: ImportProposal | undefined };

/** An import that was begun, and the document. */
export type FoundImport = BegunImport & { readonly document: VnetDocument };

/**
 * Returns the earlier import of these files; undefined without a document.
 * Errors: `refused` if the document did not come from these files.
 */
export function findImport(
  session: Pick<ImportSession, 'store' | 'records'>,
  request: Pick<ImportRequest, 'digest'>,
): Result<FoundImport | undefined, Problem> {
  const snapshot = session.store.read();
  if (!snapshot.ok || snapshot.value === undefined) return snapshot.ok ? ok(undefined) : snapshot;
  const known = session.records.read();
  return known.ok ? resume(snapshot.value.document, known.value, request) : known;
}

/**
 * Ensures that the document has everything that is imported; the kernel is not changed yet.
 * Errors: those of findImport and previewImport. The record is written first, so that a document without one
 * was not imported.
 */
export function beginImport(session: ImportSession, request: ImportRequest): Result<BegunImport, Problem> {
  const begun = findImport(session, request);
  if (!begun.ok) return begun;
  if (begun.value !== undefined) return ok(begun.value);
  const preview = previewImport(session, request);
  if (!preview.ok) return preview;
  const { proposal, document } = preview.value;
  const record: ImportRecord = {
    format: 'vnet.import/1',
    digest: request.digest,
    time: session.now().toISOString(),
    endpoints: Array.from(proposal.endpoints.keys()),
    kept: Array.from(proposal.kept),
    rules: [],
    phase: 'begun',
  };
  const noted = session.records.write(record);
  if (!noted.ok) return noted;
  const { networks, endpoints, released } = proposal;
  const edit: Edit = { networks, endpoints, released, bootId: session.bootId };
  const written = session.store.transact('vnet import', (now) =>
    now === undefined ? ok({ edit, value: undefined }) : err(alreadyThere(document.metadata.node)),
  );
  if (!written.ok) return written;
  const after: ImportRecord = { ...record, phase: 'written' };
  const confirmed = session.records.write(after);
  return confirmed.ok ? ok({ record: after, proposal }) : confirmed;
}

/**
 * Converges the kernel: one round, then azure-vnet's rules are deleted. Can be killed at any point and rerun;
 * a rerun after completion changes nothing.
 */
export function finishImport(
  session: ImportSession,
  { record, proposal }: BegunImport,
  limit: Disruption,
): Result<ImportOutcome, Problem> {
  const round = runRound(session, { limit });
  if (!round.ok) return round;
  const outcome = { isResumed: proposal === undefined, proposal, round: round.value };
  const isWhole = round.value?.remaining.length === 0 && round.value.failures.length === 0;
  if (!isWhole || round.value === undefined) return ok({ ...outcome, removed: [], programs: [] });
  const rules = removeRules(session, record, round.value.document);
  return rules.ok ? ok({ ...outcome, ...rules.value }) : rules;
}

function resume(
  document: VnetDocument,
  known: ImportRecord | undefined,
  { digest }: Pick<ImportRequest, 'digest'>,
): Result<BegunImport & { readonly document: VnetDocument }> {
  // The process was killed between document and record: this detects later changes of the endpoints.
  const isOurs =
    known?.digest === digest &&
    (known.phase !== 'begun' || known.endpoints.every((id) => document.endpoints?.[id] !== undefined));
  return isOurs
    ? ok({ record: known, proposal: undefined, document })
    : err(alreadyThere(document.metadata.node));
}

function alreadyThere(node: string): Failure {
  return failure(
    'refused',
    'import',
    `a document exists already (node ${node}) and is not from this import`,
    {
      hint: 'See vnet status. To start from scratch, drain the node, run vnet release, and move the document elsewhere.',
    },
  );
}

/** The removed rules are recorded first, as the commands that restore them. */
function removeRules(
  { bridgeRules, records }: ImportSession,
  record: ImportRecord,
  document: VnetDocument,
): Result<Pick<ImportOutcome, 'removed' | 'programs'>> {
  const listed = bridgeRules.list();
  if (!listed.ok) return listed;
  const chosen = rulesToRemove(document, listed.value.rules, new Set(record.kept));
  const commands = chosen.map(
    ({ program, chain, spec }) => `${program} -t nat -A ${chain} ${spec.join(' ')}`,
  );
  const rules = [...new Set([...record.rules, ...commands])];
  if (chosen.length > 0) {
    const noted = records.write({ ...record, rules, phase: 'written' });
    if (!noted.ok) return noted;
  }
  for (const rule of chosen) {
    const removed = bridgeRules.remove(rule);
    if (!removed.ok) return removed;
  }
  const closed =
    record.phase === 'done' && chosen.length === 0
      ? ok(undefined)
      : records.write({ ...record, rules, phase: 'done' });
  return closed.ok ? ok({ removed: chosen, programs: listed.value.programs }) : closed;
}
