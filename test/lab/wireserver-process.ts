/**
 * The host endpoint's process: runs in the fabric's namespace and answers each node by its source address.
 * Its parent controls it over IPC; it ends with its parent unless told to stay.
 */
import { createServer } from 'node:http';
import type { WireserverReport } from './wireserver.ts';
import { answerRequest, type WireserverOrder } from './wireserver-answer.ts';

let order: WireserverOrder = { nics: [], behaviour: 'answer', delayMs: 0, stay: false };
let asked = 0;

function report(value: WireserverReport): void {
  if (process.connected) process.send?.(JSON.stringify(value));
}

process.on('message', (message) => {
  order = JSON.parse(String(message));
  report({ kind: 'obeyed' });
});
process.on('disconnect', () => {
  if (!order.stay) process.exit(0);
});
// Ctrl-C reaches the whole process group; the parent decides.
process.on('SIGINT', () => undefined);

const server = createServer((request, response) => {
  asked += 1;
  report({ kind: 'asked', count: asked });
  setTimeout(() => {
    const source = (request.socket.remoteAddress ?? '').replace('::ffff:', '');
    const { status, body } = answerRequest(order, source, request.url ?? '');
    response.writeHead(status, { 'Content-Type': 'text/xml; charset=utf-8' }).end(body);
  }, order.delayMs);
});
server.listen(80, process.argv[2], () => report({ kind: 'listening' }));
