/** Listens under Node.js. */
import { createServer } from 'node:net';
import type { Listen } from '../model/ports/listen.ts';
import { withUmask } from './umask.ts';

/** Linux's default limit of waiting connections. Source: net.core.somaxconn. */
const BACKLOG = 4096;

/** Resolves to the listening socket. */
export const listen: Listen = (listener, accept) => {
  const server = createServer((socket) => {
    const hearer = accept({
      write: (bytes) => void socket.write(bytes),
      end: (bytes) => void socket.end(bytes),
      destroy: () => void socket.destroy(),
    });
    socket.on('data', (chunk) => hearer.data(chunk));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => hearer.closed());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const at = typeof listener === 'string' ? { path: listener, backlog: BACKLOG } : { fd: listener };
    const listening = (): void => {
      server.off('error', reject);
      resolve({ close: () => new Promise((closed) => void server.close(() => closed())) });
    };
    withUmask(0o177, () => server.listen(at, listening));
  });
};
