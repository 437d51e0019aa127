/** Records the stored answer of the host endpoint. */
import { createServer } from 'node:http';
import { AKS_ANSWER } from '../../fabric/endpoint-server.ts';
import { CONF, type Stage } from './stage.ts';

/** The port is part of the stored answer, so it is constant. */
const PORT = 16_863;

/** Starts the first pod of a node without a document: its pool is queried from the host endpoint. */
export async function askForPool(stage: Stage): Promise<Readonly<Record<string, string>>> {
  const server = createServer((_, response) => response.end(AKS_ANSWER));
  await new Promise<void>((resolve) => {
    server.listen(PORT, '127.0.0.1', resolve);
  });
  const conf = { ...CONF, ipam: { type: 'azure-vnet-ipam' } };
  const env = { VNET_HOST_ENDPOINT: `http://127.0.0.1:${PORT}` };
  await stage.callAside('ADD', 0, { conf, env });
  await new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  });
  return {};
}
