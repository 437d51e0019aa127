/** Reads the metrics of a running `vnet watch`. */
import { request } from 'node:http';

/** Resolves to the page at the socket. Errors: rejects if it is unavailable. */
export function scrapeSocket(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/metrics' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(text));
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}
