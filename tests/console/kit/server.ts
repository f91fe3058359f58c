// The real server, in a directory of its own, on a free port.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The administrator's password in all tests. */
export const PASSWORD = 'correct horse battery staple';

const BINARY = resolve(process.env.TOKENRY ?? '../../target/debug/tokenry');

/** A running server. */
export class Server {
  private constructor(
    private readonly process: ChildProcess,
    private readonly directory: string,
    /** `https://127.0.0.1:PORT`. */
    readonly origin: string,
    private readonly lines: string[],
  ) {}

  /** Starts one. `environment` sets its configuration, such as `TOKENRY_SESSION__IDLE_TIMEOUT`. */
  static async start(environment: Record<string, string> = {}): Promise<Server> {
    const directory = await mkdtemp(join(tmpdir(), 'tokenry-console-'));
    const password = join(directory, 'password');
    await writeFile(password, PASSWORD, { mode: 0o600 });
    const process = spawn(
      BINARY,
      ['serve', '--data', join(directory, 'data'), '--listen', '127.0.0.1:0', '--admin-password-file', password],
      {
        env: {
          PATH: '/usr/bin:/bin',
          TOKENRY_GATE__LISTEN: '127.0.0.1:0',
          TOKENRY_METRICS__LISTEN: '127.0.0.1:0',
          ...environment,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const lines: string[] = [];
    process.stderr?.on('data', (data: Buffer) => lines.push(data.toString()));
    const origin = await new Promise<string>((found, failed) => {
      let said = '';
      process.stdout?.on('data', (data: Buffer) => {
        said += data.toString();
        const address = /^ {2}address +(\S+)/m.exec(said)?.[1];
        if (address !== undefined) found(address);
      });
      process.once('error', failed);
      process.once('exit', (code) => failed(new Error(`the server ended with ${code}: ${lines.join('')}`)));
    });
    return new Server(process, directory, origin, lines);
  }

  /** What it has logged. */
  get log(): string {
    return this.lines.join('');
  }

  /** Stops the process without a word, as a cut cable would look from outside; `resume` goes on. */
  pause(): void {
    this.process.kill('SIGSTOP');
  }

  /** Goes on after `pause`. */
  resume(): void {
    this.process.kill('SIGCONT');
  }

  /** Ends it, and removes all it wrote. */
  async stop(): Promise<void> {
    const ended = new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGKILL');
    await ended;
    await rm(this.directory, { recursive: true, force: true });
  }
}
