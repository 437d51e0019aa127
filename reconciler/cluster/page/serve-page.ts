/** Serves the live page on this machine only: the page, and its messages as server-sent events. Nothing can be changed through it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalAddress } from '../../os/local-http/address.ts';
import { endWith, pathOf, serveLocally } from '../../os/local-http/serve.ts';
import type { PageFeed, PageMessage } from './feed.ts';

/** The page. Shape: `policy` is its Content-Security-Policy. */
export type PageText = { readonly html: string; readonly policy: string };

/** A reader that takes no more than this behind is given up: its browser connects again. Units: bytes. */
const MAX_BEHIND = 16 * 1024 * 1024;

/** A comment keeps proxies from ending a quiet connection. Units: milliseconds. */
const ALIVE_MS = 30_000;

/** Hosts of a loopback address: a name that an attacker's server resolves to this machine is none of them. */
const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])(:\d{1,5})?$/;

/**
 * Resolves to the function that stops listening and ends all connections.
 * Errors: rejects if it cannot listen, naming the address.
 */
export function servePage(
  address: LocalAddress,
  feed: PageFeed,
  page: PageText,
): Promise<() => Promise<void>> {
  return serveLocally(address, (request, response) => {
    if (request.method !== 'GET') endWith(response, 405, 'GET only\n');
    else if (address.kind === 'tcp' && !LOOPBACK.test(request.headers.host ?? ''))
      endWith(response, 403, 'open the page by a loopback address\n');
    else if (pathOf(request) === '/events') stream(request, response, feed);
    else if (pathOf(request) === '/') sendPage(response, page);
    else endWith(response, 404, 'the page is at /\n');
  });
}

function sendPage(response: ServerResponse, { html, policy }: PageText): void {
  response.setHeader('content-security-policy', policy);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'no-store');
  endWith(response, 200, html, 'text/html; charset=utf-8');
}

function stream(request: IncomingMessage, response: ServerResponse, feed: PageFeed): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const end = feed.follow((message) => {
    if (response.writableLength > MAX_BEHIND) response.destroy();
    else response.write(renderMessage(message));
  });
  const alive = setInterval(() => void response.write(': alive\n\n'), ALIVE_MS);
  request.on('close', () => {
    clearInterval(alive);
    end();
  });
}

/** Returns the message as the browser's EventSource reads it. Source: HTML standard, 9.2. */
export function renderMessage({ name, data }: PageMessage): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
