/**
 * The system's Chromium as a person has it: nothing watches it while it loads a page. What was painted when, it is asked afterwards. (A
 * driver of tests that is attached meanwhile costs a page of ours a quarter of its time on two cores.)
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

const WINDOW = { width: 1080, height: 720 };
/** A window's own parts are pages, too: what they cost is the browser's start, not the page's. */
const WINDOW_MILLISECONDS = 1500;
/** Everything that is painted first is there by then. */
const LOAD_MILLISECONDS = 1500;

/** When the first thing was painted that is still there, and what had been loaded. */
const ASK = `new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const painted = list.getEntries().find(({ element }) => element !== null);
    if (painted === undefined) return;
    const scripts = performance.getEntriesByType('resource')
      .filter(({ name, responseEnd }) => name.endsWith('.js') && responseEnd <= painted.startTime)
      .map(({ name }) => new URL(name).pathname);
    resolve({ milliseconds: painted.startTime, scripts });
  }).observe({ type: 'largest-contentful-paint', buffered: true });
})`;

const paintSchema = z.object({ milliseconds: z.number(), scripts: z.array(z.string()) });
const answerSchema = z.object({
  id: z.number().optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
});

export type Paint = z.infer<typeof paintSchema>;

export class PlainBrowser {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  #last = 0;

  private constructor(browser: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = browser;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#answered(String(data)));
  }

  static async launch(): Promise<PlainBrowser> {
    const profile = await mkdtemp(path.join(tmpdir(), 'slapgrid-bench-browser-'));
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const words = ['--headless', '--remote-debugging-port=0', '--no-first-run', `--user-data-dir=${profile}`];
    const browser = spawn('/usr/bin/chromium', [...words, ...sandbox, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    for await (const line of createInterface({ input: browser.stderr })) {
      const address = /^DevTools listening on (ws:\S+)$/u.exec(line)?.[1];
      if (address === undefined) continue;
      const socket = new WebSocket(address);
      await once(socket, 'open');
      browser.stderr.resume();
      return new PlainBrowser(browser, profile, socket);
    }
    throw new Error('Chromium ended before it listened');
  }

  /** Loads `url` in a new profile and a new window. */
  async paintOf(url: string): Promise<Paint> {
    const { browserContextId } = await this.#send('Target.createBrowserContext');
    const target = { url: 'about:blank', browserContextId, newWindow: true, ...WINDOW };
    const { targetId } = await this.#send('Target.createTarget', target);
    const { sessionId } = await this.#send('Target.attachToTarget', { targetId, flatten: true });
    await delay(WINDOW_MILLISECONDS);
    await this.#send('Page.navigate', { url }, sessionId);
    await delay(LOAD_MILLISECONDS);
    const question = { expression: ASK, awaitPromise: true, returnByValue: true };
    const { result } = await this.#send('Runtime.evaluate', question, sessionId);
    await this.#send('Target.disposeBrowserContext', { browserContextId });
    return z.object({ value: paintSchema }).parse(result).value;
  }

  async close(): Promise<void> {
    const ended = once(this.#process, 'exit');
    if (this.#process.pid !== undefined) process.kill(-this.#process.pid, 'SIGKILL');
    await ended;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }

  #send(method: string, parameters = {}, sessionId?: unknown): Promise<Record<string, unknown>> {
    this.#last += 1;
    const answer = Promise.withResolvers<Record<string, unknown>>();
    this.#waiting.set(this.#last, answer);
    this.#socket.send(JSON.stringify({ id: this.#last, method, params: parameters, sessionId }));
    return answer.promise;
  }

  #answered(data: string): void {
    const { id, result, error } = answerSchema.parse(JSON.parse(data));
    const answer = this.#waiting.get(id ?? 0);
    if (error === undefined) answer?.resolve(result ?? {});
    else answer?.reject(new Error(error.message));
  }
}
