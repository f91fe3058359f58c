// Another origin on this machine: of the same site, which is the harder case for cookies and frames.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves one page on a free port until it is closed. */
export async function neighbour(body = '<!doctype html><title>x</title>'): Promise<{ origin: string; close: () => void }> {
  const server = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(body));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, close: () => server.close() };
}
