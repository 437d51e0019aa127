/** Records the result of an import: its record, and a document made from azure-vnet's files. */
import { createSys } from '#sys';
import { resolvePaths } from '../../../reconciler/app/paths.ts';
import { SIMULATED_KERNELS } from '../../../reconciler/app/kernel/simulated.ts';
import { openRoundSession } from '../../../reconciler/app/node.ts';
import { createImportRecords } from '../../../reconciler/loop/files/import-record.ts';
import { beginImport, finishImport, type ImportSession } from '../../../reconciler/loop/import/import.ts';
import { azureKernel, azureRules, azureSession, sampleRequest } from '../../azure/azure-kernel.ts';
import { must } from '../../support/must.ts';
import { RECORDED_ROOT, type Stage } from './stage.ts';

/** Imports azure-vnet's sample, including ebtables rules, with the code of `vnet import`. */
export async function importNode(stage: Stage): Promise<Readonly<Record<string, string>>> {
  const request = sampleRequest();
  const kernel = azureKernel(request.state);
  stage.write('kernel.json', kernel.dump());
  stage.step();
  const sys = createSys();
  const paths = resolvePaths({ root: RECORDED_ROOT }, {});
  const session = must(
    await openRoundSession(
      { sys, paths, environment: stage.environment(), kernels: SIMULATED_KERNELS },
      { who: 'vnet import' },
    ),
  );
  const { bridgeRules } = azureSession(kernel, azureRules(request.state));
  const records = createImportRecords(sys, paths.stateDirectory);
  const importing: ImportSession = { ...session, bridgeRules, records };
  const begun = beginImport(importing, request);
  if (!begun.ok) throw new Error(JSON.stringify(begun.error));
  const done = finishImport(importing, begun.value, 'hitless');
  if (!done.ok) throw new Error(JSON.stringify(done.error));
  session.kernel.close();
  return {};
}
