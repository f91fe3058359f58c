// The API, for whatever a test needs that is not about pages.
import { request } from 'node:https';

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly json: any;
}

/** A client with a credential, or none. */
export class Api {
  constructor(
    private readonly origin: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  /** Signs in. */
  static async as(origin: string, user: string, password: string): Promise<Api> {
    const opened = await new Api(origin).post('/api/v1/sessions', { user, password });
    if (opened.status !== 201) throw new Error(`cannot sign in as ${user}: ${opened.text}`);
    return new Api(origin, { authorization: `Bearer ${opened.json.key}` });
  }

  /** The same server with a token. */
  with(token: string): Api {
    return new Api(this.origin, { authorization: `Bearer ${token}` });
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  post(path: string, body: unknown = {}): Promise<Answer> {
    return this.send('POST', path, body);
  }

  patch(path: string, body: unknown): Promise<Answer> {
    return this.send('PATCH', path, body);
  }

  delete(path: string): Promise<Answer> {
    return this.send('DELETE', path);
  }

  /** Sends anything. Fails only where there is no answer. */
  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const url = new URL(path, this.origin);
    return new Promise((done, failed) => {
      const outgoing = request(
        url,
        {
          method,
          // The server's certificate is its own.
          rejectUnauthorized: false,
          agent: false,
          headers: {
            ...this.headers,
            ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
        },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (part: string) => (text += part));
          answer.on('end', () => {
            let json: unknown;
            try {
              json = JSON.parse(text);
            } catch {
              json = undefined;
            }
            done({ status: answer.statusCode ?? 0, headers: answer.headers, text, json });
          });
        },
      );
      outgoing.on('error', failed);
      outgoing.end(sent);
    });
  }

  /** Makes something, or fails. */
  async make(path: string, body: unknown): Promise<any> {
    const answer = await this.post(path, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  }
}
